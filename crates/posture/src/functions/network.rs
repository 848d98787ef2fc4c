//! Addresses and routes.

use std::net::{Ipv4Addr, Ipv6Addr};

use rempart_estate::Resource;
use serde_json::Value as Json;

use super::having::with_member;
use super::{Answered, Function, text_argument};
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value};

/// Shortest prefix that is not open: two blocks of prefix 1 are the whole address space again.
const OPEN: u8 = 1;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "open_cidr",
        arity: 1,
        run: open_cidr,
    },
    Function {
        name: "subnet_is_private",
        arity: 1,
        run: subnet_is_private,
    },
];

/// `open_cidr(block)`: whether a block is all addresses, or a half of them.
fn open_cidr<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let text = text_argument(arguments, 0)?;
    is_open(text).map(Value::Bool)
}

/// Whether a block of IPv4 or IPv6 is all addresses, or a half of them.
fn is_open(text: &str) -> Result<bool, Unknown> {
    let no_block = || {
        let text: String = text.chars().take(80).collect();
        Unknown::new(
            ReasonCode::ModelGap,
            format!("`{text}` is no block of addresses"),
        )
    };
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let longest = if address.parse::<Ipv4Addr>().is_ok() {
        32
    } else if address.parse::<Ipv6Addr>().is_ok() {
        128
    } else {
        return Err(no_block());
    };
    let prefix = match prefix {
        None => longest,
        Some(prefix) => prefix.parse::<u8>().map_err(|_| no_block())?,
    };
    if prefix > longest {
        return Err(no_block());
    }
    Ok(prefix <= OPEN)
}

/// `subnet_is_private(subnet)`: whether the route table in effect has no way from all addresses to an
/// internet gateway. Without an association of its own, a subnet uses the main table of its VPC.
fn subnet_is_private<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let reference = text_argument(arguments, 0)?;
    let subnet = context.find("AWS::EC2::Subnet", reference)?;
    let table = route_table(context, subnet)?;
    let routes = match table.get("Routes").map(Value::of).transpose()? {
        None | Some(Value::Null) => Vec::new(),
        Some(routes) => routes.elements()?,
    };
    for route in routes {
        let Value::Json(route) = route? else {
            return Err(Unknown::new(ReasonCode::ModelGap, "a route is no object"));
        };
        if leads_to_the_internet(route)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

/// The route table in effect.
fn route_table<'a>(context: &Context<'a>, subnet: &'a Resource) -> Result<&'a Json, Unknown> {
    const TABLE: &str = "AWS::EC2::RouteTable";
    let place = &subnet.place;
    let own = with_member(context, place, TABLE, "Associations[].SubnetId", &subnet.id)?;
    if let Some(unknown) = own.missing.first() {
        return Err(unknown.clone());
    }
    if let Some(table) = own.found.first() {
        return context.body(table);
    }
    let body = context.body(subnet)?;
    let vpc = match body.get("VpcId").map(Value::of).transpose()? {
        Some(Value::Text(vpc)) => vpc,
        _ => {
            return Err(Unknown::new(
                ReasonCode::AbsentField,
                "VpcId of the subnet is missing",
            ));
        }
    };
    let tables = with_member(context, place, TABLE, "VpcId", &vpc)?;
    if let Some(unknown) = tables.missing.first() {
        return Err(unknown.clone());
    }
    for table in &tables.found {
        let table = context.body(table)?;
        let associations = table.get("Associations").and_then(Json::as_array);
        let is_main = |association: &Json| association.get("Main") == Some(&Json::Bool(true));
        if associations.into_iter().flatten().any(is_main) {
            return Ok(table);
        }
    }
    Err(Unknown::new(
        ReasonCode::Unresolvable,
        format!("the main route table of {vpc} is not known"),
    ))
}

/// Whether a route leads from all addresses to an internet gateway.
fn leads_to_the_internet(route: &Json) -> Result<bool, Unknown> {
    let text = |member: &str| -> Result<Option<String>, Unknown> {
        match route.get(member).map(Value::of).transpose()? {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_text().map(|text| Some(text.to_owned())),
        }
    };
    let Some(gateway) = text("GatewayId")? else {
        return Ok(false);
    };
    // The gateway of a blackhole is gone.
    if !gateway.starts_with("igw-") || text("State")?.as_deref() == Some("blackhole") {
        return Ok(false);
    }
    for member in ["DestinationCidrBlock", "DestinationIpv6CidrBlock"] {
        if let Some(block) = text(member)?
            && is_open(&block)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn open_blocks() {
        for open in ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "8000::/1"] {
            assert_eq!(is_open(open), Ok(true), "{open}");
        }
        for closed in [
            "10.0.0.0/8",
            "192.0.2.1",
            "192.0.2.1/32",
            "0.0.0.0/2",
            "fd00::/8",
            "::1",
        ] {
            assert_eq!(is_open(closed), Ok(false), "{closed}");
        }
        for wrong in [
            "",
            "/0",
            "0.0.0.0/33",
            "::/129",
            "0.0.0/0",
            "0.0.0.0/x",
            "pl-1",
        ] {
            assert!(is_open(wrong).is_err(), "{wrong}");
        }
    }
}
