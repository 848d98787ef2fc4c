//! A tree of elements, bounded in depth and number. Entities of a document type are never expanded.

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// Deepest nesting of elements.
const DEEPEST: usize = 64;
/// Most elements of one answer.
const MOST_ELEMENTS: usize = 4_000_000;

#[derive(Debug, Default)]
pub(super) struct Element {
    /// Name without its prefix.
    pub(super) name: String,
    /// Attributes with their prefix.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
}

impl Element {
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn children_named<'e>(&'e self, name: &str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let (_, value) = attributes.find(|(attribute, _)| attribute == name)?;
        Some(value)
    }
}

pub(super) fn read(body: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0_usize;
    loop {
        let at = reader.buffer_position();
        let failed = |reason: String| format!("XML at byte {at}: {reason}");
        let event = reader.read_event();
        match event.map_err(|error| failed(error.to_string()))? {
            Event::Start(start) => {
                count += 1;
                if open.len() >= DEEPEST || count > MOST_ELEMENTS {
                    return Err(failed("too deep or too many elements".to_owned()));
                }
                if root.is_some() {
                    return Err(failed("a second root".to_owned()));
                }
                open.push(element(&start).map_err(failed)?);
            }
            Event::Empty(start) => {
                count += 1;
                if count > MOST_ELEMENTS {
                    return Err(failed("too many elements".to_owned()));
                }
                let element = element(&start).map_err(failed)?;
                close(&mut open, &mut root, element).map_err(failed)?;
            }
            Event::End(_) => {
                let element = open
                    .pop()
                    .ok_or_else(|| failed("an end too many".to_owned()))?;
                close(&mut open, &mut root, element).map_err(failed)?;
            }
            Event::Text(text) => {
                add(&mut open, &text.xml10_content());
            }
            Event::CData(text) => {
                add(&mut open, &text.xml10_content());
            }
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref();
                if let Some(character) = character.map_err(|error| failed(error.to_string()))? {
                    add(&mut open, character.encode_utf8(&mut [0; 4]));
                    continue;
                }
                let name = reference.xml10_content();
                match quick_xml::escape::resolve_predefined_entity(&name) {
                    Some(text) => add(&mut open, text),
                    None => return Err(failed(format!("entity {name:?}"))),
                }
            }
            Event::DocType(_) => return Err(failed("a document type".to_owned())),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err("XML ends inside an element".to_owned());
    }
    root.ok_or_else(|| "XML without element".to_owned())
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
        let value = value.map_err(|error| error.to_string())?;
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(Element {
        name: start.local_name().as_ref().to_owned(),
        attributes,
        children: Vec::new(),
        text: String::new(),
    })
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn close(
    open: &mut [Element],
    root: &mut Option<Element>,
    mut element: Element,
) -> Result<(), String> {
    if !element.children.is_empty() {
        // White space between children.
        element.text.clear();
    }
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_some() => return Err("a second root".to_owned()),
        None => *root = Some(element),
    }
    Ok(())
}
