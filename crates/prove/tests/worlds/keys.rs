//! The keys and actions of the universes.

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
