//! From an item of a selection to tests.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

use crate::ast::{Item, Value};
use crate::encode;
use crate::glob::{Pattern, Piece, Shape};
use crate::modifier::Modifier;
use crate::number::Decimal;
use crate::program::{Check, Interner, KeywordTest, Node, NumberTest, Slot, TextRelation};
use crate::regexes;
use crate::texts::TextSet;

/// Compiles an item whose field is `path` (`None`: keywords). Placeholders are expanded already.
///
/// # Errors
/// Says what cannot be applied.
pub(crate) fn compile(
    item: &Item,
    path: Option<&str>,
    interner: &mut Interner,
) -> Result<Node, String> {
    let chain = item.modifiers.as_slice();
    let has = |modifier| chain.contains(&modifier);
    let checks = match path {
        None => keyword_checks(item, interner)?,
        Some(_) if has(Modifier::Exists) => return exists(item, path, interner),
        Some(_) => field_checks(item, interner)?,
    };
    let slot = path.map_or(0, |path| interner.slot(path));
    // With `neq`, `all` changes nothing: every value must differ either way.
    let all = has(Modifier::All) && !has(Modifier::Neq);
    let nodes = if all {
        let mut nodes = Vec::new();
        for value in checks {
            let forms: Vec<Node> = value
                .into_iter()
                .map(|check| interner.test(slot, check))
                .collect();
            nodes.push(interner.or(forms));
        }
        return Ok(interner.and(nodes));
    } else {
        merge(checks.into_iter().flatten())
            .into_iter()
            .map(|check| interner.test(slot, check))
            .collect()
    };
    let any = interner.or(nodes);
    Ok(if has(Modifier::Neq) {
        Node::Not(Box::new(any))
    } else {
        any
    })
}

/// The checks of each value: one value may have several forms, of which one must match.
type Checks = Vec<Vec<Check>>;

fn field_checks(item: &Item, interner: &mut Interner) -> Result<Checks, String> {
    let chain = item.modifiers.as_slice();
    let part = chain.iter().copied().find(|modifier| {
        use Modifier::{Day, Hour, Minute, Month, Week, Year};
        matches!(modifier, Minute | Hour | Day | Week | Month | Year)
    });
    let comparison = chain.iter().find_map(|modifier| match modifier {
        Modifier::Lt => Some(NumberTest::Lt),
        Modifier::Lte => Some(NumberTest::Lte),
        Modifier::Gt => Some(NumberTest::Gt),
        Modifier::Gte => Some(NumberTest::Gte),
        _ => None,
    });
    let single = |check: Check| vec![check];
    item.values
        .iter()
        .map(|value| {
            if let Some(part) = part {
                let how = comparison.unwrap_or(NumberTest::Eq);
                return Ok(single(Check::TimePart {
                    part,
                    how,
                    value: decimal(value)?,
                }));
            }
            if let Some(how) = comparison {
                return Ok(single(Check::Compare {
                    how,
                    value: decimal(value)?,
                }));
            }
            if chain.contains(&Modifier::Cidr) {
                return Ok(single(Check::Cidr(Box::new([network(value)?]))));
            }
            if chain.contains(&Modifier::FieldRef) {
                let other = interner.slot(text(value)?);
                let cased = chain.contains(&Modifier::Cased);
                return Ok(single(Check::FieldRef {
                    other,
                    how: relation(chain),
                    cased,
                }));
            }
            if chain.contains(&Modifier::Regex) {
                return Ok(single(Check::Regex(regexes::compile(text(value)?, chain)?)));
            }
            text_checks(value, chain)
        })
        .collect()
}

/// Whether a modifier makes text of a value that is none.
fn changes_text(modifier: Modifier) -> bool {
    use Modifier::{
        Base64, Base64Offset, Contains, EndsWith, StartsWith, Utf16, Utf16Be, Utf16Le, Wide,
        WinDash,
    };
    matches!(
        modifier,
        Base64
            | Base64Offset
            | Contains
            | EndsWith
            | StartsWith
            | Utf16
            | Utf16Be
            | Utf16Le
            | Wide
            | WinDash
    )
}

fn text_checks(value: &Value, chain: &[Modifier]) -> Result<Vec<Check>, String> {
    let as_text = chain.iter().any(|modifier| changes_text(*modifier));
    match value {
        Value::Null if as_text => Err("null is no text".to_owned()),
        Value::Null => Ok(vec![Check::Null]),
        Value::Bool(flag) if !as_text => Ok(vec![Check::Bool(*flag)]),
        Value::Number(number) if !as_text => {
            let value = Decimal::parse(number).ok_or("not a number")?;
            Ok(vec![Check::Number {
                text: number.as_str().into(),
                value,
            }])
        }
        _ => {
            let literal = !matches!(value, Value::Text(_));
            let patterns = encode::patterns(text(value)?, literal, chain)?;
            Ok(patterns
                .into_iter()
                .map(|pattern| Check::Text(TextSet::new(vec![pattern])))
                .collect())
        }
    }
}

