//! Where records are collected while the story is told.

use serde_json::{Value, json};

use super::cast::{DATA_KEY, DEV, PROD_KEY};
use crate::delivery::{Entry, Folder};
use crate::random::Random;
use crate::record::{Actor, Record, Role};
use crate::time::Time;

/// Collects records and draws their identifiers.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) random: Random,
    pub(super) entries: Vec<Entry>,
}

impl Stage {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            entries: Vec::new(),
        }
    }

    /// Adds a record and returns its event id.
    pub(super) fn emit(&mut self, record: Record) -> String {
        self.emit_to(Folder::Trail, record)
    }

    /// Adds a record of another kind.
    pub(super) fn emit_to(&mut self, folder: Folder, record: Record) -> String {
        let (time, account, region) = (
            record.time(),
            record.recipient_account(),
            record.region_name(),
        );
        let (event_id, value) = record.build(&self.random);
        self.entries.push(Entry {
            time,
            account,
            region,
            folder,
            json: value.to_string(),
        });
        event_id
    }

    /// Adds a read call with the given parameters.
    pub(super) fn read(
        &mut self,
        actor: &Actor,
        time: Time,
        service: &'static str,
        name: &str,
        request: Value,
    ) -> String {
        self.emit(Record::call(actor, time, service, name).request(request))
    }

    /// Adds an S3 object call and returns its event id.
    pub(super) fn object(
        &mut self,
        actor: &Actor,
        time: Time,
        name: &str,
        bucket: &str,
        key: &str,
        size: i64,
    ) -> String {
        let owner = bucket.rsplit('-').next().unwrap_or(DEV);
        let bytes = if name == "PutObject" {
            (size, 0)
        } else {
            (0, size)
        };
        let record =
            Record::call(actor, time, "s3", name).object(bucket, owner, key, bytes, &self.random);
        self.emit(record)
    }

    /// A service assumes a role, as every start of a job shows.
    pub(super) fn assume_by_service(
        &mut self,
        role: Role,
        time: Time,
        service: &str,
        session: &str,
    ) -> String {
        let actor = Actor::service(role.account, service);
        let shared = self.random.uuid();
        let key = self.random.capitals(9);
        self.emit(
            Record::call(&actor, time, "sts", "AssumeRole")
                .request(json!({ "roleArn": role.arn(), "roleSessionName": session, "durationSeconds": 3600 }))
                .response(json!({
                    "credentials": { "accessKeyId": format!("ASIAEXAMPLE{key}"), "sessionToken": self.random.letters(40), "expiration": time.plus(3_600).iso() },
                    "assumedRoleUser": { "assumedRoleId": format!("{}:{session}", role.id()), "arn": role.session_arn(session) },
                }))
                .resource("AWS::IAM::Role", role.account, &role.arn())
                .shared(&shared),
        )
    }

    /// A service decrypts a data key for a session.
    pub(super) fn decrypt(&mut self, actor: &Actor, time: Time, context: Value) -> String {
        let key = if actor.account == DEV {
            DATA_KEY
        } else {
            PROD_KEY
        };
        let record = Record::call(actor, time, "kms", "Decrypt")
            .request(
                json!({ "encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": context }),
            )
            .resource("AWS::KMS::Key", actor.account, key);
        // The intruder disables the key at 02:50; the administrators enable it again in the morning.
        let day = Time::date(2026, 3, 19);
        let disabled = actor.account == DEV && time > day.at(2, 50) && time < day.at(8, 18);
        self.emit(if disabled {
            record.error("DisabledException", &format!("{key} is disabled."))
        } else {
            record
        })
    }
}
