//! What guardrails are about, and the request fields that decide it.

use rempart_aws_model::ends_with;

/// Something that a guardrail wants to enforce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Short name.
    pub name: &'static str,
    /// In words.
    pub title: &'static str,
    /// The condition keys that enforce it, any of them.
    pub keys: &'static [&'static str],
    /// Ends of the paths of its fields, in the notation of [`ends_with`]. They are wide, so that new
    /// fields are found.
    pub fields: &'static [&'static str],
}

/// The features, in the order of reports.
pub const FEATURES: [Feature; 11] = [
    Feature {
        name: "vpc",
        title: "subnets and security groups",
        keys: &["sagemaker:VpcSubnets"],
        fields: &[
            "*Subnets",
            "*SubnetIds",
            "*SubnetId",
            "*SecurityGroupIds",
            "*SecurityGroups",
        ],
    },
    Feature {
        name: "volume-key",
        title: "keys of volumes and data",
        keys: &["sagemaker:VolumeKmsKeyArn"],
        fields: &["*KmsKeyId", "*KmsKey", "*KmsKeyArn"],
    },
    Feature {
        name: "instance-type",
        title: "instance types",
        keys: &["sagemaker:InstanceTypes"],
        fields: &["*InstanceType", "*InstanceTypes"],
    },
    Feature {
        name: "isolation",
        title: "network isolation",
        keys: &["sagemaker:NetworkIsolation"],
        fields: &["*NetworkIsolation"],
    },
    Feature {
        name: "in-transit",
        title: "encryption between containers",
        keys: &["sagemaker:InterContainerTrafficEncryption"],
        fields: &["*InterContainerTrafficEncryption"],
    },
    Feature {
        name: "root-access",
        title: "root on notebook instances",
        keys: &["sagemaker:RootAccess"],
        fields: &["*RootAccess"],
    },
    Feature {
        name: "internet",
        title: "internet of notebook instances",
        keys: &["sagemaker:DirectInternetAccess"],
        fields: &["*DirectInternetAccess"],
    },
    Feature {
        name: "imds",
        title: "version of the metadata service",
        keys: &["sagemaker:MinimumInstanceMetadataServiceVersion"],
        fields: &["*InstanceMetadataServiceVersion"],
    },
    Feature {
        name: "app-network",
        title: "network of Studio apps",
        keys: &["sagemaker:AppNetworkAccessType"],
        fields: &["*AppNetworkAccessType"],
    },
    Feature {
        name: "lifecycle",
        title: "lifecycle scripts",
        keys: &["sagemaker:StudioLifecycleConfigArns"],
        fields: &[
            "*LifecycleConfigArn",
            "*LifecycleConfigArns",
            "^LifecycleConfigName",
            "*LifecycleConfigContent",
            "LifeCycleConfig",
            "OnCreate",
            "OnStart",
        ],
    },
    Feature {
        name: "remote-debug",
        title: "remote debugging of training",
        keys: &["sagemaker:EnableRemoteDebug"],
        fields: &["*RemoteDebug"],
    },
];

impl Feature {
    /// Whether a field is one of the feature's.
    #[must_use]
    pub fn is_in(&self, path: &str) -> bool {
        self.fields.iter().any(|end| ends_with(path, end))
    }
}
