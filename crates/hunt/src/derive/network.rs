//! Security groups that open, and event selectors that narrow.

use std::collections::BTreeSet;

use rempart_trail::json::{Json, Kind};
use rempart_trail::record::{Field, Record};

/// `protocol/from-to` of each permission that a security-group change opens to everybody.
pub(super) fn open_ports(record: &Record<'_>) -> Vec<String> {
    let Some(request) = record.get(Field::RequestParameters) else {
        return Vec::new();
    };
    let mut found = BTreeSet::new();
    for permission in items(request.get("ipPermissions")) {
        let ranges = items(permission.get("ipRanges"))
            .into_iter()
            .chain(items(permission.get("ipv6Ranges")));
        let is_open = ranges.into_iter().any(|range| {
            let cidr = range.get("cidrIp").or_else(|| range.get("cidrIpv6"));
            cidr.and_then(Json::as_str)
                .is_some_and(|cidr| is_everybody(&cidr))
        });
        if is_open {
            found.insert(port_range(permission));
        }
    }
    let single = request
        .get("cidrIp")
        .or_else(|| request.get("cidrIpv6"))
        .and_then(Json::as_str);
    if single.is_some_and(|cidr| is_everybody(&cidr)) {
        found.insert(port_range(request));
    }
    let modified = request.path(&["ModifySecurityGroupRulesRequest", "SecurityGroupRule"]);
    for rule in modified.into_iter().flat_map(one_or_many) {
        let Some(rule) = rule.get("SecurityGroupRule") else {
            continue;
        };
        let cidr = rule
            .get("CidrIpv4")
            .or_else(|| rule.get("CidrIpv6"))
            .and_then(Json::as_str);
        if cidr.is_some_and(|cidr| is_everybody(&cidr)) {
            let part = |name: &str| {
                rule.get(name)
                    .and_then(Json::scalar_text)
                    .map(|text| text.into_owned())
            };
            found.insert(format_range(
                part("IpProtocol"),
                part("FromPort"),
                part("ToPort"),
            ));
        }
    }
    found.into_iter().collect()
}

fn is_everybody(cidr: &str) -> bool {
    // Halves of the address space are the usual way around a check for the whole.
    matches!(
        cidr,
        "0.0.0.0/0" | "::/0" | "0.0.0.0/1" | "128.0.0.0/1" | "::/1" | "8000::/1"
    )
}

fn port_range(permission: Json<'_>) -> String {
    let part = |name: &str| {
        permission
            .get(name)
            .and_then(Json::scalar_text)
            .map(|text| text.into_owned())
    };
    format_range(part("ipProtocol"), part("fromPort"), part("toPort"))
}

fn format_range(protocol: Option<String>, from: Option<String>, to: Option<String>) -> String {
    let protocol = match protocol.as_deref() {
        Some("-1") | None => "all".to_owned(),
        Some(protocol) => protocol.to_owned(),
    };
    match (from, to) {
        (Some(from), Some(to)) => format!("{protocol}/{from}-{to}"),
        _ => format!("{protocol}/all"),
    }
}

/// Resource types whose data events the new selectors record.
pub(super) fn selector_data_types(record: &Record<'_>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for selector in basic_selectors(record) {
        for resource in selector
            .get("dataResources")
            .into_iter()
            .flat_map(one_or_many)
        {
            found.extend(
                resource
                    .get("type")
                    .and_then(Json::as_str)
                    .map(|text| text.into_owned()),
            );
        }
    }
    for field in advanced_fields(record) {
        if field.name == "resources.type" {
            found.extend(field.texts("equals"));
        }
    }
    found.into_iter().collect()
}

/// Fields on which the new selectors leave events out, and basic selectors that leave kinds out.
pub(super) fn selector_excludes(record: &Record<'_>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for field in advanced_fields(record) {
        let leaves_out = ["notEquals", "notStartsWith", "notEndsWith"]
            .iter()
            .any(|operator| !field.texts(operator).is_empty());
        if leaves_out {
            found.insert(field.name);
        }
    }
    for selector in basic_selectors(record) {
        if selector
            .get("includeManagementEvents")
            .and_then(Json::as_bool)
            == Some(false)
        {
            found.insert("managementEvents".to_owned());
        }
        let kinds = selector
            .get("readWriteType")
            .and_then(Json::as_str)
            .map(|text| text.into_owned());
        if kinds.as_deref() == Some("ReadOnly") {
            found.insert("writeEvents".to_owned());
        }
        let sources = selector.get("excludeManagementEventSources");
        if sources.is_some_and(|sources| sources.elements().next().is_some()) {
            found.insert("eventSource".to_owned());
        }
    }
    found.into_iter().collect()
}

struct AdvancedField<'a> {
    name: String,
    selector: Json<'a>,
}

impl AdvancedField<'_> {
    fn texts(&self, operator: &str) -> Vec<String> {
        let values = self.selector.get(operator);
        values
            .into_iter()
            .flat_map(one_or_many)
            .filter_map(Json::as_str)
            .map(|text| text.into_owned())
            .collect()
    }
}

fn advanced_fields<'a>(record: &Record<'a>) -> Vec<AdvancedField<'a>> {
    let request = record.get(Field::RequestParameters);
    let selectors = request.and_then(|request| request.get("advancedEventSelectors"));
    let mut fields = Vec::new();
    for selector in selectors.into_iter().flat_map(one_or_many) {
        for field in selector
            .get("fieldSelectors")
            .into_iter()
            .flat_map(one_or_many)
        {
            if let Some(name) = field.get("field").and_then(Json::as_str) {
                fields.push(AdvancedField {
                    name: name.into_owned(),
                    selector: field,
                });
            }
        }
    }
    fields
}

fn basic_selectors<'a>(record: &Record<'a>) -> Vec<Json<'a>> {
    let request = record.get(Field::RequestParameters);
    request
        .and_then(|request| request.get("eventSelectors"))
        .into_iter()
        .flat_map(one_or_many)
        .collect()
}

/// EC2 wraps lists: `{"items": [...]}`.
fn items(value: Option<Json<'_>>) -> Vec<Json<'_>> {
    let Some(value) = value else {
        return Vec::new();
    };
    one_or_many(value.get("items").unwrap_or(value))
        .filter(|item| item.kind() == Kind::Object)
        .collect()
}

fn one_or_many(value: Json<'_>) -> impl Iterator<Item = Json<'_>> {
    let single = (value.kind() == Kind::Object).then_some(value);
    let plain = matches!(value.kind(), Kind::String | Kind::Number | Kind::Bool).then_some(value);
    single.into_iter().chain(plain).chain(value.elements())
}
