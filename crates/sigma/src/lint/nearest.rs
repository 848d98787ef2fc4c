//! Near names for a misspelt one.

/// Longest text that is compared.
const LONGEST: usize = 80;

/// Up to three names that are close to `wanted`, closest first.
pub(super) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Vec::new();
    }
    let wanted = wanted.to_ascii_lowercase();
    let allowed = (wanted.len() / 3).clamp(1, 6);
    let mut scored: Vec<(usize, &str)> = names
        .filter(|name| name.len().abs_diff(wanted.len()) <= allowed)
        .map(|name| (distance(wanted.as_bytes(), name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .collect();
    scored.sort_unstable();
    scored.dedup();
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Edits between two texts, letters compared without case.
fn distance(wanted: &[u8], name: &str) -> usize {
    let mut row: Vec<usize> = (0..=wanted.len()).collect();
    for (line, byte) in (1..).zip(name.bytes().map(|byte| byte.to_ascii_lowercase())) {
        let mut diagonal = row.first().copied().unwrap_or_default();
        let mut left = line;
        if let Some(first) = row.first_mut() {
            *first = line;
        }
        for (cell, other) in row.iter_mut().skip(1).zip(wanted) {
            let replaced = diagonal + usize::from(*other != byte);
            diagonal = *cell;
            *cell = replaced.min(*cell + 1).min(left + 1);
            left = *cell;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found() {
        assert_eq!(distance(b"kitten", "sitting"), 3);
        assert_eq!(distance(b"", "abc"), 3);
        let names = ["eventName", "eventSource", "errorCode"];
        assert_eq!(nearest("EventNam", names.into_iter()), ["eventName"]);
        assert!(nearest("zzzz", names.into_iter()).is_empty());
        assert!(nearest(&"e".repeat(500), names.into_iter()).is_empty());
    }
}
