//! Near names for a misspelt one.

/// Longest text that is compared; longer input gets no suggestion.
const LONGEST: usize = 100;

/// Up to three of `names` that are closest to `wanted`, closest first. Names further away than a
/// third of the length are left out.
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Vec::new();
    }
    let folded: Vec<u8> = wanted
        .bytes()
        .map(|byte| byte.to_ascii_lowercase())
        .collect();
    let least = if folded.len() < 4 { 1 } else { 2 };
    let allowed = (folded.len() / 3).clamp(least, 6);
    let mut scored: Vec<(usize, &str)> = Vec::new();
    for name in names {
        if name.len().abs_diff(folded.len()) > allowed {
            continue;
        }
        let distance = distance(&folded, name);
        if distance <= allowed {
            scored.push((distance, name));
        }
    }
    scored.sort_unstable();
    scored.dedup();
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Levenshtein distance over bytes, letters compared without case.
fn distance(wanted: &[u8], name: &str) -> usize {
    let mut row: Vec<usize> = (0..=wanted.len()).collect();
    for (line, byte) in name
        .bytes()
        .map(|byte| byte.to_ascii_lowercase())
        .enumerate()
    {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, wanted_byte) in row
            .iter_mut()
            .zip(std::iter::once(None).chain(wanted.iter().map(Some)))
        {
            let above = *cell;
            let value = match wanted_byte {
                None => line + 1,
                Some(other) => (diagonal + usize::from(*other != byte))
                    .min(above + 1)
                    .min(left + 1),
            };
            diagonal = above;
            left = value;
            *cell = value;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_is_levenshtein() {
        assert_eq!(distance(b"kitten", "sitting"), 3);
        assert_eq!(distance(b"", "abc"), 3);
        assert_eq!(distance(b"abc", ""), 3);
        assert_eq!(distance(b"createmodel", "CreateModel"), 0);
    }

    #[test]
    fn far_names_and_long_input_get_nothing() {
        assert!(nearest("zzzzzz", ["CreateModel"].into_iter()).is_empty());
        assert!(nearest(&"a".repeat(500), ["CreateModel"].into_iter()).is_empty());
        assert_eq!(
            nearest("CreateModle", ["CreateModel", "DeleteModel"].into_iter()),
            ["CreateModel"]
        );
    }
}
