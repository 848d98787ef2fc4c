//! Unicode simple case folding.

use std::borrow::Cow;

/// The representative of a character among those that differ from it by case only.
pub(crate) fn fold_char(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    // Dotless i is no case of i outside Turkic languages.
    if character == 'ı' {
        return character;
    }
    let upper = single(character.to_uppercase()).unwrap_or(character);
    single(upper.to_lowercase()).unwrap_or(upper)
}

/// The folded text.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Cow::Owned(text.to_ascii_lowercase());
        }
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(fold_char).collect())
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The regex crate implements simple folding from the tables of Unicode.
    #[test]
    fn agrees_with_the_tables_of_the_regex_crate() {
        let all: String = (0..=0x1_FFFFu32).filter_map(char::from_u32).collect();
        let mut cased = 0;
        let assigned = regex::Regex::new(r"^\P{Unassigned}$").unwrap();
        for character in all.chars().filter(|c| fold_char(*c) != *c) {
            // The standard library may know a newer Unicode.
            if !assigned.is_match(&character.to_string()) {
                continue;
            }
            cased += 1;
            let pattern = format!("^(?i:{})$", regex::escape(&character.to_string()));
            let matcher = regex::Regex::new(&pattern).unwrap();
            assert!(
                matcher.is_match(&fold_char(character).to_string()),
                "{character:?}"
            );
        }
        assert!(cased > 1000);
        for character in "ſKÅµςẞϴᾳᾼ\u{345}ꙋᲈ".chars() {
            let pattern = format!("(?i:{character})");
            let matcher = regex::Regex::new(&pattern).unwrap();
            for other in matcher.find_iter(&all) {
                let other = other.as_str().chars().next().unwrap();
                assert_eq!(
                    fold_char(other),
                    fold_char(character),
                    "{other:?} {character:?}"
                );
            }
        }
    }
}
