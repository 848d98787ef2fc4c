//! Back from a credential to what made it.

use std::sync::Arc;

use super::follow::{FOLLOWS_WITHIN, certainty_of, is_public, is_role};
use super::reason::why;
use super::{Closure, Edge, End};
use crate::index::{Actor, Fact, FactKind};
use crate::model::{Certainty, LinkKind, SessionKind};

impl Closure<'_> {
    /// An application session of the intruder may have been opened by a URL that another credential made,
    /// itself at a place that stands out for it.
    pub(super) fn openers(&mut self) {
        let sessions: Vec<Actor> = self
            .scope
            .actors
            .iter()
            .filter(|(_, why)| !why.is_origin)
            .map(|(actor, _)| actor.clone())
            .collect();
        let index = self.index;
        let presigned: Vec<&Fact> = index
            .facts
            .iter()
            .filter(|fact| matches!(fact.kind, FactKind::Presigned { .. }))
            .collect();
        for actor in sessions {
            let Some(credential) = index.credentials.get(&actor.key) else {
                continue;
            };
            let begins = credential
                .uses
                .iter()
                .filter(|used| used.address == actor.address);
            let begins = begins.map(|used| used.first).min();
            let (SessionKind::Sagemaker, Some(begins)) = (credential.kind, begins) else {
                continue;
            };
            let is_explained = |edge: &Edge| edge.to == End::Key(Arc::clone(&actor.key));
            if self.scope.edges.iter().any(is_explained) {
                continue;
            }
            for fact in &presigned {
                let FactKind::Presigned {
                    target,
                    domain,
                    lasts,
                } = &fact.kind
                else {
                    continue;
                };
                let until = fact.time.saturating_add((*lasts).clamp(0, FOLLOWS_WITHIN));
                let opener = index.credentials.get(&fact.actor.key);
                let stands_out = opener.is_some_and(|opener| {
                    is_public(&fact.actor.address)
                        && self.history.stands_out(opener.base(), &fact.actor.address)
                });
                let roles = self.places.roles_of(domain, target);
                let may_be = roles.is_empty() || roles.iter().any(|role| is_role(role, credential));
                if stands_out && may_be && (fact.time..=until).contains(&begins) {
                    let reason = why("opener", Certainty::Inferred, &[("target", target)]);
                    self.link(
                        fact,
                        End::Key(Arc::clone(&actor.key)),
                        LinkKind::Presigned,
                        Certainty::Inferred,
                    );
                    self.add(fact.actor.clone(), reason);
                }
            }
        }
    }

    /// Where the credentials in scope come from, up to their beginning.
    pub(super) fn origins(&mut self) {
        let mut pending: Vec<Actor> = self.scope.actors.keys().cloned().collect();
        while let Some(actor) = pending.pop() {
            let facts = self.by_key.get(&*actor.key).cloned().unwrap_or_default();
            for fact in facts {
                let kind = match &fact.kind {
                    FactKind::Minted { .. } => LinkKind::Minted,
                    _ => LinkKind::Created,
                };
                self.link(
                    fact,
                    End::Key(Arc::clone(&actor.key)),
                    kind,
                    certainty_of(fact),
                );
                if self.scope.actors.contains_key(&fact.actor) || self.is_service(&fact.actor) {
                    continue;
                }
                let mut reason = why("origin", Certainty::Observed, &[]);
                reason.is_origin = true;
                self.add(fact.actor.clone(), reason);
                pending.push(fact.actor.clone());
            }
        }
    }
}
