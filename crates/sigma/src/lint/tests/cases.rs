//! Seeded defects: a sound rule and the one change that breaks it.

use super::bases::{BRANCHES, COUNT, DATA, FIRST_SEEN, PAIR, PLAIN, TRIGGER};
use crate::lint::Severity::{self, Error, Note, Warning};

pub(super) struct Case {
    pub(super) code: &'static str,
    pub(super) severity: Severity,
    pub(super) base: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    /// Part of the message or hint
    pub(super) says: &'static str,
}

const fn case(
    code: &'static str,
    severity: Severity,
    base: &'static str,
    from: &'static str,
    to: &'static str,
    says: &'static str,
) -> Case {
    Case {
        code,
        severity,
        base,
        from,
        to,
        says,
    }
}

const ENDPOINT: &str = "eventName: CreateTrainingJob";
const IMAGE: &str = "requestParameters.algorithmSpecification.trainingImage|contains: evil";
const CONDITION: &str = "condition: selection and not service";
const ORDERED: &str =
    "condition: notebook and 1 of root or notebook and internet or bucket or trail";

#[rustfmt::skip]
pub(super) const ALL: &[Case] = &[
    // Names of calls.
    case("unknown-operation", Error, PLAIN, ENDPOINT, "eventName: CreateTraningJob", "did you mean CreateTrainingJob"),
    case("unknown-operation", Error, PLAIN, ENDPOINT, "eventName: [CreateTrainingJob, FrobnicateAll]", "FrobnicateAll"),
    case("unknown-operation", Error, FIRST_SEEN, "StopTrainingJob", "HaltTrainingJob", "HaltTrainingJob"),
    case("unknown-operation", Error, PLAIN, "exists: true\n  condition: selection and not service", "exists: true\n  other:\n    eventSource: iam.amazonaws.com\n    eventName: CreateRol\n  condition: selection and not service or other", "CreateRole"),
    case("nonexistent-api", Error, PLAIN, ENDPOINT, "eventName: [CreateTrainingJob, UpdateEndpointConfig]", "CreateEndpointConfig followed by UpdateEndpoint"),
    case("nonexistent-api", Error, PLAIN, ENDPOINT, "eventName: [CreateTrainingJob, GetModelPackageModelMetrics]", "DescribeModelPackage"),
    case("nonexistent-api", Error, PLAIN, ENDPOINT, "eventName: [CreateTrainingJob, PutModelPackageModelMetrics]", "CreateModelPackage"),
    case("nonexistent-api", Error, TRIGGER, "eventSource: cloudtrail.amazonaws.com\n    eventName: StopLogging", "eventSource: iam.amazonaws.com\n    eventName: PassRole", "permission"),
    case("permission-only-event", Note, TRIGGER, "eventSource: cloudtrail.amazonaws.com\n    eventName: StopLogging", "eventSource: bedrock.amazonaws.com\n    eventName: CallWithBearerToken", "bedrock"),
    case("event-pair", Error, TRIGGER, "eventSource: cloudtrail", "eventSource: iam", "recorded by cloudtrail.amazonaws.com"),
    case("event-name-case", Error, PLAIN, ENDPOINT, "eventName: createTrainingJob", "written CreateTrainingJob"),
    case("unknown-event-source", Error, TRIGGER, "eventSource: cloudtrail", "eventSource: cloudtrial", "did you mean cloudtrail.amazonaws.com"),
    case("unknown-event-source", Error, TRIGGER, "eventSource: cloudtrail.amazonaws.com", "eventSource|startswith: cloudtrial", "cloudtrial"),
    case("missing-event-source", Error, PLAIN, "eventSource: sagemaker.amazonaws.com\n    eventName: CreateTrainingJob", "eventName: CreateDomain", "several services"),
    case("pattern-without-event", Error, BRANCHES, "startswith: DeleteBucketPol", "startswith: DestroyBucket", "no event name"),
    case("source-without-event", Warning, BRANCHES, "config.amazonaws.com]", "config.amazonaws.com, guardduty.amazonaws.com]", "guardduty"),
    // Parameters.
    case("unknown-parameter", Error, PLAIN, "algorithmSpecification.trainingImage", "algorithmSpecification.trainingImagee", "requestParameters.algorithmSpecification.trainingImagee"),
    case("unknown-parameter", Error, PLAIN, "algorithmSpecification.trainingImage", "AlgorithmSpecification.trainingImage", "algorithmSpecification?"),
    case("unknown-parameter", Error, PLAIN, "userIdentity.invokedBy|exists: true", "responseElements.trainingJobName: x", "responseElements.trainingJobName"),
    case("unknown-parameter", Error, BRANCHES, "requestParameters.rootAccess", "requestParameters.rootAcess", "rootAccess?"),
    case("unknown-parameter", Error, TRIGGER, "eventSource: cloudtrail.amazonaws.com\n    eventName: StopLogging", "eventSource: sagemaker.amazonaws.com\n    eventName|endswith: NotebookInstance\n    requestParameters.rootAccesses: x", "rootAccess"),
    case("unknown-parameter", Error, FIRST_SEEN, "value: [userIdentity.arn]", "value: [requestParameters.trainingJob]", "trainingJob"),
    case("never-recorded", Error, DATA, "resources.ARN|contains", "requestParameters.endpointName|contains", "resources[].ARN"),
    case("null-response", Warning, COUNT, "eventName: DescribeModel\n", "eventName: DescribeModel\n    responseElements.modelArn|contains: x\n", "only reads"),
    case("value-outside-enum", Error, PLAIN, "trainingInputMode: Pipe", "trainingInputMode: Pipes", "Pipe"),
    case("value-outside-enum", Error, BRANCHES, "rootAccess: Enabled", "rootAccess: On", "never On"),
    case("value-outside-enum", Error, BRANCHES, "userIdentity.type: AssumedRole", "userIdentity.type: AssumeRole", "AssumedRole"),
    case("value-outside-enum", Error, PLAIN, IMAGE, "rempart.outcome: [success, refused]", "refused"),
    case("wrong-type", Error, PLAIN, IMAGE, "requestParameters.enableNetworkIsolation: Disabled", "true or false"),
    case("wrong-type", Error, PLAIN, IMAGE, "requestParameters.resourceConfig.instanceCount: many", "a number"),
    case("wrong-type", Error, PLAIN, IMAGE, "requestParameters.resourceConfig: ml.p4d.24xlarge", "a structure"),
    case("wrong-type", Error, PLAIN, IMAGE, "requestParameters|contains: evil", "a structure"),
    case("event-never-matches", Warning, PLAIN, ENDPOINT, "eventName: [CreateTrainingJob, StopTrainingJob]", "StopTrainingJob"),
    case("event-never-matches", Warning, BRANCHES, "UpdateNotebookInstance]", "StartNotebookInstance]", "StartNotebookInstance"),
    // Fields.
    case("unknown-field", Error, PLAIN, "userIdentity.invokedBy", "userIdentity.invokdBy", "invokedBy?"),
    case("unknown-field", Error, PLAIN, "userIdentity.invokedBy", "useridentity.invokedBy", "userIdentity?"),
    case("unknown-field", Error, PLAIN, "userIdentity.invokedBy", "userIdentity.arn.name", "no member name"),
    case("unknown-field", Error, PLAIN, "userIdentity.invokedBy|exists: true", "userIdentity.arn|fieldref: userIdentity.Arn", "Arn"),
    case("unknown-field", Error, FIRST_SEEN, "value: [userIdentity.arn]", "value: [userIdentity.region]", "region"),
    case("unknown-field", Error, COUNT, "group-by: [userIdentity.arn]", "group-by: [userIdentty.arn]", "userIdentity?"),
    case("unknown-derived-field", Error, PLAIN, IMAGE, "rempart.outcom: success", "rempart.outcome?"),
    case("unknown-region", Warning, BRANCHES, "awsRegion: eu-west-1", "awsRegion: eu-west-11", "eu-west-11"),
    // Logic.
    case("never-true", Error, PLAIN, CONDITION, "condition: selection and not selection", "demanded and excluded"),
    case("never-true", Error, PLAIN, "userIdentity.invokedBy|exists: true\n  condition: selection and not service", "eventName: StopTrainingJob\n  condition: selection and service", "eventName"),
    case("never-true", Error, PLAIN, "userIdentity.invokedBy|exists: true\n  condition: selection and not service", "eventName|startswith: createt\n  condition: selection and not service", "no value of eventName"),
    case("never-true", Error, PLAIN, IMAGE, "userAgent: aws-cli\n    userAgent|contains: console", "userAgent"),
    case("never-true", Error, PLAIN, IMAGE, "errorCode|exists: false\n    errorCode: AccessDenied", "errorCode"),
    case("never-true", Error, PLAIN, IMAGE, "eventName|re: ^Delete", "eventName"),
    case("never-true", Error, COUNT, "gte: 20 }", "gte: 20, lt: 20 }", "no count"),
    case("never-true", Error, FIRST_SEEN, "observe: taught", "observe: taught and not selection and not taught", "observe"),
    case("always-true", Error, PLAIN, CONDITION, "condition: selection or not selection or service", "every record"),
    case("always-true", Error, PLAIN, "userIdentity.invokedBy|exists: true\n  condition: selection and not service", "eventName: '*'\n  condition: selection or service", "every record"),
    case("only-excludes", Warning, PLAIN, CONDITION, "condition: not service or selection", "only excludes"),
    case("unreachable-selection", Warning, BRANCHES, ORDERED, "condition: notebook and root or notebook and internet or bucket and trail or trail", "'bucket'"),
    case("unused-selection", Warning, PLAIN, CONDITION, "condition: selection", "'service'"),
    case("exclusion-without-effect", Warning, PLAIN, "userIdentity.invokedBy|exists: true", "eventName: StopTrainingJob", "eventName"),
    // Level and data events.
    case("level-by-name", Warning, TRIGGER, "eventName: StopLogging", "eventName: [StopLogging, UpdateTrail]", "UpdateTrail"),
    case("level-by-name", Note, TRIGGER, "eventName: StopLogging\n  condition: selection\nfalsepositives: [Decommissioning]\nlevel: high", "eventName: UpdateTrail\n  condition: selection\nfalsepositives: [Decommissioning]\nlevel: medium", "UpdateTrail"),
    case("data-event-definition", Error, DATA, "  definition: Needs data events of AWS::SageMaker::Endpoint\n", "", "AWS::SageMaker::Endpoint"),
    case("data-event-requires", Error, DATA, "  requires: [AWS::SageMaker::Endpoint]", "", "InvokeEndpoint"),
    case("data-event-requires", Error, PLAIN, ENDPOINT, "eventName: [CreateTrainingJob, PutRecord]", "AWS::SageMaker::FeatureGroup"),
    case("needless-requirement", Warning, DATA, "requires: [", "requires: [AWS::S3::Object, ", "AWS::S3::Object"),
    case("unknown-resource-type", Warning, DATA, "requires: [", "requires: [AWS::S3::Objects, ", "AWS::S3::Objects"),
    // First seen.
    case("first-seen-learning", Error, FIRST_SEEN, "    learning: 14d\n", "", "learning"),
    case("first-seen-learning", Warning, FIRST_SEEN, "learning: 14d", "learning: 400d", "year"),
    case("first-seen-within", Warning, FIRST_SEEN, "within: 1d", "within: 14d", "within"),
    case("first-seen-group", Error, FIRST_SEEN, "group-by: [recipientAccountId]", "group-by: [userIdentity.arn]", "never new"),
    case("first-seen-value", Warning, FIRST_SEEN, "value: [userIdentity.arn]\n    group-by: [recipientAccountId]", "value: [eventName]", "always the same"),
    // Correlations.
    case("no-group-by", Note, COUNT, "  group-by: [userIdentity.arn]\n", "", "group-by"),
    case("long-timespan", Warning, COUNT, "timespan: 15m", "timespan: 91d", "90 days"),
    case("temporal-of-one", Error, PAIR, "rules: [registered, deployed]", "rules: [registered]", "one rule"),
    case("repeated-reference", Warning, COUNT, "rules: [described]", "rules: [described, described]", "twice"),
    case("threshold-of-one", Warning, COUNT, "gte: 20", "gt: 0", "single event"),
    case("threshold-of-one", Warning, COUNT, "gte: 20", "lt: 20", "no lower bound"),
    case("reference-cycle", Error, COUNT, "rules: [described]", "rules: [described, many]", "itself"),
    case("self-reference", Error, COUNT, "rules: [described]", "rules: [described, many]", "itself"),
    case("alias-rule", Error, PAIR, "      deployed: requestParameters", "      deploy: requestParameters", "deploy,"),
    case("alias-rule", Error, PAIR, "      deployed: requestParameters.containers.modelPackageName\n", "", "nothing about deployed"),
    case("unused-alias", Warning, PAIR, "group-by: [recipientAccountId, package]", "group-by: [recipientAccountId]", "package"),
    case("unknown-group-field", Error, PAIR, "containers.modelPackageName", "modelPackageName", "CreateModel"),
    case("unknown-group-field", Error, COUNT, "field: requestParameters.modelName", "field: requestParameters.modelPackageName", "described"),
    case("unknown-rule", Error, PAIR, "rules: [registered, deployed]", "rules: [registered, deploy]", "deployed?"),
    case("duplicate-id", Error, PAIR, "47d0f1a2-93ae-4b5e-8a4e-2d1b54f3a005", "47D0F1A2-93ae-4b5e-8a4e-2d1b54f3a004", "same id"),
    case("duplicate-name", Error, PAIR, "name: both", "name: deployed", "same name"),
    case("duplicate-title", Warning, PAIR, "title: Deployed", "title: Registered", "same title"),
    case("unused-rule", Warning, COUNT, "rules: [described]", "rules: [other]", "no correlation"),
    case("silent-level", Error, COUNT, "level: informational", "level: low", "informational"),
    // Metadata.
    case("missing-metadata", Error, PLAIN, "id: 7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10\n", "", "id is missing"),
    case("missing-metadata", Error, PLAIN, "status: stable\n", "", "status is missing"),
    case("missing-metadata", Error, PLAIN, "description: Somebody trained\n", "", "description is missing"),
    case("missing-metadata", Error, PLAIN, "author: Rempart project\n", "", "author is missing"),
    case("missing-metadata", Error, PLAIN, "license: MIT OR Apache-2.0\n", "", "license is missing"),
    case("missing-metadata", Error, PLAIN, "date: 2026-11-22\n", "", "date is missing"),
    case("missing-metadata", Error, PLAIN, "level: high\n", "", "level is missing"),
    case("missing-metadata", Error, DATA, "references: [https://docs.aws.amazon.com/]\n", "", "references is missing"),
    case("missing-metadata", Error, PLAIN, "falsepositives: [Nothing known]\n", "", "falsepositives is missing"),
    case("missing-metadata", Error, PLAIN, "  category: poisoning\n", "", "rempart.category is missing"),
    case("missing-metadata", Error, PLAIN, "  severity: The image is known to be hostile.\n", "", "rempart.severity is missing"),
    case("missing-metadata", Error, DATA, "  explanation: '{principal} called {eventName}'\n", "", "rempart.explanation is missing"),
    case("missing-metadata", Error, PLAIN, "  next_steps: [Stop the job]\n", "", "rempart.next_steps is missing"),
    case("missing-technique", Error, DATA, "tags: [atlas.aml.t0024]", "tags: [attack.persistence]", "no tag"),
    case("unknown-technique", Error, PLAIN, "attack.t1525", "attack.t9999", "T9999"),
    case("unknown-technique", Error, PLAIN, "atlas.aml.t0020", "atlas.poison", "atlas.poison"),
    case("unknown-tactic", Error, PLAIN, "attack.persistence", "attack.persistance", "persistance"),
    case("unknown-category", Error, DATA, "category: poisoning", "category: poisonning", "poisoning?"),
    case("unknown-category", Error, DATA, "category: poisoning", "category: neutral", "neutral"),
    case("catalogue-entry", Error, PLAIN, "DET-001", "DET-1", "DET-1"),
    case("reference-address", Warning, DATA, "https://docs.aws", "http://docs.aws", "https"),
    case("logsource", Error, DATA, "service: cloudtrail", "service: guardduty", "logsource"),
    case("unknown-attribute", Warning, PLAIN, "author: ", "autor: x\nauthor: ", "autor"),
    case("id-form", Error, PLAIN, "7f1c8f5e-5d6f-4d0e-9a55", "7f1c8f5e-5d6f-4d0e", "no UUID"),
    case("date-form", Error, PLAIN, "date: 2026-11-22", "date: 2026-13-22", "year-month-day"),
    case("date-form", Error, PLAIN, "date: 2026-11-22", "date: 2026/11/22", "year-month-day"),
    case("date-order", Warning, BRANCHES, "modified: 2026-11-23", "modified: 2026-11-21", "before"),
    case("explanation-template", Error, PLAIN, "{account}", "{acount}", "acount"),
    case("explanation-template", Error, PLAIN, "in {account}", "in {account", "not closed"),
    case("explanation-template", Warning, PLAIN, "{requestParameters.trainingJobName}", "{requestParameters.jobName}", "jobName"),
    case("explanation-template", Warning, PLAIN, "{account}", "{count}", "count"),
];

