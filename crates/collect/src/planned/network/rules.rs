//! Single rules, in the notation of EC2.

use serde_json::{Map, Value, json};

use crate::planned::unknown::unknown_reason;

/// A rule of a security group as permissions: what Terraform and CloudFormation call by several names.
/// `own` is the group, which the rule may name as its source.
pub(super) fn permissions(values: &Map<String, Value>, own: Option<&Value>) -> Vec<Value> {
    let value = |names: &[&str]| given(values, names);
    let mut permission = Map::new();
    let protocol = value(&["protocol", "ip_protocol", "IpProtocol"]);
    let protocol = protocol.map(|protocol| match protocol {
        Value::String(name) if name == "all" => Value::from("-1"),
        Value::Number(number) => Value::String(number.to_string()),
        other => other.clone(),
    });
    let is_all = protocol.as_ref().and_then(Value::as_str) == Some("-1");
    permission.insert(
        "IpProtocol".to_owned(),
        protocol.unwrap_or(Value::from("-1")),
    );
    if !is_all {
        for (from, to) in [("from_port", "FromPort"), ("to_port", "ToPort")] {
            if let Some(port) = value(&[from, to]) {
                permission.insert(to.to_owned(), number(port));
            }
        }
    }
    let description = value(&["description", "Description"]);
    let mut ranges = |list: &str, member: &str, names: &[&str]| {
        let mut items = Vec::new();
        for name in names {
            match given(values, &[*name]) {
                Some(Value::Array(texts)) => items.extend(texts.iter().cloned()),
                Some(one) => items.push(one.clone()),
                None => {}
            }
        }
        if items.is_empty() {
            return;
        }
        let items = items.into_iter().map(|item| {
            let mut range = Map::new();
            range.insert(member.to_owned(), item);
            if let Some(description) = description {
                range.insert("Description".to_owned(), description.clone());
            }
            Value::Object(range)
        });
        permission.insert(list.to_owned(), Value::Array(items.collect()));
    };
    ranges(
        "IpRanges",
        "CidrIp",
        &["cidr_blocks", "cidr_ipv4", "CidrIp"],
    );
    ranges(
        "Ipv6Ranges",
        "CidrIpv6",
        &["ipv6_cidr_blocks", "cidr_ipv6", "CidrIpv6"],
    );
    let lists = [
        "prefix_list_ids",
        "prefix_list_id",
        "SourcePrefixListId",
        "DestinationPrefixListId",
    ];
    ranges("PrefixListIds", "PrefixListId", &lists);
    let groups = [
        "security_groups",
        "source_security_group_id",
        "referenced_security_group_id",
        "SourceSecurityGroupId",
        "DestinationSecurityGroupId",
        "SourceSecurityGroupName",
    ];
    ranges("UserIdGroupPairs", "GroupId", &groups);
    if given(values, &["self"]) == Some(&Value::Bool(true)) {
        let own = json!({"GroupId": own, "Description": "self"});
        match permission.get_mut("UserIdGroupPairs") {
            Some(Value::Array(pairs)) => pairs.push(own),
            _ => {
                permission.insert("UserIdGroupPairs".to_owned(), Value::Array(vec![own]));
            }
        }
    }
    vec![Value::Object(permission)]
}

/// A route.
pub(super) fn route(values: &Map<String, Value>) -> Value {
    const MEMBERS: [(&[&str], &str); 13] = [
        (
            &["cidr_block", "destination_cidr_block"],
            "DestinationCidrBlock",
        ),
        (
            &["ipv6_cidr_block", "destination_ipv6_cidr_block"],
            "DestinationIpv6CidrBlock",
        ),
        (&["destination_prefix_list_id"], "DestinationPrefixListId"),
        (&["gateway_id"], "GatewayId"),
        (&["vpc_endpoint_id"], "GatewayId"),
        (&["nat_gateway_id"], "NatGatewayId"),
        (&["transit_gateway_id"], "TransitGatewayId"),
        (&["egress_only_gateway_id"], "EgressOnlyInternetGatewayId"),
        (&["local_gateway_id"], "LocalGatewayId"),
        (&["carrier_gateway_id"], "CarrierGatewayId"),
        (&["network_interface_id"], "NetworkInterfaceId"),
        (&["vpc_peering_connection_id"], "VpcPeeringConnectionId"),
        (&["core_network_arn"], "CoreNetworkArn"),
    ];
    let mut route = Map::new();
    for (names, member) in MEMBERS {
        let mut names = names.to_vec();
        names.push(member);
        if let Some(value) = given(values, &names) {
            // A target that the route leaves to the provider is no target.
            if unknown_reason(value) == Some(crate::planned::unknown::CHOSEN_BY_AWS) {
                continue;
            }
            route.insert(member.to_owned(), value.clone());
        }
    }
    route.insert("State".to_owned(), Value::from("active"));
    route.insert("Origin".to_owned(), Value::from("CreateRoute"));
    Value::Object(route)
}

/// An entry of a network ACL.
pub(super) fn acl_entry(values: &Map<String, Value>, egress: Value) -> Value {
    let value = |names: &[&str]| given(values, names);
    let mut entry = Map::new();
    entry.insert("Egress".to_owned(), egress);
    let protocol = value(&["protocol", "Protocol"]).map(|protocol| match protocol {
        Value::String(name) => Value::from(match name.as_str() {
            "all" => "-1",
            "tcp" => "6",
            "udp" => "17",
            "icmp" => "1",
            other => other,
        }),
        Value::Number(number) => Value::String(number.to_string()),
        other => other.clone(),
    });
    let members = [
        (
            "RuleNumber",
            value(&["rule_no", "rule_number", "RuleNumber"]).map(number),
        ),
        (
            "RuleAction",
            value(&["action", "rule_action", "RuleAction"]).cloned(),
        ),
        ("Protocol", protocol),
        ("CidrBlock", value(&["cidr_block", "CidrBlock"]).cloned()),
        (
            "Ipv6CidrBlock",
            value(&["ipv6_cidr_block", "Ipv6CidrBlock"]).cloned(),
        ),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            entry.insert(name.to_owned(), value);
        }
    }
    let is_all = entry.get("Protocol").and_then(Value::as_str) == Some("-1");
    let from = value(&["from_port"]);
    let to = value(&["to_port"]);
    if let Some(range) = value(&["PortRange"]) {
        entry.insert("PortRange".to_owned(), range.clone());
    } else if !is_all && (from.is_some() || to.is_some()) {
        let range = json!({"From": from.map(number), "To": to.map(number)});
        entry.insert("PortRange".to_owned(), range);
    }
    Value::Object(entry)
}

fn number(value: &Value) -> Value {
    match value {
        Value::String(text) => text
            .parse::<i64>()
            .map_or_else(|_| value.clone(), Value::from),
        other => other.clone(),
    }
}

fn given<'v>(values: &'v Map<String, Value>, names: &[&str]) -> Option<&'v Value> {
    let mut found = names.iter().filter_map(|name| values.get(*name));
    found.find(|value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    })
}
