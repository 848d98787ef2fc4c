//! A naive reader of HTML: the tags with the names of their attributes, and the text between them.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
}

/// Tags in order. Content of `script` and `style` is left out, as a browser leaves it.
pub(crate) fn tags(page: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if rest.starts_with('!') {
            rest = &rest[rest.find('>').unwrap() + 1..];
            continue;
        }
        let (tag, after) = tag(rest);
        rest = after;
        let raw = ["script", "style"].iter().find(|name| **name == tag.name);
        if let Some(raw) = raw {
            let end = format!("</{raw}");
            rest = &rest[rest.find(&end).unwrap()..];
        }
        found.push(tag);
    }
    found
}

fn tag(text: &str) -> (Tag, &str) {
    let end = text.find([' ', '>']).unwrap();
    let name = text[..end].to_owned();
    let mut rest = &text[end..];
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            return (Tag { name, attributes }, after);
        }
        if let Some(after) = rest.strip_prefix("/>") {
            return (Tag { name, attributes }, after);
        }
        let end = rest.find(['=', ' ', '>']).unwrap();
        let attribute = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix("=\"") {
            let close = after.find('"').unwrap();
            value = after[..close].to_owned();
            rest = &after[close + 1..];
        } else {
            assert!(
                !rest.starts_with('='),
                "an attribute without quotes: {attribute}"
            );
        }
        attributes.push((attribute, value));
    }
}

/// Names of tags and attributes: what text must not change.
pub(crate) fn shape(page: &str) -> Vec<String> {
    let shapes = tags(page).into_iter().map(|tag| {
        let names: Vec<_> = tag
            .attributes
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        format!("{} {}", tag.name, names.join(" "))
    });
    shapes.collect()
}
