//! One event, before it is a record.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

/// CloudTrail's `eventCategory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Control plane and KMS
    Management,
    /// Records of feature groups
    Data,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `errorCode`.
    pub code: Cow<'static, str>,
    /// `errorMessage`.
    pub message: String,
}

/// An element of `resources`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Account that owns the resource.
    pub account: Box<str>,
    /// `AWS::SageMaker::FeatureGroup`, `AWS::KMS::Key`…
    pub kind: &'static str,
    /// ARN.
    pub arn: Box<str>,
}

/// What happened. Times, ids and the caller come from the request; the sink adds what the log needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When the call came.
    pub time: Timestamp,
    /// `sagemaker.amazonaws.com`, `kms.amazonaws.com`, `sts.amazonaws.com`.
    pub source: &'static str,
    /// Operation.
    pub name: Cow<'static, str>,
    /// Region of the server.
    pub region: Arc<str>,
    /// CloudTrail's `userIdentity`, `invokedBy` included where a service calls for the caller.
    pub user_identity: Arc<Value>,
    /// Address of the client, or the name of the calling service.
    pub source_address: Arc<str>,
    /// User agent of the client, or the name of the calling service.
    pub user_agent: Arc<str>,
    /// TLS version, cipher suite and host, where the connection had TLS.
    pub tls: Option<Arc<Value>>,
    /// `requestParameters`, safe to log.
    pub parameters: Option<Value>,
    /// `responseElements`, safe to log.
    pub response: Option<Value>,
    /// `additionalEventData`, safe to log.
    pub additional: Option<Value>,
    /// Resources concerned.
    pub resources: Vec<Resource>,
    /// Whether nothing was changed.
    pub read_only: bool,
    /// Management or data.
    pub category: Category,
    /// Id of the request, as the client got it.
    pub request_id: Arc<str>,
    /// Account that receives the record: that of the caller or of the resource.
    pub recipient: Arc<str>,
    /// Set when the call failed.
    pub failure: Option<Failure>,
}

/// Takes events.
pub trait Sink: Send + Sync + fmt::Debug {
    /// Takes an event. It never blocks on the disk for long: a sink that cannot keep up or cannot write
    /// says so through [`Sink::healthy`], and the server then refuses calls rather than work unseen.
    fn record(&self, event: Event);

    /// Whether events are being kept.
    fn healthy(&self) -> bool {
        true
    }

    /// Waits until what this thread recorded is durable; false when it cannot be made so. What is not
    /// waited for is durable a second later. Calls at the same time share the wait.
    fn sync(&self) -> bool {
        self.healthy()
    }
}
