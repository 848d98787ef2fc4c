//! The accounts, people, roles, addresses and resources of the synthetic company.

use serde_json::{Value, json};

use crate::record::{Actor, Agent, Client, Role, access_key};
use crate::time::{HOUR, Time};

/// Development account of the machine-learning platform.
pub(super) const DEV: &str = "111122223333";
/// Production account.
pub(super) const PROD: &str = "444455556666";
/// Management account: Identity Center and the organisation trail.
pub(super) const MANAGEMENT: &str = "777788889999";
/// Security tooling account.
pub(super) const SECURITY: &str = "222233334444";
/// Account of the intruder.
pub(super) const FOREIGN: &str = "999988887777";

pub(super) const ORGANISATION: &str = "o-ex4mp1e0rg";
pub(super) const DOMAIN: &str = "d-ex4mp1edev01";
pub(super) const IDENTITY_STORE: &str =
    "arn:aws:identitystore::777788889999:identitystore/d-9367examp1";

/// Outgoing addresses: office, remote access, VPC gateways of the two accounts, runners of the CI.
pub(super) const OFFICE: &str = "203.0.113.10";
pub(super) const REMOTE_ACCESS: &str = "203.0.113.24";
pub(super) const DEV_GATEWAY: &str = "198.51.100.80";
pub(super) const RUNNER: &str = "198.51.100.200";
pub(super) const CONTRACTOR_OFFICE: &str = "198.51.100.143";

pub(super) const TRAINING_BUCKET: &str = "ml-training-data-111122223333";
pub(super) const ARTIFACT_BUCKET: &str = "ml-artifacts-111122223333";
pub(super) const PROD_BUCKET: &str = "ml-artifacts-444455556666";
pub(super) const DATA_KEY: &str =
    "arn:aws:kms:eu-west-1:111122223333:key/1f0e5c52-6a1d-4e0a-8a44-2d6d1a5e0b11";
pub(super) const PROD_KEY: &str =
    "arn:aws:kms:eu-west-1:444455556666:key/7b9d3a80-51c2-4c7e-9d0e-90a6f2c4ee02";

/// Images that AWS publishes (eu-west-1) and the platform's own.
pub(super) const PYTORCH_IMAGE: &str = "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.5.1-gpu-py311-cu124-ubuntu22.04-sagemaker";
pub(super) const XGBOOST_IMAGE: &str =
    "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1";
pub(super) const SKLEARN_IMAGE: &str =
    "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3";
pub(super) const MONITOR_IMAGE: &str =
    "468650794304.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer";

const fn execution_role(account: &'static str, name: &'static str) -> Role {
    Role {
        account,
        path: "/service-role/",
        name,
    }
}

const fn role(account: &'static str, name: &'static str) -> Role {
    Role {
        account,
        path: "/",
        name,
    }
}

pub(super) const DATA_SCIENCE_ROLE: Role =
    execution_role(DEV, "SageMaker-ExecutionRole-DataScience");
pub(super) const RESEARCH_ROLE: Role = execution_role(DEV, "SageMaker-ExecutionRole-Research");
pub(super) const MLOPS_ROLE: Role = execution_role(DEV, "SageMaker-ExecutionRole-MLOps");
pub(super) const NOTEBOOK_ROLE: Role =
    execution_role(DEV, "SageMaker-ExecutionRole-LegacyNotebook");
