//! The material with everything that is read out of it once: facts, activities, targets.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rempart_trail::record::Field;

use crate::activities::{self, Activity};
use crate::facts::{Facts, Reader};
use crate::material::{Event, Material};
use crate::model::{Phase, Session};
use crate::targets::{self, Target, Touch};

/// A record with what was read out of it.
#[derive(Clone, Debug)]
pub(crate) struct Deed<'a> {
    pub(crate) event: &'a Event,
    pub(crate) facts: Facts,
    pub(crate) activity: Activity,
    pub(crate) targets: Vec<Target>,
    /// What the call creates, changes or deletes.
    pub(crate) main: Option<String>,
}

impl Deed<'_> {
    /// Whether the call went through.
    pub(crate) fn succeeded(&self) -> bool {
        self.event.error.is_none()
    }

    pub(crate) fn is(&self, activity: &str) -> bool {
        self.activity.name == activity
    }

    pub(crate) fn calls(&self, service: &str, name: &str) -> bool {
        &*self.event.service == service && &*self.event.name == name
    }

    /// Bytes that went out, as data events of S3 tell.
    pub(crate) fn bytes_out(&self) -> u64 {
        let member = "bytesTransferredOut";
        let told = self.event.record().and_then(|record| {
            let value = record.get(Field::AdditionalEventData)?.get(member)?;
            value.scalar_text()?.parse::<f64>().ok()
        });
        whole(told.unwrap_or(0.0))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

/// The material, read.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) material: &'a Material,
    /// What is held to be the intruder's, by time. Everything in scope when nothing is.
    pub(crate) deeds: Vec<Deed<'a>>,
    /// What others did, by time.
    pub(crate) around: Vec<Deed<'a>>,
    /// Objects that the intruder wrote (`s3://bucket/key`), and when first.
    pub(crate) written: BTreeMap<String, i64>,
    /// Records by the id under which the case cites them.
    by_evidence: HashMap<String, &'a Event>,
}

impl<'a> View<'a> {
    pub(crate) fn new(material: &'a Material) -> Self {
        let reader = Reader::new(&material.own_accounts);
        let deed = |event: &'a Event| {
            let facts = reader.read(event);
            let activity = activities::refined(event, &facts);
            let targets = targets::of(event);
            let main = targets::main(event, &targets);
            Deed {
                event,
                facts,
                activity,
                targets,
                main,
            }
        };
        let is_held = material.events.iter().any(|event| event.hostile);
        let held = material
            .events
            .iter()
            .filter(|event| event.hostile || !is_held);
        let mut deeds: Vec<Deed<'a>> = held.map(deed).collect();
        let mut around: Vec<Deed<'a>> = material.around.iter().map(deed).collect();
        let by_time = |left: &Deed<'_>, right: &Deed<'_>| {
            (left.event.time, &left.event.id).cmp(&(right.event.time, &right.event.id))
        };
        deeds.sort_by(by_time);
        around.sort_by(by_time);
        let mut view = Self {
            material,
            deeds,
            around,
            written: BTreeMap::new(),
            by_evidence: HashMap::new(),
        };
        let all = material.events.iter().chain(&material.around);
        view.by_evidence = all.map(|event| (event.evidence_id(), event)).collect();
        view.find_written();
        view.refine_by_context();
        view
    }

    /// The record behind an evidence id.
    pub(crate) fn cited(&self, id: &str) -> Option<&'a Event> {
        self.by_evidence.get(id).copied()
    }

    /// The session of an event.
    pub(crate) fn session(&self, event: &Event) -> Option<&'a Session> {
        self.material
            .sessions
            .get(usize::try_from(event.session?).ok()?)
    }

    /// Who acted, in short.
    pub(crate) fn who(&self, event: &Event) -> String {
        match self.session(event) {
            Some(session) if !session.label.is_empty() => targets::clipped(&session.label),
            _ => targets::clipped(short_principal(&event.principal)),
        }
    }

    /// First and last time of what is held to be the intruder's.
    pub(crate) fn window(&self) -> Option<(i64, i64)> {
        Some((
            self.deeds.first()?.event.time,
            self.deeds.last()?.event.time,
        ))
    }

    /// Deeds of that activity.
    pub(crate) fn of<'v>(&'v self, names: &'v [&str]) -> impl Iterator<Item = &'v Deed<'a>> {
        self.deeds
            .iter()
            .filter(|deed| names.contains(&deed.activity.name))
    }

    /// Sessions that did something held to be the intruder's, by their order.
    pub(crate) fn acting_sessions(&self) -> Vec<&'a Session> {
        let numbers: BTreeSet<u32> = self
            .deeds
            .iter()
            .filter_map(|deed| deed.event.session)
            .collect();
        let sessions = numbers.into_iter();
        sessions
            .filter_map(|number| self.material.sessions.get(usize::try_from(number).ok()?))
            .collect()
    }

    fn find_written(&mut self) {
        for deed in &self.deeds {
            let writes = deed.is("write-objects") && deed.succeeded();
            for target in deed.targets.iter().filter(|_| writes) {
                if let Some(address) = target.name.strip_prefix("arn:aws:s3:::") {
                    let uri = format!("s3://{address}");
                    self.written.entry(uri).or_insert(deed.event.time);
                }
            }
        }
    }

    /// Whether what a job reads was written by the intruder before.
    pub(crate) fn reads_written(&self, deed: &Deed<'_>) -> bool {
        let mut reads = deed
            .targets
            .iter()
            .filter(|target| target.touch == Touch::Read);
        let is_written = |address: &str| {
            let from = self.written.range(address.to_owned()..);
            from.take_while(|(uri, _)| uri.starts_with(address))
                .any(|(_, time)| *time <= deed.event.time)
        };
        reads.any(|target| target.name.starts_with("s3://") && is_written(&target.name))
    }

    fn refine_by_context(&mut self) {
        let mut better = Vec::new();
        for (number, deed) in self.deeds.iter().enumerate() {
            if deed.is("run-job") && self.reads_written(deed) {
                better.push((number, "run-job-written", Phase::Tampering));
            }
            if deed.is("assume-role") && self.crosses(deed.event).is_some() {
                better.push((number, "assume-role-across", Phase::Credentials));
            }
        }
        for (number, name, phase) in better {
            if let Some(deed) = self.deeds.get_mut(number) {
                deed.activity = Activity { name, phase };
            }
        }
    }

    /// The account of the role, when it is another one than the caller's.
    pub(crate) fn crosses(&self, event: &Event) -> Option<String> {
        let role = event.requested(&["roleArn"])?;
        let target = account_of(&role)?;
        let identity = event.record()?.get(Field::UserIdentity)?;
        let own = identity
            .get("accountId")
            .and_then(|account| account.as_str());
        let own = own.map(|account| account.into_owned());
        let caller = own.or_else(|| account_of(&event.principal).map(str::to_owned))?;
        (target != caller).then(|| target.to_owned())
    }
}

/// The account in an ARN.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    let account = arn.strip_prefix("arn:")?.split(':').nth(3)?;
    is_account(account).then_some(account)
}

/// Twelve digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `assumed-role/role/session` or `user/name` of an ARN, or the text itself.
pub(crate) fn short_principal(principal: &str) -> &str {
    let after = principal.rsplit(':').next().unwrap_or(principal);
    let bare = after
        .strip_prefix("assumed-role/")
        .or_else(|| after.strip_prefix("user/"));
    bare.unwrap_or(after)
}
