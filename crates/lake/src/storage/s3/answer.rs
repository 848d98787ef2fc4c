//! Answers of S3: whether an object is encrypted as it was asked for, and why a request failed.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::StreamExt;
use http::HeaderMap;
use object_store::client::{
    HttpClient, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};
use quick_xml::Reader;
use quick_xml::events::Event;

/// How long a service that could not be reached is left alone. Whoever flushes many groups would wait
/// for each of them otherwise.
const PAUSE: Duration = Duration::from_secs(2);
/// Bytes of an error answer that are read.
const LONGEST_ANSWER: usize = 64 << 10;
/// Characters of a service's own words.
const LONGEST_MESSAGE: usize = 300;

const SSE: &str = "x-amz-server-side-encryption";
const SSE_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// Whether the service can be reached.
#[derive(Debug, Default)]
pub(super) struct Reach {
    lost: Mutex<Option<(Instant, String)>>,
}

impl Reach {
    /// Why nothing is tried at the moment.
    pub(super) fn lost(&self) -> Option<String> {
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.as_ref()
            .filter(|(since, _)| since.elapsed() < PAUSE)
            .map(|(_, reason)| reason.clone())
    }

    fn note(&self, outcome: &Result<HttpResponse, HttpError>) {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(_) => *lost = None,
            Err(error) if is_unreachable(error) => *lost = Some((Instant::now(), reason(error))),
            Err(_) => {}
        }
    }
}

fn is_unreachable(error: &HttpError) -> bool {
    matches!(
        error.kind(),
        HttpErrorKind::Connect | HttpErrorKind::Timeout
    )
}

/// A client that believes no answer that says of an object that it is encrypted otherwise than asked,
/// and keeps of error answers no more than code and message: some repeat tokens of sessions.
#[derive(Debug)]
pub(super) struct Checked {
    inner: HttpClient,
    reach: Arc<Reach>,
}

impl Checked {
    pub(super) fn new(inner: HttpClient, reach: Arc<Reach>) -> Self {
        Self { inner, reach }
    }
}

#[async_trait]
impl HttpService for Checked {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let asked = Asked::of(request.headers());
        let outcome = self.inner.execute(request).await;
        self.reach.note(&outcome);
        let answer = outcome?;
        if !answer.status().is_success() {
            return Ok(without_details(answer).await);
        }
        if let Some(asked) = asked {
            asked.check(answer.headers()).map_err(|reason| {
                let error = NotEncrypted {
                    reason,
                    version: text(answer.headers(), "x-amz-version-id"),
                };
                HttpError::new(HttpErrorKind::Unknown, error)
            })?;
        }
        Ok(answer)
    }
}

/// What was asked for.
#[derive(Debug)]
struct Asked {
    encryption: String,
    key: Option<String>,
}

impl Asked {
    fn of(headers: &HeaderMap) -> Option<Self> {
        Some(Self {
            encryption: text(headers, SSE)?,
            key: text(headers, SSE_KEY),
        })
    }

    fn check(&self, answer: &HeaderMap) -> Result<(), String> {
        let Some(encryption) = text(answer, SSE) else {
            return Err("S3 does not say that it encrypted the object".to_owned());
        };
        if encryption != self.encryption {
            return Err(format!(
                "S3 says that it encrypted the object by {encryption:?}, not {:?}",
                self.encryption
            ));
        }
        let Some(wanted) = &self.key else {
            return Ok(());
        };
        match text(answer, SSE_KEY) {
            Some(used) if is_same_key(wanted, &used) => Ok(()),
            Some(used) => Err(format!(
                "S3 says that it encrypted the object under {used:?}, not {wanted:?}"
            )),
            None => Err(format!(
                "S3 does not say that it encrypted the object under {wanted:?}"
            )),
        }
    }
}

/// Two ARNs have to be the same. Where one of the names is an id alone, the ids.
fn is_same_key(wanted: &str, used: &str) -> bool {
    let id =
        |name: &str| -> String { name.rsplit_once(":key/").map_or(name, |it| it.1).to_owned() };
    let is_id = |name: &str| !name.contains([':', '/']);
    wanted == used || ((is_id(wanted) || is_id(used)) && id(wanted) == id(used))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(
        headers
            .get(name)?
            .to_str()
            .ok()?
            .chars()
            .take(LONGEST_MESSAGE)
            .collect(),
    )
}

/// The object is there, but not encrypted as it was asked for.
#[derive(Debug)]
pub(super) struct NotEncrypted {
    reason: String,
    /// Which version it is, in a bucket with versioning.
    pub(super) version: Option<String>,
}

