//! Small universes of requests: actions with some of their keys, and the requests that AWS could see.

use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName};
use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::{Principal, Reference, Request};
use rempart_prove::{Caller, Presence, Setting};
use rempart_testkit::random::Random;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const OTHER: &str = "999988887777";

/// How policies ask for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Text,
    Set,
    Number,
    Date,
    Bool,
    Address,
    Arn,
}

/// A key, the values that requests give it (several are separated by `|`), and those of policies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) asked: Asked,
    pub(crate) values: &'static [&'static str],
    pub(crate) limits: &'static [&'static str],
    /// What the API assumes when the field is omitted.
    pub(crate) default: Option<&'static str>,
    /// An old name of the key.
    pub(crate) old: Option<&'static str>,
    pub(crate) always: bool,
}

const fn key(
    name: &'static str,
    asked: Asked,
    values: &'static [&'static str],
    limits: &'static [&'static str],
) -> Key {
    Key {
        name,
        asked,
        values,
        limits,
        default: None,
        old: None,
        always: false,
    }
}

pub(crate) const GLOBAL: &[Key] = &[
    key(
        "aws:PrincipalTag/team",
        Asked::Text,
        &["", "a", "b", "A", "ab", "team-a"],
        &[
            "a",
            "a*",
            "?b",
            "A",
            "${aws:username}",
            "${aws:PrincipalAccount}",
            "",
            "*",
            "${s3:prefix, 'a'}",
        ],
    ),
    key(
        "aws:RequestTag/Level",
        Asked::Text,
        &["", "1", "a", "team"],
        &[
            "1",
            "a",
            "${aws:PrincipalTag/team}",
            "${aws:PrincipalTag/team, 'a'}",
            "?*",
        ],
    ),
    key(
        "aws:requesttag/level",
        Asked::Number,
        &["", "1", "2", "x"],
        &["1", "1.5", "x"],
    ),
    key(
        "aws:PrincipalTag/until",
        Asked::Date,
        &["", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "x"],
        &["2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z"],
    ),
    key(
        "aws:PrincipalTag/on",
        Asked::Bool,
        &["", "true", "false", "x"],
        &["true", "false"],
    ),
    key(
        "aws:PrincipalTag/net",
        Asked::Address,
        &["", "192.0.2.1", "2001:db8::1", "x"],
        &["192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0"],
    ),
    key(
        "aws:SourceIp",
        Asked::Address,
        &["192.0.2.7", "198.51.100.1", "2001:db8::1"],
        &["192.0.2.0/24", "198.51.100.1", "2001:db8::/32", "nonsense"],
    ),
    key(
        "aws:SourceVpce",
        Asked::Text,
        &["vpce-1", "vpce-2"],
        &["vpce-1", "vpce-*"],
    ),
    key(
        "aws:SourceVpc",
        Asked::Text,
        &["vpc-1", "vpc-2"],
        &["vpc-1", "vpc-?"],
    ),
    Key {
        always: true,
        ..key(
            "aws:ViaAWSService",
            Asked::Bool,
            &["true", "false"],
            &["true", "false"],
        )
    },
    Key {
        always: true,
        ..key(
            "aws:CurrentTime",
            Asked::Date,
            &[
                "2026-01-01T00:00:00Z",
                "2026-06-01T00:00:00Z",
                "2027-01-01T00:00:00Z",
            ],
            &["2026-06-01T00:00:00Z", "1780272001"],
        )
    },
    key(
        "aws:MultiFactorAuthPresent",
        Asked::Bool,
        &["true", "false"],
        &["true", "false", "x"],
    ),
    key(
        "aws:MultiFactorAuthAge",
        Asked::Number,
        &["5", "60", "61", "3600"],
        &["60", "60.5", "3600"],
    ),
    key(
        "aws:PrincipalOrgPaths",
        Asked::Set,
        &["o/a", "o/b", "o/a|o/b", "o/c", "o/c|o/d"],
        &["o/a", "o/*", "?/b"],
    ),
    key(
        "aws:PrincipalArn",
        Asked::Arn,
        &[],
        &[
            "arn:aws:iam::*:role/DataScientist",
            "arn:aws:iam::111122223333:role/*",
            "*",
            "arn:aws:iam",
            "arn:aws:*:*:*:user/${aws:username}",
            "arn:aws:iam::*:us?r/*",
        ],
    ),
    key(
        "aws:PrincipalArn",
        Asked::Text,
        &[],
        &[
            "arn:aws:iam::111122223333:role/DataScientist",
            "*:user/*",
            "*/${aws:PrincipalTag/team}",
        ],
    ),
    key(
        "aws:PrincipalAccount",
        Asked::Text,
        &[],
        &["111122223333", "${aws:ResourceAccount}", "9*"],
    ),
    key(
        "aws:PrincipalType",
        Asked::Text,
        &[],
        &["AssumedRole", "User", "account"],
    ),
    key(
        "aws:ResourceAccount",
        Asked::Text,
        &[],
        &["111122223333", "${aws:PrincipalAccount}"],
    ),
    key(
        "aws:PrincipalIsAWSService",
        Asked::Bool,
        &[],
        &["true", "false"],
    ),
];

