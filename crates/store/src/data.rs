//! The data plane: `PutRecord` and its siblings, the offline flush, expiry and erasure.
//!
//! What it guarantees:
//! - The order of checks of every call is group, SageMaker action, the caller's permission on the key,
//!   the store's own under its grant, state of the key; nothing is read or written before.
//! - A record is sealed under a key that needs its subject's key: when that is destroyed, no copy of the
//!   row, of its queue entry or of an older row opens any more.
//! - Errors and audit records name features and groups, never values and never identifiers.

mod access;
mod audit;
mod batch_get;
mod call;
mod check;
mod codec;
mod delete;
mod erase;
mod file_key;
mod flush;
mod given;
mod groups;
mod lake;
mod list;
mod maintain;
pub(crate) mod material;
mod metrics;
mod put;
mod queue;
mod queue_key;
mod read;
mod refusal;
mod ring;
mod row;
mod schema;
mod seal;
mod settings;
mod state;
mod time;
mod units;
mod update;
mod view;
mod write;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use rempart_audit::Sink;
use rempart_aws_wire::ServiceError;
use rempart_aws_wire::records::DataCall;
use rempart_directory::{Authorizer, Caller, Connection};
use rempart_keys::Provider;
use rempart_online::{Engine, GroupId};

use access::{Actions, Keys};
use call::Call;
use refusal::unavailable;
use state::GroupState;

use crate::group::Group;

pub use check::check_record;
pub use erase::{EraseError, Erasure, Receipt};
pub use flush::FlushReport;
pub use given::{LARGEST_RECORD, LONGEST_IDENTIFIER};
pub use groups::Groups;
pub use lake::Lake;
pub use metrics::Metrics;
pub use refusal::{DENIED, KEY_INACCESSIBLE};
pub use settings::{EqualEventTime, FlushSettings, KeySettings, Quotas, ReadControl, Settings};
pub use view::Side;

/// An operation of the data plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the operations of AWS")]
pub enum Operation {
    PutRecord,
    GetRecord,
    DeleteRecord,
    UpdateRecord,
    BatchGetRecord,
    BatchWriteRecord,
    ListRecords,
}

impl Operation {
    /// Its name in the model.
    pub fn name(self) -> &'static str {
        match self {
            Self::PutRecord => "PutRecord",
            Self::GetRecord => "GetRecord",
            Self::DeleteRecord => "DeleteRecord",
            Self::UpdateRecord => "UpdateRecord",
            Self::BatchGetRecord => "BatchGetRecord",
            Self::BatchWriteRecord => "BatchWriteRecord",
            Self::ListRecords => "ListRecords",
        }
    }

    /// The operation of a call.
    fn of(call: &DataCall<'_>) -> Self {
        match call {
            DataCall::Put(_) => Self::PutRecord,
            DataCall::Get(_) => Self::GetRecord,
            DataCall::Delete(_) => Self::DeleteRecord,
            DataCall::Update(_) => Self::UpdateRecord,
            DataCall::BatchGet(_) => Self::BatchGetRecord,
            DataCall::BatchWrite(_) => Self::BatchWriteRecord,
            DataCall::List(_) => Self::ListRecords,
        }
    }

    fn is_read(self) -> bool {
        matches!(
            self,
            Self::GetRecord | Self::BatchGetRecord | Self::ListRecords
        )
    }
}

/// The answer to a call.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200 with an empty body
    None,
    /// 200 with this JSON
    Json(Vec<u8>),
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Json(json) => write!(f, "Json({} bytes)", json.len()),
        }
    }
}

/// What the data plane works with.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Keeps rows.
    pub engine: Arc<dyn Engine>,
    /// The KMS.
    pub provider: Arc<dyn Provider>,
    /// Decides.
    pub authorizer: Arc<dyn Authorizer>,
    /// The registry.
    pub groups: Arc<dyn Groups>,
    /// Takes audit records.
    pub sink: Arc<dyn Sink>,
    /// Files of offline stores.
    pub lake: Arc<dyn Lake>,
    /// `aws`, `aws-cn`…
    pub partition: Arc<str>,
    /// Region of the server.
    pub region: Arc<str>,
    /// What the operator chose.
    pub settings: Settings,
}

/// The data plane.
#[derive(Debug)]
pub struct Data {
    engine: Arc<dyn Engine>,
    provider: Arc<dyn Provider>,
    authorizer: Arc<dyn Authorizer>,
    groups: Arc<dyn Groups>,
    sink: Arc<dyn Sink>,
    lake: Arc<dyn Lake>,
    partition: Arc<str>,
    region: Arc<str>,
    settings: Settings,
    actions: Actions,
    condition_keys: Keys,
    states: RwLock<HashMap<GroupId, Arc<GroupState>>>,
    metrics: Metrics,
}

