//! Security groups, route tables and network ACLs with the rules that are written as resources of
//! their own.
//!
//! A rule whose group or table is not known may belong to each of them: each then has an unknown rule
//! more.

mod rules;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::assemble::{Assembly, Known};
use super::identity::attribute;
use super::unknown::{CHOSEN_BY_AWS, unknown, unknown_reason};
use rules::{acl_entry, permissions, route};

const MAYBE: &str = "a rule whose owner is not known may belong here";

/// Rules by the identifier of what they belong to.
#[derive(Debug, Default)]
struct Rules {
    by_owner: BTreeMap<String, Vec<Value>>,
    /// Owner not known.
    anywhere: bool,
}

impl Rules {
    fn add(&mut self, owner: Option<&Value>, rules: Vec<Value>) {
        match owner {
            Some(Value::String(owner)) => {
                self.by_owner
                    .entry(owner.clone())
                    .or_default()
                    .extend(rules);
            }
            _ => self.anywhere = true,
        }
    }

    fn of(&self, owner: &str) -> Vec<Value> {
        let mut rules = self.by_owner.get(owner).cloned().unwrap_or_default();
        if self.anywhere {
            rules.push(unknown(MAYBE));
        }
        rules
    }
}

#[derive(Debug, Default)]
struct Network {
    ingress: Rules,
    egress: Rules,
    routes: Rules,
    associations: Rules,
    entries: Rules,
    acl_associations: Rules,
}

