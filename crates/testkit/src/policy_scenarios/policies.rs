//! Requests and policies of the small world.

use serde_json::{Map, Value, json};

use super::{OTHER, OWN, conditions};
use crate::random::Random;

/// Where a policy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of the caller
    Identity,
    /// A limit without principals
    Limit,
    /// Of the resource
    Resource,
    /// Of an endpoint
    Endpoint,
    /// A resource control policy: denials for everybody
    ResourceControl,
}

/// Action and resources that belong together.
const CALLS: [(&str, [&str; 3]); 15] = [
    (
        "sagemaker:CreateTrainingJob",
        [
            "arn:aws:sagemaker:eu-west-1:111122223333:training-job/churn-7",
            "arn:aws:sagemaker:us-east-1:444455556666:training-job/churn",
            "*",
        ],
    ),
    (
        "sagemaker:CreateNotebookInstance",
        [
            "arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance/nb",
            "arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance/alice",
            "*",
        ],
    ),
    (
        "sagemaker:DescribeModelPackageGroup",
        [
            "arn:aws:sagemaker:eu-west-1:111122223333:model-package-group/g",
            "arn:aws:sagemaker:eu-west-1:444455556666:model-package-group/g",
            "arn:aws:sagemaker:eu-west-1:444455556666:model-package-group/h",
        ],
    ),
    (
        "sagemaker:ListModels",
        ["*", "*", "arn:aws:sagemaker:eu-west-1:111122223333:model/m"],
    ),
    (
        "s3:GetObject",
        [
            "arn:aws:s3:::ml-data/alice/x",
            "arn:aws:s3:::ml-data/a:b/c",
            "arn:aws:s3:::other/x",
        ],
    ),
    (
        "s3:GetObject",
        [
            "arn:aws:s3:::ml-data/alice/x",
            "arn:aws:s3:::ml-data/bob/y",
            "arn:aws:s3:::ml-data/${*}",
        ],
    ),
    (
        "s3:PutObject",
        [
            "arn:aws:s3:::ml-data/alice/x",
            "arn:aws:s3:::ml-data/team-a/x",
            "arn:aws:s3:::other/x",
        ],
    ),
    (
        "s3:PutBucketPolicy",
        [
            "arn:aws:s3:::ml-data",
            "arn:aws:s3:::other",
            "arn:aws:s3:::ml-data",
        ],
    ),
    ("s3:ListAllMyBuckets", ["*", "*", "*"]),
    (
        "kms:Decrypt",
        [
            "arn:aws:kms:eu-west-1:111122223333:key/k1",
            "arn:aws:kms:eu-west-1:444455556666:key/k2",
            "arn:aws:kms:eu-west-1:111122223333:key/k1",
        ],
    ),
    (
        "kms:GenerateDataKey",
        [
            "arn:aws:kms:eu-west-1:111122223333:key/k1",
            "arn:aws:kms:eu-west-1:444455556666:key/k2",
            "*",
        ],
    ),
    (
        "kms:CreateGrant",
        [
            "arn:aws:kms:eu-west-1:111122223333:key/k1",
            "arn:aws:kms:eu-west-1:444455556666:key/k2",
            "arn:aws:kms:eu-west-1:111122223333:key/k1",
        ],
    ),
    (
        "kms:RetireGrant",
        [
            "arn:aws:kms:eu-west-1:111122223333:key/k1",
            "arn:aws:kms:eu-west-1:111122223333:key/k1",
            "arn:aws:kms:eu-west-1:444455556666:key/k2",
        ],
    ),
    (
        "sts:AssumeRole",
        [
            "arn:aws:iam::111122223333:role/Target",
            "arn:aws:iam::444455556666:role/path/Target",
            "arn:aws:iam::111122223333:role/Target",
        ],
    ),
    (
        "iam:PassRole",
        [
            "arn:aws:iam::111122223333:role/sm-train",
            "arn:aws:iam::111122223333:role/admin",
            "arn:aws-cn:iam::444455556666:role/sm-train",
        ],
    ),
];

