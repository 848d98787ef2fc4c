//! Simple case folding.

/// Whether two texts are equal without case.
pub(crate) fn equal(left: &str, right: &str) -> bool {
    if left.is_ascii() && right.is_ascii() {
        return left.eq_ignore_ascii_case(right);
    }
    left.chars().map(fold).eq(right.chars().map(fold))
}

/// The text in the form in which equal texts without case are the same.
pub(crate) fn folded(text: &str) -> Box<str> {
    if text.is_ascii() {
        return text.to_ascii_lowercase().into();
    }
    text.chars().map(fold).collect::<String>().into()
}

/// One character to one character; those whose lower case is several stay as they are.
fn fold(character: char) -> char {
    // Through the upper case, so that forms that share one (σ and ς) are equal.
    let upper = single(character.to_uppercase()).unwrap_or(character);
    single(upper.to_lowercase()).unwrap_or(upper)
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_one_to_one() {
        assert!(equal("ÉCOLE", "école"));
        assert!(equal("ΣΑΣ", "σας"));
        assert!(!equal("ß", "ss"));
        assert!(!equal("a", "ab"));
    }
}
