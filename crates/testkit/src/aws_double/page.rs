//! Cuts a fixture into pages.

use rempart_aws_model::{ApiOperation, Paging};
use serde_json::{Map, Value};

use super::fault::Fault;

/// Page size where nothing says otherwise.
const SIZE: usize = 100;

/// The page that is asked for; an error when the token is none that was given out.
pub(super) fn page(
    operation: &ApiOperation,
    parameters: &Map<String, Value>,
    body: &Value,
    most: Option<usize>,
    fault: Option<Fault>,
) -> Result<Value, String> {
    let (Some(paging), Some(members)) = (operation.paging(), body.as_object()) else {
        return Ok(body.clone());
    };
    let asked = parameters.get(paging.input_token).and_then(Value::as_str);
    let start = match asked {
        None => 0,
        Some(token) => start_of(token).ok_or_else(|| format!("`{token}` is no token"))?,
    };
    let size = size(paging, parameters, most);
    let is_empty_page = fault == Some(Fault::EmptyPage);
    let mut cut = Map::new();
    let mut more = false;
    for (name, value) in members {
        let value = match value {
            Value::Array(items) => {
                let end = match is_empty_page {
                    true => start,
                    false => start.saturating_add(size),
                };
                more |= end < items.len();
                let taken = items.iter().skip(start).take(end.saturating_sub(start));
                Value::Array(taken.cloned().collect())
            }
            other => other.clone(),
        };
        cut.insert(name.clone(), value);
    }
    let token = match (fault, asked) {
        (Some(Fault::RepeatedToken), Some(token)) => Some(token.to_owned()),
        (Some(Fault::RepeatedToken), None) => Some("page-0".to_owned()),
        (Some(Fault::EmptyPage), _) if more => Some(format!("page-{start}-again")),
        _ => more.then(|| format!("page-{}", start.saturating_add(size))),
    };
    if let Some(more_member) = paging.more {
        cut.insert(more_member.to_owned(), Value::Bool(token.is_some()));
    }
    match token {
        Some(token) => cut.insert(paging.output_token.to_owned(), Value::String(token)),
        None => cut.remove(paging.output_token),
    };
    Ok(Value::Object(cut))
}

fn start_of(token: &str) -> Option<usize> {
    let number = token.strip_prefix("page-")?;
    number.strip_suffix("-again").unwrap_or(number).parse().ok()
}

fn size(paging: &Paging, parameters: &Map<String, Value>, most: Option<usize>) -> usize {
    let limit = paging.limit.and_then(|limit| parameters.get(limit));
    let number = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    let asked = limit
        .and_then(number)
        .and_then(|size| usize::try_from(size).ok());
    let largest = paging.page_size.and_then(|size| usize::try_from(size).ok());
    let size = asked.or(largest).unwrap_or(SIZE);
    size.min(largest.unwrap_or(usize::MAX))
        .min(most.unwrap_or(usize::MAX))
        .max(1)
}
