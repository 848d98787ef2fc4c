//! Code and message of an error answer. Every protocol may answer in JSON or XML: gateways and
//! authentication layers do not know the protocol of the service behind them.

use serde_json::Value;

use crate::call::ReplyError;
use crate::xml;

/// Longest message kept.
const LONGEST: usize = 2_000;

/// Reads an error: the header `x-amzn-errortype` first, then the body. Without any of them the code
/// is `HttpStatus` with the number, so it is never empty.
pub fn read_error(status: u16, error_type: Option<&str>, body: &[u8]) -> ReplyError {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let member = |names: &[&str]| {
        let object = json.as_ref()?.as_object()?;
        let value = names.iter().find_map(|name| object.get(*name))?;
        value.as_str().map(str::to_owned)
    };
    let element = |name: &str| {
        let paths: [&[&str]; 4] = [
            &["Error", name],
            &["Errors", "Error", name],
            &[name],
            &["error", name],
        ];
        paths
            .iter()
            .find_map(|path| xml::text_at(body, path).ok().flatten())
    };
    let is_xml = json.is_none() && body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<');
    let from_header = error_type.map(str::to_owned);
    let code = from_header
        .or_else(|| member(&["__type", "code", "Code"]))
        .or_else(|| is_xml.then(|| element("Code")).flatten())
        .map(|code| bare(&code))
        .filter(|code| !code.is_empty());
    let message = member(&["message", "Message", "errorMessage"])
        .or_else(|| is_xml.then(|| element("Message")).flatten());
    ReplyError {
        code: code.unwrap_or_else(|| format!("HttpStatus{status}")),
        message: message.unwrap_or_default().chars().take(LONGEST).collect(),
    }
}

/// `com.amazon#AccessDenied:http://…` → `AccessDenied`.
fn bare(code: &str) -> String {
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    code.trim().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(error_type: Option<&str>, body: &str) -> String {
        read_error(400, error_type, body.as_bytes()).code
    }

    #[test]
    fn codes_from_every_place() {
        assert_eq!(
            code(Some("Denied:http://x/"), "{\"__type\":\"Other\"}"),
            "Denied"
        );
        assert_eq!(
            code(None, "{\"__type\":\"com.x#Throttling\"}"),
            "Throttling"
        );
        assert_eq!(code(None, "{\"code\":\"A\"}"), "A");
        assert_eq!(code(None, "{\"Code\":\"A\"}"), "A");
        assert_eq!(
            code(None, "<Error><Code>NoSuchKey</Code></Error>"),
            "NoSuchKey"
        );
        assert_eq!(
            code(
                None,
                "<ErrorResponse><Error><Code>X</Code></Error></ErrorResponse>"
            ),
            "X"
        );
        assert_eq!(
            code(
                None,
                "<Response><Errors><Error><Code>Y</Code></Error></Errors></Response>"
            ),
            "Y"
        );
        assert_eq!(code(None, "<html>"), "HttpStatus400");
        assert_eq!(code(None, ""), "HttpStatus400");
    }

    #[test]
    fn messages() {
        let read = |body: &str| read_error(403, None, body.as_bytes()).message;
        assert_eq!(read("{\"Message\":\"m\"}"), "m");
        assert_eq!(
            read(
                "<ErrorResponse><Error><Code>X</Code><Message>a &lt; b</Message></Error></ErrorResponse>"
            ),
            "a < b"
        );
    }

    proptest::proptest! {
        #[test]
        fn never_without_a_code(
            body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
            header in proptest::option::of(".{0,20}"),
        ) {
            let error = read_error(400, header.as_deref(), &body);
            proptest::prop_assert!(!error.code.is_empty());
        }

        #[test]
        fn xml_of_any_form_is_read_or_refused(body in "[<>/&;a-c !\\[\\]\\-\"=]{0,60}") {
            let error = read_error(400, None, format!("<Error>{body}").as_bytes());
            proptest::prop_assert!(!error.code.is_empty());
        }
    }
}
