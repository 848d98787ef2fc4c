//! Small look-ups in XML answers: one text by its path. Whole answers are decoded elsewhere.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// Deeper elements are passed over, whatever they are.
const DEEPEST: usize = 16;

/// The text of the first element at `path` below the root, whatever the root is called.
///
/// `Ok(None)`: there is none. `Err`: the body is not well-formed up to there.
pub(crate) fn text_at(body: &[u8], path: &[&str]) -> Result<Option<String>, String> {
    let mut reader = Reader::from_reader(body);
    // How many elements are open, and how many of the path were entered.
    let mut depth = 0_usize;
    let mut matched = 0_usize;
    let mut text = None::<String>;
    let mut buffer = Vec::new();
    loop {
        let event = reader
            .read_event_into(&mut buffer)
            .map_err(|error| error.to_string())?;
        match event {
            Event::Start(start) => {
                if depth >= 1
                    && depth - 1 == matched
                    && path
                        .get(matched)
                        .is_some_and(|name| start.local_name().as_ref() == *name && depth < DEEPEST)
                {
                    matched += 1;
                    if matched == path.len() {
                        text = Some(String::new());
                    }
                }
                depth += 1;
            }
            Event::Empty(start) => {
                let last = path.len().checked_sub(1);
                if depth >= 1
                    && depth - 1 == matched
                    && Some(matched) == last
                    && path.get(matched).copied() == Some(start.local_name().as_ref())
                {
                    return Ok(Some(String::new()));
                }
            }
            Event::End(_) => {
                let closed = depth
                    .checked_sub(1)
                    .ok_or("an element ends that never began")?;
                depth = closed;
                if text.is_some() && depth == path.len() {
                    return Ok(text);
                }
                matched = matched.min(depth.saturating_sub(1));
            }
            Event::Text(part) => {
                if let Some(text) = text.as_mut().filter(|_| depth == path.len() + 1) {
                    text.push_str(part.as_ref());
                }
            }
            Event::CData(part) => {
                if let Some(text) = text.as_mut().filter(|_| depth == path.len() + 1) {
                    text.push_str(part.as_ref());
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(text) = text.as_mut().filter(|_| depth == path.len() + 1) {
                    text.push(character(&reference).ok_or("an unknown entity")?);
                }
            }
            Event::Eof if depth > 0 => return Err("the body ends inside an element".to_owned()),
            Event::Eof => return Ok(None),
            _ => {}
        }
        buffer.clear();
    }
}

/// The character of `&#x41;` or of one of the five entities of XML; no others exist here, since
/// declarations of entities are not read.
fn character(reference: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character);
    }
    match reference.as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_exact() {
        let body = b"<?xml version='1.0'?><R xmlns='u'><X><T>no</T></X><W><X><T>no</T></X><T>a&amp;b&#x41;<!-- c --><![CDATA[<d>]]></T></W></R>";
        assert_eq!(text_at(body, &["W", "T"]), Ok(Some("a&bA<d>".to_owned())));
        assert_eq!(text_at(body, &["T"]), Ok(None));
        assert_eq!(text_at(body, &["X", "T"]), Ok(Some("no".to_owned())));
        assert_eq!(text_at(b"<r><t/></r>", &["t"]), Ok(Some(String::new())));
    }

    #[test]
    fn broken_bodies_are_errors() {
        for body in ["<r><t>x", "<r><t>x</r>", "<r>&unknown;<t>&unknown;</t></r>"] {
            assert!(text_at(body.as_bytes(), &["t"]).is_err(), "{body}");
        }
        assert_eq!(text_at(b"", &["t"]), Ok(None));
    }
}
