//! The scope: from the suspects to everything that hangs together with them.
//!
//! A credential is followed over four strong links: sessions and keys that it made, applications that it
//! opened, resources that it gave a role or changed and the sessions of that role from then on, and trust
//! that it widened. The same principal at the same unusual address counts as the same hand. The same
//! address alone never brings anything in.

mod follow;
mod origin;
mod reason;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub(crate) use follow::is_public;
use rempart_locale::Text;

use crate::history::History;
use crate::index::{Actor, Fact, FactKind, Index};
use crate::model::{Certainty, LinkKind};
use crate::workplace::Workplaces;

/// An edge before it has evidence: `events` are ids of records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) time: i64,
    pub(crate) from: End,
    pub(crate) to: End,
    pub(crate) kind: LinkKind,
    pub(crate) certainty: Certainty,
    pub(crate) events: Vec<Box<str>>,
    pub(crate) call: Arc<str>,
}

/// An end of an edge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// A credential, by its key.
    Key(Arc<str>),
    /// Something that is named.
    Name(Arc<str>),
}

/// Why an actor is in scope.
#[derive(Clone, Debug)]
pub(crate) struct Why {
    pub(crate) text: Text,
    pub(crate) certainty: Certainty,
    /// Not held to be the intruder, only the origin of what is.
    pub(crate) is_origin: bool,
}

/// Who is in scope.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) actors: BTreeMap<Actor, Why>,
    pub(crate) edges: BTreeSet<Edge>,
    /// Uses at addresses of the intruder that nothing else links: address, principals.
    pub(crate) nearby: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
}

/// What is looked up while the scope grows.
struct Closure<'a> {
    index: &'a Index,
    history: &'a History,
    places: &'a Workplaces,
    by_actor: HashMap<&'a Actor, Vec<&'a Fact>>,
    by_key: HashMap<&'a str, Vec<&'a Fact>>,
    /// Keys that the other account's record of a call names.
    by_shared: HashMap<&'a str, Vec<(&'a Fact, &'a Arc<str>)>>,
    by_base: HashMap<&'a str, Vec<&'a Arc<str>>>,
    scope: Scope,
    /// Addresses of the Internet from which the intruder acted.
    addresses: BTreeSet<Arc<str>>,
    pending: Vec<Actor>,
}

/// The scope of seeds.
pub(crate) fn close(
    seeds: &BTreeMap<Actor, Text>,
    index: &Index,
    history: &History,
    places: &Workplaces,
) -> Scope {
    let mut closure = Closure::new(index, history, places);
    for (actor, text) in seeds {
        let why = Why {
            text: text.clone(),
            certainty: Certainty::Derived,
            is_origin: false,
        };
        closure.add(actor.clone(), why);
    }
    while !closure.pending.is_empty() {
        while let Some(actor) = closure.pending.pop() {
            closure.follow(&actor);
        }
        closure.openers();
    }
    closure.origins();
    closure.find_nearby();
    closure.scope
}

impl<'a> Closure<'a> {
    fn new(index: &'a Index, history: &'a History, places: &'a Workplaces) -> Self {
        let mut by_actor: HashMap<&Actor, Vec<&Fact>> = HashMap::new();
        let mut by_key: HashMap<&str, Vec<&Fact>> = HashMap::new();
        let mut by_shared: HashMap<&str, Vec<(&Fact, &Arc<str>)>> = HashMap::new();
        for fact in &index.facts {
            by_actor.entry(&fact.actor).or_default().push(fact);
            let key = match &fact.kind {
                FactKind::Minted { key, shared, .. } => {
                    if let (Some(shared), false) = (shared, key.is_empty()) {
                        by_shared.entry(shared).or_default().push((fact, key));
                    }
                    key
                }
                FactKind::KeyMade { key, .. } => key,
                _ => continue,
            };
            if !key.is_empty() {
                by_key.entry(key).or_default().push(fact);
            }
        }
        let mut by_base: HashMap<&str, Vec<&Arc<str>>> = HashMap::new();
        for (key, credential) in &index.credentials {
            by_base.entry(credential.base()).or_default().push(key);
        }
        by_base.values_mut().for_each(|keys| keys.sort());
        Self {
            index,
            history,
            places,
            by_actor,
            by_key,
            by_shared,
            by_base,
            scope: Scope::default(),
            addresses: BTreeSet::new(),
            pending: Vec::new(),
        }
    }

    /// Takes an actor into scope. One that was only an origin and is now more is followed.
    fn add(&mut self, actor: Actor, why: Why) {
        match self.scope.actors.get_mut(&actor) {
            Some(known) if known.is_origin && !why.is_origin => *known = why.clone(),
            Some(_) => return,
            None => {
                self.scope.actors.insert(actor.clone(), why.clone());
            }
        }
        if !why.is_origin {
            if is_public(&actor.address) {
                self.addresses.insert(Arc::clone(&actor.address));
            }
            self.pending.push(actor);
        }
    }

    /// Takes all uses of a credential into scope.
    fn add_key(&mut self, key: &Arc<str>, why: &Why) {
        let Some(credential) = self.index.credentials.get(key) else {
            return;
        };
        let addresses: BTreeSet<Arc<str>> = credential
            .uses
            .iter()
            .map(|used| Arc::clone(&used.address))
            .collect();
        for address in addresses {
            let actor = Actor {
                key: Arc::clone(key),
                address,
            };
            self.add(actor, why.clone());
        }
    }

    /// Uses at the intruder's addresses that no other link brings in.
    fn find_nearby(&mut self) {
        let addresses = std::mem::take(&mut self.addresses);
        for (key, credential) in &self.index.credentials {
            for used in &credential.uses {
                let actor = Actor {
                    key: Arc::clone(key),
                    address: Arc::clone(&used.address),
                };
                if addresses.contains(&used.address) && !self.scope.actors.contains_key(&actor) {
                    let near = self
                        .scope
                        .nearby
                        .entry(Arc::clone(&used.address))
                        .or_default();
                    near.insert(Arc::clone(&credential.principal));
                }
            }
        }
    }
}
