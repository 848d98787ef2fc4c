//! From the values of a rule to patterns: the modifiers that change text, applied left to right.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::glob::{DASHES, Pattern, Piece, pieces, plain};
use crate::modifier::Modifier;

/// A value on its way through a chain of modifiers.
enum Stage {
    Pieces(Vec<Piece>),
    Bytes(Vec<u8>),
}

/// The patterns of one value: several where an encoding has several forms, of which one must match.
///
/// `literal` says that the text has no wildcards (it was a number or a boolean).
///
/// # Errors
/// Says why the chain cannot be applied to the value.
pub(crate) fn patterns(
    text: &str,
    literal: bool,
    chain: &[Modifier],
) -> Result<Vec<Pattern>, String> {
    let start = if literal {
        text.chars().map(Piece::Char).collect()
    } else {
        pieces(text)
    };
    let mut stages = vec![Stage::Pieces(start)];
    for modifier in chain {
        let mut next = Vec::with_capacity(stages.len());
        for stage in stages {
            apply(stage, *modifier, &mut next)?;
        }
        stages = next;
    }
    let cased = chain.contains(&Modifier::Cased);
    stages
        .into_iter()
        .map(|stage| Ok(Pattern::new(&into_pieces(stage)?, cased)))
        .collect()
}

fn apply(stage: Stage, modifier: Modifier, next: &mut Vec<Stage>) -> Result<(), String> {
    match modifier {
        Modifier::Utf16Le | Modifier::Wide => next.push(utf16(&stage, u16::to_le_bytes, &[])?),
        Modifier::Utf16Be => next.push(utf16(&stage, u16::to_be_bytes, &[])?),
        Modifier::Utf16 => next.push(utf16(&stage, u16::to_le_bytes, &[0xFF, 0xFE])?),
        Modifier::Base64 => {
            let encoded = STANDARD.encode(bytes(stage, modifier)?);
            next.push(Stage::Pieces(encoded.chars().map(Piece::Char).collect()));
        }
        Modifier::Base64Offset => base64_offsets(&bytes(stage, modifier)?, next)?,
        Modifier::WinDash => {
            let mut pieces = into_pieces(stage)?;
            for piece in &mut pieces {
                if matches!(piece, Piece::Char(character) if DASHES.contains(character)) {
                    *piece = Piece::Dash;
                }
            }
            next.push(Stage::Pieces(pieces));
        }
        Modifier::StartsWith | Modifier::EndsWith | Modifier::Contains => {
            let mut pieces = into_pieces(stage)?;
            if pieces.is_empty() {
                return Err(format!(
                    "'{}' with an empty text would match everything",
                    modifier.name()
                ));
            }
            if modifier != Modifier::StartsWith && pieces.first() != Some(&Piece::Any) {
                pieces.insert(0, Piece::Any);
            }
            if modifier != Modifier::EndsWith && pieces.last() != Some(&Piece::Any) {
                pieces.push(Piece::Any);
            }
            next.push(Stage::Pieces(pieces));
        }
        _ => next.push(stage),
    }
    Ok(())
}

fn into_pieces(stage: Stage) -> Result<Vec<Piece>, String> {
    match stage {
        Stage::Pieces(pieces) => Ok(pieces),
        Stage::Bytes(bytes) => {
            let text = String::from_utf8(bytes)
                .map_err(|_| "the encoded value is no text: let 'base64' follow".to_owned())?;
            Ok(text.chars().map(Piece::Char).collect())
        }
    }
}

fn bytes(stage: Stage, modifier: Modifier) -> Result<Vec<u8>, String> {
    match stage {
        Stage::Bytes(bytes) => Ok(bytes),
        Stage::Pieces(pieces) => plain(&pieces)
            .map(String::into_bytes)
            .ok_or_else(|| format!("'{}' cannot encode wildcards", modifier.name())),
    }
}

fn utf16(stage: &Stage, unit: fn(u16) -> [u8; 2], mark: &[u8]) -> Result<Stage, String> {
    let Stage::Pieces(pieces) = stage else {
        return Err("a value cannot be encoded in UTF-16 twice".to_owned());
    };
    let text = plain(pieces).ok_or("UTF-16 cannot encode wildcards")?;
    let mut bytes = mark.to_vec();
    bytes.extend(text.encode_utf16().flat_map(unit));
    Ok(Stage::Bytes(bytes))
}

