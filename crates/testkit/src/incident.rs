//! The synthetic incident: three weeks of a machine-learning platform in two accounts, and one
//! intrusion in the third week.
//!
//! All of it is invented. The logs have the layout of an organisation trail, and `truth.json` says
//! which events belong to the intrusion.

mod answers;
mod cast;
mod intrusion;
mod operations;
mod pipeline;
mod services;
mod stage;
mod studio;

use serde_json::{Value, json};

use crate::delivery::{File, WriteError, organisation_trail};
use crate::time::Time;
use stage::Stage;

const README: &str = include_str!("incident/README.md");
const SEED: u64 = 0x5245_4d50_4152_5401;
const DAYS: i64 = 21;
const FILES_PER_DAY: i64 = 2;
const DUPLICATES_PERCENT: u64 = 4;

/// The files of the data set: logs, `truth.json` and `README.md`, in the order of their paths.
///
/// # Errors
/// When a log cannot be compressed.
pub fn generate() -> Result<Vec<File>, WriteError> {
    let first_day = Time::date(2026, 3, 1);
    let mut stage = Stage::new(SEED);
    for number in 0..DAYS {
        let day = first_day.at(24 * number, 0);
        pipeline::night(&mut stage, day);
        pipeline::serving(&mut stage, day);
        pipeline::monitoring(&mut stage, day);
        services::day(&mut stage, day);
        services::backup(&mut stage, day);
        operations::daily_plan(&mut stage, day);
        if day.weekday() < 5 {
            studio::working_day(&mut stage, day);
            // The administrators stop the notebook on the nineteenth.
            if number < 18 {
                studio::legacy_notebook(&mut stage, day);
            }
            services::analyst(&mut stage, day);
            pipeline::release(&mut stage, day);
        }
        if matches!(day.weekday(), 1 | 4) {
            services::contractor_delivery(&mut stage, day);
        }
        if matches!(day.weekday(), 1 | 3) {
            operations::apply(&mut stage, day);
        }
    }
    services::other_kinds(&mut stage, first_day);
    operations::odd_things(&mut stage, first_day);
    let steps = intrusion::tell(&mut stage, first_day.at(24 * 15, 0));
    let response = operations::response(&mut stage, first_day.at(24 * 18, 0));
    let truth = truth(first_day, steps, response);

    stage.entries.sort_by_key(|entry| entry.time);
    let mut files = organisation_trail(
        &stage.entries,
        cast::ORGANISATION,
        FILES_PER_DAY,
        DUPLICATES_PERCENT,
        &stage.random,
    )?;
    files.push(File {
        path: "README.md".to_owned(),
        bytes: README.as_bytes().to_vec(),
    });
    files.push(File {
        path: "truth.json".to_owned(),
        bytes: format!("{truth:#}\n").into_bytes(),
    });
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

fn truth(first_day: Time, steps: Vec<Value>, response: Vec<String>) -> Value {
    let answers = answers::answers(&steps, &response);
    json!({
        "synthetic": true,
        "description": "Invented logs of an invented company. The steps list the event ids of the only intrusion; everything else is ordinary life. 'response' lists what the defenders did about it, 'answers' the facts that right answers to the fifteen questions of an investigation hold.",
        "window": { "start": first_day.iso(), "end": first_day.at(24 * DAYS, 0).iso() },
        "accounts": [
            { "id": cast::DEV, "name": "ml-dev" },
            { "id": cast::PROD, "name": "ml-prod" },
        ],
        "organisation_accounts": [cast::DEV, cast::PROD, cast::MANAGEMENT, cast::SECURITY],
        "steps": steps,
        "response": response,
        "answers": answers,
    })
}
