//! Takes JSON documents, such as pipeline definitions, apart.

/// Strings of a document, and arrays of strings as command lines.
pub(super) fn gather<'d>(
    value: &'d serde_json::Value,
    strings: &mut Vec<&'d str>,
    commands: &mut Vec<String>,
) {
    match value {
        serde_json::Value::String(text) => strings.push(text),
        serde_json::Value::Array(items) => {
            let words: Vec<&str> = items.iter().filter_map(serde_json::Value::as_str).collect();
            if words.len() == items.len() && words.len() > 1 {
                let quoted: Vec<String> = words
                    .iter()
                    .map(|word| format!("'{}'", word.replace('\'', r"'\''")))
                    .collect();
                commands.push(quoted.join(" "));
            }
            for item in items {
                gather(item, strings, commands);
            }
        }
        serde_json::Value::Object(fields) => {
            for (name, item) in fields {
                // The loader variables of an environment matter by name.
                if let Some(text) = item.as_str().filter(|_| {
                    name.chars()
                        .all(|letter| letter.is_ascii_uppercase() || letter == '_')
                }) {
                    commands.push(format!("{name}='{}'", text.replace('\'', r"'\''")));
                }
                gather(item, strings, commands);
            }
        }
        _ => {}
    }
}
