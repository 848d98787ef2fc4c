//! An answer as one line of a snapshot.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::answer::{Address, Answer, AnswerError, Outcome, digest, sha256};

/// Longest line that is read or written.
pub(crate) const LONGEST_LINE: usize = 64 << 20;

/// Members in the order in which they are written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'l> {
    #[serde(borrow)]
    operation: Cow<'l, str>,
    #[serde(default)]
    parameters: Map<String, Value>,
    #[serde(default)]
    page: u32,
    outcome: Outcome,
    #[serde(default)]
    status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<AnswerError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    permission: Option<String>,
    sha256: Cow<'l, str>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    body: Option<&'l RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    body_text: Option<Cow<'l, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    body_base64: Option<Cow<'l, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// An answer as a line of a snapshot, with its end. Account and region are not in it: the place of
/// the file says them.
pub fn write_line(answer: &Answer) -> Result<Vec<u8>, LineError> {
    write(answer).map_err(LineError)
}

/// The answer of a line, in a file of this place.
pub fn read_line(bytes: &[u8], account: &str, region: &str) -> Result<Answer, LineError> {
    let read = read(bytes, account, region).map_err(LineError)?;
    if read.intact {
        Ok(read.answer)
    } else {
        Err(LineError("the SHA-256 is not that of the body".to_owned()))
    }
}

/// Why a line cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LineError(String);

/// The line, with its end. The body is written so that its bytes can be had back.
pub(crate) fn write(answer: &Answer) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(&answer.body).ok();
    let raw = text
        .filter(|text| !text.contains(['\n', '\r']))
        .and_then(|text| Some((text, serde_json::from_str::<&RawValue>(text).ok()?)))
        // White space around the value and a lone `null` would be lost.
        .filter(|(text, raw)| raw.get().len() == text.len() && *text != "null")
        .map(|(_, raw)| raw);
    let is_text = raw.is_none() && !answer.body.is_empty();
    let line = Line {
        operation: Cow::Borrowed(&answer.operation),
        parameters: answer.parameters.clone(),
        page: answer.page,
        outcome: answer.outcome,
        status: answer.status,
        error: answer.error.clone(),
        permission: answer.permission.clone(),
        sha256: Cow::Owned(answer.sha256()),
        body: raw,
        body_text: text.filter(|_| is_text).map(Cow::Borrowed),
        body_base64: (text.is_none()).then(|| Cow::Owned(STANDARD.encode(&answer.body))),
        address: answer.address.clone(),
        at: answer.at.clone(),
        request_id: answer.request_id.clone(),
    };
    let mut bytes = serde_json::to_vec(&line).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    if bytes.len() > LONGEST_LINE {
        return Err(format!("longer than {LONGEST_LINE} bytes"));
    }
    Ok(bytes)
}

/// What a line holds; place and body's digest are the caller's to add and to check.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) answer: Answer,
    pub(crate) sha256: [u8; 32],
    /// Whether the digest that is written is that of the body.
    pub(crate) intact: bool,
    /// Where the body begins in the line, if it stands there as it is.
    pub(crate) verbatim: Option<usize>,
}

/// Reads a line. The answer's account and region are those of its file.
pub(crate) fn read(bytes: &[u8], account: &str, region: &str) -> Result<Read, String> {
    let line: Line<'_> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let bodies = [
        line.body.is_some(),
        line.body_text.is_some(),
        line.body_base64.is_some(),
    ];
    if bodies.iter().filter(|there| **there).count() > 1 {
        return Err("more than one body".to_owned());
    }
    let verbatim = line.body.and_then(|raw| {
        let start = raw.get().as_ptr().addr();
        start.checked_sub(bytes.as_ptr().addr())
    });
    let body = match (line.body, line.body_text, line.body_base64) {
        (Some(raw), _, _) => raw.get().as_bytes().to_vec(),
        (_, Some(text), _) => text.into_owned().into_bytes(),
        (_, _, Some(text)) => STANDARD
            .decode(text.as_bytes())
            .map_err(|error| format!("bodyBase64: {error}"))?,
        _ => Vec::new(),
    };
    let sha256 = sha256(&body);
    let intact = digest(&line.sha256) == Some(sha256);
    Ok(Read {
        sha256,
        intact,
        verbatim,
        answer: Answer {
            account: account.to_owned(),
            region: region.to_owned(),
            operation: line.operation.into_owned(),
            parameters: line.parameters,
            page: line.page,
            outcome: line.outcome,
            status: line.status,
            error: line.error,
            permission: line.permission,
            body,
            at: line.at,
            request_id: line.request_id,
            address: line.address,
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with_body(body: &[u8]) -> Answer {
        Answer {
            operation: "sagemaker:DescribeDomain".to_owned(),
            body: body.to_vec(),
            ..Answer::default()
        }
    }

    #[test]
    fn the_line_is_as_agreed() {
        let answer = Answer {
            parameters: [("NotebookInstanceName".to_owned(), "nb".into())]
                .into_iter()
                .collect(),
            outcome: Outcome::Denied,
            status: 403,
            error: Some(AnswerError {
                code: "AccessDenied".to_owned(),
                message: "no".to_owned(),
            }),
            permission: Some("sagemaker:DescribeDomain".to_owned()),
            at: Some("2026-11-28T03:00:00Z".to_owned()),
            request_id: Some("r".to_owned()),
            ..with_body(b"{ \"a\":1.0 }")
        };
        let line = String::from_utf8(write(&answer).unwrap()).unwrap();
        assert_eq!(
            line,
            format!(
                concat!(
                    r#"{{"operation":"sagemaker:DescribeDomain","parameters":{{"NotebookInstanceName":"nb"}},"#,
                    r#""page":0,"outcome":"denied","status":403,"error":{{"code":"AccessDenied","message":"no"}},"#,
                    r#""permission":"sagemaker:DescribeDomain","sha256":"{}","#,
                    r#""body":{{ "a":1.0 }},"at":"2026-11-28T03:00:00Z","requestId":"r"}}"#,
                    "\n"
                ),
                answer.sha256()
            )
        );
    }

    #[test]
    fn a_body_that_was_changed_shows() {
        let line = String::from_utf8(write(&with_body(b"{\"a\":1}")).unwrap()).unwrap();
        let changed = line.replace("\"a\":1", "\"a\":2");
        assert!(read(line.as_bytes(), "", "").unwrap().intact);
        assert!(!read(changed.as_bytes(), "", "").unwrap().intact);
    }

    proptest! {
        #[test]
        fn bodies_read_back(body in prop_oneof![
            any::<Vec<u8>>(),
            any::<String>().prop_map(String::into_bytes),
            any::<String>().prop_map(|text| Value::String(text).to_string().into_bytes()),
            Just(b" {}".to_vec()), Just(b"{\n}".to_vec()), Just(b"null".to_vec()), Just(Vec::new()),
        ]) {
            let answer = with_body(&body);
            let line = write(&answer).unwrap();
            prop_assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            let back = read(&line, "", "").unwrap();
            prop_assert!(back.intact);
            prop_assert_eq!(back.answer, answer);
        }
    }
}