fn keyword_checks(item: &Item, interner: &mut Interner) -> Result<Checks, String> {
    let chain = item.modifiers.as_slice();
    let allowed = |modifier: &Modifier| {
        changes_text(*modifier)
            || matches!(
                modifier,
                Modifier::All | Modifier::Cased | Modifier::Neq | Modifier::Expand
            )
            || matches!(
                modifier,
                Modifier::Regex | Modifier::IgnoreCase | Modifier::MultiLine | Modifier::DotAll
            )
    };
    if let Some(refused) = chain.iter().find(|modifier| !allowed(modifier)) {
        return Err(format!("modifier '{}' needs a field", refused.name()));
    }
    let is_anchored = chain.iter().any(|modifier| {
        matches!(
            modifier,
            Modifier::StartsWith | Modifier::EndsWith | Modifier::Contains
        )
    });
    let mut chain = chain.to_vec();
    if !is_anchored {
        // A keyword is sought anywhere.
        chain.push(Modifier::Contains);
    }
    item.values
        .iter()
        .map(|value| {
            if chain.contains(&Modifier::Regex) {
                let regex = regexes::compile(text(value)?, &chain)?;
                return Ok(vec![Check::Keyword {
                    what: KeywordTest::Regex(regex),
                    literals: None,
                }]);
            }
            let literal = !matches!(value, Value::Text(_));
            let patterns = encode::patterns(text(value)?, literal, &chain)?;
            let literals = literals(&patterns, interner);
            let what = KeywordTest::Text(TextSet::new(patterns));
            Ok(vec![Check::Keyword { what, literals }])
        })
        .collect()
}

/// For each pattern a text that must be in the record as it is written, `None` if one has none.
fn literals(patterns: &[Pattern], interner: &mut Interner) -> Option<Box<[u32]>> {
    let texts: Option<Vec<String>> = patterns.iter().map(longest_literal).collect();
    Some(texts?.iter().map(|text| interner.literal(text)).collect())
}

/// The longest run of characters that stand in JSON as themselves, in lower case.
fn longest_literal(pattern: &Pattern) -> Option<String> {
    let pieces: Vec<Piece> = match &pattern.shape {
        Shape::Exact(text) | Shape::Prefix(text) | Shape::Suffix(text) | Shape::Contains(text) => {
            text.chars().map(Piece::Char).collect()
        }
        Shape::Everything => return None,
        Shape::Glob(pieces) => pieces.to_vec(),
    };
    pieces
        .split(|piece| match piece {
            Piece::Char(character) => {
                !character.is_ascii()
                    || character.is_ascii_control()
                    || matches!(character, '"' | '\\' | '/')
            }
            _ => true,
        })
        .filter_map(crate::glob::plain)
        .max_by_key(String::len)
        .filter(|text| !text.is_empty())
        .map(|text| text.to_ascii_lowercase())
}

/// Puts the texts of a list into one set, likewise networks and keywords.
fn merge(checks: impl Iterator<Item = Check>) -> Vec<Check> {
    let mut merged = Vec::new();
    let mut patterns = Vec::new();
    let mut networks = Vec::new();
    let mut keywords = Vec::new();
    let mut keyword_literals: Option<Vec<u32>> = Some(Vec::new());
    for check in checks {
        match check {
            Check::Text(set) => patterns.extend_from_slice(set.patterns()),
            Check::Cidr(nets) => networks.extend_from_slice(&nets),
            Check::Keyword {
                what: KeywordTest::Text(set),
                literals,
            } => {
                keywords.extend_from_slice(set.patterns());
                match (literals, &mut keyword_literals) {
                    (Some(literals), Some(all)) => all.extend_from_slice(&literals),
                    _ => keyword_literals = None,
                }
            }
            other => merged.push(other),
        }
    }
    if !patterns.is_empty() {
        merged.push(Check::Text(TextSet::new(patterns)));
    }
    if !networks.is_empty() {
        merged.push(Check::Cidr(networks.into()));
    }
    if !keywords.is_empty() {
        let literals = keyword_literals.map(Vec::into_boxed_slice);
        merged.push(Check::Keyword {
            what: KeywordTest::Text(TextSet::new(keywords)),
            literals,
        });
    }
    merged
}

fn exists(item: &Item, path: Option<&str>, interner: &mut Interner) -> Result<Node, String> {
    let [Value::Bool(expected)] = item.values.as_slice() else {
        return Err("'exists' takes true or false".to_owned());
    };
    let slot: Slot = interner.slot(path.unwrap_or_default());
    let test = interner.test(slot, Check::Exists);
    Ok(if *expected {
        test
    } else {
        Node::Not(Box::new(test))
    })
}

fn relation(chain: &[Modifier]) -> TextRelation {
    let relation = chain.iter().find_map(|modifier| match modifier {
        Modifier::StartsWith => Some(TextRelation::StartsWith),
        Modifier::EndsWith => Some(TextRelation::EndsWith),
        Modifier::Contains => Some(TextRelation::Contains),
        _ => None,
    });
    relation.unwrap_or(TextRelation::Equal)
}

fn text(value: &Value) -> Result<&str, String> {
    match value {
        Value::Text(text) | Value::Number(text) => Ok(text),
        Value::Bool(true) => Ok("true"),
        Value::Bool(false) => Ok("false"),
        Value::Null => Err("null is no text".to_owned()),
    }
}

fn decimal(value: &Value) -> Result<Decimal, String> {
    let text = text(value).map_err(|_| "null is no number".to_owned())?;
    Decimal::parse(text).ok_or_else(|| format!("'{text}' is no number"))
}

fn network(value: &Value) -> Result<IpNet, String> {
    let text = text(value)?;
    let network = match text.parse::<IpNet>() {
        Ok(network) => network,
        Err(_) => text
            .parse::<IpAddr>()
            .map(IpNet::from)
            .map_err(|_| format!("'{text}' is no network"))?,
    };
    Ok(canonical_network(network).trunc())
}

/// A network of IPv4 addresses that is written as IPv6 becomes one of IPv4.
fn canonical_network(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else {
        return network;
    };
    let mapped = Ipv6Addr::to_ipv4_mapped(&v6.addr());
    let (Some(address), Some(length)) = (mapped, v6.prefix_len().checked_sub(96)) else {
        return network;
    };
    ipnet::Ipv4Net::new(address, length).map_or(network, IpNet::V4)
}
