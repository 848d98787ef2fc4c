//! Reviewed facts about guardrails on SageMaker: which actions belong together, which omitted field
//! means what, which keys want approved values.
//!
//! Source: SageMaker request shapes and their defaults, and the authorization reference of September
//! 2026. Actions that carry a key but have no such field in ordinary use are left out: labeling jobs
//! take a volume key only with automated labeling.

/// Actions that a guardrail on one of the keys should cover together.
pub(crate) struct Family {
    /// The keys.
    pub(crate) keys: &'static [&'static str],
    /// What they have in common.
    pub(crate) what: &'static str,
    /// Names without prefix.
    pub(crate) actions: &'static [&'static str],
}

pub(crate) const FAMILIES: &[Family] = &[
    Family {
        keys: &["sagemaker:VpcSecurityGroupIds"],
        what: "also run in a network",
        actions: &[
            "CreateAutoMLJob",
            "CreateAutoMLJobV2",
            "CreateCluster",
            "CreateDataQualityJobDefinition",
            "CreateHyperParameterTuningJob",
            "CreateJob",
            "CreateModel",
            "CreateModelBiasJobDefinition",
            "CreateModelExplainabilityJobDefinition",
            "CreateModelQualityJobDefinition",
            "CreateNotebookInstance",
            "CreateProcessingJob",
            "CreateTrainingJob",
        ],
    },
    Family {
        keys: &["sagemaker:VpcSubnets"],
        what: "also run in a network",
        actions: &[
            "CreateAutoMLJob",
            "CreateAutoMLJobV2",
            "CreateCluster",
            "CreateDataQualityJobDefinition",
            "CreateDomain",
            "CreateEndpointConfig",
            "CreateHyperParameterTuningJob",
            "CreateJob",
            "CreateModel",
            "CreateModelBiasJobDefinition",
            "CreateModelExplainabilityJobDefinition",
            "CreateModelQualityJobDefinition",
            "CreateMonitoringSchedule",
            "CreateNotebookInstance",
            "CreateProcessingJob",
            "CreateTrainingJob",
            "UpdateMonitoringSchedule",
        ],
    },
    Family {
        keys: &["sagemaker:VolumeKmsKeyArn", "sagemaker:VolumeKmsKey"],
        what: "also have a volume",
        actions: &[
            "CreateAutoMLJob",
            "CreateAutoMLJobV2",
            "CreateDataQualityJobDefinition",
            "CreateDomain",
            "CreateEndpointConfig",
            "CreateHyperParameterTuningJob",
            "CreateModelBiasJobDefinition",
            "CreateModelExplainabilityJobDefinition",
            "CreateModelQualityJobDefinition",
            "CreateMonitoringSchedule",
            "CreateNotebookInstance",
            "CreateProcessingJob",
            "CreateTrainingJob",
            "CreateTransformJob",
            "UpdateMonitoringSchedule",
        ],
    },
    Family {
        keys: &["sagemaker:InterContainerTrafficEncryption"],
        what: "also send traffic between containers",
        actions: &[
            "CreateAutoMLJob",
            "CreateAutoMLJobV2",
            "CreateDataQualityJobDefinition",
            "CreateHyperParameterTuningJob",
            "CreateModelBiasJobDefinition",
            "CreateModelExplainabilityJobDefinition",
            "CreateModelQualityJobDefinition",
            "CreateMonitoringSchedule",
            "CreateProcessingJob",
            "CreateTrainingJob",
            "UpdateMonitoringSchedule",
        ],
    },
    Family {
        keys: &["sagemaker:NetworkIsolation"],
        what: "also run containers that may reach the network",
        actions: &[
            "CreateDataQualityJobDefinition",
            "CreateEndpointConfig",
            "CreateHyperParameterTuningJob",
            "CreateModel",
            "CreateModelBiasJobDefinition",
            "CreateModelExplainabilityJobDefinition",
            "CreateModelQualityJobDefinition",
            "CreateMonitoringSchedule",
            "CreateProcessingJob",
            "CreateTrainingJob",
            "UpdateMonitoringSchedule",
        ],
    },
    Family {
        keys: &[
            "sagemaker:InstanceTypes",
            "sagemaker:NotebookInstanceLifecycleConfigArns",
            "sagemaker:AcceleratorTypes",
        ],
        what: "also sets it for a notebook",
        actions: &["CreateNotebookInstance", "UpdateNotebookInstance"],
    },
    Family {
        keys: &["sagemaker:RootAccess"],
        what: "also sets it for a notebook",
        actions: &["CreateNotebookInstance", "UpdateNotebookInstance"],
    },
    Family {
        keys: &[
            "sagemaker:InstanceTypes",
            "sagemaker:ImageArns",
            "sagemaker:StudioLifecycleConfigArns",
        ],
        what: "also set it for Studio, as a default or directly",
        actions: &[
            "CreateApp",
            "CreateDomain",
            "CreateSpace",
            "CreateUserProfile",
            "UpdateDomain",
            "UpdateSpace",
            "UpdateUserProfile",
        ],
    },
    Family {
        keys: &["aws:SourceIp", "aws:SourceVpce", "aws:SourceVpc"],
        what: "also open a session",
        actions: &[
            "CallWithBearerToken",
            "CreatePartnerAppPresignedUrl",
            "CreatePresignedDomainUrl",
            "CreatePresignedMlflowAppUrl",
            "CreatePresignedMlflowTrackingServerUrl",
            "CreatePresignedNotebookInstanceUrl",
            "StartSession",
        ],
    },
];

/// A key whose omission means an insecure value.
pub(crate) struct Default {
    pub(crate) key: &'static str,
    /// The value that AWS assumes.
    pub(crate) value: &'static str,
}

pub(crate) const DEFAULTS: &[Default] = &[
    Default {
        key: "sagemaker:NetworkIsolation",
        value: "false",
    },
    Default {
        key: "sagemaker:InterContainerTrafficEncryption",
        value: "false",
    },
    Default {
        key: "sagemaker:DirectInternetAccess",
        value: "Enabled",
    },
    Default {
        key: "sagemaker:RootAccess",
        value: "Enabled",
    },
    Default {
        key: "sagemaker:MinimumInstanceMetadataServiceVersion",
        value: "1",
    },
    Default {
        key: "sagemaker:AppNetworkAccessType",
        value: "PublicInternetOnly",
    },
    // Absent for long-term keys, which are never used with MFA.
    Default {
        key: "aws:MultiFactorAuthPresent",
        value: "false",
    },
];

/// Keys for which it matters which value is given, not only that one is.
pub(crate) const WANT_APPROVAL: &[&str] = &[
    "sagemaker:VpcSubnets",
    "sagemaker:VpcSecurityGroupIds",
    "sagemaker:VolumeKmsKey",
    "sagemaker:VolumeKmsKeyArn",
    "sagemaker:OutputKmsKey",
    "sagemaker:OutputKmsKeyArn",
    "sagemaker:FeatureGroupOnlineStoreKmsKeyArn",
    "sagemaker:FeatureGroupOfflineStoreKmsKeyArn",
    "sagemaker:HomeEfsFileSystemKmsKey",
];

/// Keys that tell forms of a request apart; a test of their absence is no demand.
pub(crate) const DISCRIMINATORS: &[&str] = &["sagemaker:ModelArn", "sagemaker:InstanceTypes"];
