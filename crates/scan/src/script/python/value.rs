//! Values of folded Python expressions.

/// Length of one value and number of items in one list.
pub(super) const MOST: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Unknown,
    /// Unknown, from the network.
    Fetched,
    /// Unknown, credentials or the environment.
    Secret,
    Text(Vec<u8>),
    Bytes(Vec<u8>),
    Int(i64),
    List(Vec<Value>),
    /// A module, class or function by its dotted name.
    Named(String),
    /// A method of a constant.
    Method(Box<Value>, String),
    /// Parameters and the place of the body.
    Lambda(Vec<String>, usize),
}

impl Value {
    pub(super) fn raw(&self) -> Option<&[u8]> {
        match self {
            Self::Text(bytes) | Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The same kind of string with other content.
    pub(super) fn alike(&self, bytes: Vec<u8>) -> Self {
        match self {
            Self::Bytes(_) => Self::Bytes(bytes),
            _ => Self::Text(bytes),
        }
    }

    pub(super) fn is_or_holds(&self, wanted: &Value) -> bool {
        match self {
            Self::List(items) => items.iter().take(1000).any(|item| item == wanted),
            Self::Named(name) => *wanted == Self::Secret && name == "os.environ",
            other => other == wanted,
        }
    }

    /// The items of an iteration; `None` when they are not known.
    pub(super) fn items(&self) -> Option<Vec<Value>> {
        match self {
            Self::List(items) => Some(items.clone()),
            Self::Bytes(bytes) => Some(
                bytes
                    .iter()
                    .map(|byte| Self::Int(i64::from(*byte)))
                    .collect(),
            ),
            Self::Text(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                Some(
                    text.chars()
                        .map(|letter| Self::Text(letter.to_string().into_bytes()))
                        .collect(),
                )
            }
            _ => None,
        }
    }

    /// How the value reads in a normalised call.
    pub(super) fn render(&self, most: usize) -> Vec<u8> {
        match self {
            Self::Unknown | Self::Fetched | Self::Secret | Self::Lambda(..) => b"_".to_vec(),
            Self::Text(bytes) | Self::Bytes(bytes) => {
                let mut text = b"'".to_vec();
                text.extend(bytes.iter().take(most));
                text.push(b'\'');
                text
            }
            Self::Int(value) => value.to_string().into_bytes(),
            Self::List(items) => {
                let mut text = b"[".to_vec();
                for (count, item) in items.iter().enumerate() {
                    if text.len() > most {
                        break;
                    }
                    if count > 0 {
                        text.extend_from_slice(b", ");
                    }
                    text.extend(item.render(most - text.len().min(most)));
                }
                text.push(b']');
                text
            }
            Self::Named(name) => name.clone().into_bytes(),
            Self::Method(value, name) => {
                let mut text = value.render(most);
                text.push(b'.');
                text.extend(name.bytes());
                text
            }
        }
    }
}

pub(super) fn add(left: &Value, right: &Value) -> Value {
    if let (Some(first), Some(second)) = (left.raw(), right.raw()) {
        if first.len() + second.len() > MOST {
            return Value::Unknown;
        }
        return left.alike([first, second].concat());
    }
    match (left, right) {
        (Value::Int(first), Value::Int(second)) => Value::Int(first.wrapping_add(*second)),
        (Value::List(first), Value::List(second)) if first.len() + second.len() < MOST => {
            Value::List([first.as_slice(), second].concat())
        }
        _ => unknown_of(&[left, right]),
    }
}

/// Unknown, with where it comes from.
pub(super) fn unknown_of(values: &[&Value]) -> Value {
    for wanted in [Value::Secret, Value::Fetched] {
        if values.iter().any(|value| value.is_or_holds(&wanted)) {
            return wanted;
        }
    }
    Value::Unknown
}

/// Binary operators other than `+`.
pub(super) fn binary(operator: &str, left: &Value, right: &Value) -> Value {
    match (operator, left, right) {
        ("*", value, Value::Int(times)) if value.raw().is_some() => {
            let bytes = value.raw().unwrap_or_default();
            let times = usize::try_from(*times).unwrap_or(0);
            if bytes.len().saturating_mul(times) > MOST {
                return Value::Unknown;
            }
            value.alike(bytes.repeat(times))
        }
        ("%", Value::Text(format), value) => percent(format, value),
        (_, Value::Int(left), Value::Int(right)) => {
            let shift = u32::try_from(*right).ok();
            let value = match operator {
                "-" => left.checked_sub(*right),
                "*" => left.checked_mul(*right),
                "/" | "//" => left.checked_div(*right),
                "%" => left.checked_rem_euclid(*right),
                "^" => Some(left ^ right),
                "|" => Some(left | right),
                "&" => Some(left & right),
                "<<" => shift.and_then(|shift| left.checked_shl(shift)),
                ">>" => shift.and_then(|shift| left.checked_shr(shift)),
                "**" => shift.and_then(|power| left.checked_pow(power)),
                _ => None,
            };
            value.map_or(Value::Unknown, Value::Int)
        }
        _ => unknown_of(&[left, right]),
    }
}

/// `'%s%s' % (a, b)`
fn percent(format: &[u8], value: &Value) -> Value {
    let single = [value.clone()];
    let mut values = match value {
        Value::List(items) => items.iter(),
        _ => single.iter(),
    };
    let mut bytes = Vec::new();
    let mut rest = format;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        match rest.split_first() {
            Some((b'%', after)) => {
                bytes.push(b'%');
                rest = after;
            }
            Some((kind @ (b's' | b'd' | b'c'), after)) => {
                rest = after;
                match values.next() {
                    Some(Value::Int(code)) if *kind == b'c' => bytes.push((code & 0xff) as u8),
                    Some(Value::Int(value)) => bytes.extend(value.to_string().bytes()),
                    Some(value) => match value.raw() {
                        Some(text) => bytes.extend_from_slice(text),
                        None => return unknown_of(&[value]),
                    },
                    None => return Value::Unknown,
                }
            }
            _ => return Value::Unknown,
        }
    }
    Value::Text(bytes)
}

/// `x[a:b:c]`
pub(super) fn slice(
    value: &Value,
    start: Option<i64>,
    end: Option<i64>,
    step: Option<i64>,
) -> Value {
    let step = step.unwrap_or(1);
    if step == 0 {
        return Value::Unknown;
    }
    let pick = |length: usize| -> Vec<usize> {
        let length = length as i64;
        let place = |bound: i64| if bound < 0 { bound + length } else { bound };
        let (low, high) = if step > 0 {
            (0, length)
        } else {
            (-1, length - 1)
        };
        let start = start.map_or(if step > 0 { low } else { high }, |bound| {
            place(bound).clamp(low, high)
        });
        let end = end.map_or(if step > 0 { high } else { low }, |bound| {
            place(bound).clamp(low, high)
        });
        let mut places = Vec::new();
        let mut at = start;
        while if step > 0 { at < end } else { at > end } {
            places.extend(usize::try_from(at));
            at = at.saturating_add(step);
        }
        places
    };
    match value {
        Value::List(items) => {
            let places = pick(items.len());
            Value::List(
                places
                    .iter()
                    .filter_map(|place| items.get(*place).cloned())
                    .collect(),
            )
        }
        _ => match value.raw() {
            Some(bytes) => {
                let places = pick(bytes.len());
                value.alike(
                    places
                        .iter()
                        .filter_map(|place| bytes.get(*place).copied())
                        .collect(),
                )
            }
            None => unknown_of(&[value]),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_as_python_does() {
        let text = Value::Text(b"abcdef".to_vec());
        for (bounds, expected) in [
            ((None, None, Some(-1)), "fedcba"),
            ((Some(1), Some(3), None), "bc"),
            ((Some(-2), None, None), "ef"),
            ((None, None, Some(2)), "ace"),
            ((Some(4), Some(1), Some(-1)), "edc"),
        ] {
            let (start, end, step) = bounds;
            assert_eq!(slice(&text, start, end, step), Value::Text(expected.into()));
        }
    }
}
