//! The directory that is in force, callers of its sessions, and the answers to questions.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rempart_aws_model::AccountId;
use rempart_aws_wire::ServiceError;
use zeroize::Zeroizing;

use crate::caller::{Caller, Connection};
use crate::callers;
use crate::decide::{Surroundings, decide};
use crate::model::Directory;
use crate::question::{Authorizer, Question, Verdict};
use crate::read::{Problem, ReadError};
use crate::seal::Sealer;
use crate::token::Session;

/// Callers that are remembered, at most; then all are made anew.
const REMEMBERED: usize = 10_000;

/// The directory in force. Cheap to ask from many threads.
#[derive(Debug)]
pub struct Live {
    path: PathBuf,
    pub(crate) sealer: Sealer,
    state: ArcSwap<State>,
}

/// A directory with the callers that were made from it: they go when it goes.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) directory: Directory,
    region: Arc<str>,
    callers: RwLock<HashMap<String, Arc<Caller>>>,
}

/// The secret behind a signature, and whose it is.
pub struct Credential {
    /// Key of the signature.
    pub secret: Zeroizing<String>,
    session: Option<Session>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(…)")
    }
}

impl Live {
    /// Reads the directory. Gives what is odd about it as well.
    ///
    /// # Errors
    /// It cannot be used.
    pub fn open(path: &Path, sealer: Sealer) -> Result<(Self, Vec<Problem>), ReadError> {
        let read = Directory::read(path, &sealer)?;
        let live = Self {
            path: path.to_owned(),
            sealer,
            state: ArcSwap::from_pointee(State::of(read.directory)),
        };
        Ok((live, read.warnings))
    }

    /// Reads the file again. The directory in force stays when the new one cannot be used.
    ///
    /// # Errors
    /// What is wrong with the new one.
    pub fn reload(&self) -> Result<Vec<Problem>, ReadError> {
        let read = Directory::read(&self.path, &self.sealer)?;
        self.state.store(Arc::new(State::of(read.directory)));
        Ok(read.warnings)
    }

    /// Region of the store.
    pub fn region(&self) -> Arc<str> {
        Arc::clone(&self.state.load().region)
    }

    /// Partition of the store.
    pub fn partition(&self) -> String {
        self.state.load().directory.partition.clone()
    }

    /// Whether an account's default catalogue is shared with another.
    pub fn shares_catalog(&self, owner: AccountId, with: AccountId) -> bool {
        self.state.load().directory.shares_catalog(owner, with)
    }

    /// The accounts.
    pub fn accounts(&self) -> Vec<AccountId> {
        self.state.load().directory.accounts().collect()
    }

    /// The secret of an access key, to check a signature with.
    ///
    /// # Errors
    /// `UnrecognizedClientException` for what is unknown, inactive or forged, `ExpiredTokenException`
    /// for a session that is over.
    pub fn credential(
        &self,
        access_key: &str,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Credential, ServiceError> {
        if let Some(token) = token {
            let session =
                Session::open(&self.sealer, access_key, token).ok_or_else(unrecognized)?;
            if session.expires <= now.as_second() {
                return Err(ServiceError::new(
                    "ExpiredTokenException",
                    "The security token included in the request is expired",
                )
                .with_status(403));
            }
            return Ok(Credential {
                secret: session.secret.clone(),
                session: Some(session),
            });
        }
        let state = self.state.load();
        let key = state.directory.access_keys.get(access_key);
        let key = key.filter(|key| key.is_active).ok_or_else(unrecognized)?;
        Ok(Credential {
            secret: key.secret.clone(),
            session: None,
        })
    }

    /// The caller behind a credential whose signature was checked.
    ///
    /// # Errors
    /// The user or role is not in the directory any more.
    pub fn caller(
        &self,
        access_key: &str,
        credential: &Credential,
    ) -> Result<Arc<Caller>, ServiceError> {
        let state = self.state.load();
        let key = match &credential.session {
            Some(session) => format!("{access_key} {}", session.digest),
            None => access_key.to_owned(),
        };
        if let Some(caller) = state.remembered(&key) {
            return Ok(caller);
        }
        let directory = &state.directory;
        let made = match &credential.session {
            Some(session) => callers::of_session(directory, access_key, session),
            None => callers::of_user(directory, access_key),
        };
        let caller = Arc::new(made.ok_or_else(unrecognized)?);
        state.remember(key, &caller);
        Ok(caller)
    }

    /// The user, role or root user of an ARN, for work that an operator does in its name on the machine of
    /// the store; `None` when the directory has none such.
    pub fn operator(&self, arn: &str) -> Option<Arc<Caller>> {
        callers::of_arn(&self.state.load().directory, arn).map(Arc::new)
    }

    pub(crate) fn state(&self) -> arc_swap::Guard<Arc<State>> {
        self.state.load()
    }
}

impl State {
    fn of(directory: Directory) -> Self {
        Self {
            region: directory.region.as_str().into(),
            directory,
            callers: RwLock::default(),
        }
    }

    fn remembered(&self, key: &str) -> Option<Arc<Caller>> {
        let callers = self.callers.read().unwrap_or_else(PoisonError::into_inner);
        callers.get(key).cloned()
    }

    fn remember(&self, key: String, caller: &Arc<Caller>) {
        let mut callers = self.callers.write().unwrap_or_else(PoisonError::into_inner);
        if callers.len() >= REMEMBERED {
            callers.clear();
        }
        callers.insert(key, Arc::clone(caller));
    }

    pub(crate) fn may(
        &self,
        caller: &Caller,
        connection: &Connection,
        question: &Question<'_>,
    ) -> Verdict {
        let of_arn = question.resource.split(':').nth(4);
        let owner = question
            .resource_account
            .or_else(|| of_arn.and_then(|text| AccountId::parse(text).ok()))
            .or(caller.account);
        let account = owner.and_then(|owner| self.directory.accounts.get(&owner));
        let is_shared_kind =
            question.resource.contains(":feature-group/") && owner != caller.account;
        let around = Surroundings {
            region: &self.region,
            resource_control: account.map(|account| &account.resource_control),
            shares: self.directory.shares.as_ref().filter(|_| is_shared_kind),
        };
        decide(caller, connection, question, &around)
    }
}

fn unrecognized() -> ServiceError {
    ServiceError::new(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )
    .with_status(403)
}

impl Authorizer for Live {
    fn may(&self, caller: &Caller, connection: &Connection, question: &Question<'_>) -> Verdict {
        self.state.load().may(caller, connection, question)
    }

    fn service(&self, name: &str) -> Arc<Caller> {
        let state = self.state.load();
        let key = format!("service {name}");
        if let Some(caller) = state.remembered(&key) {
            return caller;
        }
        let caller = Arc::new(callers::of_service(name));
        state.remember(key, &caller);
        caller
    }

    fn role(&self, arn: &str, session_name: &str) -> Option<Arc<Caller>> {
        let state = self.state.load();
        let key = format!("role {arn} {session_name}");
        if let Some(caller) = state.remembered(&key) {
            return Some(caller);
        }
        let caller = Arc::new(callers::of_role(&state.directory, arn, session_name)?);
        state.remember(key, &caller);
        Some(caller)
    }
}
