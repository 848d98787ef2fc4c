//! SQL and point-in-time joins over offline stores, in a caller's name: the caller needs `s3:GetObject`
//! on the objects and `kms:Decrypt` on the key, as with a bucket of AWS.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rempart_aws_model::{AccountId, ActionName};
use rempart_directory::{Authorizer as _, Caller, Connection, Question};
use rempart_keys::Requester;
use rempart_lake::{
    AsOfOptions, FileKeys, JoinGroup, OutputFormat, Query, QueryOptions, Spine, Table,
};
use rempart_policy::{Particulars, ResourceFacts};
use rempart_store::Group;
use rempart_store::data::Data;
use zeroize::Zeroizing;

use crate::node::{Node, NodeError};

/// What a spine is read from.
pub(super) struct Wanted<'a> {
    pub(super) spine: &'a Path,
    pub(super) identifier: &'a str,
    pub(super) time: &'a str,
}

/// Keys of a caller's files, each asked of the KMS once.
struct Keys {
    data: Arc<Data>,
    caller: Arc<Caller>,
    connection: Connection,
    via: String,
    known: Mutex<std::collections::HashMap<String, Zeroizing<[u8; 32]>>>,
}

impl FileKeys for Keys {
    fn key(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = known.get(name) {
            return Ok(key.clone());
        }
        let requester = Requester {
            caller: &self.caller,
            connection: &self.connection,
            via: Some(&self.via),
            tokens: &[],
        };
        let key = self
            .data
            .file_key(&requester, name)
            .map_err(|error| error.to_string())?;
        let key = key.ok_or_else(|| "its key was destroyed".to_owned())?;
        known.insert(name.to_owned(), key.clone());
        Ok(key)
    }
}

impl Node {
    /// Runs a statement over the groups that the caller may read.
    pub(super) fn query(
        &self,
        caller: &Arc<Caller>,
        connection: &Connection,
        sql: &str,
        format: OutputFormat,
        output: &mut dyn Write,
    ) -> Result<(), NodeError> {
        let failed = |error| NodeError::failed("query", error);
        let keys = self.keys_of(caller, connection);
        let mut query = Query::new(QueryOptions {
            threads: threads(),
            ..QueryOptions::default()
        });
        for group in self.registry.all() {
            let Some(table) = self.data.offline_table(&group) else {
                continue;
            };
            // What the caller may not read is not there for it.
            if self.may_read(caller, connection, &group, &table).is_err() {
                continue;
            }
            let choice = group
                .offline
                .as_ref()
                .and_then(|offline| offline.table.as_ref());
            let mut names = vec![(
                rempart_lake::DEFAULT_DATABASE.to_owned(),
                group.name.clone(),
            )];
            names.push((
                rempart_lake::DEFAULT_DATABASE.to_owned(),
                rempart_lake::default_table_name(&group.name, group.created.as_second()),
            ));
            names.extend(choice.map(|it| (it.database.clone(), it.table.clone())));
            names.dedup_by(|one, other| {
                one.0.eq_ignore_ascii_case(&other.0) && one.1.eq_ignore_ascii_case(&other.1)
            });
            for (database, name) in names {
                // A name that two groups have means the older one.
                query
                    .register(&database, &name, &self.lake, &table, &keys)
                    .ok();
            }
        }
        query.run(sql, format, output).map(drop).map_err(failed)
    }

    /// Joins the features of groups to the rows of a file, as of the time of each.
    pub(super) fn as_of(
        &self,
        caller: &Arc<Caller>,
        connection: &Connection,
        wanted: &Wanted<'_>,
        groups: &[Arc<Group>],
        format: OutputFormat,
        output: &mut dyn Write,
    ) -> Result<(), NodeError> {
        let shown = wanted.spine.display();
        let spine = if wanted.spine.extension().is_some_and(|it| it == "parquet") {
            let bytes =
                std::fs::read(wanted.spine).map_err(|error| NodeError::failed(shown, error))?;
            Spine::from_parquet(bytes, wanted.time)
        } else {
            let file = File::open(wanted.spine).map_err(|error| NodeError::failed(shown, error))?;
            Spine::from_csv(file, wanted.time)
        };
        let spine = spine.map_err(|error| NodeError::failed(wanted.spine.display(), error))?;
        let keys = self.keys_of(caller, connection);
        let mut tables = Vec::with_capacity(groups.len());
        for group in groups {
            let table = self.data.offline_table(group);
            let table =
                table.ok_or_else(|| NodeError::failed(&group.name, "it has no offline store"))?;
            self.may_read(caller, connection, group, &table)?;
            tables.push(table);
        }
        let features = Vec::new();
        let joins: Vec<JoinGroup<'_>> = groups
            .iter()
            .zip(&tables)
            .map(|(group, table)| JoinGroup {
                name: &group.name,
                table,
                keys: &keys,
                spine_column: wanted.identifier,
                features: &features,
            })
            .collect();
        let options = AsOfOptions {
            threads: threads(),
            ..AsOfOptions::default()
        };
        let failed = |error| NodeError::failed("join", error);
        let joined = self.lake.as_of(&spine, &joins, options).map_err(failed)?;
        joined.write(format, output).map(drop).map_err(failed)
    }

    fn keys_of(&self, caller: &Arc<Caller>, connection: &Connection) -> Arc<dyn FileKeys> {
        Arc::new(Keys {
            data: Arc::clone(&self.data),
            caller: Arc::clone(caller),
            connection: connection.clone(),
            via: format!("s3.{}.amazonaws.com", self.region),
            known: Mutex::default(),
        })
    }

    fn may_read(
        &self,
        caller: &Caller,
        connection: &Connection,
        group: &Arc<Group>,
        table: &Table,
    ) -> Result<(), NodeError> {
        let failed = |reason: &str| NodeError::failed(&group.name, reason);
        let action = ActionName::parse("s3:GetObject").map_err(|_| failed("no such action"))?;
        let resource = format!("arn:{}:s3:::{}/*", self.live.partition(), table.path);
        let question = Question {
            action: &action,
            resource: &resource,
            resource_account: AccountId::parse(&group.account).ok(),
            keys: Vec::new(),
            via: None,
            resource_policy: None,
            grants: Vec::new(),
            resource_facts: ResourceFacts::default(),
            particulars: Particulars::default(),
        };
        let verdict = self.live.may(caller, connection, &question);
        verdict
            .or_refuse("AccessDenied")
            .map_err(|error| failed(&error.message))?;
        // Where files have no keys of their own, nothing else would ask the KMS about the caller.
        let via = format!("s3.{}.amazonaws.com", self.region);
        let requester = Requester {
            caller,
            connection,
            via: Some(&via),
            tokens: &[],
        };
        self.data
            .check_offline_read(&requester, group)
            .map_err(|error| failed(&error.message))
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