const CALLERS: [&str; 14] = [
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/team/bob",
    "arn:aws:iam::111122223333:role/DataScientist",
    "arn:aws:iam::111122223333:role/ml/Trainer",
    "arn:aws:sts::111122223333:assumed-role/DataScientist/alice",
    "arn:aws:sts::111122223333:assumed-role/Trainer/SageMaker",
    "arn:aws:sts::111122223333:federated-user/fed",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:role/Partner",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::111122223333:role/aws-service-role/sagemaker.amazonaws.com/AWSServiceRoleForX",
    "sagemaker.amazonaws.com",
    "anonymous",
    "accounts.google.com",
];

/// Values of `AWS` in principals.
const NAMED: [&str; 16] = [
    "*",
    "111122223333",
    "arn:aws:iam::111122223333:root",
    "444455556666",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/team/bob",
    "arn:aws:iam::111122223333:role/DataScientist",
    "arn:aws:iam::111122223333:role/ml/Trainer",
    "arn:aws:iam::111122223333:role/other/Trainer",
    "arn:aws:sts::111122223333:assumed-role/DataScientist/alice",
    "arn:aws:sts::111122223333:assumed-role/Trainer/SageMaker",
    "arn:aws:sts::111122223333:federated-user/fed",
    "arn:aws:iam::444455556666:role/Partner",
    "AROAEXAMPLEEXAMPLEEX",
    "AIDAEXAMPLEEXAMPLEEX",
    "arn:aws:iam::444455556666:root",
];

/// One request's surroundings.
pub(super) struct World {
    action: &'static str,
    resource: &'static str,
    caller: &'static str,
}

impl World {
    pub(super) fn new(random: &Random) -> Self {
        let (action, resources) = random.pick(CALLS);
        Self {
            action,
            resource: random.pick(resources),
            caller: random.pick(CALLERS),
        }
    }

    pub(super) fn service(&self) -> &str {
        self.action.split(':').next().unwrap_or_default()
    }

    pub(super) fn needs_resource_policy(&self) -> bool {
        self.service() == "kms" || self.service() == "sts"
    }

    pub(super) fn request(&self, random: &Random) -> Value {
        let mut action = self.action.to_owned();
        if random.chance(5) {
            action = action.to_uppercase();
        }
        let mut request = json!({
            "action": action,
            "principal": self.caller,
            "resource": self.resource,
            "context": conditions::context(random),
        });
        let Value::Object(members) = &mut request else {
            return request;
        };
        if self.service() == "s3" && random.chance(90) {
            members.insert(
                "resourceAccount".to_owned(),
                random.pick([OWN, OWN, OTHER]).into(),
            );
        }
        if self.action == "kms:RetireGrant" && random.chance(80) {
            members.insert("grantId".to_owned(), random.pick(["g0", "g1"]).into());
        }
        if self.action == "kms:CreateGrant" && random.chance(60) {
            let constraints = constraints(random);
            members.insert("newGrant".to_owned(), json!({"Constraints": constraints}));
        }
        if self.action == "s3:PutBucketPolicy" && random.chance(60) {
            members.insert(
                "proposedPolicy".to_owned(),
                self.document(random, Kind::Resource),
            );
        }
        request
    }

    pub(super) fn facts(&self, random: &Random) -> Value {
        let mut facts = Map::new();
        if random.chance(8) {
            facts.insert("isManagementAccount".to_owned(), true.into());
        }
        if random.chance(4) {
            facts.insert("isServiceLinkedRole".to_owned(), true.into());
        }
        if random.chance(20) {
            let id = random.pick([
                "AROAEXAMPLEEXAMPLEEX",
                "AROAEXAMPLEEXAMPLEEX:alice",
                "AIDAEXAMPLEEXAMPLEEX",
            ]);
            facts.insert("principalId".to_owned(), id.into());
        }
        if self.caller.ends_with("/Trainer/SageMaker") && random.chance(50) {
            facts.insert(
                "roleArn".to_owned(),
                "arn:aws:iam::111122223333:role/ml/Trainer".into(),
            );
        }
        if self.caller.ends_with("federated-user/fed") && random.chance(60) {
            facts.insert(
                "issuingUserArn".to_owned(),
                "arn:aws:iam::111122223333:user/alice".into(),
            );
        }
        if facts.is_empty() {
            Value::Null
        } else {
            facts.into()
        }
    }

