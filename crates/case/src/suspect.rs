//! Suspects: what a user names, what it is taken for, and whom it matches.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use memchr::memmem;
use rempart_locale::Text;
use rempart_trail::record::{Field, Record};

use crate::history::History;
use crate::index::{Actor, Credential, Index};
use crate::model::Suspect;

/// What a suspect is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SuspectKind {
    /// ARN of a user, role or session, or of the root user.
    Arn,
    /// Access key id.
    AccessKey,
    /// Unique id of a user or role, with or without the name of a session.
    PrincipalId,
    /// An address or a range.
    Address(IpNet),
    /// A part of a user agent.
    UserAgent,
    /// `eventID`.
    Event,
    /// ARN or name of a resource.
    Resource,
    /// A finding of `hunt`.
    Finding,
    /// Name of a user, role or session; failing that a part of a user agent or a resource.
    Name,
}

/// A suspect as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The text, without a prefix that told its kind.
    pub value: String,
    /// What it is taken for.
    pub kind: SuspectKind,
}

/// A suspect that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuspectError {
    /// Nothing but space.
    #[error("a suspect is empty")]
    Empty,
    /// After `address:` or with a slash, and no range.
    #[error("`{0}` is no address and no range of addresses such as 192.0.2.0/24")]
    Address(String),
}

impl Given {
    /// Reads a suspect. `agent:`, `resource:`, `name:` and `address:` before it decide its kind.
    ///
    /// # Errors
    /// See [`SuspectError`].
    pub fn parse(text: &str) -> Result<Self, SuspectError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SuspectError::Empty);
        }
        let of = |kind, value: &str| {
            Ok(Self {
                value: value.to_owned(),
                kind,
            })
        };
        let prefixed = [
            ("agent:", SuspectKind::UserAgent),
            ("resource:", SuspectKind::Resource),
            ("name:", SuspectKind::Name),
        ];
        for (prefix, kind) in prefixed {
            if let Some(rest) = text.strip_prefix(prefix).filter(|rest| !rest.is_empty()) {
                return of(kind, rest);
            }
        }
        if let Some(rest) = text.strip_prefix("address:") {
            let range = range(rest).ok_or_else(|| SuspectError::Address(rest.to_owned()))?;
            return of(SuspectKind::Address(range), rest);
        }
        if let Some(range) = range(text) {
            return of(SuspectKind::Address(range), text);
        }
        of(kind_of(text), text)
    }

    /// The name of the kind in `case.json`.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.kind {
            SuspectKind::Arn => "arn",
            SuspectKind::AccessKey => "access-key",
            SuspectKind::PrincipalId => "principal-id",
            SuspectKind::Address(_) => "address",
            SuspectKind::UserAgent => "user-agent",
            SuspectKind::Event => "event",
            SuspectKind::Resource => "resource",
            SuspectKind::Finding => "finding",
            SuspectKind::Name => "name",
        }
    }
}

fn range(text: &str) -> Option<IpNet> {
    let address = text.parse::<IpAddr>().ok().map(IpNet::from);
    address.or_else(|| text.parse().ok())
}

fn kind_of(text: &str) -> SuspectKind {
    let is_plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    if text.starts_with("arn:") {
        let service = text.split(':').nth(2).unwrap_or_default();
        return match service {
            "iam" | "sts" => SuspectKind::Arn,
            _ => SuspectKind::Resource,
        };
    }
    if ["AKIA", "ASIA"].iter().any(|start| text.starts_with(start))
        && text.len() >= 16
        && is_plain(text)
    {
        return SuspectKind::AccessKey;
    }
    let id = text.split(':').next().unwrap_or_default();
    if ["AROA", "AIDA"].iter().any(|start| id.starts_with(start)) && id.len() >= 16 && is_plain(id)
    {
        return SuspectKind::PrincipalId;
    }
    if text.parse::<uuid::Uuid>().is_ok() && text.len() == 36 {
        return SuspectKind::Event;
    }
    let digits = text.strip_prefix("f-");
    if digits.is_some_and(|digits| {
        digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    }) {
        return SuspectKind::Finding;
    }
    SuspectKind::Name
}

/// A suspect that only a look at each record can settle.
#[derive(Clone, Debug)]
pub(crate) struct Suspicion {
    /// Place in the list of suspects.
    pub(crate) suspect: usize,
    /// The text.
    value: String,
    is_event: bool,
}

