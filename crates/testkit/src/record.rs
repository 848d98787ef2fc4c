//! A builder of CloudTrail records with the field order and shapes of real ones.

mod client;
mod identity;

use serde_json::{Map, Value, json};

pub(crate) use client::kebab_case;
pub use client::{Agent, Client};
pub use identity::{Role, access_key, temporary_key};

use crate::random::Random;
use crate::time::Time;

/// Who calls, and from where.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Account that the credentials belong to.
    pub account: &'static str,
    /// The `userIdentity` of the records.
    pub identity: Value,
    /// Address, program and transport of the calls.
    pub client: Client,
}

impl Actor {
    /// The same identity with another client.
    #[must_use]
    pub fn with(&self, client: Client) -> Self {
        Self {
            client,
            ..self.clone()
        }
    }
}

/// A record under construction. `build` numbers it.
#[derive(Debug, Clone)]
pub struct Record {
    actor: Actor,
    service: &'static str,
    name: String,
    time: Time,
    region: &'static str,
    recipient: &'static str,
    version: &'static str,
    event_type: &'static str,
    error: Option<(String, String)>,
    request: Value,
    response: Value,
    additional: Option<Value>,
    read_only: Option<bool>,
    resources: Vec<Value>,
    data: bool,
    shared: Option<String>,
    extra: Map<String, Value>,
}

/// The home region of records that do not name one.
pub const HOME: &str = "eu-west-1";

impl Record {
    /// A successful management call by `actor` at `time`.
    ///
    /// `service` is the first label of the event source (`sagemaker`, `iam`, `monitoring`).
    #[must_use]
    pub fn call(actor: &Actor, time: Time, service: &'static str, name: &str) -> Self {
        let region = match service {
            "iam" | "signin" | "organizations" => "us-east-1",
            _ => HOME,
        };
        Self {
            actor: actor.clone(),
            service,
            name: name.to_owned(),
            time,
            region,
            recipient: actor.account,
            version: match service {
                "s3" | "sagemaker" | "kms" | "sts" => "1.11",
                "iam" | "ecr" | "signin" => "1.10",
                "config" | "athena" | "glue" => "1.09",
                _ => "1.08",
            },
            event_type: "AwsApiCall",
            error: None,
            request: Value::Null,
            response: Value::Null,
            additional: None,
            read_only: None,
            resources: Vec::new(),
            data: false,
            shared: None,
            extra: Map::new(),
        }
    }

    /// Sets `requestParameters`.
    #[must_use]
    pub fn request(mut self, request: Value) -> Self {
        self.request = request;
        self
    }

    /// Sets `responseElements`.
    #[must_use]
    pub fn response(mut self, response: Value) -> Self {
        self.response = response;
        self
    }

    /// Sets `additionalEventData`.
    #[must_use]
    pub fn additional(mut self, additional: Value) -> Self {
        self.additional = Some(additional);
        self
    }

    /// Makes the call fail; the response becomes null.
    #[must_use]
    pub fn error(mut self, code: &str, message: &str) -> Self {
        self.error = Some((code.to_owned(), message.to_owned()));
        self.response = Value::Null;
        self
    }

    /// Makes the call fail with the usual text of a missing permission.
    #[must_use]
    pub fn denied(self) -> Self {
        let caller = self
            .actor
            .identity
            .get("arn")
            .and_then(Value::as_str)
            .unwrap_or("unknown");
        let message = format!(
            "User: {caller} is not authorized to perform: {}:{} because no identity-based policy allows the {0}:{1} action",
            self.service, self.name
        );
        let code = match self.service {
            "sagemaker" => "AccessDeniedException",
            "ec2" => "Client.UnauthorizedOperation",
            _ => "AccessDenied",
        };
        self.error(code, &message)
    }

    /// Sets the region.
    #[must_use]
    pub fn region(mut self, region: &'static str) -> Self {
        self.region = region;
        self
    }

    /// Sets the account that receives the record, when it is not the caller's.
    #[must_use]
    pub fn recipient(mut self, account: &'static str) -> Self {
        self.recipient = account;
        self
    }

    /// Sets `sharedEventID`.
    #[must_use]
    pub fn shared(mut self, id: &str) -> Self {
        self.shared = Some(id.to_owned());
        self
    }

    /// Adds an entry to `resources`.
    #[must_use]
    pub fn resource(mut self, kind: &str, account: &str, arn: &str) -> Self {
        self.resources
            .push(json!({ "accountId": account, "type": kind, "ARN": arn }));
        self
    }

    /// Makes it a data event.
    #[must_use]
    pub fn data(mut self) -> Self {
        self.data = true;
        self
    }

    /// Sets `eventType`, which is `AwsApiCall` otherwise.
    #[must_use]
    pub fn event_type(mut self, event_type: &'static str) -> Self {
        self.event_type = event_type;
        self
    }

