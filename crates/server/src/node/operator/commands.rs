//! The commands, carried out.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use rempart_audit::Sink as _;
use rempart_directory::Caller;
use rempart_store::data::{Erasure, FlushReport};
use rempart_store::{Group, OfflineStatus};
use serde_json::{Value, json};

use super::query::Wanted;
use super::{Command, Done};
use crate::node::lake::ddl;
use crate::node::open::own_connection;
use crate::node::{Node, NodeError};

const CLEAN: Done = Done { exit: 0 };
const FINDINGS: Done = Done { exit: 1 };

impl Node {
    /// Carries out a command. Data go to `output`.
    ///
    /// # Errors
    /// Why it could not be done.
    pub fn execute(&self, command: &Command, output: &mut dyn Write) -> Result<Done, NodeError> {
        let now = Timestamp::now();
        let connection = own_connection(now);
        match command {
            Command::Status { json } => self.status(*json, output),
            Command::Flush { group } => self.flush_now(group.as_deref(), now, output),
            Command::Repair { group, principal } => {
                let group = self.named(group)?;
                let caller = self.caller_for(principal.as_deref(), Some(&group))?;
                let ids = self
                    .control
                    .repair(&caller, &connection, &group.arn)
                    .map_err(|error| NodeError::failed(&group.name, error))?;
                write(
                    output,
                    &format!("{}: {} grants in force\n", group.name, ids.len()),
                )?;
                Ok(CLEAN)
            }
            Command::Rotate {
                group,
                key,
                principal,
            } => {
                let group = self.named(group)?;
                let caller = self.caller_for(principal.as_deref(), Some(&group))?;
                let failed = |error| NodeError::failed(&group.name, error);
                match key {
                    Some(key) => self
                        .control
                        .rekey(&caller, &connection, &group.arn, key)
                        .map_err(failed)?,
                    None => self
                        .control
                        .rotate(&caller, &connection, &group.arn)
                        .map_err(failed)?,
                }
                self.control
                    .new_epoch(&caller, &connection, &group.arn)
                    .map_err(failed)?;
                write(
                    output,
                    &format!("{}: new rows have a new data key\n", group.name),
                )?;
                Ok(CLEAN)
            }
            Command::Reconcile { principal } => {
                let caller = self.caller_for(principal.as_deref(), None)?;
                let findings = self
                    .control
                    .reconcile(&caller, &connection)
                    .map_err(|error| NodeError::failed("grants", error))?;
                for finding in &findings {
                    let group = finding.group_arn.as_deref().unwrap_or("no group");
                    let grant = finding.grant_id.as_deref().unwrap_or("no grant");
                    write(
                        output,
                        &format!("{} {group} {grant}: {:?}\n", finding.kms_key, finding.fault),
                    )?;
                }
                Ok(if findings.is_empty() { CLEAN } else { FINDINGS })
            }
            Command::Erase {
                groups,
                identifiers,
                principal,
            } => self.erase(groups, identifiers, principal.as_deref(), output),
            Command::Hold {
                group,
                identifier,
                lift,
                principal,
            } => {
                let group = self.named(group)?;
                let caller = self.caller_for(principal.as_deref(), Some(&group))?;
                self.data
                    .hold(&caller, &connection, &group.arn, identifier, !lift)
                    .map_err(|error| NodeError::failed(&group.name, error))?;
                Ok(CLEAN)
            }
            Command::Ddl { group } => {
                let group = self.named(group)?;
                let table = self.data.offline_table(&group);
                let table = table
                    .ok_or_else(|| NodeError::failed(&group.name, "it has no offline store"))?;
                write(output, &ddl(&group, &table)?)?;
                Ok(CLEAN)
            }
            Command::Query {
                sql,
                format,
                principal,
            } => {
                let caller = self.caller_for(principal.as_deref(), None)?;
                self.query(&caller, &connection, sql, (*format).into(), output)?;
                Ok(CLEAN)
            }
            Command::AsOf {
                spine,
                identifier,
                time,
                groups,
                format,
                principal,
            } => {
                let named = groups.iter().map(|name| self.named(name));
                let groups = named.collect::<Result<Vec<_>, _>>()?;
                let first = groups.first().map(|group| &**group);
                let caller = self.caller_for(principal.as_deref(), first)?;
                let wanted = Wanted {
                    spine,
                    identifier,
                    time,
                };
                self.as_of(
                    &caller,
                    &connection,
                    &wanted,
                    &groups,
                    (*format).into(),
                    output,
                )?;
                Ok(CLEAN)
            }
            Command::DeliverAudit => {
                self.audit.deliver()?;
                Ok(CLEAN)
            }
        }
    }

    /// The group of a name or ARN. A name is enough where one account alone has it.
    pub(in crate::node) fn named(&self, name: &str) -> Result<Arc<Group>, NodeError> {
        let mut found: Vec<Arc<Group>> = self.registry.all();
        found.retain(|group| group.arn == name || group.name == name);
        match found.as_slice() {
            [group] => Ok(Arc::clone(group)),
            [] => Err(NodeError::failed(name, "there is no such feature group")),
            _ => Err(NodeError::failed(
                name,
                "several accounts have such a feature group: give its ARN",
            )),
        }
    }

    /// In whose name: a principal of the directory, or the root user of the group's account.
    fn caller_for(
        &self,
        principal: Option<&str>,
        group: Option<&Group>,
    ) -> Result<Arc<Caller>, NodeError> {
        let arn = match (principal, group) {
            (Some(arn), _) => arn.to_owned(),
            (None, Some(group)) => {
                format!("arn:{}:iam::{}:root", self.live.partition(), group.account)
            }
            (None, None) => {
                let accounts = self.live.accounts();
                let account = accounts.first().map(|account| account.as_str().to_owned());
                format!(
                    "arn:{}:iam::{}:root",
                    self.live.partition(),
                    account.unwrap_or_default()
                )
            }
        };
        self.live
            .operator(&arn)
            .ok_or_else(|| NodeError::failed(&arn, "rempart.yaml has no such principal"))
    }

