//! The intrusion: told step by step, every record bound to the step that it proves.

mod damage;
mod entry;
mod poison;
mod theft;

use serde_json::{Value, json};

use super::cast::{CONTRACTOR, DEV, MLOPS_ROLE, NOTEBOOK_ROLE};
use super::stage::Stage;
use crate::record::{Actor, Agent, Client, Record, access_key};
use crate::time::Time;

/// Where the stolen keys are used from.
const FIRST_ADDRESS: &str = "192.0.2.44";
const SECOND_ADDRESS: &str = "192.0.2.171";

/// One step of the intrusion.
#[derive(Debug, Clone)]
pub(super) struct Step {
    title: &'static str,
    category: &'static str,
    event_ids: Vec<String>,
}

/// The steps told so far, and the stage on which they happen.
#[derive(Debug)]
struct Plot<'a> {
    stage: &'a mut Stage,
    steps: Vec<Step>,
}

impl Plot<'_> {
    fn step(&mut self, category: &'static str, title: &'static str) {
        self.steps.push(Step {
            title,
            category,
            event_ids: Vec::new(),
        });
    }

    fn note(&mut self, event_id: String) {
        if let Some(step) = self.steps.last_mut() {
            step.event_ids.push(event_id);
        }
    }

    fn act(&mut self, record: Record) {
        let event_id = self.stage.emit(record);
        self.note(event_id);
    }

    fn call(
        &mut self,
        actor: &Actor,
        time: Time,
        service: &'static str,
        name: &str,
        request: Value,
    ) {
        self.act(Record::call(actor, time, service, name).request(request));
    }

    fn object(
        &mut self,
        actor: &Actor,
        time: Time,
        name: &str,
        bucket: &str,
        key: &str,
        size: i64,
    ) {
        let event_id = self.stage.object(actor, time, name, bucket, key, size);
        self.note(event_id);
    }
}

/// Tells the whole intrusion. `week` is the Monday of the third week.
pub(super) fn tell(stage: &mut Stage, week: Time) -> Vec<Value> {
    let mut plot = Plot {
        stage,
        steps: Vec::new(),
    };
    let (tuesday, wednesday, thursday) = (week.at(24, 0), week.at(48, 0), week.at(72, 0));
    entry::tell(&mut plot, tuesday);
    theft::tell(&mut plot, wednesday);
    poison::tell(&mut plot, wednesday);
    damage::tell(&mut plot, thursday);
    plot.steps
        .into_iter()
        .enumerate()
        .map(|(index, step)| {
            json!({ "id": format!("S{:02}", index + 1), "title": step.title, "category": step.category, "event_ids": step.event_ids })
        })
        .collect()
}

/// The contractor's leaked key in the hands of the intruder.
fn leaked_key() -> Actor {
    let agent = Agent::Other("Boto3/1.34.11 md/Botocore#1.34.11 ua/2.0 os/linux#6.8.11-parrot1 md/arch#x86_64 lang/python#3.11.8 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.11".to_owned());
    Actor::user(
        DEV,
        CONTRACTOR,
        &access_key(CONTRACTOR),
        Client::new(FIRST_ADDRESS, agent),
    )
}

fn stolen_client() -> Client {
    Client::new(
        SECOND_ADDRESS,
        Agent::Other(
            "aws-cli/2.15.40 Python/3.11.8 Linux/6.8.0-45-generic exe/x86_64.ubuntu.22 prompt/off"
                .to_owned(),
        ),
    )
}

/// The execution-role session taken out of the victim's Studio application.
fn stolen_studio_session(day: Time) -> Actor {
    MLOPS_ROLE.session("SageMaker", day.at(2, 31), stolen_client())
}

/// The notebook's role session, sent out by the script.
fn stolen_notebook_session(day: Time) -> Actor {
    NOTEBOOK_ROLE.session("SageMaker", day.at(3, 20), stolen_client())
}