pub(crate) fn assemble(known: &[Known<'_>], assembly: &mut Assembly<'_>) {
    let network_parts = || known.iter().filter(|one| one.map.part == Some("network"));
    let mut network = Network::default();
    for one in network_parts() {
        network.read(one);
    }
    for one in network_parts() {
        match one.declared.type_name.as_str() {
            "aws_security_group" | "aws_default_security_group" | "AWS::EC2::SecurityGroup" => {
                let group = network.group(one);
                assembly.add_item(one, "ec2:DescribeSecurityGroups", "SecurityGroups", group);
            }
            "aws_route_table" | "aws_default_route_table" | "AWS::EC2::RouteTable" => {
                let table = network.table(one);
                assembly.add_item(one, "ec2:DescribeRouteTables", "RouteTables", table);
            }
            "aws_network_acl" | "aws_default_network_acl" | "AWS::EC2::NetworkAcl" => {
                let acl = network.acl(one);
                assembly.add_item(one, "ec2:DescribeNetworkAcls", "NetworkAcls", acl);
            }
            "aws_vpc" | "AWS::EC2::VPC" if one.declared.is_new => {
                // What AWS makes with each VPC, unless the plan takes it over.
                let takes_over = |types: &[&str]| {
                    let mut parts = network_parts();
                    parts.any(|part| types.contains(&part.declared.type_name.as_str()))
                };
                let tables = [
                    "aws_default_route_table",
                    "aws_main_route_table_association",
                ];
                if !takes_over(&tables) {
                    let table = network.main_table(one);
                    assembly.add_item(one, "ec2:DescribeRouteTables", "RouteTables", table);
                }
                if !takes_over(&["aws_default_security_group"]) {
                    let group = default_group(one);
                    assembly.add_item(one, "ec2:DescribeSecurityGroups", "SecurityGroups", group);
                }
                if !takes_over(&["aws_default_network_acl"]) {
                    let acl = default_acl(one);
                    assembly.add_item(one, "ec2:DescribeNetworkAcls", "NetworkAcls", acl);
                }
            }
            _ => {}
        }
    }
}

impl Network {
    fn read(&mut self, known: &Known<'_>) {
        let value = |names: &[&str]| given(&known.values, names);
        match known.declared.type_name.as_str() {
            "aws_security_group_rule" => {
                let owner = value(&["security_group_id"]);
                let rules = permissions(&known.values, owner);
                match value(&["type"]).and_then(Value::as_str) {
                    Some("ingress") => self.ingress.add(owner, rules),
                    Some("egress") => self.egress.add(owner, rules),
                    _ => {
                        self.ingress
                            .add(owner, vec![unknown("its direction is unknown")]);
                        self.egress
                            .add(owner, vec![unknown("its direction is unknown")]);
                    }
                }
            }
            "aws_vpc_security_group_ingress_rule" | "AWS::EC2::SecurityGroupIngress" => {
                let owner = value(&["security_group_id", "GroupId"]);
                self.ingress.add(owner, permissions(&known.values, owner));
            }
            "aws_vpc_security_group_egress_rule" | "AWS::EC2::SecurityGroupEgress" => {
                let owner = value(&["security_group_id", "GroupId"]);
                self.egress.add(owner, permissions(&known.values, owner));
            }
            "aws_route" | "AWS::EC2::Route" => {
                let owner = value(&["route_table_id", "RouteTableId"]);
                self.routes.add(owner, vec![route(&known.values)]);
            }
            "aws_route_table_association" | "AWS::EC2::SubnetRouteTableAssociation" => {
                let owner = value(&["route_table_id", "RouteTableId"]);
                let mut association = Map::new();
                association.insert("Main".to_owned(), Value::Bool(false));
                for (from, to) in [("subnet_id", "SubnetId"), ("gateway_id", "GatewayId")] {
                    if let Some(value) = value(&[from, to]) {
                        association.insert(to.to_owned(), value.clone());
                    }
                }
                self.associations
                    .add(owner, vec![Value::Object(association)]);
            }
            "aws_main_route_table_association" => {
                let owner = value(&["route_table_id"]);
                self.associations.add(owner, vec![json!({"Main": true})]);
            }
            "aws_network_acl_rule" | "AWS::EC2::NetworkAclEntry" => {
                let owner = value(&["network_acl_id", "NetworkAclId"]);
                let egress = value(&["egress", "Egress"]).cloned();
                let egress = egress.unwrap_or(Value::Bool(false));
                self.entries
                    .add(owner, vec![acl_entry(&known.values, egress)]);
            }
            "aws_network_acl_association" | "AWS::EC2::SubnetNetworkAclAssociation" => {
                let owner = value(&["network_acl_id", "NetworkAclId"]);
                let subnet = value(&["subnet_id", "SubnetId"]);
                self.acl_associations
                    .add(owner, vec![json!({"SubnetId": subnet})]);
            }
            _ => {}
        }
    }

    fn group(&self, known: &Known<'_>) -> Map<String, Value> {
        let mut item = named(known, "GroupId");
        copy(
            known,
            &mut item,
            &[
                (&["name", "GroupName"], "GroupName"),
                (&["description", "GroupDescription"], "Description"),
                (&["vpc_id", "VpcId"], "VpcId"),
            ],
        );
        if known.declared.type_name == "aws_default_security_group" {
            item.insert("GroupName".to_owned(), Value::from("default"));
        }
        let is_template = known.declared.type_name.starts_with("AWS::");
        let egress_rules = self.egress.of(&known.identity.id);
        let ingress_rules = self.ingress.of(&known.identity.id);
        let written_alone = [egress_rules.as_slice(), ingress_rules.as_slice()].concat();
        let inline_egress = given(&known.values, &["egress", "SecurityGroupEgress"]);
        // Without any rule AWS lets everything out; the provider of Terraform takes that rule away.
        let egress = if is_template && inline_egress.is_none() && egress_rules.is_empty() {
            vec![json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]})]
        } else {
            let mut all = inline(known, inline_egress, &written_alone);
            all.extend(egress_rules);
            all
        };
        let inline_ingress = given(&known.values, &["ingress", "SecurityGroupIngress"]);
        let mut ingress = inline(known, inline_ingress, &written_alone);
        ingress.extend(ingress_rules);
        item.insert("IpPermissions".to_owned(), Value::Array(ingress));
        item.insert("IpPermissionsEgress".to_owned(), Value::Array(egress));
        item
    }

    fn table(&self, known: &Known<'_>) -> Map<String, Value> {
        let mut item = named(known, "RouteTableId");
        copy(known, &mut item, &[(&["vpc_id", "VpcId"], "VpcId")]);
        let mut routes = Vec::new();
        let written_alone = self.routes.of(&known.identity.id);
        match given(&known.values, &["route"]) {
            Some(Value::Array(blocks)) => {
                for block in blocks {
                    routes.push(match block.as_object() {
                        Some(members) if unknown_reason(block).is_none() => route(members),
                        _ => block.clone(),
                    });
                }
            }
            Some(marker) if is_left_out(known, marker, &written_alone) => {}
            Some(marker) => routes.push(marker.clone()),
            None => {}
        }
        routes.extend(written_alone);
        let mut associations = self.associations.of(&known.identity.id);
        if known.declared.type_name == "aws_default_route_table" {
            associations.push(json!({"Main": true}));
        }
        item.insert("Routes".to_owned(), Value::Array(routes));
        item.insert("Associations".to_owned(), Value::Array(associations));
        item
    }

    /// Every new VPC has a main route table that leads nowhere but into the VPC.
    fn main_table(&self, known: &Known<'_>) -> Map<String, Value> {
        let mut item = Map::new();
        let id = format!("rtb-planned:{}#main", known.declared.address);
        let mut routes = vec![json!({
            "DestinationCidrBlock": given(&known.values, &["cidr_block", "CidrBlock"]),
            "GatewayId": "local",
            "Origin": "CreateRouteTable",
            "State": "active",
        })];
        if self.routes.anywhere {
            routes.push(unknown(MAYBE));
        }
        item.insert("RouteTableId".to_owned(), Value::String(id));
        item.insert("VpcId".to_owned(), Value::String(known.identity.id.clone()));
        item.insert("Routes".to_owned(), Value::Array(routes));
        item.insert("Associations".to_owned(), json!([{"Main": true}]));
        item
    }

    fn acl(&self, known: &Known<'_>) -> Map<String, Value> {
        let mut item = named(known, "NetworkAclId");
        copy(known, &mut item, &[(&["vpc_id", "VpcId"], "VpcId")]);
        let mut entries = Vec::new();
        let written_alone = self.entries.of(&known.identity.id);
        for (name, egress) in [("ingress", false), ("egress", true)] {
            match given(&known.values, &[name]) {
                Some(Value::Array(blocks)) => {
                    for block in blocks {
                        entries.push(match block.as_object() {
                            Some(members) if unknown_reason(block).is_none() => {
                                acl_entry(members, Value::Bool(egress))
                            }
                            _ => block.clone(),
                        });
                    }
                }
                Some(marker) if is_left_out(known, marker, &written_alone) => {}
                Some(marker) => entries.push(marker.clone()),
                None => {}
            }
        }
        entries.extend(written_alone);
        let mut associations = self.acl_associations.of(&known.identity.id);
        match given(&known.values, &["subnet_ids"]) {
            Some(Value::Array(subnets)) => {
                associations.extend(subnets.iter().map(|subnet| json!({"SubnetId": subnet})));
            }
            Some(marker) if unknown_reason(marker) != Some(CHOSEN_BY_AWS) => {
                associations.push(marker.clone());
            }
            _ => {}
        }
        let is_default = known.declared.type_name == "aws_default_network_acl";
        item.insert("IsDefault".to_owned(), Value::Bool(is_default));
        item.insert("Entries".to_owned(), Value::Array(entries));
        item.insert("Associations".to_owned(), Value::Array(associations));
        item
    }
}

