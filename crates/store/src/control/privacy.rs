//! Names, descriptions and tags must not hold personal data (SageMaker Developer Guide, "Feature Store
//! security"): they are logged and searchable. What looks like it is warned about, never echoed.

/// What a text looks like; `None` when it looks harmless.
pub(super) fn looks_like(text: &str) -> Option<&'static str> {
    let mut words =
        text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '/'));
    words.find_map(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '+');
        if is_address(word) {
            Some("an e-mail address")
        } else if is_number_of_person(word) {
            Some("the number of a person")
        } else {
            None
        }
    })
}

fn is_address(word: &str) -> bool {
    let Some((local, domain)) = word.rsplit_once('@') else {
        return false;
    };
    let labels: Vec<&str> = domain.split('.').collect();
    !local.is_empty()
        && labels.len() >= 2
        && labels.iter().all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
        && labels
            .last()
            .is_some_and(|top| top.len() >= 2 && top.chars().all(char::is_alphabetic))
}

/// A social security number (3-2-4 digits), or a telephone number with its country.
fn is_number_of_person(word: &str) -> bool {
    let groups: Vec<&str> = word.split('-').collect();
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let [first, second, third] = groups.as_slice() {
        let lengths = (first.len(), second.len(), third.len());
        if lengths == (3, 2, 4) && groups.iter().all(|group| is_digits(group)) {
            return true;
        }
    }
    word.strip_prefix('+').is_some_and(|rest| {
        let digits = rest.replace(['-', '.'], "");
        is_digits(&digits) && (8..=15).contains(&digits.len())
    })
}

#[cfg(test)]
mod tests {
    use super::looks_like;

    #[test]
    fn addresses_and_numbers_are_seen_and_ordinary_names_are_not() {
        for text in [
            "jane.doe@example.org",
            "owner: <jane@example.co.uk>",
            "123-45-6789",
            "call +33-6-12345678",
        ] {
            assert!(looks_like(text).is_some(), "{text}");
        }
        for text in [
            "fraud-2026-11",
            "111122223333",
            "team@",
            "@home.org",
            "a@b",
            "v1.2.3",
            "2024-01-01",
            "arn:aws:iam::111122223333:role/x",
            "+1",
        ] {
            assert_eq!(looks_like(text), None, "{text}");
        }
    }
}