/// The parts of the encoded text that do not depend on what stands around the value.
fn base64_offsets(value: &[u8], next: &mut Vec<Stage>) -> Result<(), String> {
    for (offset, skip) in [(0, 0), (1, 2), (2, 3)] {
        let mut padded = vec![b' '; offset];
        padded.extend_from_slice(value);
        let encoded = STANDARD.encode(&padded);
        let cut = match padded.len() % 3 {
            0 => 0,
            1 => 3,
            _ => 2,
        };
        let fixed = encoded
            .get(skip..encoded.len().saturating_sub(cut))
            .unwrap_or_default();
        if fixed.is_empty() {
            return Err("the value is too short for 'base64offset'".to_owned());
        }
        next.push(Stage::Pieces(fixed.chars().map(Piece::Char).collect()));
    }
    Ok(())
}

/// Replaces the placeholders of a text. `\%` is a plain percent sign.
///
/// # Errors
/// Names the placeholder that has no values.
pub(crate) fn expand(
    text: &str,
    values: &dyn Fn(&str) -> Option<Vec<String>>,
) -> Result<Vec<String>, String> {
    /// Most texts that one value may become.
    const LIMIT: usize = 10_000;
    let mut done = vec![String::new()];
    let mut rest = text;
    let push =
        |done: &mut Vec<String>, part: &str| done.iter_mut().for_each(|text| text.push_str(part));
    while let Some(place) = rest.find('%') {
        let (before, after) = rest.split_at_checked(place).unwrap_or((rest, ""));
        let after = after.strip_prefix('%').unwrap_or(after);
        if let Some(before) = before.strip_suffix('\\') {
            push(&mut done, before);
            push(&mut done, "%");
            rest = after;
            continue;
        }
        push(&mut done, before);
        let name_end = after.find('%');
        let name = name_end
            .and_then(|end| after.get(..end))
            .filter(|name| is_name(name));
        let Some(name) = name else {
            push(&mut done, "%");
            rest = after;
            continue;
        };
        let replacements = values(name)
            .filter(|values| !values.is_empty())
            .ok_or_else(|| format!("placeholder '%{name}%' has no value"))?;
        if done.len().saturating_mul(replacements.len()) > LIMIT {
            return Err(format!("placeholders make more than {LIMIT} values"));
        }
        done = done
            .iter()
            .flat_map(|text| {
                replacements
                    .iter()
                    .map(move |replacement| format!("{text}{replacement}"))
            })
            .collect();
        rest = after.get(name.len() + 1..).unwrap_or_default();
    }
    push(&mut done, rest);
    Ok(done)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|character| character.is_alphanumeric() || matches!(character, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contained(text: &str, chain: &[Modifier], hay: &str) -> bool {
        patterns(text, false, chain)
            .unwrap()
            .iter()
            .any(|pattern| pattern.matches(hay))
    }

    #[test]
    fn offsets_find_the_value_wherever_it_stands() {
        let chain = [Modifier::Base64Offset, Modifier::Contains, Modifier::Cased];
        for value in ["a", "ab", "abc", "http://evil", "xyz!"] {
            if value.len() < 3 {
                continue;
            }
            for before in ["", "1", "12", "123"] {
                for after in ["", "\u{7f}", "zz", "~~~"] {
                    let hay = STANDARD.encode(format!("{before}{value}{after}"));
                    assert!(contained(value, &chain, &hay), "{before}{value}{after}");
                }
            }
        }
        assert!(patterns("a", false, &chain).is_err());
    }

    #[test]
    fn chains_apply_left_to_right() {
        let wide = [Modifier::Wide, Modifier::Base64];
        assert!(contained("cmd", &wide, "YwBtAGQA"));
        let marked = [Modifier::Utf16, Modifier::Base64];
        assert!(contained("cmd", &marked, "//5jAG0AZAA="));
        let big = [Modifier::Utf16Be, Modifier::Base64];
        assert!(contained("cmd", &big, "AGMAbQBk"));
        assert!(patterns("a*", false, &[Modifier::Base64]).is_err());
        assert!(patterns("a", false, &[Modifier::Utf16]).is_err());
        assert!(patterns("", false, &[Modifier::Contains]).is_err());
    }

    #[test]
    fn placeholders() {
        let values = |name: &str| (name == "x").then(|| vec!["1".to_owned(), "2".to_owned()]);
        assert_eq!(
            expand("a%x%b%x%", &values).unwrap(),
            ["a1b1", "a1b2", "a2b1", "a2b2"]
        );
        assert_eq!(
            expand(r"\%plain%x%", &values).unwrap(),
            ["%plain1", "%plain2"]
        );
        assert_eq!(expand("100%", &values).unwrap(), ["100%"]);
        assert_eq!(
            expand("%y%", &values).unwrap_err(),
            "placeholder '%y%' has no value"
        );
    }
}
