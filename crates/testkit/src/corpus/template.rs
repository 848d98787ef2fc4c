//! Records as text with slots, so that a record costs a few copies and not a tree.

use super::context::Context;
use super::events::{Group, WORDS};
use crate::random::Random;
use crate::record::{is_read, kebab_case};

/// A part of a record.
#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Hex(usize),
    Capitals(usize),
    Letters(usize),
    Number(u64),
    Uuid,
    Account,
    Region,
    Word,
    Time,
    Bucket,
    Key,
    Principal,
    Error,
    Response,
    Tls,
}

/// A call with its shape, ready to be filled.
#[derive(Debug, Clone)]
pub(super) struct Template {
    kebab_name: String,
    service: &'static str,
    name: &'static str,
    record: Vec<Piece>,
    response: Vec<Piece>,
}

/// All templates of the groups, with the running sum of their weights.
pub(super) fn templates(groups: &'static [Group]) -> Vec<(u64, Template)> {
    let mut sum = 0;
    let mut templates = Vec::new();
    for group in groups {
        for name in group.names.split(' ') {
            sum += u64::from(group.weight);
            templates.push((sum, Template::new(group, name)));
        }
    }
    templates
}

impl Template {
    fn new(group: &Group, name: &'static str) -> Self {
        let service = group.service;
        let version = match service {
            "s3" | "sts" | "kms" => "1.11",
            "ec2" | "iam" | "ecs" => "1.10",
            _ => "1.08",
        };
        let resources = match group.data {
            "AWS::S3::Object" => {
                r#""resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::<b>/<w>/<x8>"},{"accountId":"<a>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<b>"}],"#
            }
            _ if service == "kms" => {
                r#""resources":[{"accountId":"<a>","type":"AWS::KMS::Key","ARN":"arn:aws:kms:<r>:<a>:key/<k>"}],"#
            }
            _ => "",
        };
        let (management, category) = if group.data.is_empty() {
            ("true", "Management")
        } else {
            ("false", "Data")
        };
        let request_id = if service == "s3" { "<c16>" } else { "<u>" };
        let text = format!(
            r#"{{"eventVersion":"{version}","userIdentity":<P>,"eventTime":"<t>","eventSource":"{service}.amazonaws.com","eventName":"{name}","awsRegion":"<r>",<E>"requestParameters":{request},"responseElements":<R>,{additional}"requestID":"{request_id}","eventID":"<u>","readOnly":{read},{resources}"eventType":"AwsApiCall","managementEvent":{management},"recipientAccountId":"<a>","eventCategory":"{category}"<T>}}"#,
            request = group.request,
            additional = group.additional,
            read = is_read(name),
        );
        Self {
            kebab_name: kebab_case(name),
            service,
            name,
            record: pieces(&text),
            response: pieces(group.response),
        }
    }

    /// Appends the record to `out`.
    pub(super) fn render(&self, context: &Context, time: &str, random: &Random, out: &mut String) {
        let principal = context.principal(random);
        let failed = random.below(100) < 5;
        for piece in &self.record {
            match piece {
                Piece::Principal => out.push_str(&principal.identity),
                Piece::Error => {
                    out.push_str("\"sourceIPAddress\":\"");
                    out.push_str(&principal.source);
                    out.push_str("\",\"userAgent\":\"");
                    out.push_str(&principal.agent);
                    if principal.names_command {
                        out.push_str(self.service);
                        out.push('.');
                        out.push_str(&self.kebab_name);
                    }
                    out.push_str("\",");
                    if failed {
                        self.error(&principal.arn, random, out);
                    }
                }
                Piece::Tls if principal.tls => {
                    out.push_str(",\"tlsDetails\":{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\"");
                    out.push_str(self.service);
                    out.push('.');
                    out.push_str(context.region);
                    out.push_str(".amazonaws.com\"}");
                }
                Piece::Response if failed => out.push_str("null"),
                Piece::Response => {
                    for piece in &self.response {
                        fill(piece, context, time, random, out);
                    }
                }
                other => fill(other, context, time, random, out),
            }
        }
    }

    fn error(&self, arn: &str, random: &Random, out: &mut String) {
        if random.below(10) < 6 {
            out.push_str("\"errorCode\":\"AccessDenied\",\"errorMessage\":\"User: ");
            out.push_str(arn);
            out.push_str(" is not authorized to perform: ");
            out.push_str(self.service);
            out.push(':');
            out.push_str(self.name);
            out.push_str(" because no identity-based policy allows the action\",");
        } else {
            out.push_str(random.pick([
                "\"errorCode\":\"ThrottlingException\",\"errorMessage\":\"Rate exceeded\",",
                "\"errorCode\":\"ResourceNotFoundException\",\"errorMessage\":\"The specified resource does not exist\",",
                "\"errorCode\":\"ValidationException\",\"errorMessage\":\"1 validation error detected\",",
            ]));
        }
    }
}

fn fill(piece: &Piece, context: &Context, time: &str, random: &Random, out: &mut String) {
    match piece {
        Piece::Text(text) => out.push_str(text),
        Piece::Hex(length) => push_random(out, *length, b"0123456789abcdef", random),
        Piece::Capitals(length) => {
            push_random(out, *length, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", random)
        }
        Piece::Letters(length) => {
            push_random(
                out,
                *length,
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                random,
            );
        }
        Piece::Number(bound) => out.push_str(&(1 + random.below(*bound)).to_string()),
        Piece::Uuid => random.push_uuid(out),
        Piece::Account => out.push_str(context.account),
        Piece::Region => out.push_str(context.region),
        Piece::Word => out.push_str(
            WORDS
                .get(random.below(WORDS.len() as u64) as usize)
                .copied()
                .unwrap_or("orders"),
        ),
        Piece::Time => out.push_str(time),
        Piece::Bucket => out.push_str(context.bucket(random)),
        Piece::Key => out.push_str(context.key(random)),
        Piece::Principal | Piece::Error | Piece::Response | Piece::Tls => {}
    }
}

/// Splits text at its slots. `<x8>`: hexadecimal digits, `<c8>`: capitals, `<l8>`: letters, `<n8>`: a
/// number from 1 to 8; the single letters stand for values of the file or record.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        pieces.push(Piece::Text(before.to_owned()));
        let Some((slot, tail)) = after.split_once('>') else {
            rest = after;
            break;
        };
        let (kind, count) = slot.split_at_checked(1).unwrap_or((slot, ""));
        let count: usize = count.parse().unwrap_or(1);
        pieces.push(match kind {
            "x" => Piece::Hex(count),
            "c" => Piece::Capitals(count),
            "l" => Piece::Letters(count),
            "n" => Piece::Number(count as u64),
            "u" => Piece::Uuid,
            "a" => Piece::Account,
            "r" => Piece::Region,
            "w" => Piece::Word,
            "t" => Piece::Time,
            "b" => Piece::Bucket,
            "k" => Piece::Key,
            "P" => Piece::Principal,
            "E" => Piece::Error,
            "R" => Piece::Response,
            "T" => Piece::Tls,
            _ => Piece::Text(format!("<{slot}>")),
        });
        rest = tail;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}

/// Appends `length` characters of an alphabet whose size is a power of two.
fn push_random(out: &mut String, length: usize, alphabet: &[u8], random: &Random) {
    let mask = alphabet.len().saturating_sub(1) as u64;
    let mut bits = 0;
    for index in 0..length {
        if index % 10 == 0 {
            bits = random.next_u64();
        }
        let byte = alphabet
            .get((bits & mask) as usize)
            .copied()
            .unwrap_or(b'0');
        out.push(char::from(byte));
        bits >>= 6;
    }
}