/// An action with keys of its own and resources.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) action: &'static str,
    pub(crate) keys: &'static [Key],
    pub(crate) resources: &'static [&'static str],
    pub(crate) patterns: &'static [&'static str],
    pub(crate) has_tags: bool,
}

pub(crate) const WORLDS: &[World] = &[
    World {
        action: "s3:GetObject",
        keys: &[
            key(
                "s3:ExistingObjectTag/class",
                Asked::Text,
                &["", "a", "b"],
                &[
                    "a",
                    "",
                    "${aws:PrincipalTag/team}",
                    "${aws:PrincipalOrgPaths}",
                ],
            ),
            key(
                "s3:signatureAge",
                Asked::Number,
                &["1", "10", "100"],
                &["10", "99"],
            ),
        ],
        resources: &[
            "arn:aws:s3:::a/x",
            "arn:aws:s3:::a/b/x",
            "arn:aws:s3:::b/a/y",
            "arn:aws:s3:::team-a/a",
        ],
        patterns: &[
            "*",
            "arn:aws:s3:::a/*",
            "arn:aws:s3:::*/${aws:PrincipalTag/team}/*",
            "arn:aws:s3:::?/x",
            "arn:aws:s3:::*",
            "arn:aws:s3:::a/${*}",
        ],
        has_tags: false,
    },
    World {
        action: "kms:Decrypt",
        keys: &[
            key(
                "kms:ViaService",
                Asked::Text,
                &["s3.eu-west-1.amazonaws.com", "x"],
                &["s3.*", "x"],
            ),
            key(
                "kms:EncryptionContext:team",
                Asked::Text,
                &["", "a", "b"],
                &["a", "${aws:PrincipalTag/team}"],
            ),
            key(
                "kms:CallerAccount",
                Asked::Text,
                &[],
                &["111122223333", "9*"],
            ),
        ],
        resources: &[
            "arn:aws:kms:eu-west-1:111122223333:key/1",
            "arn:aws:kms:eu-west-1:111122223333:key/2",
        ],
        patterns: &[
            "*",
            "arn:aws:kms:*:*:key/1",
            "arn:aws:kms:eu-west-1:111122223333:key/*",
        ],
        has_tags: false,
    },
    World {
        action: "kms:CreateAlias",
        keys: &[key(
            "kms:CallerAccount",
            Asked::Text,
            &[],
            &["111122223333"],
        )],
        resources: &[
            "arn:aws:kms:eu-west-1:111122223333:key/1",
            "arn:aws:kms:eu-west-1:111122223333:alias/1",
        ],
        patterns: &["*", "arn:aws:kms:*:*:key/1", "arn:aws:kms:*:*:alias/*"],
        has_tags: false,
    },
    World {
        action: "sts:AssumeRole",
        keys: &[
            key("sts:ExternalId", Asked::Text, &["", "a", "b"], &["a", "?*"]),
            key(
                "sts:RoleSessionName",
                Asked::Text,
                &["alice", "a"],
                &["${aws:username}", "a*"],
            ),
            key(
                "aws:TagKeys",
                Asked::Set,
                &["Level", "level|x", "x"],
                &["level", "Level", "x", "*"],
            ),
        ],
        resources: &[
            "arn:aws:iam::111122223333:role/Target",
            "arn:aws:iam::111122223333:role/a",
        ],
        patterns: &[
            "*",
            "arn:aws:iam::*:role/Target",
            "arn:aws:iam::111122223333:role/${aws:PrincipalTag/team}",
        ],
        has_tags: true,
    },
    World {
        action: "iam:PassRole",
        keys: &[
            key(
                "iam:PassedToService",
                Asked::Text,
                &["sagemaker.amazonaws.com", "ec2.amazonaws.com"],
                &[
                    "sagemaker.amazonaws.com",
                    "*.amazonaws.com",
                    "SAGEMAKER.amazonaws.com",
                ],
            ),
            key(
                "iam:AssociatedResourceArn",
                Asked::Arn,
                &["arn:aws:ec2:eu-west-1:111122223333:instance/i-1"],
                &["arn:aws:ec2:*:*:instance/*", "arn:*:sagemaker:*:*:*"],
            ),
        ],
        resources: &[
            "arn:aws:iam::111122223333:role/Target",
            "arn:aws:iam::111122223333:role/a",
        ],
        patterns: &[
            "*",
            "arn:aws:iam::*:role/T*",
            "arn:aws:iam::111122223333:role/${aws:PrincipalTag/team}",
        ],
        has_tags: false,
    },
    World {
        action: "sagemaker:CreateTrainingJob",
        keys: &[
            key(
                "sagemaker:VpcSubnets",
                Asked::Set,
                &[
                    "subnet-a",
                    "subnet-b",
                    "x",
                    "subnet-a|subnet-b",
                    "subnet-a|x",
                    "x|y",
                ],
                &["subnet-a", "subnet-*", "?"],
            ),
            key(
                "sagemaker:VpcSecurityGroupIds",
                Asked::Set,
                &["sg-a", "sg-b|sg-a"],
                &["sg-a", "sg-*"],
            ),
            key(
                "sagemaker:InstanceTypes",
                Asked::Set,
                &["ml.m5.large", "ml.t3.medium|ml.m5.large"],
                &["ml.m5.*", "ml.t3.medium"],
            ),
            Key {
                always: true,
                ..key(
                    "sagemaker:MaxRuntimeInSeconds",
                    Asked::Number,
                    &["1", "3600", "3601"],
                    &["3600", "0.5"],
                )
            },
            Key {
                default: Some("false"),
                ..key(
                    "sagemaker:NetworkIsolation",
                    Asked::Bool,
                    &["true", "false"],
                    &["true", "false"],
                )
            },
            Key {
                default: Some("false"),
                ..key(
                    "SageMaker:interContainerTrafficEncryption",
                    Asked::Bool,
                    &["true", "false"],
                    &["true", "false"],
                )
            },
            Key {
                old: Some("sagemaker:VolumeKmsKey"),
                ..key(
                    "sagemaker:VolumeKmsKeyArn",
                    Asked::Arn,
                    &[
                        "arn:aws:kms:eu-west-1:111122223333:key/1",
                        "arn:aws:kms:eu-west-1:999988887777:key/1",
                    ],
                    &[
                        "arn:aws:kms:*:111122223333:key/*",
                        "*",
                        "arn:aws:kms:*:*:key/1",
                    ],
                )
            },
        ],
        resources: &[
            "arn:aws:sagemaker:eu-west-1:111122223333:training-job/a",
            "arn:aws:sagemaker:eu-west-1:111122223333:training-job/team-a",
        ],
        patterns: &[
            "*",
            "arn:aws:sagemaker:*:*:training-job/*",
            "arn:aws:sagemaker:*:*:training-job/${aws:PrincipalTag/team}",
            "arn:aws:sagemaker:*:111122223333:training-job/a",
        ],
        has_tags: true,
    },
];