impl Data {
    /// A data plane over these parts.
    ///
    /// # Errors
    /// Never on a sound build: an action of the data plane has no valid name.
    pub fn new(parts: Parts) -> Result<Self, ServiceError> {
        Ok(Self {
            engine: parts.engine,
            provider: parts.provider,
            authorizer: parts.authorizer,
            groups: parts.groups,
            sink: parts.sink,
            lake: parts.lake,
            partition: parts.partition,
            region: parts.region,
            settings: parts.settings,
            actions: Actions::new()?,
            condition_keys: Keys::new(),
            states: RwLock::new(HashMap::new()),
            metrics: Metrics::default(),
        })
    }

    /// Answers a call as [`rempart_aws_wire::records::parse`] gives it: what the service model asks of an
    /// input was checked there. The call is put on record, whatever becomes of it.
    ///
    /// # Errors
    /// With the codes of the service model: `ValidationError`, `AccessForbidden`, `ResourceNotFound`,
    /// `ConflictException`, `InternalFailure`, `ServiceUnavailable`; `ThrottlingException` where quotas
    /// are enforced.
    pub fn call(
        &self,
        caller: &Caller,
        connection: &Connection,
        input: &DataCall<'_>,
    ) -> Result<Answer, ServiceError> {
        metrics::add(&self.metrics.calls, 1);
        if !self.sink.healthy() {
            return Err(unavailable(
                "Audit records cannot be kept; no call is served unseen",
            ));
        }
        let operation = Operation::of(input);
        let call = Call::new(caller, connection);
        let answer = match input {
            DataCall::Put(input) => self.put_record(&call, input),
            DataCall::Get(input) => self.get_record(&call, input),
            DataCall::Delete(input) => self.delete_record(&call, input),
            DataCall::Update(input) => self.update_record(&call, input),
            DataCall::BatchGet(input) => self.batch_get_record(&call, input),
            DataCall::BatchWrite(input) => self.batch_write_record(&call, input),
            DataCall::List(input) => self.list_records(&call, input),
        };
        if answer.is_err() {
            metrics::add(&self.metrics.refused, 1);
        }
        self.sink.record(audit::event(
            operation,
            &self.region,
            caller,
            connection,
            call.into_trace(),
            answer.as_ref().err(),
        ));
        answer
    }

    /// What was counted so far.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Read and write units of a group so far.
    pub fn units(&self, group: GroupId) -> (u64, u64) {
        let state = self.state(group);
        let load = |counter: &std::sync::atomic::AtomicU64| {
            counter.load(std::sync::atomic::Ordering::Relaxed)
        };
        (load(&state.read_units), load(&state.write_units))
    }

    /// Whether a key of the group could not be used when it was last wanted; by side.
    pub fn key_inaccessible(&self, group: GroupId) -> Option<Side> {
        let state = self.state(group);
        [Side::Online, Side::Offline]
            .into_iter()
            .find(|side| state.ring(*side).is_inaccessible())
    }

    /// Milliseconds since the oldest session of a group asked the KMS for its keys.
    pub fn oldest_key(&self, group: GroupId, now: i64) -> Option<i64> {
        let state = self.state(group);
        let online = state.ring(Side::Online).oldest(now);
        online.max(state.ring(Side::Offline).oldest(now))
    }

    /// The offline table of a group; `None` when it has no offline store.
    pub fn offline_table(&self, group: &Arc<Group>) -> Option<rempart_lake::Table> {
        group.offline.as_ref()?;
        let state = self.state(group.id);
        let view = state.view(Arc::clone(group), &*self.authorizer)?;
        Some(flush::table(&view))
    }

    /// Forgets what is kept in memory for a group that was deleted, its keys first.
    pub fn forget_group(&self, group: GroupId) {
        let removed = self
            .states
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&group);
        if let Some(state) = removed {
            state.ring(Side::Online).evict();
            state.ring(Side::Offline).evict();
        }
    }

    fn state(&self, group: GroupId) -> Arc<GroupState> {
        let found = self
            .states
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&group)
            .cloned();
        if let Some(found) = found {
            return found;
        }
        Arc::clone(
            self.states
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(group)
                .or_insert_with(|| Arc::new(GroupState::new())),
        )
    }
}
