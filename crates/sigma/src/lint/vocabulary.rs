//! Fields whose values are known words, and the members of structures that CloudTrail documents.

/// Values that a field can have; nothing else ever stands there.
pub(super) fn values(field: &str) -> Option<&'static [&'static str]> {
    VALUES
        .iter()
        .find(|(name, _)| *name == field)
        .map(|(_, values)| *values)
}

/// Members below a documented structure.
pub(super) fn members(structure: &str) -> Option<&'static [&'static str]> {
    MEMBERS
        .iter()
        .find(|(name, _)| *name == structure)
        .map(|(_, members)| *members)
}

const SCRIPT_CLASSES: &[&str] = &[
    "execution-channel",
    "download-and-run",
    "obfuscation",
    "credential-theft",
    "exfiltration",
    "miner",
    "persistence",
    "defence-evasion",
    "privilege",
    "lateral",
    "discovery",
];

const SCRIPT_LEVELS: &[&str] = &["low", "medium", "high", "critical"];

const BOOLEAN: &[&str] = &["true", "false"];

const VALUES: &[(&str, &[&str])] = &[
    (
        "eventType",
        &[
            "AwsApiCall",
            "AwsServiceEvent",
            "AwsConsoleAction",
            "AwsConsoleSignIn",
            "AwsMcpEvent",
            "AwsVpceEvent",
            "AwsCloudTrailInsight",
            "AwsAggregatedEvent",
        ],
    ),
    (
        "eventCategory",
        &[
            "Management",
            "Data",
            "NetworkActivity",
            "Insight",
            "Aggregated",
        ],
    ),
    (
        "userIdentity.type",
        &[
            "Root",
            "IAMUser",
            "AssumedRole",
            "Role",
            "FederatedUser",
            "SAMLUser",
            "WebIdentityUser",
            "Directory",
            "AWSAccount",
            "AWSService",
            "IdentityCenterUser",
            "Unknown",
        ],
    ),
    ("readOnly", BOOLEAN),
    ("managementEvent", BOOLEAN),
    (
        "userIdentity.sessionContext.attributes.mfaAuthenticated",
        BOOLEAN,
    ),
    (
        "userIdentity.sessionContext.ec2RoleDelivery",
        &["1.0", "2.0"],
    ),
    (
        "rempart.outcome",
        &["success", "denied", "throttled", "limit", "failed"],
    ),
    (
        "rempart.source.kind",
        &["public", "private", "service", "internal", "none"],
    ),
    (
        "rempart.request.state",
        &["present", "empty", "null", "absent", "omitted"],
    ),
    (
        "rempart.script.state",
        &["decoded", "undecodable", "truncated", "omitted"],
    ),
    (
        "rempart.script.verdict",
        &["clean", "suspicious", "malicious", "unknown"],
    ),
    ("rempart.script.classes", SCRIPT_CLASSES),
    ("rempart.entrypoint.classes", SCRIPT_CLASSES),
    ("rempart.script.level", SCRIPT_LEVELS),
    ("rempart.entrypoint.level", SCRIPT_LEVELS),
    (
        "rempart.secret.kinds",
        &[
            "aws-access-key",
            "aws-secret-key",
            "private-key",
            "github-token",
            "slack-token",
            "password",
            "jwt",
            "generic-token",
        ],
    ),
    ("rempart.identity.sagemaker_session", BOOLEAN),
    ("rempart.policy.public", BOOLEAN),
    ("rempart.policy.admin", BOOLEAN),
    ("rempart.instance.accelerated", BOOLEAN),
    ("rempart.target.other_user", BOOLEAN),
    ("rempart.presign.other_profile", BOOLEAN),
    ("rempart.quota.accelerated", BOOLEAN),
];

const MEMBERS: &[(&str, &[&str])] = &[
    (
        "userIdentity",
        &[
            "type",
            "principalId",
            "arn",
            "accountId",
            "userName",
            "accessKeyId",
            "sessionContext",
            "invokedBy",
            "invokedByDelegate",
            "onBehalfOf",
            "inScopeOf",
            "credentialId",
            "identityProvider",
        ],
    ),
    (
        "userIdentity.sessionContext",
        &[
            "sessionIssuer",
            "webIdFederationData",
            "attributes",
            "sourceIdentity",
            "assumedRoot",
            "signInSessionArn",
            "ec2RoleDelivery",
        ],
    ),
    (
        "userIdentity.sessionContext.sessionIssuer",
        &["type", "userName", "principalId", "arn", "accountId"],
    ),
    (
        "userIdentity.sessionContext.attributes",
        &["creationDate", "mfaAuthenticated"],
    ),
    (
        "userIdentity.sessionContext.webIdFederationData",
        &["federatedProvider", "attributes"],
    ),
    ("userIdentity.invokedByDelegate", &["accountId"]),
    ("userIdentity.onBehalfOf", &["userId", "identityStoreArn"]),
    (
        "userIdentity.inScopeOf",
        &[
            "sourceArn",
            "sourceAccount",
            "issuerType",
            "credentialsIssuedTo",
        ],
    ),
    (
        "resources",
        &["ARN", "arn", "ARNPrefix", "accountId", "type"],
    ),
    (
        "tlsDetails",
        &[
            "tlsVersion",
            "cipherSuite",
            "clientProvidedHostHeader",
            "keyExchange",
        ],
    ),
    (
        "addendum",
        &[
            "reason",
            "updatedFields",
            "originalRequestID",
            "originalEventID",
        ],
    ),
    ("eventContext", &["requestContext", "tagContext"]),
];