/// The key as the request has it, and the field behind it.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) request: Request,
    /// The states of the chosen keys' fields, in their order.
    pub(crate) states: Vec<Option<Vec<String>>>,
}

pub(crate) fn principals(caller: &Caller) -> Vec<Principal> {
    let texts: Vec<String> = match caller {
        Caller::AnyRole(account) => vec![
            format!("arn:aws:iam::{account}:role/DataScientist"),
            format!("arn:aws:iam::{account}:role/path/a"),
            format!("arn:aws:sts::{account}:assumed-role/DataScientist/me"),
        ],
        Caller::AnyUser(account) => vec![
            format!("arn:aws:iam::{account}:user/alice"),
            format!("arn:aws:iam::{account}:user/dev/a"),
        ],
        Caller::Named(principal) => return vec![principal.clone()],
    };
    texts
        .iter()
        .map(|text| Principal::parse(text).expect("a principal"))
        .collect()
}

fn is_real(keys: &[Key], states: &[Option<Vec<String>>], caller: &Caller) -> bool {
    let state = |name: &str| {
        let place = keys
            .iter()
            .position(|key| key.name.eq_ignore_ascii_case(name));
        place.and_then(|place| states.get(place))
    };
    let present = |name: &str| state(name).map(|state| state.is_some());
    let (ip, vpce, vpc) = (
        present("aws:SourceIp"),
        present("aws:SourceVpce"),
        present("aws:SourceVpc"),
    );
    if ip == Some(true) && (vpce == Some(true) || vpc == Some(true)) {
        return false;
    }
    if let (Some(vpce), Some(vpc)) = (vpce, vpc)
        && vpce != vpc
    {
        return false;
    }
    let is_direct = state("aws:ViaAWSService").is_some_and(|via| {
        via.as_ref()
            .is_some_and(|via| via.iter().any(|via| via == "false"))
    });
    let is_service = matches!(caller, Caller::Named(Principal::Service { .. }));
    if is_direct && vpce == Some(false) && ip == Some(false) && !is_service {
        return false;
    }
    if let (Some(tags), Some(level)) = (state("aws:TagKeys"), present("aws:RequestTag/level")) {
        let named = tags
            .iter()
            .flatten()
            .any(|tag| tag.eq_ignore_ascii_case("level"));
        if named != level {
            return false;
        }
    }
    // Both members of the structure are required.
    match (
        present("sagemaker:VpcSubnets"),
        present("sagemaker:VpcSecurityGroupIds"),
    ) {
        (Some(subnets), Some(groups)) => subnets == groups,
        _ => true,
    }
}

