//! A request with its own memory.

use rempart_aws_wire::Incoming;
use rempart_aws_wire::sign::{NoSecret, Secret};
use serde_json::Value;

/// The example key of AWS's documentation.
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub(crate) const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";

#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// From a line of the test data.
    pub(crate) fn read(line: &Value) -> Self {
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let headers = line["headers"].as_array().cloned().unwrap_or_default();
        Self {
            method: text("method"),
            path: text("path"),
            query: text("query"),
            headers: headers
                .iter()
                .map(|pair| {
                    let part = |position: usize| pair[position].as_str().unwrap().to_owned();
                    (part(0), part(1))
                })
                .collect(),
            body: text("body").into_bytes(),
        }
    }

    pub(crate) fn new(method: &str, path: &str, query: &str, body: &str) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// A call of JSON 1.1.
    pub(crate) fn target(target: &str, body: &str) -> Self {
        let mut request = Self::new("POST", "/", "", body);
        request.headers = vec![
            ("Content-Type".into(), "application/x-amz-json-1.1".into()),
            ("X-Amz-Target".into(), target.into()),
        ];
        request
    }

    pub(crate) fn with<T>(&self, use_it: impl FnOnce(&Incoming<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        use_it(&Incoming {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
            body: &self.body,
        })
    }

    pub(crate) fn header(&mut self, name: &str) -> &mut String {
        let headers = &mut self.headers;
        let found = headers
            .iter_mut()
            .find(|(header, _)| header.eq_ignore_ascii_case(name));
        &mut found.unwrap().1
    }
}

/// The test data of a file, one object a line.
pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Knows one key.
pub(crate) fn lookup(access_key: &str, _: Option<&str>) -> Result<Secret, NoSecret> {
    if access_key == ACCESS_KEY {
        Ok(Secret::new(SECRET))
    } else {
        Err(NoSecret::Unknown)
    }
}
