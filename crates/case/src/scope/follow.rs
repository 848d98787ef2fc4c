//! From one actor to the next.

use std::net::IpAddr;
use std::sync::Arc;

use rempart_hunt::derive::is_private;

use super::reason::why;
use super::{Closure, Edge, End};
use crate::index::{Actor, Credential, Fact, FactKind};
use crate::model::{Certainty, LinkKind, SessionKind};

/// A service assumes the role of what was started within this time, in seconds.
const SOON: i64 = 600;
/// Sessions of a role are held to follow from a change of what runs as it for this long, in seconds.
pub(super) const FOLLOWS_WITHIN: i64 = 30 * 24 * 3600;

impl Closure<'_> {
    /// Takes in what the actor led to.
    pub(super) fn follow(&mut self, actor: &Actor) {
        let facts = self.by_actor.get(actor).cloned().unwrap_or_default();
        for fact in facts {
            match &fact.kind {
                FactKind::Minted {
                    key,
                    shared,
                    role,
                    session,
                    ..
                } => {
                    let shared = shared.as_deref();
                    self.follow_minted(fact, key, shared, [role, session]);
                }
                FactKind::KeyMade { key, user } => {
                    self.link(
                        fact,
                        End::Key(Arc::clone(key)),
                        LinkKind::Created,
                        Certainty::Observed,
                    );
                    let reason = why("key-made", Certainty::Observed, &[("user", user)]);
                    self.add_key(key, &reason);
                }
                FactKind::PasswordMade { user } => self.follow_password(fact, user),
                FactKind::Presigned {
                    target,
                    domain,
                    lasts,
                } => {
                    self.follow_presigned(fact, target, domain, *lasts);
                }
                FactKind::RoleGiven { resource, role, .. } => {
                    self.follow_role_given(fact, resource, role);
                }
                FactKind::TrustChanged { role, accounts } => {
                    self.follow_trust(fact, role, accounts);
                }
                FactKind::Profile { .. }
                | FactKind::App { .. }
                | FactKind::Stopped { .. }
                | FactKind::TrailChanged { .. } => {}
            }
        }
        self.follow_hand(actor);
    }

    /// Roles that a service assumed in the account shortly after a call, with the events that say so.
    fn assumed_by_service(&self, fact: &Fact) -> Vec<(Box<str>, Arc<str>)> {
        let mut found: Vec<(Box<str>, Arc<str>)> = Vec::new();
        let soon = fact.time..=fact.time.saturating_add(SOON);
        let later = self
            .index
            .facts
            .partition_point(|other| other.time < fact.time);
        for other in self.index.facts.iter().skip(later) {
            if !soon.contains(&other.time) {
                break;
            }
            let FactKind::Minted { role, .. } = &other.kind else {
                continue;
            };
            if *other.account == *fact.account && !role.is_empty() && self.is_service(&other.actor)
            {
                found.push((other.event.clone(), Arc::clone(role)));
            }
        }
        // More than one role: the call may have nothing to do with it.
        let mut roles: Vec<&Arc<str>> = found.iter().map(|(_, role)| role).collect();
        roles.sort();
        roles.dedup();
        match roles.len() {
            1 => found,
            _ => Vec::new(),
        }
    }

    /// The edge of a fact.
    pub(super) fn link(&mut self, fact: &Fact, to: End, kind: LinkKind, certainty: Certainty) {
        self.link_with(fact, None, to, kind, certainty);
    }

    fn link_with(
        &mut self,
        fact: &Fact,
        witness: Option<Box<str>>,
        to: End,
        kind: LinkKind,
        certainty: Certainty,
    ) {
        let call = match &fact.kind {
            FactKind::Minted { call, .. } | FactKind::RoleGiven { call, .. } => Arc::clone(call),
            FactKind::KeyMade { .. } => "CreateAccessKey".into(),
            FactKind::PasswordMade { .. } => "CreateLoginProfile".into(),
            FactKind::TrustChanged { .. } => "UpdateAssumeRolePolicy".into(),
            _ => "".into(),
        };
        self.scope.edges.insert(Edge {
            time: fact.time,
            from: End::Key(Arc::clone(&fact.actor.key)),
            to,
            kind,
            certainty,
            events: std::iter::once(fact.event.clone()).chain(witness).collect(),
            call,
        });
    }

    fn follow_minted(
        &mut self,
        fact: &Fact,
        key: &Arc<str>,
        shared: Option<&str>,
        [role, session]: [&Arc<str>; 2],
    ) {
        let mut keys = vec![Arc::clone(key)];
        // The caller's account may not be told the key of another account's session.
        let twins = shared
            .and_then(|shared| self.by_shared.get(shared))
            .cloned()
            .unwrap_or_default();
        keys.extend(twins.iter().map(|(_, key)| Arc::clone(key)));
        keys.retain(|key| !key.is_empty());
        keys.sort();
        keys.dedup();
        let named = if role.is_empty() { session } else { role };
        for key in keys {
            let certainty = certainty_of(fact);
            self.link(
                fact,
                End::Key(Arc::clone(&key)),
                LinkKind::Minted,
                certainty,
            );
            let reason = why("minted", certainty, &[("role", named)]);
            self.add_key(&key, &reason);
        }
        for (twin, _) in twins {
            let reason = why("same-call", Certainty::Observed, &[("role", named)]);
            self.add(twin.actor.clone(), reason);
        }
    }

    fn follow_password(&mut self, fact: &Fact, user: &Arc<str>) {
        let reason = why("password-made", Certainty::Inferred, &[("user", user)]);
        let suffix = format!(":user/{user}");
        let found = self.uses_after(fact, fact.time + FOLLOWS_WITHIN, |credential| {
            credential.from_console
                && (credential.principal.ends_with(&suffix)
                    || credential.principal.ends_with(&format!("/{user}")))
        });
        for actor in found {
            self.link(
                fact,
                End::Key(Arc::clone(&actor.key)),
                LinkKind::Created,
                Certainty::Inferred,
            );
            self.add(actor, reason.clone());
        }
    }

    fn follow_presigned(&mut self, fact: &Fact, target: &Arc<str>, domain: &Arc<str>, lasts: i64) {
        let roles = self.places.roles_of(domain, target);
        let until = fact.time.saturating_add(lasts.clamp(0, FOLLOWS_WITHIN));
        let found = self.uses_after(fact, until, |credential| {
            credential.kind == SessionKind::Sagemaker
                && (roles.is_empty() || roles.iter().any(|role| is_role(role, credential)))
        });
        let key = if roles.is_empty() {
            "presigned-role-unknown"
        } else {
            "presigned"
        };
        let reason = why(key, Certainty::Inferred, &[("target", target)]);
        for actor in found {
            self.link(
                fact,
                End::Key(Arc::clone(&actor.key)),
                LinkKind::Presigned,
                Certainty::Inferred,
            );
            self.add(actor, reason.clone());
        }
    }

    fn follow_role_given(&mut self, fact: &Fact, resource: &Arc<str>, role: &Arc<str>) {
        let mut roles = self.places.roles_of("", resource);
        if !role.is_empty() {
            roles = vec![Arc::clone(role)];
        }
        // Where nothing names the role, the service's own call right after the start does.
        let mut witness = None;
        if roles.is_empty() {
            let assumed = self.assumed_by_service(fact);
            witness = assumed.first().map(|(event, _)| event.clone());
            roles = assumed.into_iter().map(|(_, role)| role).collect();
        }
        if roles.is_empty() {
            return;
        }
        if !role.is_empty() {
            self.link(
                fact,
                End::Name(Arc::clone(role)),
                LinkKind::Passed,
                Certainty::Observed,
            );
        }
        let found = self.uses_after(fact, fact.time + FOLLOWS_WITHIN, |credential| {
            roles.iter().any(|role| is_role(role, credential))
        });
        for actor in found {
            let scope = self
                .index
                .credentials
                .get(&actor.key)
                .and_then(|known| known.in_scope_of.clone());
            // The session itself may say for which resource it was issued.
            let certainty = match scope {
                Some(scope) if scope.ends_with(&format!("/{resource}")) => Certainty::Derived,
                Some(_) => continue,
                None => Certainty::Inferred,
            };
            let reason = why("runs-as", certainty, &[("resource", resource)]);
            let to = End::Key(Arc::clone(&actor.key));
            self.link_with(fact, witness.clone(), to, LinkKind::RunsAs, certainty);
            self.add(actor, reason);
        }
    }

    /// A role whose trust the intruder opened to other accounts is then assumed from one of them.
    fn follow_trust(&mut self, fact: &Fact, role: &Arc<str>, accounts: &[Arc<str>]) {
        let wanted = format!("/{role}");
        let later = self
            .index
            .facts
            .iter()
            .filter(|later| later.time >= fact.time);
        let mut found: Vec<(&Fact, Arc<str>, Arc<str>)> = Vec::new();
        for later in later {
            let FactKind::Minted {
                key, role: assumed, ..
            } = &later.kind
            else {
                continue;
            };
            let from = later
                .actor
                .key
                .strip_prefix("account ")
                .and_then(|rest| rest.split(' ').next());
            let from = from.and_then(|from| accounts.iter().find(|account| ***account == *from));
            if let (Some(from), true) = (
                from,
                assumed.ends_with(&wanted) && *later.account == *fact.account,
            ) {
                found.push((later, Arc::clone(key), Arc::clone(from)));
            }
        }
        for (later, key, from) in found {
            // Own accounts that the document names as before are no sign of anything.
            if self
                .index
                .credentials
                .values()
                .any(|known| known.account == from && known.kind != SessionKind::ForeignAccount)
            {
                continue;
            }
            let reason = why(
                "trust-opened",
                Certainty::Derived,
                &[("role", role), ("account", &from)],
            );
            self.link(
                fact,
                End::Name(Arc::clone(&from)),
                LinkKind::Created,
                Certainty::Derived,
            );
            self.add(later.actor.clone(), reason.clone());
            self.add_key(&key, &reason);
        }
    }

    /// The same principal at the same unusual address, with another key: credentials are renewed.
    fn follow_hand(&mut self, actor: &Actor) {
        let Some(credential) = self.index.credentials.get(&actor.key) else {
            return;
        };
        let base = credential.base();
        if !is_public(&actor.address) || !self.history.stands_out(base, &actor.address) {
            return;
        }
        let keys = self.by_base.get(base).cloned().unwrap_or_default();
        for key in keys {
            let uses = self.index.credentials.get(key).map(|known| &known.uses);
            let is_used =
                uses.is_some_and(|uses| uses.iter().any(|used| used.address == actor.address));
            if is_used && *key != actor.key {
                let reason = why(
                    "same-hand",
                    Certainty::Derived,
                    &[("address", &actor.address)],
                );
                let other = Actor {
                    key: Arc::clone(key),
                    address: Arc::clone(&actor.address),
                };
                self.add(other, reason);
            }
        }
    }

    /// Uses of credentials that begin after a fact, at an address of the intruder or one that is new for
    /// the principal.
    fn uses_after(
        &self,
        fact: &Fact,
        until: i64,
        wanted: impl Fn(&Credential) -> bool,
    ) -> Vec<Actor> {
        let mut found = Vec::new();
        for (key, credential) in &self.index.credentials {
            if !wanted(credential) {
                continue;
            }
            for used in &credential.uses {
                let is_known = self.addresses.contains(&used.address);
                // Jobs and notebooks come and go in private networks: a new address there is no sign.
                let is_new = self.history.is_strange(credential.base(), &used.address);
                if (fact.time..=until).contains(&used.first) && (is_known || is_new) {
                    found.push(Actor {
                        key: Arc::clone(key),
                        address: Arc::clone(&used.address),
                    });
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    pub(super) fn is_service(&self, actor: &Actor) -> bool {
        let credential = self.index.credentials.get(&actor.key);
        credential.is_some_and(|known| known.kind == SessionKind::Service)
    }
}

/// How certain it is that a call made the session.
pub(super) fn certainty_of(fact: &Fact) -> Certainty {
    match &fact.kind {
        FactKind::Minted { by_time: true, .. } => Certainty::Derived,
        _ => Certainty::Observed,
    }
}

/// Whether an address is one of the Internet.
pub(crate) fn is_public(address: &str) -> bool {
    let address: Option<IpAddr> = address.parse().ok();
    address.is_some_and(|address| !is_private(address))
}

/// Whether a credential is a session of the role.
pub(super) fn is_role(role: &str, credential: &Credential) -> bool {
    let name = role.rsplit('/').next().unwrap_or(role);
    let account = role.split(':').nth(4).unwrap_or_default();
    match &credential.role {
        Some(known) => {
            **known == *role || (known.ends_with(&format!("/{name}")) && known.contains(account))
        }
        None => credential
            .principal
            .contains(&format!(":assumed-role/{name}/")),
    }
}
