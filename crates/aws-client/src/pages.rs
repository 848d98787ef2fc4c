//! Follows the pages of a list.

use std::collections::{HashMap, HashSet};

use rempart_aws_model::{Paging, Protocol};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::call::{Call, CallError, Class, Reply, ReplyError};
use crate::client::{AtTimeout, Client};
use crate::xml;

/// A list under way. Created by [`Client::pages`].
#[derive(Debug)]
pub struct Pages {
    client: Client,
    call: Call,
    number: u32,
    /// Page size asked for; `None`: AWS's own.
    size: Option<u32>,
    seen: HashSet<String>,
    state: State,
}

/// One page, or the reason why there are no more.
#[derive(Debug)]
pub struct Page {
    /// 0 for the first.
    pub number: u32,
    /// The answer. A class other than [`Class::Ok`] ends the list: it is incomplete.
    pub reply: Reply,
    /// Whether nothing follows.
    pub last: bool,
}

#[derive(Debug)]
enum State {
    Going,
    /// The next reply is this one, then the list is over.
    Failing(ReplyError),
    Over,
}

impl Pages {
    pub(crate) fn new(client: Client, call: Call) -> Self {
        let size = first_size(&call);
        Self {
            client,
            call,
            number: 0,
            size,
            seen: HashSet::new(),
            state: State::Going,
        }
    }

    /// The next page; `None` after the last one.
    ///
    /// A list that cannot go on although its last page was good (a repeated token, an answer that
    /// cannot be read) ends with a reply without status and with the class [`Class::Invalid`].
    ///
    /// # Errors
    /// When no request can be made of the call.
    pub async fn next(&mut self) -> Result<Option<Page>, CallError> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Over => Ok(None),
            State::Failing(error) => {
                let now = self.client.now();
                let reply = Reply::none(Class::Invalid, error, &self.call.region, now);
                Ok(Some(self.page(reply)))
            }
            State::Going => {
                let reply = self.ask().await?;
                if reply.class == Class::Ok {
                    self.state = self.follow(&reply);
                }
                Ok(Some(self.page(reply)))
            }
        }
    }

    fn page(&mut self, reply: Reply) -> Page {
        let number = self.number;
        self.number = number.saturating_add(1);
        Page {
            number,
            reply,
            last: matches!(self.state, State::Over),
        }
    }

    /// Asks for the page; after a timeout, for half of it.
    async fn ask(&mut self) -> Result<Reply, CallError> {
        loop {
            let limit = self.call.operation.paging().and_then(|paging| paging.limit);
            if let (Some(limit), Some(size)) = (limit, self.size) {
                self.call.parameters.insert(limit.to_owned(), size.into());
            }
            let smaller = self.size.map(|size| size / 2).filter(|size| *size > 0);
            let smaller = smaller.filter(|size| *size >= smallest(&self.call));
            let at_timeout = match smaller {
                Some(_) => AtTimeout::Return,
                None => AtTimeout::Retry,
            };
            let reply = self.client.send(&self.call, at_timeout).await?;
            let timed_out = reply.error.as_ref().is_some_and(|e| e.code == "Timeout");
            if !(timed_out && smaller.is_some()) {
                return Ok(reply);
            }
            self.size = smaller;
        }
    }

    /// What comes after a good page.
    fn follow(&mut self, reply: &Reply) -> State {
        let Some(paging) = self.call.operation.paging() else {
            return State::Over;
        };
        let fail = |code: &str, message: &str| State::Failing(ReplyError::new(code, message));
        let token = match next_token(&self.call, paging, &reply.body) {
            Ok(Next::Token(token)) => token,
            Ok(Next::End) => return State::Over,
            Ok(Next::Missing) => {
                return fail("MissingToken", "more follows, but the answer has no token");
            }
            Err(reason) => return fail("UnreadableAnswer", &reason),
        };
        if !self.seen.insert(token.clone()) {
            return fail(
                "RepeatedToken",
                "the answer has a token that was used before",
            );
        }
        if self.number.saturating_add(1) >= self.client.most_pages() {
            return fail("TooManyPages", "the list does not end");
        }
        let member = paging.input_token.to_owned();
        self.call.parameters.insert(member, token.into());
        State::Going
    }
}

/// The largest page, unless the caller chose a size. EC2 refuses a size beside identifiers.
fn first_size(call: &Call) -> Option<u32> {
    let paging = call.operation.paging()?;
    let limit = paging.limit?;
    if let Some(chosen) = call.parameters.get(limit) {
        return chosen.as_u64().and_then(|size| u32::try_from(size).ok());
    }
    let by_identifiers = call.operation.protocol() == Protocol::Ec2Query
        && call.parameters.keys().any(|name| name.ends_with("Ids"));
    paging.page_size.filter(|_| !by_identifiers)
}