    fn flush_now(
        &self,
        group: Option<&str>,
        now: Timestamp,
        output: &mut dyn Write,
    ) -> Result<Done, NodeError> {
        let now = now.as_millisecond();
        let report = match group {
            None => self.data.flush(now, true),
            Some(name) => {
                let group = self.named(name)?;
                let mut report = FlushReport::default();
                if let Err(reason) = self.data.flush_group(&group, now, true, &mut report) {
                    report.blocked.push((group.id, reason));
                }
                report
            }
        };
        for (group, reason) in &report.blocked {
            let name = self
                .registry
                .by_id(*group)
                .map_or_else(String::new, |group| group.name.clone());
            write(output, &format!("{name}: blocked: {reason}\n"))?;
        }
        Ok(if report.blocked.is_empty() {
            CLEAN
        } else {
            FINDINGS
        })
    }

    fn erase(
        &self,
        groups: &[String],
        identifiers: &[String],
        principal: Option<&str>,
        output: &mut dyn Write,
    ) -> Result<Done, NodeError> {
        let named = groups
            .iter()
            .map(|name| self.named(name))
            .collect::<Result<Vec<_>, _>>()?;
        let first = named
            .first()
            .ok_or_else(|| NodeError::failed("--group", "name a group"))?;
        let caller = self.caller_for(principal, Some(first))?;
        let arns: Vec<String> = named.iter().map(|group| group.arn.clone()).collect();
        let directories: Vec<PathBuf> = vec![self.rows.clone()];
        let erasure = Erasure {
            groups: &arns,
            identifiers,
            directories: &directories,
        };
        let receipt = self
            .data
            .erase(
                &caller,
                &own_connection(Timestamp::now()),
                &erasure,
                &|text| self.signer.sign(text),
            )
            .map_err(|error| NodeError::failed("erasure", error))?;
        let whole = json!({
            "receipt": String::from_utf8_lossy(&receipt.json),
            "signature": String::from_utf8_lossy(&receipt.signature),
            "isComplete": receipt.is_complete,
        });
        write(output, &format!("{whole}\n"))?;
        Ok(if receipt.is_complete { CLEAN } else { FINDINGS })
    }

    fn status(&self, as_json: bool, output: &mut dyn Write) -> Result<Done, NodeError> {
        let mut groups = Vec::new();
        let mut is_well = self.audit.healthy();
        for group in self.registry.all() {
            let usage = self.engine.usage(group.id)?;
            let paused = self
                .data
                .key_inaccessible(group.id)
                .map(|side| format!("{side:?}"));
            let blocked = match &group.offline_status {
                Some(OfflineStatus::Blocked { reason }) => Some(reason.clone()),
                _ => None,
            };
            is_well &= paused.is_none() && blocked.is_none();
            groups.push(json!({
                "arn": group.arn, "status": format!("{:?}", group.status), "records": usage.rows,
                "bytes": usage.bytes, "queued": usage.queued, "keyInaccessible": paused,
                "offlineBlocked": blocked,
            }));
        }
        let metrics = self.data.metrics();
        let load = |counter: &std::sync::atomic::AtomicU64| {
            counter.load(std::sync::atomic::Ordering::Relaxed)
        };
        let status = json!({
            "region": &*self.region,
            "accounts": self.live.accounts().iter().map(|it| it.as_str().to_owned()).collect::<Vec<_>>(),
            "auditHealthy": self.audit.healthy(),
            "builtOf": &self.built_of,
            "durability": format!("{:?}", self.engine.durability()),
            "revocationBoundSeconds": self.keys.revocation_bound().as_secs(),
            "groups": groups,
            "counters": {
                "operations": load(&metrics.calls), "refused": load(&metrics.refused),
                "kmsCalls": load(&metrics.kms_decrypts), "requests": self.counters.total(),
            },
        });
        let text = if as_json {
            format!("{status}\n")
        } else {
            readable(&status)
        };
        write(output, &text)?;
        Ok(if is_well { CLEAN } else { FINDINGS })
    }
}

fn readable(status: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut lines = Vec::new();
    for (name, label) in [
        ("region", "Region"),
        ("builtOf", "rows, keys and files"),
        ("durability", "an acknowledged write survives"),
        ("revocationBoundSeconds", "seconds until a revocation holds"),
        ("auditHealthy", "audit records are kept"),
    ] {
        let value = status.get(name).map(text).unwrap_or_default();
        lines.push(format!("{label:<34} {value}"));
    }
    for group in status
        .get("groups")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let part = |name: &str| group.get(name).map(text).unwrap_or_default();
        lines.push(format!(
            "{} {}: {} records, {} bytes, {} waiting for the offline store",
            part("arn"),
            part("status"),
            part("records"),
            part("bytes"),
            part("queued"),
        ));
        for (name, what) in [
            ("keyInaccessible", "paused, its key cannot be used"),
            ("offlineBlocked", "offline store blocked"),
        ] {
            if group.get(name).is_some_and(|value| !value.is_null()) {
                lines.push(format!("  {what}: {}", part(name)));
            }
        }
    }
    lines.join("\n") + "\n"
}

fn write(output: &mut dyn Write, text: &str) -> Result<(), NodeError> {
    output
        .write_all(text.as_bytes())
        .map_err(|error| NodeError::failed("output", error))
}
