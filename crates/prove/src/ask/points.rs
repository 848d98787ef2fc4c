//! Values that stand for all numbers, dates and addresses: limits, what lies between them and beyond.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use rempart_policy::instant;

use super::{Ask, SplitError};

/// Limits, what lies between them, and what lies beyond.
pub(super) fn numbers(asks: &[Ask], is_whole: bool) -> Result<Vec<Box<str>>, SplitError> {
    let mut limits: Vec<&str> = Vec::new();
    for ask in asks {
        if let Ask::Number(_, values) = ask {
            limits.extend(values.iter().map(|value| &**value));
        }
    }
    let digits = |text: &str| text.split_once('.').map_or(0, |(_, after)| after.len());
    let scale = limits.iter().map(|text| digits(text)).max().unwrap_or(0) + 1;
    let mut scaled: Vec<i128> = Vec::new();
    for text in limits {
        let value = scaled_number(text, scale).ok_or_else(|| SplitError::Digits(text.into()))?;
        scaled.push(value);
    }
    scaled.sort_unstable();
    scaled.dedup();
    let unit = u32::try_from(scale)
        .ok()
        .and_then(|scale| 10_i128.checked_pow(scale));
    let Some(unit) = unit else {
        return Err(SplitError::Digits("…".into()));
    };
    let mut values = Vec::new();
    if let (Some(first), Some(last)) = (scaled.first(), scaled.last()) {
        values.push(first.div_euclid(unit) * unit - unit);
        for (number, value) in scaled.iter().enumerate() {
            values.push(*value);
            if let Some(next) = scaled.get(number + 1) {
                // A whole number where there is one, otherwise anything in between.
                let whole = value.div_euclid(unit) * unit + unit;
                values.push(if whole < *next { whole } else { value + 1 });
            }
        }
        values.push(last.div_euclid(unit) * unit + unit);
    } else {
        values.push(unit);
    }
    if is_whole {
        values.retain(|value| value % unit == 0);
    }
    Ok(values
        .into_iter()
        .map(|value| decimal(value, unit))
        .collect())
}

fn scaled_number(text: &str, scale: usize) -> Option<i128> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let missing = scale.checked_sub(fraction.len())?;
    let all = format!("{whole}{fraction}{}", "0".repeat(missing));
    if all.len() > 34 {
        return None;
    }
    let value: i128 = all.parse().ok()?;
    Some(if is_negative { -value } else { value })
}

fn decimal(value: i128, unit: i128) -> Box<str> {
    let (whole, rest) = (value.abs() / unit, value.abs() % unit);
    let sign = if value < 0 { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{whole}").into();
    }
    let width = unit.to_string().len() - 1;
    let fraction = format!("{rest:0width$}");
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0')).into()
}

const SECOND: i128 = 1_000_000_000_000_000_000;

pub(super) fn dates(asks: &[Ask]) -> Vec<Box<str>> {
    let mut limits: Vec<(i128, &str)> = Vec::new();
    for ask in asks {
        if let Ask::Date(_, values) = ask {
            let dated = values
                .iter()
                .filter_map(|text| Some((instant(text)?, &**text)));
            limits.extend(dated);
        }
    }
    limits.sort_unstable();
    limits.dedup_by_key(|(instant, _)| *instant);
    let mut values: Vec<Box<str>> = Vec::new();
    let Some((first, _)) = limits.first() else {
        return vec!["2026-01-01T00:00:00Z".into()];
    };
    values.push(seconds(first - SECOND));
    for (number, (value, text)) in limits.iter().enumerate() {
        values.push((*text).into());
        let next = limits.get(number + 1).map(|(next, _)| *next);
        match next {
            Some(next) if next - value <= SECOND => {
                values.push(seconds(value + (next - value) / 2))
            }
            _ => values.push(seconds(value + SECOND)),
        }
    }
    values
}

/// Seconds since 1970, with their fraction. Four digits would be read as a year, so they get a point.
fn seconds(units: i128) -> Box<str> {
    let text = decimal(units, SECOND);
    if text.len() == 4 && !text.starts_with('-') {
        return format!("{text}.0").into();
    }
    text
}

/// The first address of every stretch between the ends of ranges, for both families.
pub(super) fn addresses(asks: &[Ask]) -> Vec<Box<str>> {
    let mut starts: Vec<(bool, u128)> = vec![
        (false, u128::from(u32::from(Ipv4Addr::new(198, 18, 0, 1)))),
        (true, 0),
    ];
    // Addresses that documentation may use read better than the first of all.
    starts.push((
        true,
        u128::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    ));
    starts.push((false, 0));
    for ask in asks {
        let Ask::Address(ranges) = ask else { continue };
        for range in ranges {
            match range {
                IpNet::V4(net) => {
                    starts.push((false, u128::from(u32::from(net.network()))));
                    let after = u128::from(u32::from(net.broadcast())) + 1;
                    if after <= u128::from(u32::MAX) {
                        starts.push((false, after));
                    }
                }
                IpNet::V6(net) => {
                    starts.push((true, u128::from(net.network())));
                    if let Some(after) = u128::from(net.broadcast()).checked_add(1) {
                        starts.push((true, after));
                    }
                }
            }
        }
    }
    starts
        .into_iter()
        .map(|(is_v6, value)| {
            let address = if is_v6 {
                IpAddr::V6(Ipv6Addr::from(value))
            } else {
                IpAddr::V4(Ipv4Addr::from(u32::try_from(value).unwrap_or(0)))
            };
            address.to_string().into()
        })
        .collect()
}