impl Suspicion {
    /// Those among the suspects that need it.
    pub(crate) fn of(suspects: &[Given]) -> Vec<Self> {
        let needs = |given: &Given| {
            matches!(
                given.kind,
                SuspectKind::Event | SuspectKind::Resource | SuspectKind::Name
            )
        };
        let numbered = suspects.iter().enumerate();
        numbered
            .filter(|(_, given)| needs(given))
            .map(|(suspect, given)| Self {
                suspect,
                value: given.value.clone(),
                is_event: given.kind == SuspectKind::Event,
            })
            .collect()
    }

    /// Whether a record is the event, or names the resource.
    pub(crate) fn hits(&self, record: &Record<'_>) -> bool {
        if self.is_event {
            let id = record.text(Field::EventId);
            return id.is_some_and(|id| id.eq_ignore_ascii_case(&self.value));
        }
        let members = [
            Field::RequestParameters,
            Field::Resources,
            Field::ResponseElements,
        ];
        members.into_iter().any(|field| {
            record
                .get(field)
                .is_some_and(|value| memmem::find(value.raw(), self.value.as_bytes()).is_some())
        })
    }
}

/// Who was hit, and how often, per [`Suspicion`].
#[derive(Debug, Default)]
pub(crate) struct Hits(BTreeMap<(usize, Actor), u64>);

impl Hits {
    pub(crate) fn note(&mut self, suspicion: usize, actor: Actor) {
        *self.0.entry((suspicion, actor)).or_default() += 1;
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (hit, count) in other.0 {
            *self.0.entry(hit).or_default() += count;
        }
    }

    fn of(&self, suspicion: usize) -> impl Iterator<Item = (&Actor, u64)> {
        let hits = self
            .0
            .iter()
            .filter(move |((number, _), _)| *number == suspicion);
        hits.map(|((_, actor), count)| (actor, *count))
    }
}

/// Whom a suspect matches.
#[derive(Debug, Default)]
pub(crate) struct Matched {
    /// Uses of credentials, with the number of events that matched.
    pub(crate) actors: BTreeMap<Actor, u64>,
    /// Why, or how the matches were narrowed.
    pub(crate) reasons: Vec<Text>,
}

/// Actors, principals and addresses of a finding.
#[derive(Debug, Default)]
pub(crate) struct OfFinding {
    pub(crate) principals: BTreeSet<String>,
    pub(crate) addresses: BTreeSet<String>,
}

/// Whom a suspect matches in the index.
pub(crate) fn matches(
    number: usize,
    given: &Given,
    suspicions: &[Suspicion],
    index: &Index,
    history: &History,
    finding: impl Fn(&str) -> Option<OfFinding>,
) -> Matched {
    let mut matched = Matched::default();
    let value = given.value.as_str();
    let hits = |matched: &mut Matched| {
        let mut settled = suspicions.iter().enumerate();
        if let Some((place, _)) = settled.find(|(_, suspicion)| suspicion.suspect == number) {
            for (actor, events) in index.hits.of(place) {
                *matched.actors.entry(actor.clone()).or_default() += events;
            }
        }
    };
    match &given.kind {
        SuspectKind::AccessKey => by_identity(&mut matched, index, history, |key, _| key == value),
        SuspectKind::Arn => by_identity(&mut matched, index, history, |_, credential| {
            is_arn_of(value, credential)
        }),
        SuspectKind::PrincipalId => by_identity(&mut matched, index, history, |_, credential| {
            credential.principal_id.as_deref().is_some_and(|id| {
                id == value || (!value.contains(':') && id.split(':').next() == Some(value))
            })
        }),
        SuspectKind::Address(range) => by_use(&mut matched, index, |_, used| {
            used.address
                .parse()
                .is_ok_and(|address: IpAddr| range.contains(&address))
        }),
        SuspectKind::UserAgent => by_use(&mut matched, index, |_, used| used.agent.contains(value)),
        SuspectKind::Event | SuspectKind::Resource => hits(&mut matched),
        SuspectKind::Finding => {
            if let Some(found) = finding(value) {
                by_use(&mut matched, index, |credential, used| {
                    found.principals.contains(&*credential.principal)
                        && found.addresses.contains(&*used.address)
                });
            }
        }
        SuspectKind::Name => {
            by_identity(&mut matched, index, history, |_, credential| {
                has_name(value, credential)
            });
            if matched.actors.is_empty() {
                by_use(&mut matched, index, |_, used| used.agent.contains(value));
            }
            if matched.actors.is_empty() {
                hits(&mut matched);
            }
        }
    }
    matched
}

