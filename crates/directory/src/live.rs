//! The directory that is in force, callers of its sessions, and the answers to questions.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rempart_aws_model::{AccountId, ActionName};
use rempart_aws_wire::ServiceError;
use rempart_policy::{Particulars, ResourceFacts, Stack};
use zeroize::Zeroizing;

use crate::caller::{Caller, Connection};
use crate::callers;
use crate::decide::{Surroundings, decide, side};
use crate::model::Directory;
use crate::question::{Authorizer, Question, Verdict};
use crate::read::{Problem, ReadError};
use crate::seal::Sealer;
use crate::token::{LONGEST, Session};

/// The service that assumes roles of offline stores.
const SERVICE: &str = "sagemaker.amazonaws.com";
/// Callers that are remembered, at most; then all are made anew.
const REMEMBERED: usize = 10_000;
/// Opened tokens that are remembered, at most.
const REMEMBERED_TOKENS: usize = 4_096;

/// The directory in force. Cheap to ask from many threads.
#[derive(Debug)]
pub struct Live {
    path: PathBuf,
    pub(crate) sealer: Sealer,
    state: ArcSwap<State>,
}

/// Directories that were read in this process.
static GENERATIONS: AtomicU64 = AtomicU64::new(0);

/// A directory with the callers that were made from it: they go when it goes.
pub(crate) struct State {
    pub(crate) directory: Directory,
    generation: u64,
    region: Arc<str>,
    callers: RwLock<HashMap<String, Arc<Caller>>>,
    /// Opened tokens.
    sessions: RwLock<HashMap<Box<str>, Arc<Opened>>>,
}

impl fmt::Debug for State {
    /// Without what is remembered: tokens are keys there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

/// A session whose token was opened.
struct Opened {
    access_key: Box<str>,
    session: Session,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened(…)")
    }
}