/// The default group of a new VPC: everything among its members, and everything out.
fn default_group(known: &Known<'_>) -> Map<String, Value> {
    let id = format!("sg-planned:{}#default", known.declared.address);
    let members = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": id}]}]);
    let out = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]);
    let mut item = Map::new();
    item.insert("GroupId".to_owned(), Value::String(id));
    item.insert("GroupName".to_owned(), Value::from("default"));
    item.insert("VpcId".to_owned(), Value::String(known.identity.id.clone()));
    item.insert("IpPermissions".to_owned(), members);
    item.insert("IpPermissionsEgress".to_owned(), out);
    item
}

/// The default network ACL of a new VPC: everything in and out.
fn default_acl(known: &Known<'_>) -> Map<String, Value> {
    let entry = |egress: bool, number: u64, action: &str| {
        json!({"Egress": egress, "RuleNumber": number, "RuleAction": action, "Protocol": "-1",
            "CidrBlock": "0.0.0.0/0"})
    };
    let id = format!("acl-planned:{}#default", known.declared.address);
    let mut item = Map::new();
    item.insert("NetworkAclId".to_owned(), Value::String(id));
    item.insert("VpcId".to_owned(), Value::String(known.identity.id.clone()));
    item.insert("IsDefault".to_owned(), Value::Bool(true));
    item.insert(
        "Entries".to_owned(),
        json!([
            entry(false, 100, "allow"),
            entry(false, 32_767, "deny"),
            entry(true, 100, "allow"),
            entry(true, 32_767, "deny"),
        ]),
    );
    item
}

