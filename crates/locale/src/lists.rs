//! Lists as a language writes them.

use crate::messages::Language;

/// `a, b and c` or `a, b et c`.
pub(crate) fn joined(items: &[String], language: Language) -> String {
    let and = match language {
        Language::English => " and ",
        Language::French => " et ",
    };
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [beginning @ .., last] => format!("{}{and}{last}", beginning.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_item_is_joined_by_a_word() {
        let items: Vec<String> = ["a", "b", "c"].map(String::from).into();
        assert_eq!(joined(&items, Language::English), "a, b and c");
        assert_eq!(joined(&items, Language::French), "a, b et c");
        assert_eq!(joined(&items[..1], Language::French), "a");
        assert_eq!(joined(&[], Language::French), "");
    }
}