/// Changes after which a rule is still sound.
#[rustfmt::skip]
pub(super) const SOUND: &[(&str, &str, &str)] = &[
    // A parameter of one of several calls, in an alternative of its own.
    (BRANCHES, "requestParameters.directInternetAccess: Enabled", "requestParameters.directInternetAccess: enabled"),
    // Wildcards that catch some of the calls that have the parameter.
    (PLAIN, ENDPOINT, "eventName: Create*TrainingJob"),
    (PLAIN, "trainingInputMode: Pipe", "trainingInputMode|startswith: fast"),
    (PLAIN, IMAGE, "requestParameters.enableNetworkIsolation: [true, 'false']"),
    (PLAIN, IMAGE, "requestParameters.resourceConfig.instanceCount|gte: 8"),
    (PLAIN, IMAGE, "requestParameters.hyperParameters.sagemaker_program: x"),
    (PLAIN, IMAGE, "requestParameters.vpcConfig: null\n    requestParameters|exists: true\n    responseElements: null"),
    (PLAIN, IMAGE, "requestParameters.tags[].key: x\n    requestParameters.tags[].value: y"),
    // Two elements of a list can satisfy what one value cannot.
    (PLAIN, IMAGE, "resources.type: AWS::S3::Object\n    resources.type|startswith: AWS::Sage"),
    // What is absent is allowed by both.
    (PLAIN, IMAGE, "errorCode: [null, AccessDenied]\n    userAgent|contains: cli\n    userAgent|startswith: aws"),
    (PLAIN, "eventSource: sagemaker.amazonaws.com\n    eventName: CreateTrainingJob", "eventName: CreateTrainingJob"),
    (BRANCHES, ORDERED, "condition: all of notebook and root or (notebook and internet) or bucket or trail"),
    // An alias that CloudTrail writes instead of the name of the operation, and events that are no calls.
    (TRIGGER, "eventSource: cloudtrail.amazonaws.com\n    eventName: StopLogging", "eventSource: lambda.amazonaws.com\n    eventName: UpdateFunctionCode20150331v2\n    userAgent: x"),
    (TRIGGER, "eventSource: cloudtrail.amazonaws.com\n    eventName: StopLogging", "eventSource: signin.amazonaws.com\n    eventName: ConsoleLogin\n    responseElements.ConsoleLogin: Failure"),
    (TRIGGER, "level: high", "level: low"),
    (COUNT, "gte: 20", "gte: 5, lte: 40"),
    (FIRST_SEEN, "within: 1d", "within: 0"),
    (PAIR, "timespan: 1h", "timespan: 90d"),
];