/// The secret behind a signature, and whose it is.
pub struct Credential {
    /// Key of the signature.
    pub secret: Zeroizing<String>,
    session: Option<Arc<Opened>>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
            let opened = self.session(access_key, token).ok_or_else(unrecognized)?;
            if opened.session.expires <= now.as_second() {
                return Err(ServiceError::new(
                    "ExpiredTokenException",
                    "The security token included in the request is expired",
                )
                .with_status(403));
            }
            return Ok(Credential {
                secret: opened.session.secret.clone(),
                session: Some(opened),
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
        let directory = &state.directory;
        if let Some(opened) = &credential.session {
            let session = &opened.session;
            if *opened.access_key != *access_key {
                return Err(unrecognized());
            }
            if let Some(caller) = state.remembered(&session.digest) {
                return Ok(caller);
            }
            let made = callers::of_session(directory, access_key, session);
            let caller = Arc::new(made.ok_or_else(unrecognized)?);
            state.remember(session.digest.clone(), &caller);
            return Ok(caller);
        }
        // The directory may have changed since the secret was looked up.
        let key = directory.access_keys.get(access_key);
        let key = key.filter(|key| key.is_active && *key.secret == *credential.secret);
        let key = key.ok_or_else(unrecognized)?;
        if let Some(caller) = state.remembered(access_key) {
            return Ok(caller);
        }
        let made = callers::of_user(directory, access_key, key);
        let caller = Arc::new(made.ok_or_else(unrecognized)?);
        state.remember(access_key.to_owned(), &caller);
        Ok(caller)
    }

    /// Every policy that touches a question, for provers and explanations. Decisions do not copy them.
    pub fn stack(
        &self,
        caller: &Caller,
        connection: &Connection,
        question: &Question<'_>,
    ) -> Stack {
        let state = self.state.load();
        let around = state.around(caller, connection, question);
        caller.stack.beside(side(question, &around))
    }

    /// The user, role or root user of an ARN, for work that an operator does in its name on the machine of
    /// the store; `None` when the directory has none such.
    pub fn operator(&self, arn: &str) -> Option<Arc<Caller>> {
        callers::of_arn(&self.state.load().directory, arn).map(Arc::new)
    }

    /// Opens a token, or remembers that it was opened.
    fn session(&self, access_key: &str, token: &str) -> Option<Arc<Opened>> {
        if token.len() > LONGEST {
            return None;
        }
        let state = self.state.load();
        let known = {
            let sessions = state.sessions.read();
            let sessions = sessions.unwrap_or_else(PoisonError::into_inner);
            sessions.get(token).cloned()
        };
        if let Some(opened) = known {
            return (*opened.access_key == *access_key).then_some(opened);
        }
        let opened = Arc::new(Opened {
            access_key: access_key.into(),
            session: Session::open(&self.sealer, access_key, token)?,
        });
        let sessions = state.sessions.write();
        let mut sessions = sessions.unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= REMEMBERED_TOKENS {
            sessions.clear();
        }
        sessions.insert(token.into(), Arc::clone(&opened));
        Some(opened)
    }

    pub(crate) fn state(&self) -> arc_swap::Guard<Arc<State>> {
        self.state.load()
    }
}

impl State {
    fn of(directory: Directory) -> Self {
        Self {
            generation: GENERATIONS.fetch_add(1, Ordering::Relaxed),
            region: directory.region.as_str().into(),
            directory,
            callers: RwLock::default(),
            sessions: RwLock::default(),
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
        decide(
            caller,
            connection,
            question,
            &self.around(caller, connection, question),
        )
    }

    fn around<'a>(
        &'a self,
        caller: &Caller,
        connection: &Connection,
        question: &'a Question<'_>,
    ) -> Surroundings<'a> {
        let of_arn = question.resource.split(':').nth(4);
        let owner = question
            .resource_account
            .or_else(|| of_arn.and_then(|text| AccountId::parse(text).ok()))
            .or(caller.account);
        let account = owner.and_then(|owner| self.directory.accounts.get(&owner));
        let is_direct = question.via.is_none() && caller.account.is_some();
        let organization = self.directory.organization.as_ref();
        let resource_policy = match &question.resource_policy {
            Some(policy) => Some(policy),
            // Shares concern other accounts alone: in its own, identity policies decide.
            None if owner != caller.account && question.resource.contains(":feature-group/") => {
                self.directory.shares.as_ref()
            }
            // Whoever asks for a role to be assumed need not bring its trust policy.
            None if question.action.service().eq_ignore_ascii_case("sts") => {
                let role = self.directory.role(question.resource);
                role.and_then(|role| role.trust.as_ref())
            }
            None => None,
        };
        Surroundings {
            region: &self.region,
            resource_policy,
            resource_control: account.map(|account| account.resource_control.as_slice()),
            is_management_account: account.is_some_and(|account| account.is_management),
            organization: account.and(organization.map(|organization| &organization.id)),
            organization_path: account.and_then(|account| account.path.as_ref()),
            endpoint: is_direct
                .then(|| self.directory.endpoint(connection.source_address))
                .flatten(),
        }
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

    fn generation(&self) -> Option<u64> {
        Some(self.state.load().generation)
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
        // A service assumes the roles that trust it, and no others.
        let trusting = state.directory.role(arn)?;
        let service = callers::of_service(SERVICE);
        let connection = Connection {
            source_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: "".into(),
            tls: None,
            request_id: "".into(),
            time: Timestamp::now(),
        };
        let question = Question {
            action: &ActionName::parse("sts:AssumeRole").ok()?,
            resource: arn,
            resource_account: Some(trusting.account),
            keys: Vec::new(),
            via: None,
            resource_policy: trusting.trust.clone(),
            grants: Vec::new(),
            resource_facts: ResourceFacts::default(),
            particulars: Particulars::default(),
        };
        if !state.may(&service, &connection, &question).is_allowed() {
            return None;
        }
        let key = format!("role {arn} {session_name}");
        if let Some(caller) = state.remembered(&key) {
            return Some(caller);
        }
        let caller = Arc::new(callers::of_role(&state.directory, arn, session_name)?);
        state.remember(key, &caller);
        Some(caller)
    }
}
