//! What is asked and what comes back.

use std::time::SystemTime;

use bytes::Bytes;
use rempart_aws_model::ApiOperation;
use serde_json::{Map, Value};

/// A call of one operation.
#[derive(Debug, Clone)]
pub struct Call {
    /// The operation.
    pub operation: &'static ApiOperation,
    /// Region to ask. Global services are reached from every region of their partition.
    pub region: String,
    /// Parameters by API name, as the service model spells them. Times are numbers for the JSON
    /// protocols and ISO 8601 text for the others.
    pub parameters: Map<String, Value>,
}

/// An answer, or the reason why there is none.
#[derive(Debug, Clone)]
pub struct Reply {
    /// What the answer means.
    pub class: Class,
    /// HTTP status; 0 when no answer came.
    pub status: u16,
    /// The body as it came.
    pub body: Bytes,
    /// Code and message of an error.
    pub error: Option<ReplyError>,
    /// AWS's name for the request.
    pub request_id: Option<String>,
    /// The header `Date`.
    pub date: Option<String>,
    /// Headers that the service model names as members of the answer (`HeadObject` has no others),
    /// in lower case, sorted.
    pub headers: Vec<(String, String)>,
    /// Region that answered; another than the one asked when a bucket lies elsewhere.
    pub region: String,
    /// Requests sent, 1 without retries.
    pub attempts: u32,
    /// When the answer came, by this machine's clock.
    pub at: SystemTime,
}

/// Code and message of an error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyError {
    /// Code, without namespace: `AccessDeniedException`. Errors that AWS did not send have codes of
    /// their own: `Timeout`, `ConnectionError`, `TruncatedAnswer`, `AnswerTooLarge`,
    /// `RepeatedToken`, `MissingToken`, `TooManyPages`, `UnreadableAnswer`, `Stopped`.
    pub code: String,
    /// Message for people.
    pub message: String,
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The answer asked for.
    Ok,
    /// The resource is there, this part of it is not: it decides controls.
    Absent,
    /// The resource is not there.
    Gone,
    /// The caller may not ask this.
    Denied,
    /// Too many requests, and the retries are used up.
    Throttled,
    /// No answer, half an answer or a fault of the service, and the retries are used up.
    Transient,
    /// The clocks differ, and correcting the difference did not help.
    Clock,
    /// The credentials are not accepted, and fresh ones did not help.
    Credentials,
    /// The service is not in this region, or the region is not enabled.
    NotInRegion,
    /// Any other error: the request is wrong or the answer is not understood.
    Invalid,
}

/// Why a call was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// A parameter that the operation demands is missing.
    #[error("{operation} needs the parameter `{parameter}`")]
    MissingParameter {
        /// Full name of the operation.
        operation: &'static str,
        /// API name of the parameter.
        parameter: String,
    },
    /// A parameter that the operation does not have.
    #[error("{operation} has no parameter `{parameter}`")]
    UnknownParameter {
        /// Full name of the operation.
        operation: &'static str,
        /// API name of the parameter, with the path to it.
        parameter: String,
    },
    /// A value that does not fit its parameter.
    #[error("{operation}, parameter `{parameter}`: {reason}")]
    UnfitParameter {
        /// Full name of the operation.
        operation: &'static str,
        /// API name of the parameter.
        parameter: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// The region is no region name.
    #[error("`{0}` is not a region")]
    Region(String),
    /// An endpoint override cannot be used.
    #[error("the endpoint `{endpoint}` cannot be used: {reason}")]
    Endpoint {
        /// As it was given.
        endpoint: String,
        /// What is wrong.
        reason: String,
    },
    /// The request could not be signed.
    #[error("{operation} cannot be signed: {reason}")]
    Signature {
        /// Full name of the operation.
        operation: &'static str,
        /// The signer's reason.
        reason: String,
    },
}

impl Call {
    /// A call without parameters.
    pub fn new(operation: &'static ApiOperation, region: &str) -> Self {
        Self {
            operation,
            region: region.to_owned(),
            parameters: Map::new(),
        }
    }

    /// The same call with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }
}

impl Class {
    /// Whether another try may help.
    pub fn retried(self) -> bool {
        matches!(self, Self::Throttled | Self::Transient)
    }

    /// Name in lower case: `not-in-region`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Absent => "absent",
            Self::Gone => "gone",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Clock => "clock",
            Self::Credentials => "credentials",
            Self::NotInRegion => "not-in-region",
            Self::Invalid => "invalid",
        }
    }
}

impl ReplyError {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }
}

impl Reply {
    /// A reply that no service sent.
    pub(crate) fn none(class: Class, error: ReplyError, region: &str, at: SystemTime) -> Self {
        Self {
            class,
            status: 0,
            body: Bytes::new(),
            error: Some(error),
            request_id: None,
            date: None,
            headers: Vec::new(),
            region: region.to_owned(),
            attempts: 0,
            at,
        }
    }
}
