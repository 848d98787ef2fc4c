//! Bodies without what AWS makes up for each answer: identifiers of requests, which stand in the body
//! of XML answers, and tokens of pages. Two collections of an unchanged account differ in nothing else.

use std::borrow::Cow;
use std::collections::BTreeMap;

use memchr::memmem;
use rempart_aws_model::api_operation;
use serde_json::value::RawValue;

/// Elements that hold identifiers of requests.
const REQUEST_IDENTIFIERS: [&str; 4] = ["RequestId", "requestId", "RequestID", "HostId"];

/// The body without them. What cannot be read is as it was.
pub(super) fn lasting<'b>(operation: &str, body: &'b [u8]) -> Cow<'b, [u8]> {
    let token = api_operation(operation).and_then(|api| {
        let paging = api.paging()?;
        let structure = api.output()?.name()?;
        Some(api.answer_wire(structure, paging.output_token).name)
    });
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'<') {
        let mut body = Cow::Borrowed(body);
        for name in REQUEST_IDENTIFIERS.into_iter().chain(token) {
            if let Some(emptied) = emptied(&body, name) {
                body = Cow::Owned(emptied);
            }
        }
        return body;
    }
    let without = token.and_then(|token| without(body, token));
    without.map_or(Cow::Borrowed(body), Cow::Owned)
}

/// A document in which elements of a name have no text; `None` when it has none of them.
fn emptied(document: &[u8], name: &str) -> Option<Vec<u8>> {
    let open = format!("<{name}>");
    let close = format!("</{name}>");
    let mut written = Vec::new();
    let mut rest = document;
    while let Some(at) = memmem::find(rest, open.as_bytes()) {
        let (before, after) = rest.split_at_checked(at + open.len())?;
        let end = memmem::find(after, close.as_bytes())?;
        written.extend_from_slice(before);
        rest = after.get(end..)?;
    }
    if written.is_empty() {
        return None;
    }
    written.extend_from_slice(rest);
    Some(written)
}

/// A JSON object with an empty token; `None` when it has no token.
fn without(body: &[u8], token: &str) -> Option<Vec<u8>> {
    memmem::find(body, token.as_bytes())?;
    let mut members: BTreeMap<String, &RawValue> = serde_json::from_slice(body).ok()?;
    let empty: &RawValue = serde_json::from_str("\"\"").ok()?;
    *members.get_mut(token)? = empty;
    serde_json::to_vec(&members).ok()
}

#[cfg(test)]
mod tests {
    use super::lasting;

    fn text(operation: &str, body: &str) -> String {
        String::from_utf8(lasting(operation, body.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn identifiers_and_tokens_are_left_out() {
        let answer = |id: &str, token: &str| {
            format!(
                "<ListUsersResponse><ListUsersResult><Users/><Marker>{token}</Marker></ListUsersResult><ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></ListUsersResponse>"
            )
        };
        let blank = answer("", "");
        assert_eq!(text("iam:ListUsers", &answer("a-1", "m")), blank);
        assert_eq!(text("iam:ListUsers", &answer("b-2", "n")), blank);
        let vpcs = "<DescribeVpcsResponse><requestId>r</requestId><vpcSet/></DescribeVpcsResponse>";
        let blank = "<DescribeVpcsResponse><requestId></requestId><vpcSet/></DescribeVpcsResponse>";
        assert_eq!(text("ec2:DescribeVpcs", vpcs), blank);
        assert_eq!(
            text(
                "sagemaker:ListModels",
                r#"{"NextToken":"t", "Models":[{"NextToken":"u"}]}"#
            ),
            r#"{"Models":[{"NextToken":"u"}],"NextToken":""}"#
        );
    }

    #[test]
    fn everything_else_stays() {
        for (operation, body) in [
            ("sagemaker:ListModels", r#"{"Models": []}"#),
            ("sagemaker:ListModels", r#"{"NextToken":"#),
            ("sagemaker:DescribeModel", r#"{"NextToken":"t"}"#),
            ("iam:ListUsers", "<RequestId>no end"),
            ("iam:ListUsers", "<A><B>RequestId</B></A>"),
            ("new:Operation", "{}"),
            ("new:Operation", ""),
        ] {
            assert_eq!(text(operation, body), body);
        }
    }
}
