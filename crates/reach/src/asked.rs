//! What a request of a suspect carries: condition keys, known, unknown or absent.
//!
//! A key that the requester chooses is absent, and the engine says what it would change. A key that
//! describes the session is what is known of the session. Everything else that a policy asks for and
//! that is not known is unknown.

use std::sync::Arc;

use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::{Known, Policies, Stack};

use crate::model::Suspect;
use crate::picture::{Person, Picture};
use crate::targets::Target;

/// The keys that policies ask for.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    all: Vec<KeyName>,
    /// Those whose value follows from the resource.
    of_target: Vec<(KeyName, OfTarget)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum OfTarget {
    Region,
    /// A tag of the resource, by its folded name.
    Tag(String),
    Boundary,
    Account,
}

/// From where a session is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// From where it was seen.
    Seen,
    /// From anywhere.
    Any,
}

impl Keys {
    /// The keys of all policies of a moment.
    pub(crate) fn of(picture: &Picture, targets: &[Target], suspects: &[Policies]) -> Self {
        let mut policies = Policies::new();
        for person in &picture.people {
            policies.extend(
                person
                    .identity
                    .policies
                    .known()
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
            policies.extend(
                person
                    .identity
                    .boundary
                    .known()
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
            policies.extend(person.trust.known().into_iter().flatten().cloned());
        }
        for group in &picture.groups {
            policies.extend(group.policies.known().into_iter().flatten().cloned());
        }
        for target in targets {
            policies.extend(target.policy.known().into_iter().flatten().cloned());
        }
        for controls in picture.controls.values() {
            let levels = controls.service.iter().chain(&controls.resource);
            policies.extend(levels.flatten().flatten().cloned());
        }
        policies.extend(suspects.iter().flatten().cloned());
        // The same policy of many is looked at once.
        policies.sort_by_key(|policy| Arc::as_ptr(policy) as usize);
        policies.dedup_by(|a, b| Arc::ptr_eq(a, b));
        let everything = Stack {
            identity: Known::Is(policies),
            ..Stack::default()
        };
        let mut all = everything.keys();
        all.sort_by(|a, b| a.folded().cmp(b.folded()));
        let of_target = all
            .iter()
            .filter_map(|key| Some((key.clone(), of_target(key.folded())?)))
            .collect();
        Self { all, of_target }
    }

    /// The context of a session, resources aside.
    pub(crate) fn context(
        &self,
        person: Option<&Person>,
        suspect: Option<&Suspect>,
        organisation: Option<&str>,
        network: Network,
    ) -> Context {
        let mut context = Context::new();
        let is_session = suspect.is_some_and(|suspect| suspect.arn.contains(":assumed-role/"));
        let single = |text: &str| Some(KeyState::Single(text.into()));
        for key in &self.all {
            let name = key.folded();
            let state = if let Some(tag) = name.strip_prefix("aws:principaltag/") {
                principal_tag(tag, person, suspect)
            } else {
                match name {
                    "aws:sourceip" => match (network, suspect) {
                        (Network::Seen, Some(Suspect { vpce: Some(_), .. })) => {
                            Some(KeyState::Null)
                        }
                        (
                            Network::Seen,
                            Some(Suspect {
                                source_ip: Some(ip),
                                ..
                            }),
                        ) => single(ip),
                        _ => Some(KeyState::Unknown),
                    },
                    "aws:sourcevpce" => match (network, suspect) {
                        (
                            Network::Seen,
                            Some(Suspect {
                                vpce: Some(vpce), ..
                            }),
                        ) => single(vpce),
                        (
                            Network::Seen,
                            Some(Suspect {
                                source_ip: Some(_), ..
                            }),
                        ) => Some(KeyState::Null),
                        _ => Some(KeyState::Unknown),
                    },
                    "aws:sourcevpc" | "aws:vpcsourceip" | "aws:sourcevpcarn" => {
                        match (network, suspect) {
                            (
                                Network::Seen,
                                Some(Suspect {
                                    vpce: None,
                                    source_ip: Some(_),
                                    ..
                                }),
                            ) => Some(KeyState::Null),
                            _ => Some(KeyState::Unknown),
                        }
                    }
                    "aws:multifactorauthpresent" => match suspect.and_then(|one| one.mfa) {
                        Some(true) => single("true"),
                        Some(false) if is_session => single("false"),
                        // Requests with a long-term key do not carry it.
                        Some(false) => Some(KeyState::Null),
                        None => Some(KeyState::Unknown),
                    },
                    "aws:multifactorauthage" => match suspect.and_then(|one| one.mfa) {
                        Some(false) => Some(KeyState::Null),
                        _ => Some(KeyState::Unknown),
                    },
                    "aws:sourceidentity" => match suspect {
                        Some(suspect) => match &suspect.source_identity {
                            Some(identity) => single(identity),
                            None => Some(KeyState::Null),
                        },
                        None => None,
                    },
                    "aws:userid" => user_id(person, suspect, is_session),
                    "aws:principalorgid" => match organisation {
                        Some(organisation) => single(organisation),
                        None => Some(KeyState::Unknown),
                    },
                    "aws:securetransport" => single("true"),
                    "aws:viaawsservice" => single("false"),
                    // Only services fill these in.
                    "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast"
                    | "aws:sourcearn" | "aws:sourceaccount" | "aws:sourceorgid"
                    | "aws:sourceorgpaths" | "kms:viaservice" => Some(KeyState::Null),
                    "aws:currenttime"
                    | "aws:epochtime"
                    | "aws:tokenissuetime"
                    | "aws:principalorgpaths"
                    | "aws:resourceorgid"
                    | "aws:resourceorgpaths"
                    | "aws:federatedprovider"
                    | "aws:ec2instancesourcevpc"
                    | "aws:ec2instancesourceprivateipv4"
                    | "ec2:sourceinstancearn"
                    | "iam:associatedresourcearn"
                    | "s3:existingobjecttag"
                    | "kms:keyspec"
                    | "kms:keyusage"
                    | "kms:keyorigin"
                    | "kms:multiregion"
                    | "kms:multiregionkeytype"
                    | "kms:resourcealiases" => Some(KeyState::Unknown),
                    _ if name.starts_with("s3:existingobjecttag/") || name.starts_with("saml:") => {
                        Some(KeyState::Unknown)
                    }
                    _ => None,
                }
            };
            if let Some(state) = state {
                context.set(key.clone(), state);
            }
        }
        context
    }

    /// Adds what follows from a resource.
    pub(crate) fn add_target(&self, context: &mut Context, target: &Target) {
        for (key, of) in &self.of_target {
            let state = match of {
                OfTarget::Region => match &target.region {
                    Some(region) => KeyState::Single(Arc::clone(region)),
                    None => KeyState::Unknown,
                },
                OfTarget::Account => match &target.account {
                    Some(account) => KeyState::Single(account.as_str().into()),
                    None => KeyState::Unknown,
                },
                // A new resource has the tags that the request gives it.
                OfTarget::Tag(_) if target.is_new => KeyState::Null,
                OfTarget::Tag(tag) => match &target.tags {
                    None => KeyState::Unknown,
                    Some(tags) => {
                        let found = tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(tag));
                        found.map_or(KeyState::Null, |(_, value)| {
                            KeyState::Single(value.as_str().into())
                        })
                    }
                },
                OfTarget::Boundary => match &target.boundary {
                    None => continue,
                    Some(Known::Unknown) => KeyState::Unknown,
                    Some(Known::Is(None)) => KeyState::Null,
                    Some(Known::Is(Some(arn))) => KeyState::Single(Arc::clone(arn)),
                },
            };
            context.set(key.clone(), state);
        }
    }
}

fn of_target(name: &str) -> Option<OfTarget> {
    match name {
        "aws:requestedregion" => Some(OfTarget::Region),
        "s3:resourceaccount" => Some(OfTarget::Account),
        "iam:permissionsboundary" => Some(OfTarget::Boundary),
        _ => {
            let (_, tag) = name.split_once("resourcetag/")?;
            Some(OfTarget::Tag(tag.to_owned()))
        }
    }
}

fn principal_tag(
    tag: &str,
    person: Option<&Person>,
    suspect: Option<&Suspect>,
) -> Option<KeyState> {
    let of_session = suspect.and_then(|suspect| {
        let mut tags = suspect.session_tags.iter();
        tags.find(|(name, _)| name.eq_ignore_ascii_case(tag))
            .map(|(_, value)| value.as_str())
    });
    let own = person.and_then(|person| {
        let mut tags = person.identity.tags.iter();
        tags.find(|(name, _)| name.eq_ignore_ascii_case(tag))
            .map(|(_, value)| &**value)
    });
    match (of_session.or(own), person, suspect) {
        (Some(value), ..) => Some(KeyState::Single(value.into())),
        (None, None, _) => Some(KeyState::Unknown),
        // The session is there, and has no such tag.
        (None, Some(_), Some(_)) => Some(KeyState::Null),
        // A role that is assumed may be given tags; a user has what it has.
        (None, Some(person), None) => (!person.is_role).then_some(KeyState::Null),
    }
}

fn user_id(
    person: Option<&Person>,
    suspect: Option<&Suspect>,
    is_session: bool,
) -> Option<KeyState> {
    let id = person.and_then(|person| person.identity.unique_id.as_deref());
    let Some(id) = id else {
        return Some(KeyState::Unknown);
    };
    if person.is_some_and(|person| !person.is_role) {
        return Some(KeyState::Single(id.into()));
    }
    let name = suspect.filter(|_| is_session).and_then(|suspect| {
        let of_arn = suspect.arn.rsplit('/').next();
        suspect.session_name.as_deref().or(of_arn)
    });
    Some(match name {
        Some(name) => KeyState::Single(format!("{id}:{name}").into()),
        None => KeyState::Unknown,
    })
}