/// EC2 refuses pages of fewer than five.
fn smallest(call: &Call) -> u32 {
    match call.operation.protocol() {
        Protocol::Ec2Query => 5,
        _ => 1,
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    Token(String),
    End,
    Missing,
}

/// Reads token and flag of an answer.
fn next_token(call: &Call, paging: &Paging, body: &[u8]) -> Result<Next, String> {
    let operation = call.operation;
    let structure = operation.output().and_then(|output| output.name());
    let name = |member: &'static str| {
        operation
            .answer_wire(structure.unwrap_or_default(), member)
            .name
    };
    let token_name = name(paging.output_token);
    let more_name = paging.more.map(name);
    let (token, more) = if operation.protocol().answers_xml() {
        let text = |name: &'static str| match operation.result_wrapper() {
            Some(wrapper) => xml::text_at(body, &[wrapper, name]),
            None => xml::text_at(body, &[name]),
        };
        let more = more_name.map(text).transpose()?.flatten();
        (text(token_name)?, more.map(|more| more == "true"))
    } else {
        let members: HashMap<&str, &RawValue> = serde_json::from_slice(body)
            .map_err(|error| format!("the answer is no JSON object: {error}"))?;
        let value = |name: &str| -> Result<Value, String> {
            let Some(raw) = members.get(name) else {
                return Ok(Value::Null);
            };
            serde_json::from_str(raw.get()).map_err(|error| error.to_string())
        };
        let token = match value(token_name)? {
            Value::Null => None,
            Value::String(token) => Some(token),
            _ => return Err(format!("`{token_name}` is no text")),
        };
        let more = more_name.map(value).transpose()?;
        (token, more.and_then(|more| more.as_bool()))
    };
    Ok(match (token.filter(|token| !token.is_empty()), more) {
        (_, Some(false)) | (None, None) => Next::End,
        (Some(token), _) => Next::Token(token),
        (None, Some(true)) => Next::Missing,
    })
}

#[cfg(test)]
mod tests {
    use rempart_aws_model::{Place, api_operation, api_operations};

    use super::*;

    fn next(name: &str, body: &str) -> Result<Next, String> {
        let call = Call::new(api_operation(name).expect("in the table"), "eu-west-1");
        let paging = call.operation.paging().expect("it pages");
        next_token(&call, paging, body.as_bytes())
    }

    #[test]
    fn tokens_of_all_protocols() {
        let token = |text: &str| Ok(Next::Token(text.to_owned()));
        assert_eq!(
            next("sagemaker:ListDomains", r#"{"NextToken":"t\n"}"#),
            token("t\n")
        );
        assert_eq!(
            next("sagemaker:ListDomains", r#"{"Domains":[]}"#),
            Ok(Next::End)
        );
        assert_eq!(
            next("sagemaker:ListDomains", r#"{"NextToken":""}"#),
            Ok(Next::End)
        );
        assert!(next("sagemaker:ListDomains", "{").is_err());
        assert!(next("sagemaker:ListDomains", r#"{"NextToken":5}"#).is_err());
        assert_eq!(
            next("guardduty:ListDetectors", r#"{"nextToken":"t"}"#),
            token("t")
        );
        let kms = |body| next("kms:ListKeys", body);
        assert_eq!(kms(r#"{"NextMarker":"t","Truncated":true}"#), token("t"));
        assert_eq!(
            kms(r#"{"NextMarker":"t","Truncated":false}"#),
            Ok(Next::End)
        );
        assert_eq!(kms(r#"{"Truncated":true}"#), Ok(Next::Missing));
        let iam = "<ListUsersResponse><ListUsersResult><IsTruncated>true</IsTruncated><Marker>m&amp;</Marker></ListUsersResult></ListUsersResponse>";
        assert_eq!(next("iam:ListUsers", iam), token("m&"));
        let ec2 = "<R><nextToken>t</nextToken></R>";
        assert_eq!(next("ec2:DescribeVpcEndpoints", ec2), token("t"));
        assert_eq!(
            next("ec2:DescribeVpcEndpoints", "<R><nextToken/></R>"),
            Ok(Next::End)
        );
        let s3 = "<R><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></R>";
        assert_eq!(next("s3:ListObjectsV2", s3), token("t"));
    }

    #[test]
    fn tokens_are_in_bodies() {
        for operation in api_operations() {
            let Some(paging) = operation.paging() else {
                continue;
            };
            let output = operation
                .output()
                .and_then(|output| output.name())
                .unwrap_or_default();
            let wire = operation.answer_wire(output, paging.output_token);
            assert_eq!(wire.place, Place::Body, "{}", operation.full_name());
        }
    }
}