pub(super) const PIPELINE_ROLE: Role = execution_role(DEV, "SageMaker-ExecutionRole-Pipeline");
pub(super) const PROD_PIPELINE_ROLE: Role = execution_role(PROD, "SageMaker-ExecutionRole-Serving");
pub(super) const CI_ROLE: Role = role(DEV, "ci-ml-build");
pub(super) const PROD_CI_ROLE: Role = role(PROD, "ci-ml-deploy");
pub(super) const TERRAFORM_ROLE: Role = role(DEV, "terraform-deploy");
pub(super) const PROD_TERRAFORM_ROLE: Role = role(PROD, "terraform-deploy");
pub(super) const INGEST_ROLE: Role = role(DEV, "glue-ingest");
pub(super) const SCORING_ROLE: Role = role(PROD, "scoring-api-task");
pub(super) const AUTOSTOP_ROLE: Role = role(DEV, "studio-autostop-function");
pub(super) const AUDIT_ROLE: Role = role(DEV, "security-audit");
pub(super) const PROD_AUDIT_ROLE: Role = role(PROD, "security-audit");
pub(super) const BACKUP_USER: &str = "svc-backup";
/// Label of the key that the intruder makes for the backup user.
pub(super) const BACKUP_SECOND_KEY: &str = "svc-backup/second";
pub(super) const CONTRACTOR: &str = "contractor-labelling";
/// Label of the key that the contractor made in the first week; the first key has the user's name.
pub(super) const CONTRACTOR_SECOND_KEY: &str = "contractor-labelling-2";

/// An employee.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    /// User name in Identity Center and name of the Studio profile.
    pub(super) name: &'static str,
    /// Id in the identity store.
    pub(super) user_id: &'static str,
    /// Permission set in the development account.
    pub(super) permission_set: &'static str,
    /// Execution role of the profile.
    pub(super) role: Role,
    /// Address of the Studio application in the VPC.
    pub(super) private_address: &'static str,
    /// Address from which the console is used.
    pub(super) address: &'static str,
    /// Project prefix in the buckets.
    pub(super) project: &'static str,
    /// Instance type of the trainings.
    pub(super) instance: &'static str,
}

const SCIENTIST: &str = "AWSReservedSSO_MLDataScientist_0a1b2c3d4e5f6a7b";
const ENGINEER: &str = "AWSReservedSSO_MLEngineer_1b2c3d4e5f6a7b8c";
const ADMINISTRATOR: &str = "AWSReservedSSO_PlatformAdmin_2c3d4e5f6a7b8c9d";
const ANALYST: &str = "AWSReservedSSO_SecurityAnalyst_3d4e5f6a7b8c9d0e";

/// People who work in Studio.
pub(super) const STUDIO_PEOPLE: [Person; 6] = [
    Person {
        name: "amoreau",
        user_id: "b2c5f4a4-1001-70aa-8c01-000000000001",
        permission_set: SCIENTIST,
        role: DATA_SCIENCE_ROLE,
        private_address: "10.20.4.17",
        address: OFFICE,
        project: "churn",
        instance: "ml.m5.2xlarge",
    },
    Person {
        name: "bkeller",
        user_id: "b2c5f4a4-1002-70aa-8c01-000000000002",
        permission_set: SCIENTIST,
        role: DATA_SCIENCE_ROLE,
        private_address: "10.20.4.31",
        address: OFFICE,
        project: "fraud",
        instance: "ml.m5.4xlarge",
    },
    Person {
        name: "dnovak",
        user_id: "b2c5f4a4-1003-70aa-8c01-000000000003",
        permission_set: SCIENTIST,
        role: RESEARCH_ROLE,
        private_address: "10.20.5.12",
        address: REMOTE_ACCESS,
        project: "documents",
        instance: "ml.g5.12xlarge",
    },
    Person {
        name: "erossi",
        user_id: "b2c5f4a4-1004-70aa-8c01-000000000004",
        permission_set: SCIENTIST,
        role: DATA_SCIENCE_ROLE,
        private_address: "10.20.4.58",
        address: OFFICE,
        project: "features",
        instance: "ml.m5.xlarge",
    },
    Person {
        name: "fhaddad",
        user_id: "b2c5f4a4-1005-70aa-8c01-000000000005",
        permission_set: ENGINEER,
        role: MLOPS_ROLE,
        private_address: "10.20.5.40",
        address: OFFICE,
        project: "fraud",
        instance: "ml.g5.2xlarge",
    },
    Person {
        name: "cokafor",
        user_id: "b2c5f4a4-1006-70aa-8c01-000000000006",
        permission_set: ENGINEER,
        role: MLOPS_ROLE,
        private_address: "10.20.5.41",
        address: REMOTE_ACCESS,
        project: "churn",
        instance: "ml.m5.2xlarge",
    },
];

