//! The key ring of one store: who may use its keys now, and the keys while anyone may.
//!
//! Decisions about callers are made on every call and never kept. That the store itself may use its key is
//! decided anew whenever anything may have changed: keys, policies, grants, the directory, or the second;
//! only between such changes is the last answer taken for this one. What is kept, for a bounded time, is
//! that a session has asked the KMS for the store key, so that each new requester leaves a record of its
//! own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection, SessionKey};
use rempart_keys::{Provider, Requester, Standing};

use super::material::Material;
use super::metrics::{Metrics, add};
use super::refusal::{KEY_INACCESSIBLE, forbidden, internal, unavailable};
use super::settings::KeySettings;
use super::view::{Side, View};

/// Sessions that one store keeps in mind.
const MOST_SESSIONS: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Session {
    since: i64,
    used: i64,
    uses: u64,
}

/// Keys of one store.
#[derive(Debug)]
pub(crate) struct KeyRing {
    side: Side,
    sessions: Mutex<HashMap<SessionKey, Session>>,
    material: RwLock<Option<Arc<Material>>>,
    inaccessible: AtomicBool,
    /// On what the store's own right was last decided.
    decided: Mutex<Option<Decided>>,
}

/// All that a decision about the store's own right rests on. The service has no other attributes.
#[derive(Debug, PartialEq, Eq)]
struct Decided {
    standing: Standing,
    /// Policies see no more of the time.
    second: i64,
    kms_key: Box<str>,
    generation: u32,
}

/// In whose name keys are used.
#[derive(Clone, Copy)]
pub(crate) enum User<'a> {
    /// A caller, and the store for it
    Caller(&'a Caller),
    /// The store alone, under its grant: background work
    Store,
}

impl KeyRing {
    pub(crate) fn new(side: Side) -> Self {
        Self {
            side,
            sessions: Mutex::new(HashMap::new()),
            material: RwLock::new(None),
            inaccessible: AtomicBool::new(false),
            decided: Mutex::new(None),
        }
    }

    /// The keys, if the user may have them at this moment.
    pub(crate) fn keys(
        &self,
        provider: &dyn Provider,
        view: &View,
        user: User<'_>,
        connection: &Connection,
        settings: &KeySettings,
        metrics: &Metrics,
    ) -> Result<Arc<Material>, ServiceError> {
        let keys = view
            .keys(self.side)
            .ok_or_else(|| internal("The store of this feature group has no keys"))?;
        // Queue and offline-only groups are under the service's own key.
        let has_customer_key = self.side == Side::Online && view.has_customer_key(Side::Online);
        let context = view.encryption_context(self.side);
        // Only a customer's key is the business of callers; the service's own is used by the service.
        let (requester, via) = match user {
            User::Caller(caller) if has_customer_key => (caller, Some(view.via_sagemaker.as_str())),
            _ => (&*view.service, None),
        };
        let is_store = std::ptr::eq(requester, &*view.service);
        let by = |caller| Requester {
            caller,
            connection,
            via,
            tokens: &[],
        };
        if !is_store {
            let checked =
                provider.check(&by(requester), "kms:Decrypt", &keys.kms_key, context, None);
            if let Err(error) = checked {
                return Err(self.refuse(&error, requester.session, is_denial(&error), metrics));
            }
        }
        self.check_store(provider, view, connection, metrics)?;
        let now = connection.time.as_millisecond();
        let material = self.material();
        if material
            .as_ref()
            .is_some_and(|material| !material.is_of(keys))
        {
            // Another KMS key, or new keys under it: every requester asks again, and is on record.
            self.evict();
        }
        let kept = self.kept(requester.session, now, settings);
        let material = material.filter(|material| material.is_of(keys));
        if let (Kept::Fresh, Some(material)) = (&kept, &material) {
            add(&metrics.key_hits, 1);
            self.recovered(metrics);
            return Ok(Arc::clone(material));
        }
        add(&metrics.kms_decrypts, 1);
        let opened = provider.decrypt(&by(requester), &keys.kms_key, &keys.store_key, context);
        match opened {
            Ok(store_key) => {
                let material = match material {
                    Some(material) => material,
                    None => Arc::new(
                        Material::open(&store_key.0, keys, &view.group.arn, self.side).map_err(
                            |_| {
                                add(&metrics.damaged, 1);
                                internal("The keys of the feature group do not open")
                            },
                        )?,
                    ),
                };
                self.keep(requester.session, now, settings);
                self.set_material(Some(Arc::clone(&material)));
                self.recovered(metrics);
                Ok(material)
            }
            Err(error) => match (kept, material) {
                (Kept::Grace, Some(material)) if is_time_out(&error) => {
                    add(&metrics.key_graces, 1);
                    Ok(material)
                }
                _ => Err(self.refuse(
                    &error,
                    requester.session,
                    is_denial(&error) && !is_store,
                    metrics,
                )),
            },
        }
    }

