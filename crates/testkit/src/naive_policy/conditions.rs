//! The condition block.

use std::cmp::Ordering;

use base64::Engine;
use serde_json::Value;

use super::{Case, FALSE, TRUE, Truth, UNKNOWN, not, strings, text, truth};

impl Case<'_> {
    pub(super) fn conditions_match(&self, statement: &Value, is_new: bool) -> Truth {
        let mut all = TRUE;
        let block = statement.get("Condition").and_then(Value::as_object);
        for (operator, keys) in block.into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                all = all.min(self.condition(operator, key, &strings(values), is_new));
            }
        }
        all
    }

    fn condition(&self, operator: &str, key: &str, values: &[String], is_new: bool) -> Truth {
        let (set, name) = operator.split_once(':').unwrap_or(("", operator));
        let base = name.strip_suffix("IfExists").unwrap_or(name);
        let if_exists = base != name;
        let negated = base.contains("Not");
        let given = self.key(key);
        let is_unknown = given.is_some_and(Value::is_object);
        let list: Vec<String> = given
            .filter(|_| !is_unknown)
            .map(strings)
            .unwrap_or_default();
        let is_void = list.iter().all(String::is_empty);
        if base == "Null" {
            let wants = |word: &str| values.iter().any(|value| value.eq_ignore_ascii_case(word));
            return match (is_unknown, is_void) {
                (true, _) if wants("true") == wants("false") => truth(wants("true")),
                (true, _) => UNKNOWN,
                (false, true) => truth(wants("true")),
                (false, false) => truth(wants("false")),
            };
        }
        if is_unknown {
            return UNKNOWN;
        }
        let ask = |value: &String| {
            let matched = self.any_value(base, values, value, is_new);
            if negated { not(matched) } else { matched }
        };
        match set {
            "ForAllValues" if is_void => TRUE,
            "ForAllValues" => list.iter().map(ask).min().unwrap_or(TRUE),
            "ForAnyValue" if is_void => truth(if_exists),
            "ForAnyValue" => list.iter().map(ask).max().unwrap_or(FALSE),
            _ => match list.as_slice() {
                [] => truth(negated || if_exists),
                [value] => ask(value),
                _ if negated => UNKNOWN,
                _ => FALSE,
            },
        }
    }

    /// Whether some value of the policy matches the value of the request.
    fn any_value(&self, base: &str, values: &[String], value: &str, is_new: bool) -> Truth {
        let matched = values
            .iter()
            .map(|policy| self.one_value(base, policy, value, is_new));
        matched.max().unwrap_or(FALSE)
    }

    fn one_value(&self, base: &str, policy: &str, value: &str, is_new: bool) -> Truth {
        let base = base.replace("Not", "");
        if base.starts_with("String") || base.starts_with("Arn") {
            let pieces = match self.fill(&text::parts(policy, is_new)) {
                Ok(pieces) => pieces,
                Err(truth) => return truth,
            };
            let plain: String = pieces.iter().map(|(_, piece)| piece.as_str()).collect();
            return match base.as_str() {
                "StringEquals" => truth(plain == value),
                "StringEqualsIgnoreCase" => truth(plain.to_lowercase() == value.to_lowercase()),
                "StringLike" => truth(text::matches(&pieces, value)),
                _ => arn(&pieces, value),
            };
        }
        let order = |wanted: &str, order: Option<Ordering>| {
            let Some(order) = order else { return FALSE };
            truth(match wanted {
                "LessThan" => order == Ordering::Less,
                "LessThanEquals" => order != Ordering::Greater,
                "GreaterThan" => order == Ordering::Greater,
                "GreaterThanEquals" => order != Ordering::Less,
                _ => order == Ordering::Equal,
            })
        };
        if let Some(wanted) = base.strip_prefix("Numeric") {
            return order(wanted, text::compare_numbers(value, policy));
        }
        if let Some(wanted) = base.strip_prefix("Date") {
            return order(wanted, text::compare_dates(value, policy));
        }
        match base.as_str() {
            "Bool" => truth(
                ["true", "false"].contains(&value.to_lowercase().as_str())
                    && value.eq_ignore_ascii_case(policy),
            ),
            "BinaryEquals" => {
                let decode =
                    |text: &str| base64::engine::general_purpose::STANDARD.decode(text).ok();
                let (left, right) = (decode(policy), decode(value));
                truth(left.is_some() && left == right)
            }
            _ => truth(text::in_range(policy, value) == Some(true)),
        }
    }
}

/// Part by part; a star alone matches every ARN, and other short patterns are not defined.
pub(super) fn arn(pieces: &[(bool, String)], value: &str) -> Truth {
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    if parts.len() < 6 || parts.first() != Some(&"arn") {
        return FALSE;
    }
    let mut patterns: Vec<Vec<(bool, String)>> = vec![Vec::new()];
    for (is_pattern, piece) in pieces {
        let mut rest = piece.as_str();
        while patterns.len() < 6
            && let Some((before, behind)) = rest.split_once(':')
        {
            if let Some(last) = patterns.last_mut() {
                last.push((*is_pattern, before.to_owned()));
            }
            patterns.push(Vec::new());
            rest = behind;
        }
        if let Some(last) = patterns.last_mut() {
            last.push((*is_pattern, rest.to_owned()));
        }
    }
    let only_stars = pieces.iter().all(|(is_pattern, piece)| {
        piece.chars().all(|c| c == '*') && (*is_pattern || piece.is_empty())
    });
    if only_stars && pieces.iter().any(|(_, piece)| !piece.is_empty()) {
        return TRUE;
    }
    if patterns.len() < 6 {
        return UNKNOWN;
    }
    let mut pairs = patterns.iter().zip(&parts);
    truth(pairs.all(|(pattern, part)| text::matches(pattern, part)))
}
