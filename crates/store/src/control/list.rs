//! `ListFeatureGroups`, and pages of sorted answers.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;
use rempart_aws_wire::ServiceError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::access::{Ask, Keys};
use super::describe::{offline_status_json, offline_status_text, status_text};
use super::input::{Input, count, has, seconds, text, time};
use super::refusal::invalid;
use super::token::Tokens;
use super::{Call, Control, account_of};
use crate::group::Group;

/// Groups on a page when nobody says (API reference: up to 100).
const PAGE: usize = 10;
const MOST_ON_PAGE: usize = 100;

/// Where something stands in a sorted answer. What has no value comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) key: SortKey,
    /// Tells equal keys apart: number of the group, position of the feature.
    pub(super) tie: (u64, usize),
}

/// By what an answer is sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum SortKey {
    Absent,
    Number(i128),
    Text(String),
}

impl SortKey {
    pub(super) fn time(time: Timestamp) -> Self {
        Self::Number(time.as_nanosecond())
    }
}

/// What a page is cut from.
pub(super) struct Paging<'a> {
    pub(super) descending: bool,
    pub(super) size: usize,
    /// Binds tokens: the question and who asks.
    pub(super) question: &'a str,
    pub(super) token: Option<&'a str>,
}

/// Sorts, leaves out what earlier pages had, and cuts. A page begins after the last place of the one
/// before, so that nothing is given twice when groups come and go in between.
pub(super) fn page<T>(
    tokens: &Tokens,
    mut found: Vec<(Place, T)>,
    paging: &Paging<'_>,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let order = |a: &Place, b: &Place| -> Ordering {
        if paging.descending {
            b.cmp(a)
        } else {
            a.cmp(b)
        }
    };
    found.sort_by(|(a, _), (b, _)| order(a, b));
    if let Some(token) = paging.token.filter(|token| !token.is_empty()) {
        let last: Place = tokens.open(paging.question, token)?;
        found.retain(|(place, _)| order(place, &last) == Ordering::Greater);
    }
    let has_more = found.len() > paging.size;
    found.truncate(paging.size);
    let next = match found.last() {
        Some((place, _)) if has_more => Some(tokens.seal(paging.question, place)?),
        _ => None,
    };
    let items = found.into_iter().map(|(_, item)| item).collect();
    Ok((items, next))
}

/// The question of a call: its input without what changes from page to page.
pub(super) fn question_of(operation: &str, account: &str, input: &Input) -> String {
    let mut members: Vec<(&String, &Value)> = input
        .iter()
        .filter(|(name, value)| {
            !matches!(name.as_str(), "NextToken" | "MaxResults") && !value.is_null()
        })
        .collect();
    members.sort_by_key(|(name, _)| *name);
    let members: Vec<Value> = members
        .into_iter()
        .map(|(name, value)| json!([name, value]))
        .collect();
    format!("{operation}\0{account}\0{}", Value::from(members))
}

impl Control {
    pub(super) fn list(&self, call: &mut Call<'_>) -> Result<Value, ServiceError> {
        let account = account_of(call.caller)?;
        let ask = Ask::new("sagemaker:ListFeatureGroups", "*", Keys::new());
        self.require(call, ask)?;
        let filter = Filter::of(call.input)?;
        let sort_by = text(call.input, "SortBy").unwrap_or("CreationTime");
        let found = self
            .parts
            .registry
            .of_account(account)
            .into_iter()
            .filter(|group| filter.lets(group))
            .map(|group| {
                let place = Place {
                    key: sort_key(&group, sort_by),
                    tie: (group.id.0, 0),
                };
                (place, group)
            })
            .collect();
        let question = question_of("ListFeatureGroups", account, call.input);
        let paging = Paging {
            descending: text(call.input, "SortOrder") == Some("Descending"),
            size: page_size(call.input),
            question: &question,
            token: text(call.input, "NextToken"),
        };
        let (groups, next) = page(&self.tokens, found, &paging)?;
        let summaries: Vec<Value> = groups.iter().map(summary).collect();
        let mut answer = Map::new();
        answer.insert("FeatureGroupSummaries".to_owned(), summaries.into());
        if let Some(next) = next {
            answer.insert("NextToken".to_owned(), next.into());
        }
        Ok(Value::Object(answer))
    }
}

pub(super) fn page_size(input: &Input) -> usize {
    count(input, "MaxResults")
        .unwrap_or(PAGE)
        .clamp(1, MOST_ON_PAGE)
}

struct Filter<'a> {
    name: Option<String>,
    status: Option<&'a str>,
    offline_status: Option<&'a str>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
}

impl<'a> Filter<'a> {
    fn of(input: &'a Input) -> Result<Self, ServiceError> {
        let instant = |member: &str| match time(input, member) {
            None if has(input, member) => Err(invalid(format!("{member} is no time."))),
            found => Ok(found),
        };
        Ok(Self {
            name: text(input, "NameContains").map(str::to_lowercase),
            status: text(input, "FeatureGroupStatusEquals"),
            offline_status: text(input, "OfflineStoreStatusEquals"),
            after: instant("CreationTimeAfter")?,
            before: instant("CreationTimeBefore")?,
        })
    }

    /// `NameContains` is compared without case; the two times are left out themselves.
    fn lets(&self, group: &Group) -> bool {
        let offline = group.offline_status.as_ref().map(offline_status_text);
        self.name
            .as_ref()
            .is_none_or(|part| group.name.to_lowercase().contains(part))
            && self
                .status
                .is_none_or(|status| status == status_text(group.status))
            && self
                .offline_status
                .is_none_or(|status| Some(status) == offline)
            && self.after.is_none_or(|after| group.created > after)
            && self.before.is_none_or(|before| group.created < before)
    }
}

fn sort_key(group: &Group, sort_by: &str) -> SortKey {
    match sort_by {
        "Name" => SortKey::Text(group.name.clone()),
        "FeatureGroupStatus" => SortKey::Text(status_text(group.status).to_owned()),
        "OfflineStoreStatus" => match &group.offline_status {
            Some(status) => SortKey::Text(offline_status_text(status).to_owned()),
            None => SortKey::Absent,
        },
        _ => SortKey::time(group.created),
    }
}

fn summary(group: &Arc<Group>) -> Value {
    let mut answer = json!({
        "FeatureGroupName": group.name,
        "FeatureGroupArn": group.arn,
        "CreationTime": seconds(group.created),
        "FeatureGroupStatus": status_text(group.status),
    });
    if let (Some(status), Value::Object(members)) = (&group.offline_status, &mut answer) {
        members.insert("OfflineStoreStatus".to_owned(), offline_status_json(status));
    }
    answer
}