    /// A document, sometimes with a name, sometimes as text.
    pub(super) fn policy(&self, random: &Random, kind: Kind) -> Value {
        let document = self.document(random, kind);
        match random.below(10) {
            0 => Value::String(document.to_string()),
            1..=4 => json!({"name": "p", "document": document}),
            _ => document,
        }
    }

    fn document(&self, random: &Random, kind: Kind) -> Value {
        let count = 1 + random.below(3);
        let mut statements: Vec<Value> = (0..count).map(|_| self.statement(random, kind)).collect();
        let mut document = Map::new();
        if random.chance(85) {
            let version = if random.chance(88) {
                "2012-10-17"
            } else {
                "2008-10-17"
            };
            document.insert("Version".to_owned(), version.into());
        }
        let statement = match statements.pop() {
            Some(single) if statements.is_empty() && random.chance(50) => single,
            Some(last) => {
                statements.push(last);
                statements.into()
            }
            None => Value::Null,
        };
        document.insert("Statement".to_owned(), statement);
        document.into()
    }

    fn statement(&self, random: &Random, kind: Kind) -> Value {
        let mut statement = Map::new();
        let denies = kind == Kind::ResourceControl
            || random.chance(if kind == Kind::Limit { 30 } else { 22 });
        statement.insert(
            "Effect".to_owned(),
            if denies { "Deny" } else { "Allow" }.into(),
        );
        let is_trust = kind == Kind::Resource && self.service() == "sts";
        match kind {
            Kind::Identity | Kind::Limit => {}
            Kind::ResourceControl => {
                statement.insert("Principal".to_owned(), "*".into());
            }
            Kind::Resource | Kind::Endpoint => {
                let negated = !is_trust && random.chance(7);
                let name = if negated { "NotPrincipal" } else { "Principal" };
                statement.insert(name.to_owned(), self.principal(random));
            }
        }
        let name = if random.chance(8) {
            "NotAction"
        } else {
            "Action"
        };
        statement.insert(
            name.to_owned(),
            one_or_many(random, || self.action_pattern(random)),
        );
        if !is_trust {
            let name = if random.chance(10) {
                "NotResource"
            } else {
                "Resource"
            };
            statement.insert(
                name.to_owned(),
                one_or_many(random, || self.resource_pattern(random)),
            );
        }
        if random.chance(if denies { 65 } else { 40 }) {
            statement.insert("Condition".to_owned(), conditions::block(random));
        }
        statement.into()
    }

    fn principal(&self, random: &Random) -> Value {
        if random.chance(20) {
            return "*".into();
        }
        let mut types = Map::new();
        let named = |random: &Random| -> Value {
            // Half of the time the caller itself.
            let own = self.caller.starts_with("arn:") && random.chance(40);
            if own {
                self.caller.into()
            } else {
                random.pick(NAMED).into()
            }
        };
        types.insert("AWS".to_owned(), one_or_many(random, || named(random)));
        if random.chance(25) {
            types.insert(
                "Service".to_owned(),
                random
                    .pick(["sagemaker.amazonaws.com", "s3.amazonaws.com"])
                    .into(),
            );
        }
        if random.chance(10) {
            types.insert("Federated".to_owned(), "accounts.google.com".into());
        }
        if random.chance(2) {
            types.insert("CanonicalUser".to_owned(), "79a59df900b949e5".into());
        }
        types.into()
    }

    fn action_pattern(&self, random: &Random) -> Value {
        let (service, name) = self.action.split_once(':').unwrap_or_default();
        let start: String = name.chars().take(3).collect();
        let pattern = match random.below(12) {
            0..=3 => self.action.to_owned(),
            4 => self.action.to_lowercase(),
            5 => format!("{service}:*"),
            6 => format!("{service}:{start}*"),
            7 => format!("{service}:*{}", name.chars().skip(4).collect::<String>()),
            8 => format!(
                "{service}:{start}?{}",
                name.chars().skip(4).collect::<String>()
            ),
            9 => "*".to_owned(),
            10 => random.pick(CALLS).0.to_owned(),
            _ => format!("{service}:Describe*"),
        };
        pattern.into()
    }