    /// Whether the store may use the key by its own right, its grant, at this moment. Nothing is
    /// decrypted. The service's own key needs no grant.
    pub(crate) fn check_store(
        &self,
        provider: &dyn Provider,
        view: &View,
        connection: &Connection,
        metrics: &Metrics,
    ) -> Result<(), ServiceError> {
        let Some(keys) = view
            .keys(self.side)
            .filter(|_| self.side == Side::Online && view.has_customer_key(Side::Online))
        else {
            return Ok(());
        };
        let store = Requester {
            caller: &view.service,
            connection,
            via: None,
            tokens: &[],
        };
        let context = view.encryption_context(self.side);
        // Read before the decision: what changes meanwhile is noticed by the next call.
        let standing = provider.standing();
        let second = connection.time.as_second();
        let mut decided = self.decided.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |last: &Decided| {
            Some(last.standing) == standing
                && last.second == second
                && *last.kms_key == *keys.kms_key
                && last.generation == keys.generation
        };
        if decided.as_ref().is_some_and(is_same) {
            return Ok(());
        }
        *decided = None;
        drop(decided);
        provider
            .check(&store, "kms:Decrypt", &keys.kms_key, context, None)
            .map_err(|error| self.refuse(&error, view.service.session, false, metrics))?;
        if let Some(standing) = standing {
            let allowed = Decided {
                standing,
                second,
                kms_key: keys.kms_key.as_str().into(),
                generation: keys.generation,
            };
            *self.decided.lock().unwrap_or_else(PoisonError::into_inner) = Some(allowed);
        }
        Ok(())
    }

    /// Whether the last use of the keys failed for a reason of the store's, not of a caller's.
    pub(crate) fn is_inaccessible(&self) -> bool {
        self.inaccessible.load(Ordering::Relaxed)
    }

    /// Forgets sessions that are over, and the keys when none is left.
    pub(crate) fn tidy(&self, now: i64, settings: &KeySettings, metrics: &Metrics) {
        let mut sessions = self.sessions();
        let before = sessions.len();
        sessions.retain(|_, session| state(session, now, settings) != Kept::Over);
        add(
            &metrics.evictions_by_time,
            before.saturating_sub(sessions.len()) as u64,
        );
        if sessions.is_empty() {
            self.set_material(None);
        }
    }

    /// Seals under the newest data key since it was opened.
    pub(crate) fn seals(&self) -> u64 {
        self.material().map_or(0, |material| material.seals())
    }

    /// Forgets everything.
    pub(crate) fn evict(&self) {
        self.sessions().clear();
        self.set_material(None);
    }

    /// Milliseconds since the oldest session asked for the key.
    pub(crate) fn oldest(&self, now: i64) -> Option<i64> {
        self.sessions()
            .values()
            .map(|session| now.saturating_sub(session.since))
            .max()
    }

    fn refuse(
        &self,
        error: &ServiceError,
        session: SessionKey,
        is_callers_matter: bool,
        metrics: &Metrics,
    ) -> ServiceError {
        if is_callers_matter {
            if self.sessions().remove(&session).is_some() {
                add(&metrics.evictions_by_denial, 1);
            }
            return forbidden(error.message.clone());
        }
        if is_time_out(error) {
            return unavailable(format!(
                "The KMS key of the feature group cannot be reached: {}",
                error.message
            ));
        }
        self.evict();
        add(&metrics.evictions_by_key_state, 1);
        if !self.inaccessible.swap(true, Ordering::Relaxed) {
            add(&metrics.key_inaccessible_alarms, 1);
        }
        ServiceError::new(
            KEY_INACCESSIBLE,
            format!(
                "The KMS key of the feature group cannot be used: {}: {}",
                error.code, error.message
            ),
        )
        .with_status(403)
    }

    fn recovered(&self, metrics: &Metrics) {
        // A plain load first: the flag is hardly ever set, and a swap would make cores share the line.
        if self.inaccessible.load(Ordering::Relaxed)
            && self.inaccessible.swap(false, Ordering::Relaxed)
        {
            add(&metrics.key_recoveries, 1);
        }
    }

    fn kept(&self, session: SessionKey, now: i64, settings: &KeySettings) -> Kept {
        let mut sessions = self.sessions();
        let Some(found) = sessions.get_mut(&session) else {
            return Kept::Over;
        };
        let kept = state(found, now, settings);
        found.used = now;
        found.uses = found.uses.saturating_add(1);
        kept
    }

    fn keep(&self, session: SessionKey, now: i64, settings: &KeySettings) {
        let mut sessions = self.sessions();
        if sessions.len() >= MOST_SESSIONS {
            sessions.retain(|_, session| state(session, now, settings) == Kept::Fresh);
            if sessions.len() >= MOST_SESSIONS {
                // All are asked again: dear, and safe.
                sessions.clear();
            }
        }
        sessions.insert(
            session,
            Session {
                since: now,
                used: now,
                uses: 1,
            },
        );
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<SessionKey, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn material(&self) -> Option<Arc<Material>> {
        self.material
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_material(&self, material: Option<Arc<Material>>) {
        *self
            .material
            .write()
            .unwrap_or_else(PoisonError::into_inner) = material;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Fresh,
    /// Over, and to be used only while the KMS does not answer
    Grace,
    Over,
}

fn state(session: &Session, now: i64, settings: &KeySettings) -> Kept {
    let age = now.saturating_sub(session.since);
    let idle = now.saturating_sub(session.used);
    // A clock that went back makes a session old, not young.
    if age < 0 {
        return Kept::Over;
    }
    let is_fresh = age < millis(settings.longest_age)
        && idle < millis(settings.longest_idle)
        && session.uses < settings.most_uses;
    if is_fresh {
        return Kept::Fresh;
    }
    if age < millis(settings.longest_age).saturating_add(millis(settings.grace)) {
        return Kept::Grace;
    }
    Kept::Over
}

fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn is_denial(error: &ServiceError) -> bool {
    error.code == "AccessDeniedException" || error.code == "AccessDenied"
}

fn is_time_out(error: &ServiceError) -> bool {
    matches!(
        &*error.code,
        "KeyUnavailableException"
            | "DependencyTimeoutException"
            | "KMSInternalException"
            | "ThrottlingException"
            | "LimitExceededException"
    )
}
