//! The credential report of IAM.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};

use super::{Answered, Function, text_argument, timestamp};
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "credential_report",
        arity: 0,
        run: credential_report,
    },
    Function {
        name: "credential_row",
        arity: 1,
        run: credential_row,
    },
    Function {
        name: "active_keys",
        arity: 1,
        run: active_keys,
    },
    Function {
        name: "key_idle_days",
        arity: 2,
        run: key_idle_days,
    },
    Function {
        name: "root_idle_days",
        arity: 0,
        run: root_idle_days,
    },
];

/// Name of the root user in the report.
const ROOT: &str = "<root_account>";
/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// Days since the last use of what was never used.
const NEVER: f64 = 36_500.0;
/// Largest report that is read, in bytes.
const LONGEST: usize = 64 << 20;

type Report = Arc<HashMap<String, Json>>;

/// The rows of the account's report by user.
fn report(context: &Context<'_>) -> Result<Report, Unknown> {
    let answer = context.answer_here("iam:GetCredentialReport")?;
    let account = context.place.account.clone();
    context.session.cache.reports.of(account, || {
        let content = answer.get("Content").and_then(Json::as_str);
        let content = content.ok_or_else(|| {
            Unknown::new(ReasonCode::NotReady, "the credential report has no content")
        })?;
        rows(content).map(Arc::new)
    })
}

/// Reads a report: base64 of comma-separated values. No value of the report holds a comma or a quote.
fn rows(content: &str) -> Result<HashMap<String, Json>, Unknown> {
    let broken =
        |why: &str| Unknown::new(ReasonCode::ModelGap, format!("the credential report {why}"));
    if content.len() > LONGEST {
        return Err(broken("is too large"));
    }
    let compact: String = content.split_ascii_whitespace().collect();
    let bytes = STANDARD
        .decode(compact)
        .map_err(|_| broken("is no base64"))?;
    let text = String::from_utf8(bytes).map_err(|_| broken("is no text"))?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let name = header.iter().position(|column| *column == "user");
    let name = name.ok_or_else(|| broken("has no column `user`"))?;
    let mut rows = HashMap::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let fields: Vec<&str> = line.split(',').collect();
        if fields.len() != header.len() {
            return Err(broken("has a line with another number of fields"));
        }
        let members = header.iter().zip(&fields);
        let row: Map<String, Json> = members
            .map(|(column, field)| ((*column).to_owned(), Json::from(*field)))
            .collect();
        let user = fields.get(name).copied().unwrap_or_default();
        rows.insert(user.to_owned(), Json::Object(row));
    }
    Ok(rows)
}

/// `credential_report()`: the rows of the account's credential report.
fn credential_report<'a>(context: &Context<'a>, _: &[Value<'a>]) -> Answered<'a> {
    let report = report(context)?;
    let mut rows: Vec<(&String, &Json)> = report.iter().collect();
    rows.sort_by_key(|(user, _)| *user);
    let rows = rows.into_iter().map(|(_, row)| row.clone()).collect();
    Value::of(context.arena.keep(Json::Array(rows)))
}

fn row(context: &Context<'_>, user: &str) -> Result<Json, Unknown> {
    let report = report(context)?;
    report.get(user).cloned().ok_or_else(|| {
        Unknown::new(
            ReasonCode::NotReady,
            format!("the credential report is older than `{user}`"),
        )
    })
}

/// `credential_row(user)`: the row of one user.
fn credential_row<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let row = row(context, text_argument(arguments, 0)?)?;
    Value::of(context.arena.keep(row))
}

fn field<'r>(row: &'r Json, name: &str) -> Result<&'r str, Unknown> {
    row.get(name).and_then(Json::as_str).ok_or_else(|| {
        Unknown::new(
            ReasonCode::ModelGap,
            format!("the credential report has no column `{name}`"),
        )
    })
}

/// `active_keys(user)`: the number of active access keys.
fn active_keys<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let row = row(context, text_argument(arguments, 0)?)?;
    let mut count = 0;
    for name in ["access_key_1_active", "access_key_2_active"] {
        count += i64::from(field(&row, name)? == "true");
    }
    Ok(Value::Int(count))
}

fn days_since(context: &Context<'_>, time: &str) -> Result<Option<f64>, Unknown> {
    // `N/A`, `no_information`: never, or not since AWS keeps count.
    let Some(then) = timestamp(time) else {
        return Ok(None);
    };
    let now = context.as_of().ok_or_else(|| {
        Unknown::new(
            ReasonCode::Unsupported,
            "the evidence does not say when it was collected",
        )
    })?;
    Ok(Some((now - then) / DAY))
}

/// `key_idle_days(user, created)`: days since an access key was used; since it was made, if it never
/// was.
fn key_idle_days<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let user = text_argument(arguments, 0)?;
    let created = text_argument(arguments, 1)?;
    let row = row(context, user)?;
    for number in ["1", "2"] {
        let rotated = field(&row, &format!("access_key_{number}_last_rotated"))?;
        // The report knows whole seconds.
        let second = |time: &str| timestamp(time).map(f64::floor);
        if second(rotated).is_none() || second(rotated) != second(created) {
            continue;
        }
        let used = field(&row, &format!("access_key_{number}_last_used_date"))?;
        let days = match days_since(context, used)? {
            Some(days) => Some(days),
            None => days_since(context, created)?,
        };
        return Ok(Value::Double(days.unwrap_or(NEVER)));
    }
    Err(Unknown::new(
        ReasonCode::NotReady,
        format!("the credential report does not show a key of `{user}` made at {created}"),
    ))
}

/// `root_idle_days()`: days since the root user or one of its keys was used.
fn root_idle_days<'a>(context: &Context<'a>, _: &[Value<'a>]) -> Answered<'a> {
    let row = row(context, ROOT)?;
    let mut least = NEVER;
    for name in [
        "password_last_used",
        "access_key_1_last_used_date",
        "access_key_2_last_used_date",
    ] {
        if let Some(days) = days_since(context, field(&row, name)?)? {
            least = least.min(days);
        }
    }
    Ok(Value::Double(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_line_by_line() {
        let text = "user,arn,password_enabled\n<root_account>,arn:aws:iam::111122223333:root,not_supported\nalice,arn:aws:iam::111122223333:user/alice,true\n";
        let rows = rows(&STANDARD.encode(text)).expect("a report");
        assert_eq!(rows.len(), 2);
        let alice = rows.get("alice").expect("a row");
        assert_eq!(field(alice, "password_enabled"), Ok("true"));
        assert!(field(alice, "mfa_active").is_err());
    }

    #[test]
    fn broken_reports_are_not_empty_reports() {
        for text in ["", "a,b\n1,2\n", "user,arn\nalice\n"] {
            assert!(rows(&STANDARD.encode(text)).is_err(), "{text:?}");
        }
        assert!(rows("%%%").is_err());
        assert!(rows(&STANDARD.encode([0xff, 0xfe])).is_err());
    }
}