    fn resource_pattern(&self, random: &Random) -> Value {
        let whole = if self.resource == "*" {
            random.pick(CALLS).1.first().copied().unwrap_or_default()
        } else {
            self.resource
        };
        let parts: Vec<&str> = whole.splitn(6, ':').collect();
        let part = |place: usize| parts.get(place).copied().unwrap_or_default();
        let (partition, service, region, account, last) =
            (part(1), part(2), part(3), part(4), part(5));
        let start: String = last.chars().take(4).collect();
        let pattern = match random.below(18) {
            0..=3 => "*".to_owned(),
            4..=6 => whole.to_owned(),
            7 => format!("arn:{partition}:{service}:*:{account}:*"),
            8 => format!("arn:{partition}:{service}:{region}:{account}:{start}*"),
            9 => format!("arn:*:{service}:{region}:*:{last}"),
            10 => format!("arn:{partition}:{service}:*"),
            11 => format!("arn:{partition}:{service}:e*-1:{account}:{last}"),
            12 => format!("arn:{partition}:{service}:{region}:1?1122223333:{last}"),
            13 => "arn:aws:s3:::ml-data/${aws:username}/*".to_owned(),
            14 => "arn:aws:s3:::ml-data/${aws:PrincipalTag/team, 'alice'}/*".to_owned(),
            15 => "arn:aws:s3:::${aws:TagKeys}/${aws:userid}*".to_owned(),
            16 => format!(
                "arn:{partition}:{service}:{region}:{account}:*{}",
                last.chars().skip(3).collect::<String>()
            ),
            _ => random
                .pick([
                    "arn:aws:s3:::ml-data/${*}",
                    "arn:aws:s3:::*/?",
                    "arn:${aws:PrincipalTag/team}:s3:::ml-data/*",
                    "arn:aws:s3:::ml-data/*/x",
                ])
                .to_owned(),
        };
        pattern.into()
    }

    pub(super) fn grant(&self, random: &Random) -> Value {
        let own = self.action.split(':').nth(1).unwrap_or_default();
        let mut operations =
            vec![random.pick(["Decrypt", "Encrypt", "DescribeKey", "CreateGrant"])];
        if random.chance(70) && self.action != "kms:RetireGrant" {
            operations.push(own);
        }
        if random.chance(30) {
            operations.push("RetireGrant");
        }
        let caller = if self.caller.starts_with("arn:") {
            self.caller
        } else {
            "111122223333"
        };
        let grantee = if random.chance(60) {
            caller
        } else {
            random.pick(NAMED)
        };
        let grantee = if grantee == "*" { OWN } else { grantee };
        let mut grant = json!({
            "GrantId": random.pick(["g0", "g1"]),
            "GranteePrincipal": grantee,
            "Operations": operations,
        });
        if let Value::Object(members) = &mut grant {
            if random.chance(20) {
                members.remove("GranteePrincipal");
                members.insert(
                    "GranteeServicePrincipal".to_owned(),
                    "sagemaker.amazonaws.com".into(),
                );
            }
            if random.chance(50) {
                members.insert("RetiringPrincipal".to_owned(), caller.into());
            }
            if random.chance(50) {
                members.insert("Constraints".to_owned(), constraints(random));
            }
        }
        grant
    }
}

fn constraints(random: &Random) -> Value {
    let pairs = || {
        random.pick([
            r#"{"team":"a"}"#,
            r#"{"Team":"a"}"#,
            r#"{"team":"a","stage":"x"}"#,
            "{}",
            r#"{"team":"b"}"#,
        ])
    };
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    match random.below(4) {
        0 => json!({"EncryptionContextEquals": read(pairs())}),
        1 => json!({"EncryptionContextSubset": read(pairs())}),
        2 => json!({"SourceArn": "arn:aws:sagemaker:*:111122223333:*"}),
        _ => json!({}),
    }
}

/// A value, or a list of one to three.
pub(super) fn one_or_many(random: &Random, make: impl Fn() -> Value) -> Value {
    if random.chance(60) {
        return make();
    }
    (0..=random.below(3)).map(|_| make()).collect()
}
