//! Texts: patterns, variables, numbers, dates, addresses.

use std::cmp::Ordering;
use std::net::IpAddr;

use serde_json::Value;

/// A part of a text with variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Wildcards count
    Pattern(String),
    /// Wildcards are characters
    Plain(String),
    /// Key and default
    Variable(String, Option<String>),
}

/// A scalar of JSON as text.
pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Splits a text at `${…}`.
pub(super) fn parts(text: &str, is_new: bool) -> Vec<Part> {
    let mut parts = vec![Part::Pattern(String::new())];
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if is_new && let Some((part, behind)) = rest.strip_prefix("${").and_then(variable) {
            parts.push(part);
            parts.push(Part::Pattern(String::new()));
            rest = behind;
            continue;
        }
        if let Some(Part::Pattern(last)) = parts.last_mut() {
            last.push(character);
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    parts
}

fn variable(text: &str) -> Option<(Part, &str)> {
    for literal in ["*", "?", "$"] {
        if let Some(behind) = text.strip_prefix(&format!("{literal}}}")) {
            return Some((Part::Plain(literal.to_owned()), behind));
        }
    }
    let end = text.find('}')?;
    let name = text.get(..end)?;
    if let Some((key, _)) = name.split_once(", '") {
        let (_, rest) = text.split_once(", '")?;
        let (default, behind) = rest.split_once("'}")?;
        let key = key.trim();
        let part = Part::Variable(key.to_owned(), Some(default.to_owned()));
        return (!key.is_empty()).then_some((part, behind));
    }
    let behind = text.get(end + 1..)?;
    let key = name.trim();
    (!key.is_empty()).then(|| (Part::Variable(key.to_owned(), None), behind))
}

/// Marks in the pieces of a resource pattern: `\u{1}` is a star and `\u{2}` a question mark that
/// stop at colons.
pub(super) fn mark_parts(pieces: &[(bool, String)]) -> Vec<(bool, String)> {
    let mut colons = 0;
    let mut marked = Vec::new();
    for (is_pattern, piece) in pieces {
        if !is_pattern {
            marked.push((false, piece.clone()));
            continue;
        }
        let characters: Vec<char> = piece.chars().collect();
        let mut text = String::new();
        for (place, character) in characters.iter().enumerate() {
            let ends_part = matches!(characters.get(place + 1), None | Some(':'));
            text.push(match character {
                '*' if colons < 5 && !ends_part => '\u{1}',
                '?' if colons < 5 => '\u{2}',
                other => *other,
            });
            colons += usize::from(*character == ':');
        }
        marked.push((true, text));
    }
    marked
}

/// Whether pieces match a text, by a table over all prefixes.
pub(super) fn matches(pieces: &[(bool, String)], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut row: Vec<bool> = std::iter::once(true)
        .chain(text.iter().map(|_| false))
        .collect();
    for (is_pattern, piece) in pieces {
        for wanted in piece.chars() {
            let mut next = Vec::with_capacity(row.len());
            for place in 0..row.len() {
                let here = row.get(place).copied().unwrap_or_default();
                let before = place
                    .checked_sub(1)
                    .and_then(|before| row.get(before))
                    .copied()
                    .unwrap_or_default();
                let last = place.checked_sub(1).and_then(|before| text.get(before));
                let stretched = place
                    .checked_sub(1)
                    .and_then(|before| next.get(before))
                    .copied()
                    .unwrap_or_default();
                let is_colon = last == Some(&':');
                next.push(match wanted {
                    '*' if *is_pattern => here || stretched,
                    '\u{1}' if *is_pattern => here || (stretched && !is_colon),
                    '?' if *is_pattern => before,
                    '\u{2}' if *is_pattern => before && !is_colon,
                    other => before && last == Some(&other),
                });
            }
            row = next;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// A pattern whose wildcards match everything.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    matches(&[(true, pattern.to_owned())], text)
}

/// Order of two decimal numbers; `None` when one is none.
pub(super) fn compare_numbers(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (number(left)?, number(right)?);
    Some(left.cmp(&right))
}

/// A number scaled by 10^18; the tests use numbers for which this is exact.
fn number(text: &str) -> Option<i128> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let mut parts = digits.splitn(2, '.');
    let whole = parts.next()?;
    let fraction = parts.next();
    let is_digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    if !is_digits(whole) || !fraction.is_none_or(is_digits) {
        return None;
    }
    let padded = format!("{:0<18}", fraction.unwrap_or_default());
    let scaled: i128 = format!("{whole}{}", padded.get(..18)?).parse().ok()?;
    Some(sign * scaled)
}

/// Order of two dates, in nanoseconds since 1970.
pub(super) fn compare_dates(left: &str, right: &str) -> Option<Ordering> {
    Some(date(left)?.cmp(&date(right)?))
}

fn date(text: &str) -> Option<i128> {
    let is_year = text.len() == 4 && text.chars().all(|c| c.is_ascii_digit());
    if !is_year && let Some(scaled) = number(text) {
        return Some(scaled / 1_000_000_000);
    }
    let (day, clock) = match text.split_once('T') {
        Some((day, clock)) => (day, Some(clock)),
        None => (text, None),
    };
    let numbers: Vec<i64> = day
        .split('-')
        .zip([4, 2, 2])
        .map(|(part, width)| digits(part, width))
        .collect::<Option<_>>()?;
    if day.split('-').count() > 3 || (clock.is_some() && numbers.len() < 3) {
        return None;
    }
    let year = *numbers.first()?;
    let month = numbers.get(1).copied().unwrap_or(1);
    let day = numbers.get(2).copied().unwrap_or(1);
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = |month: i64| match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month) || day < 1 || day > length(month) {
        return None;
    }
    // Counted day by day from 1970, or back to it.
    let mut days: i64 = (1970..year).map(|year| 365 + i64::from(leap(year))).sum();
    days -= (year..1970)
        .map(|year| 365 + i64::from(leap(year)))
        .sum::<i64>();
    days += (1..month).map(length).sum::<i64>() + day - 1;
    let within = match clock {
        Some(clock) => time(clock)?,
        None => 0,
    };
    Some(i128::from(days) * 86_400_000_000_000 + within)
}

fn time(text: &str) -> Option<i128> {
    let (clock, offset) = match text.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => {
            let at = text.rfind(['+', '-'])?;
            let (hours, minutes) = text.get(at + 1..)?.split_once(':')?;
            let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let sign = if text.get(at..=at) == Some("-") {
                -1
            } else {
                1
            };
            (text.get(..at)?, sign * (hours * 60 + minutes))
        }
    };
    let mut parts = clock.split(':');
    let hours = digits(parts.next()?, 2)?;
    let minutes = digits(parts.next()?, 2)?;
    let mut nanoseconds = 0;
    if let Some(seconds) = parts.next() {
        let whole = seconds.split('.').next()?;
        if digits(whole, 2)? > 59 {
            return None;
        }
        if seconds.ends_with('.') {
            return None;
        }
        nanoseconds = number(seconds)? / 1_000_000_000;
    }
    if parts.next().is_some() || hours > 23 || minutes > 59 {
        return None;
    }
    Some(i128::from(hours * 60 + minutes - offset) * 60_000_000_000 + nanoseconds)
}

fn digits(text: &str, width: usize) -> Option<i64> {
    let is_number = text.len() == width && text.chars().all(|c| c.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// Whether an address lies in a range; `None` when one of them is none.
pub(super) fn in_range(range: &str, address: &str) -> Option<bool> {
    let (network, length) = match range.split_once('/') {
        Some((network, length)) => {
            if length.is_empty() || !length.chars().all(|c| c.is_ascii_digit()) {
                return None;
            }
            (network, Some(length.parse::<u32>().ok()?))
        }
        None => (range, None),
    };
    let (address, given) = match address.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
        None => (address, None),
    };
    let (network, address) = (
        network.parse::<IpAddr>().ok()?,
        address.parse::<IpAddr>().ok()?,
    );
    let (network, width) = number_of(network);
    let (address, other) = number_of(address);
    let length = length.unwrap_or(width);
    if length > width || given.is_some_and(|given| given != other) {
        return None;
    }
    if width != other {
        return Some(false);
    }
    let shift = width - length;
    let cut = |number: u128| if shift == 128 { 0 } else { number >> shift };
    Some(cut(network) == cut(address))
}

fn number_of(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}