impl fmt::Display for NotEncrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl Error for NotEncrypted {}

impl NotEncrypted {
    /// When this is why a call failed.
    pub(super) fn of(error: &object_store::Error) -> Option<&Self> {
        causes(error).find_map(|cause| cause.downcast_ref())
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

/// An error answer with code and message alone.
async fn without_details(answer: HttpResponse) -> HttpResponse {
    let (mut parts, body) = answer.into_parts();
    let mut bytes = Vec::new();
    let mut chunks = body.bytes_stream();
    while let Some(Ok(chunk)) = chunks.next().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LONGEST_ANSWER {
            break;
        }
    }
    let told = told(&bytes).unwrap_or_default();
    parts.headers.remove(http::header::CONTENT_LENGTH);
    parts.headers.remove(http::header::CONTENT_ENCODING);
    HttpResponse::from_parts(parts, HttpResponseBody::from(told))
}

/// `Code: Message` of an error answer.
pub(super) fn told(body: &[u8]) -> Option<String> {
    let mut reader = Reader::from_reader(body);
    let (mut code, mut message) = (String::new(), String::new());
    let mut element = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => element = start.local_name().as_ref().to_owned(),
            Event::End(_) => element.clear(),
            Event::Text(text) => match element.as_str() {
                "Code" => code.push_str(&text),
                "Message" => message.push_str(&text),
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    let plain = |text: &str| -> String {
        let text = text.chars().filter(|character| !character.is_control());
        text.take(LONGEST_MESSAGE).collect()
    };
    if code.is_empty() {
        return None;
    }
    Some(format!("{}: {}", plain(&code), plain(&message)))
}

/// Why a call failed, with what caused it, each thing said once. What differs from one attempt to the
/// next, such as its time, is left out.
pub(super) fn reason(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in causes(error) {
        let text = cause.to_string();
        // "Generic S3 error: Error performing PUT <address> in 1.5ms, after 3 retries, … - <reason>"
        let text = match text.split_once("Error performing ") {
            Some((_, request)) => request.split_once(" - ").map_or("", |it| it.1),
            None => text.as_str(),
        };
        let text = text.replace("Server returned non-2xx status code: ", "");
        let text = text.trim().trim_end_matches(':').trim_end();
        if !text.is_empty() && !said.iter().any(|before| before.contains(text)) {
            said.push(text.to_owned());
        }
    }
    let mut text = said.join(": ");
    if text.is_empty() {
        text = "the request failed".to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        of.iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn an_answer_says_that_the_object_is_encrypted_as_asked() {
        const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/0d99";
        let asked = Asked::of(&headers(&[(SSE, "aws:kms"), (SSE_KEY, KEY)])).unwrap();
        for (good, answer) in [
            (true, vec![(SSE, "aws:kms"), (SSE_KEY, KEY)]),
            (true, vec![(SSE, "aws:kms"), (SSE_KEY, "0d99")]),
            (false, vec![]),
            (false, vec![(SSE, "aws:kms")]),
            (false, vec![(SSE_KEY, KEY)]),
            (false, vec![(SSE, "AES256"), (SSE_KEY, KEY)]),
            (false, vec![(SSE, "aws:kms"), (SSE_KEY, "1d99")]),
            (
                false,
                vec![
                    (SSE, "aws:kms"),
                    (SSE_KEY, "arn:aws:kms:eu-west-2:111122223333:key/0d99"),
                ],
            ),
        ] {
            assert_eq!(asked.check(&headers(&answer)).is_ok(), good, "{answer:?}");
        }
        let any = Asked::of(&headers(&[(SSE, "aws:kms")])).unwrap();
        assert!(
            any.check(&headers(&[(SSE, "aws:kms"), (SSE_KEY, KEY)]))
                .is_ok()
        );
        assert!(any.check(&headers(&[(SSE, "AES256")])).is_err());
        assert!(Asked::of(&headers(&[])).is_none());
    }

    #[test]
    fn error_answers_are_told_without_what_they_repeat() {
        let expired = b"<?xml version=\"1.0\"?><Error><Code>ExpiredToken</Code>\
            <Message>The provided token has expired.</Message><Token-0>SECRET</Token-0></Error>";
        assert_eq!(
            told(expired).unwrap(),
            "ExpiredToken: The provided token has expired."
        );
        for other in ["", "SECRET", "<html>SECRET</html>", "{}"] {
            assert_eq!(told(other.as_bytes()), None, "{other}");
        }
    }
}
