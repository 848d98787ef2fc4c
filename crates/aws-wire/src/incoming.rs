//! A request as the HTTP layer hands it over.

use std::fmt;

use crate::ServiceError;
use crate::model::{Protocol, Service, service, services};

/// Target prefix and operation in one header.
const TARGET: &str = "x-amz-target";
const FORM: &str = "application/x-www-form-urlencoded";

/// A request: everything as it came, nothing decoded. `Debug` shows neither headers, query nor body.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path as it stood in the request line.
    pub path: &'a str,
    /// Query string without `?`; empty when there is none.
    pub query: &'a str,
    /// Names in any case, values as they came; one element for each header line. HTTP/2's `:authority`
    /// is handed over as `host`.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// Body, without any transfer encoding.
    pub body: &'a [u8],
}

impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &self.headers.len())
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header<'a> {
    /// It is not there
    Absent,
    /// It is there once
    Once(&'a str),
    /// It is there more than once
    Repeated,
    /// It is not text
    NotText,
}

impl<'a> Incoming<'a> {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Header<'a> {
        let mut found = Header::Absent;
        for (header, value) in self.headers {
            if header.eq_ignore_ascii_case(name) {
                if found != Header::Absent {
                    return Header::Repeated;
                }
                found = match std::str::from_utf8(value) {
                    Ok(text) => Header::Once(text.trim_matches([' ', '\t'])),
                    Err(_) => Header::NotText,
                };
            }
        }
        found
    }

    /// How the request speaks, as far as it can be told; errors are answered so.
    pub fn dialect(&self) -> Dialect {
        match self.header(TARGET) {
            Header::Absent => {}
            Header::Once(target) => {
                let prefix = target.split_once('.').map(|(prefix, _)| prefix);
                let service = services()
                    .iter()
                    .find(|service| prefix.is_some() && service.target_prefix == prefix);
                return Dialect {
                    protocol: Protocol::Json11,
                    service,
                };
            }
            Header::Repeated | Header::NotText => {
                return Dialect {
                    protocol: Protocol::Json11,
                    service: None,
                };
            }
        }
        let id = if self.is_query() {
            "sts"
        } else {
            "sagemaker-featurestore-runtime"
        };
        Dialect {
            protocol: if id == "sts" {
                Protocol::Query
            } else {
                Protocol::RestJson
            },
            service: service(id),
        }
    }

    fn is_query(&self) -> bool {
        if self.path != "/" {
            return false;
        }
        let form = || match self.header("content-type") {
            Header::Once(kind) => media_type(kind).eq_ignore_ascii_case(FORM),
            _ => false,
        };
        self.has_fields_in_query() || (self.method == "POST" && form())
    }

    /// Whether the fields of a form are in the query string: a GET, or a presigned POST without body.
    pub(crate) fn has_fields_in_query(&self) -> bool {
        let named = || {
            self.query
                .split('&')
                .any(|pair| pair.starts_with("Action="))
        };
        match self.method {
            "GET" => named(),
            "POST" => self.body.is_empty() && named(),
            _ => false,
        }
    }

    /// The value of `X-Amz-Target`.
    pub(crate) fn target(&self) -> Result<Option<&'a str>, ServiceError> {
        match self.header(TARGET) {
            Header::Absent => Ok(None),
            Header::Once(target) => Ok(Some(target)),
            Header::Repeated | Header::NotText => Err(ServiceError::new(
                "UnknownOperationException",
                "X-Amz-Target is there more than once or is not text",
            )),
        }
    }
}

/// A content type without its parameters.
pub(crate) fn media_type(kind: &str) -> &str {
    kind.split(';').next().unwrap_or_default().trim()
}

/// Protocol and service of a request or an answer.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// How errors are written.
    pub protocol: Protocol,
    /// Whose errors they are; `None` when the request names no service that is known.
    pub service: Option<&'static Service>,
}

impl Dialect {
    /// The dialect of a service.
    pub fn of(service: &'static Service) -> Self {
        Self {
            protocol: service.protocol,
            service: Some(service),
        }
    }
}