fn by_use(
    matched: &mut Matched,
    index: &Index,
    wanted: impl Fn(&Credential, &crate::index::Use) -> bool,
) {
    for (key, credential) in &index.credentials {
        for used in &credential.uses {
            if wanted(credential, used) {
                let actor = Actor {
                    key: Arc::clone(key),
                    address: Arc::clone(&used.address),
                };
                *matched.actors.entry(actor).or_default() += used.events;
            }
        }
    }
}

/// A suspect credential may be used by its owner and by a thief: where its history tells them apart, only
/// the places that stand out are taken.
fn by_identity(
    matched: &mut Matched,
    index: &Index,
    history: &History,
    wanted: impl Fn(&str, &Credential) -> bool,
) {
    let mut all = Matched::default();
    let mut apart = Matched::default();
    for (key, credential) in &index.credentials {
        if !wanted(key, credential) {
            continue;
        }
        for used in &credential.uses {
            let actor = Actor {
                key: Arc::clone(key),
                address: Arc::clone(&used.address),
            };
            *all.actors.entry(actor.clone()).or_default() += used.events;
            if history.stands_out(credential.base(), &used.address) {
                *apart.actors.entry(actor).or_default() += used.events;
            }
        }
    }
    if apart.actors.is_empty() || apart.actors.len() == all.actors.len() {
        matched.actors = all.actors;
        return;
    }
    let left = all.actors.len() - apart.actors.len();
    let addresses: BTreeSet<String> = apart
        .actors
        .keys()
        .map(|actor| actor.address.to_string())
        .collect();
    let addresses: Vec<String> = addresses.into_iter().collect();
    matched.reasons.push(
        Text::new("suspect-split")
            .with("addresses", addresses)
            .with("left", left),
    );
    matched.actors = apart.actors;
}

fn is_arn_of(arn: &str, credential: &Credential) -> bool {
    if *credential.principal == *arn || credential.role.as_deref() == Some(arn) {
        return true;
    }
    // A role's ARN has a path, that of its sessions has none.
    let Some((account, role)) = arn.split_once(":role/") else {
        return false;
    };
    let account = account.replacen(":iam:", ":sts:", 1);
    let name = role.rsplit('/').next().unwrap_or(role);
    credential
        .principal
        .starts_with(&format!("{account}:assumed-role/{name}/"))
}

fn has_name(name: &str, credential: &Credential) -> bool {
    let of_principal = credential.principal.split(['/', ':']);
    let of_role = credential.role.as_deref().unwrap_or_default();
    of_principal
        .chain(of_role.rsplit('/').take(1))
        .any(|part| part == name)
}

/// Keys, principals and addresses near a text that matches nothing.
pub(crate) fn near(value: &str, index: &Index) -> Vec<String> {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (key, credential) in &index.credentials {
        known.insert(key);
        known.insert(&credential.principal);
        known.extend(credential.role.as_deref());
        known.extend(credential.principal.rsplit('/').next());
        known.extend(credential.uses.iter().map(|used| &*used.address));
    }
    rempart_aws_model::nearest(value, known.into_iter())
        .into_iter()
        .map(str::to_owned)
        .collect()
}

/// A suspect as the case shows it.
pub(crate) fn shown(given: &Given, proposed: bool, matched: &Matched) -> Suspect {
    Suspect {
        value: given.value.clone(),
        kind: given.kind_name().to_owned(),
        proposed,
        reasons: matched.reasons.clone(),
        events: matched.actors.values().sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suspects_are_told_apart_by_their_form() {
        let kind = |text: &str| Given::parse(text).unwrap().kind_name();
        assert_eq!(kind("AKIAIOSFODNN7EXAMPLE"), "access-key");
        assert_eq!(kind("AROAEXAMPLEABCDEFGH12:session"), "principal-id");
        assert_eq!(kind("arn:aws:iam::111122223333:user/x"), "arn");
        assert_eq!(kind("arn:aws:s3:::bucket"), "resource");
        assert_eq!(kind("192.0.2.0/24"), "address");
        assert_eq!(kind("2001:db8::1"), "address");
        assert_eq!(kind("0c18ba0b-91ac-4453-abb3-f18a524ef978"), "event");
        assert_eq!(kind("f-00112233445566778899aabbccddeeff"), "finding");
        assert_eq!(kind("agent:Boto3/1.2"), "user-agent");
        assert_eq!(kind("contractor"), "name");
        assert!(Given::parse("address:x").is_err());
        assert!(Given::parse("  ").is_err());
    }
}