/// The platform administrator and the security analyst.
pub(super) const ADMIN: Person = Person {
    name: "glind",
    user_id: "b2c5f4a4-1007-70aa-8c01-000000000007",
    permission_set: ADMINISTRATOR,
    role: MLOPS_ROLE,
    private_address: "10.20.5.60",
    address: OFFICE,
    project: "platform",
    instance: "ml.m5.xlarge",
};
pub(super) const SECURITY_ANALYST: Person = Person {
    name: "hsantos",
    user_id: "b2c5f4a4-1008-70aa-8c01-000000000008",
    permission_set: ANALYST,
    role: MLOPS_ROLE,
    private_address: "10.20.5.61",
    address: REMOTE_ACCESS,
    project: "security",
    instance: "ml.m5.xlarge",
};

impl Person {
    /// The role that Identity Center made for the permission set.
    pub(super) fn reserved_role(&self, account: &'static str) -> Role {
        Role {
            account,
            path: "/aws-reserved/sso.amazonaws.com/eu-west-1/",
            name: self.permission_set,
        }
    }

    /// The console session of a day.
    pub(super) fn console(&self, account: &'static str, day: Time) -> Actor {
        let created = day.plus(7 * HOUR + 1_543);
        self.reserved_role(account)
            .session(self.name, created, Client::console(self.address))
            .on_behalf_of(self.user_id, IDENTITY_STORE)
    }

    /// The command line with the same session.
    pub(super) fn command_line(&self, account: &'static str, day: Time) -> Actor {
        self.console(account, day)
            .with(Client::new(self.address, Agent::Cli))
    }

    /// The execution-role session of the person's Studio application.
    pub(super) fn studio(&self, day: Time) -> Actor {
        let created = day.plus(8 * HOUR + 122);
        let client = Client::private(
            self.private_address,
            Agent::StudioSdk,
            "vpce-0a1b2c3d4e5f60718",
        );
        self.role
            .session("SageMaker", created, client)
            .source_identity(self.name)
    }

    /// ARN of the Studio profile.
    pub(super) fn profile_arn(&self) -> String {
        format!(
            "arn:aws:sagemaker:eu-west-1:{DEV}:user-profile/{DOMAIN}/{}",
            self.name
        )
    }

    /// The tags that Studio adds to what the person creates.
    pub(super) fn tags(&self) -> Value {
        json!([
            { "key": "sagemaker:user-profile-arn", "value": self.profile_arn() },
            { "key": "sagemaker:domain-arn", "value": format!("arn:aws:sagemaker:eu-west-1:{DEV}:domain/{DOMAIN}") },
            { "key": "sagemaker:space-arn", "value": format!("arn:aws:sagemaker:eu-west-1:{DEV}:space/{DOMAIN}/{}-lab", self.name) },
            { "key": "project", "value": self.project },
        ])
    }
}

/// The contractor's IAM user at its usual place, with the key of this label.
pub(super) fn contractor(key: &str) -> Actor {
    let agent = Agent::Other("Boto3/1.28.62 md/Botocore#1.31.62 ua/2.0 os/windows#10 md/arch#amd64 lang/python#3.9.13 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.31.62".to_owned());
    Actor::user(
        DEV,
        CONTRACTOR,
        &access_key(key),
        Client::new(CONTRACTOR_OFFICE, agent),
    )
}

/// An execution role used by a job or endpoint in the VPC.
pub(super) fn job_session(role: Role, started: Time, address: &str) -> Actor {
    let endpoint = if role.account == DEV {
        "vpce-0a1b2c3d4e5f60718"
    } else {
        "vpce-0f9e8d7c6b5a40312"
    };
    role.session(
        "SageMaker",
        started,
        Client::private(address, Agent::Boto3, endpoint),
    )
}
