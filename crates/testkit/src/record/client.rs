//! Addresses, programs and transport of a caller.

use serde_json::{Value, json};

/// The program that makes the calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agent {
    /// AWS CLI 2 with the command in the agent text.
    Cli,
    /// Boto3 in a Studio application, with the SageMaker Python SDK.
    StudioSdk,
    /// Boto3 in a container of a job or service.
    Boto3,
    /// A web browser on the AWS console.
    Browser,
    /// Terraform with the AWS provider.
    Terraform,
    /// The AWS SDK for Java, as services and applications use it.
    Java,
    /// Anything else, word for word.
    Other(String),
}

impl Agent {
    /// The `userAgent` of a call of this service and name.
    #[must_use]
    pub fn text(&self, service: &str, event: &str) -> String {
        match self {
            Self::Cli => format!(
                "aws-cli/2.24.10 md/awscrt#0.23.8 ua/2.0 os/linux#6.1.0-31-amd64 md/arch#x86_64 lang/python#3.12.9 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#{service}.{}",
                kebab_case(event)
            ),
            Self::StudioSdk => "Boto3/1.37.4 md/Botocore#1.37.4 ua/2.0 os/linux#5.10.234-225.895.amzn2.x86_64 md/arch#x86_64 lang/python#3.11.11 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.37.4 AWS-SageMaker-Python-SDK/2.239.3 Python/3.11.11 Linux/5.10.234-225.895.amzn2.x86_64 AWS-SageMaker-Studio".to_owned(),
            Self::Boto3 => "Boto3/1.36.21 md/Botocore#1.36.21 ua/2.0 os/linux#5.10.233-224.894.amzn2.x86_64 md/arch#x86_64 lang/python#3.10.16 md/pyimpl#CPython exec-env/AWS_ECS_FARGATE cfg/retry-mode#standard Botocore/1.36.21".to_owned(),
            Self::Browser => "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36".to_owned(),
            Self::Terraform => "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.84.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.8 ua/2.1 os/linux lang/go#1.23.3 md/GOOS#linux md/GOARCH#amd64".to_owned(),
            Self::Java => "aws-sdk-java/2.29.52 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10.233 lang/java#21.0.5 md/OpenJDK_64-Bit_Server_VM#21.0.5+11-LTS exec-env/AWS_ECS_FARGATE".to_owned(),
            Self::Other(text) => text.clone(),
        }
    }
}

/// Address, program and transport.
#[derive(Debug, Clone)]
pub struct Client {
    /// `sourceIPAddress`: an address or the name of a service.
    pub source: String,
    /// The program.
    pub agent: Agent,
    /// VPC endpoint that the calls pass.
    pub vpc_endpoint: Option<String>,
    /// True for credentials that the console handed out.
    pub console: bool,
    /// False when no `tlsDetails` are recorded.
    pub tls: bool,
}

impl Client {
    /// A program on a machine with this address.
    #[must_use]
    pub fn new(source: &str, agent: Agent) -> Self {
        Self {
            source: source.to_owned(),
            agent,
            vpc_endpoint: None,
            console: false,
            tls: true,
        }
    }

    /// A browser on the AWS console.
    #[must_use]
    pub fn console(source: &str) -> Self {
        Self {
            console: true,
            tls: false,
            ..Self::new(source, Agent::Browser)
        }
    }

    /// A program in a VPC that reaches AWS through an endpoint.
    #[must_use]
    pub fn private(source: &str, agent: Agent, endpoint: &str) -> Self {
        Self {
            vpc_endpoint: Some(endpoint.to_owned()),
            ..Self::new(source, agent)
        }
    }

    /// An AWS service, such as `sagemaker`.
    #[must_use]
    pub fn service(name: &str) -> Self {
        let host = format!("{name}.amazonaws.com");
        Self {
            tls: false,
            ..Self::new(&host, Agent::Other(host.clone()))
        }
    }
}

pub(super) fn tls_details(service: &str, region: &str) -> Value {
    let host = match service {
        "iam" => "iam.amazonaws.com".to_owned(),
        "sagemaker" => format!("api.sagemaker.{region}.amazonaws.com"),
        "ecr" => format!("api.ecr.{region}.amazonaws.com"),
        _ => format!("{service}.{region}.amazonaws.com"),
    };
    json!({
        "tlsVersion": "TLSv1.3",
        "cipherSuite": "TLS_AES_128_GCM_SHA256",
        "clientProvidedHostHeader": host,
    })
}

/// `ListModels` as `list-models`.
pub(crate) fn kebab_case(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 8);
    for (index, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}