    /// Adds a field at the end of the record.
    #[must_use]
    pub fn extra(mut self, name: &str, value: Value) -> Self {
        self.extra.insert(name.to_owned(), value);
        self
    }

    /// An S3 object call: names, sizes, resources and category as S3 records them.
    #[must_use]
    pub fn object(
        mut self,
        bucket: &str,
        owner: &str,
        key: &str,
        bytes: (i64, i64),
        random: &Random,
    ) -> Self {
        self.request = json!({
            "bucketName": bucket,
            "Host": format!("{bucket}.s3.{}.amazonaws.com", self.region),
            "key": key,
        });
        self.additional = Some(s3_additional(bytes, random));
        self.resources = vec![
            json!({ "type": "AWS::S3::Object", "ARN": format!("arn:aws:s3:::{bucket}/{key}") }),
            json!({ "accountId": owner, "type": "AWS::S3::Bucket", "ARN": format!("arn:aws:s3:::{bucket}") }),
        ];
        self.data = true;
        self
    }

    /// Time of the event.
    #[must_use]
    pub fn time(&self) -> Time {
        self.time
    }

    /// Account that receives the record.
    #[must_use]
    pub fn recipient_account(&self) -> &'static str {
        self.recipient
    }

    /// Region of the record.
    #[must_use]
    pub fn region_name(&self) -> &'static str {
        self.region
    }

    /// The record with identifiers drawn from `random`.
    #[must_use]
    pub fn build(self, random: &Random) -> (String, Value) {
        let event_id = random.uuid();
        let request_id = match self.service {
            "s3" => random.capitals(16),
            _ => random.uuid(),
        };
        let client = &self.actor.client;
        let mut record = Map::new();
        let mut put = |name: &str, value: Value| {
            record.insert(name.to_owned(), value);
        };
        put("eventVersion", json!(self.version));
        put("userIdentity", self.actor.identity.clone());
        put("eventTime", json!(self.time.iso()));
        put(
            "eventSource",
            json!(format!("{}.amazonaws.com", self.service)),
        );
        put("eventName", json!(self.name));
        put("awsRegion", json!(self.region));
        put("sourceIPAddress", json!(client.source));
        put(
            "userAgent",
            json!(client.agent.text(self.service, &self.name)),
        );
        if let Some((code, message)) = &self.error {
            put("errorCode", json!(code));
            put("errorMessage", json!(message));
        }
        put("requestParameters", self.request);
        put("responseElements", self.response);
        if let Some(additional) = self.additional {
            put("additionalEventData", additional);
        }
        put("requestID", json!(request_id));
        put("eventID", json!(event_id));
        put(
            "readOnly",
            json!(self.read_only.unwrap_or_else(|| is_read(&self.name))),
        );
        if !self.resources.is_empty() {
            put("resources", Value::Array(self.resources));
        }
        put("eventType", json!(self.event_type));
        put("managementEvent", json!(!self.data));
        put("recipientAccountId", json!(self.recipient));
        if let Some(shared) = self.shared {
            put("sharedEventID", json!(shared));
        }
        if let Some(endpoint) = &client.vpc_endpoint {
            put("vpcEndpointId", json!(endpoint));
            put("vpcEndpointAccountId", json!(self.actor.account));
        }
        put(
            "eventCategory",
            json!(if self.data { "Data" } else { "Management" }),
        );
        if client.tls && self.event_type == "AwsApiCall" {
            put("tlsDetails", client::tls_details(self.service, self.region));
        }
        if client.console {
            put("sessionCredentialFromConsole", json!("true"));
        }
        record.extend(self.extra);
        (event_id, Value::Object(record))
    }
}

/// The `additionalEventData` of an S3 call: bytes in and out and the request's second id.
#[must_use]
pub fn s3_additional(bytes: (i64, i64), random: &Random) -> Value {
    json!({
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": bytes.0,
        "AuthenticationMethod": "AuthHeader",
        "x-amz-id-2": random.letters(40),
        "bytesTransferredOut": bytes.1,
    })
}

/// True for names of calls that change nothing.
#[must_use]
pub fn is_read(name: &str) -> bool {
    const PREFIXES: [&str; 9] = [
        "Get",
        "List",
        "Describe",
        "Search",
        "Head",
        "BatchGet",
        "BatchDescribe",
        "Lookup",
        "Decrypt",
    ];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || matches!(
            name,
            "GenerateDataKey"
                | "AssumeRole"
                | "InvokeEndpoint"
                | "InvokeEndpointAsync"
                | "AssumeRoleWithWebIdentity"
                | "AssumeRoleWithSAML"
                | "QueryLineage"
        )
}