fn inline(known: &Known<'_>, value: Option<&Value>, written_alone: &[Value]) -> Vec<Value> {
    let own = Value::String(known.identity.id.clone());
    match value {
        None => Vec::new(),
        Some(marker) if is_left_out(known, marker, written_alone) => Vec::new(),
        Some(Value::Array(blocks)) => {
            let mut all = Vec::new();
            for block in blocks {
                match block.as_object() {
                    Some(members) if unknown_reason(block).is_none() => {
                        all.extend(permissions(members, Some(&own)));
                    }
                    _ => all.push(block.clone()),
                }
            }
            all
        }
        Some(Value::Object(members))
            if unknown_reason(&Value::Object(members.clone())).is_none() =>
        {
            permissions(members, Some(&own))
        }
        Some(other) => vec![other.clone()],
    }
}

/// Unknown because the configuration writes none inside: a new resource has none then. A plan does not
/// tell this from a `dynamic` block, so it is sure only where rules are written as resources of their
/// own, which the provider does not allow beside rules inside.
fn is_left_out(known: &Known<'_>, value: &Value, written_alone: &[Value]) -> bool {
    known.declared.is_new
        && !written_alone.is_empty()
        && unknown_reason(value) == Some(CHOSEN_BY_AWS)
}

fn named(known: &Known<'_>, id: &str) -> Map<String, Value> {
    let mut item = Map::new();
    item.insert(id.to_owned(), Value::String(known.identity.id.clone()));
    item
}

fn copy(known: &Known<'_>, item: &mut Map<String, Value>, members: &[(&[&str], &str)]) {
    for (names, member) in members {
        if let Some(value) = given(&known.values, names) {
            item.insert((*member).to_owned(), value.clone());
        }
    }
    match given(&known.values, &["tags_all", "tags", "Tags"]) {
        Some(Value::Object(tags)) if !tags.contains_key(super::unknown::UNKNOWN) => {
            let tags = tags
                .iter()
                .map(|(key, value)| json!({"Key": key, "Value": value}));
            item.insert("Tags".to_owned(), Value::Array(tags.collect()));
        }
        Some(tags) => {
            item.insert("Tags".to_owned(), tags.clone());
        }
        None => {}
    }
}

fn given<'v>(values: &'v Map<String, Value>, names: &[&str]) -> Option<&'v Value> {
    let mut found = names.iter().filter_map(|name| attribute(values, name));
    found.find(|value| value.as_str().is_none_or(|text| !text.is_empty()))
}