/// Every request of the chosen keys, in every way in which AWS may fill them.
pub(crate) fn requests(world: &World, keys: &[Key], setting: &Setting) -> Vec<Given> {
    let mut all: Vec<Vec<Option<Vec<String>>>> = vec![Vec::new()];
    for key in keys {
        let mut next = Vec::new();
        let given = key.values.iter().map(|values| {
            Some(
                values
                    .split('|')
                    .map(ToOwned::to_owned)
                    .collect::<Vec<String>>(),
            )
        });
        let absent = (!key.always || key.values.is_empty()).then_some(None);
        for state in given.chain(absent) {
            for before in &all {
                let mut states = before.clone();
                states.push(state.clone());
                next.push(states);
            }
        }
        all = next;
    }
    all.retain(|states| is_real(keys, states, &setting.caller));
    let mut found = Vec::new();
    let mut reference = Reference::new();
    let action = ActionName::parse(world.action).expect("an action");
    for states in all {
        let mut contexts = vec![Context::new()];
        for (key, state) in keys.iter().zip(&states) {
            fill(&mut contexts, key, state.as_deref(), setting.presence);
        }
        for context in contexts {
            for principal in principals(&setting.caller) {
                for resource in world.resources {
                    let account = setting.resource_account.or(principal.account());
                    let resource = account.map_or((*resource).to_owned(), |account| {
                        resource.replace(ACCOUNT, account.as_str())
                    });
                    found.push(Given {
                        request: Request::new(
                            &mut reference,
                            action.clone(),
                            principal.clone(),
                            &resource,
                            account,
                            context.clone(),
                        ),
                        states: states.clone(),
                    });
                }
            }
        }
    }
    found
}

fn fill(contexts: &mut Vec<Context>, key: &Key, state: Option<&[String]>, presence: Presence) {
    let set = |context: &mut Context, name: &str, values: &[String]| {
        let state = match (key.asked, values) {
            (Asked::Set, values) => {
                let values: Vec<Arc<str>> =
                    values.iter().map(|value| value.as_str().into()).collect();
                KeyState::Several(values.into())
            }
            (_, [single]) => KeyState::Single(single.as_str().into()),
            _ => return,
        };
        context.set(KeyName::new(name), state);
    };
    match (state, key.default) {
        (Some(values), _) => {
            for context in contexts.iter_mut() {
                set(context, key.name, values);
            }
        }
        (None, Some(default)) => {
            let mut filled = contexts.clone();
            for context in &mut filled {
                set(context, key.name, &[default.to_owned()]);
            }
            match presence {
                Presence::Always => *contexts = filled,
                Presence::IffPresent => {}
                Presence::Unknown => contexts.extend(filled),
            }
        }
        (None, None) => {}
    }
    if let (Some(old), Some(values)) = (key.old, state) {
        let mut filled = contexts.clone();
        for context in &mut filled {
            set(context, old, values);
        }
        match presence {
            Presence::Always => *contexts = filled,
            Presence::IffPresent => {}
            Presence::Unknown => contexts.extend(filled),
        }
    }
}

pub(crate) fn account(text: &str) -> AccountId {
    AccountId::parse(text).expect("an account")
}

/// A caller of some class.
pub(crate) fn caller(random: &Random) -> Caller {
    let named = |text: &str| Caller::Named(Principal::parse(text).expect("a principal"));
    match random.below(10) {
        0..=2 => Caller::AnyRole(account(ACCOUNT)),
        3 => Caller::AnyRole(account(OTHER)),
        4 => Caller::AnyUser(account(ACCOUNT)),
        5 => named("arn:aws:iam::111122223333:root"),
        6 => named("arn:aws:sts::111122223333:assumed-role/DataScientist/me"),
        7 => named("sagemaker.amazonaws.com"),
        8 => named("arn:aws:sts::111122223333:federated-user/fred"),
        _ => named("arn:aws:iam::999988887777:user/eve"),
    }
}
