//! Names on the wire: a member may be sent under another name and in another place than its own.

use std::collections::BTreeMap;

/// A member on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wire {
    /// Name of the element, JSON member, header, label or query parameter.
    pub name: &'static str,
    /// Where it stands.
    pub place: Place,
    /// Lists and maps around the value in XML and form bodies, outermost first; empty for JSON and
    /// for everything that is neither list nor map.
    pub levels: Vec<Level>,
}

/// Where a member stands in a request or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the body.
    Body,
    /// It is the whole body.
    Payload,
    /// A label of the path.
    Uri,
    /// A parameter of the query string.
    QueryString,
    /// A header.
    Header,
    /// Headers that begin with the name: a map.
    HeaderPrefix,
    /// An attribute of the XML element.
    Attribute,
    /// The HTTP status.
    Status,
}

/// One list or map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Level {
    /// The element of the member is repeated: there is no wrapper.
    FlatList,
    /// A wrapper element with items of this name.
    List(&'static str),
    /// Entries with a key and a value. A wrapped map has elements `entry`, a flattened one repeats
    /// the element of the member.
    Map {
        /// Whether there is no wrapper.
        flattened: bool,
        /// Name of the element of the key.
        key: &'static str,
        /// Name of the element of the value.
        value: &'static str,
    },
}

/// Structure → members that differ from the plain ones.
#[derive(Debug, Default)]
pub(crate) struct WireTable(BTreeMap<&'static str, BTreeMap<&'static str, Wire>>);

impl WireTable {
    pub(crate) fn insert(&mut self, structure: &'static str, text: &'static str) {
        let members = text.split(' ').filter_map(|member| {
            let (name, notation) = member.split_once('=')?;
            Some((name, Wire::read(name, notation)))
        });
        self.0.insert(structure, members.collect());
    }

    pub(crate) fn wire(&self, structure: &str, member: &'static str) -> Wire {
        self.0
            .get(structure)
            .and_then(|members| members.get(member))
            .cloned()
            .unwrap_or_else(|| Wire::plain(member))
    }

    pub(crate) fn payload(&self, structure: &str) -> Option<&'static str> {
        let members = self.0.get(structure)?;
        members
            .iter()
            .find(|(_, wire)| wire.place == Place::Payload)
            .map(|(name, _)| *name)
    }
}

impl Wire {
    /// A member under its own name in the body.
    fn plain(name: &'static str) -> Self {
        Self {
            name,
            place: Place::Body,
            levels: Vec::new(),
        }
    }

    /// Reads the notation of the table: a letter for the place, the name (left out when it is the
    /// member's own), then the levels.
    fn read(member: &'static str, notation: &'static str) -> Self {
        let place = match notation.bytes().next() {
            Some(b'.') => Place::Payload,
            Some(b'/') => Place::Uri,
            Some(b'?') => Place::QueryString,
            Some(b'^') => Place::Header,
            Some(b'~') => Place::HeaderPrefix,
            Some(b'@') => Place::Attribute,
            Some(b'#') => Place::Status,
            _ => Place::Body,
        };
        let rest = match place {
            Place::Body => notation,
            _ => notation.get(1..).unwrap_or_default(),
        };
        let is_level = |c: char| matches!(c, '*' | '[' | '{' | '}');
        let (name, mut rest) = rest
            .split_at_checked(rest.find(is_level).unwrap_or(rest.len()))
            .unwrap_or((rest, ""));
        let mut levels = Vec::new();
        while let Some((sign, after)) = rest.split_at_checked(1) {
            let end = after.find(is_level).unwrap_or(after.len());
            let (names, remaining) = after.split_at_checked(end).unwrap_or((after, ""));
            levels.push(match sign {
                "*" => Level::FlatList,
                "[" => Level::List(names),
                _ => {
                    let (key, value) = names.split_once(',').unwrap_or((names, ""));
                    Level::Map {
                        flattened: sign == "}",
                        key,
                        value,
                    }
                }
            });
            rest = remaining;
        }
        Self {
            name: if name.is_empty() { member } else { name },
            place,
            levels,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation() {
        assert_eq!(Wire::read("Tags", "tagSet[item").name, "tagSet");
        assert_eq!(Wire::read("Tags", "[member").name, "Tags");
        let nested = Wire::read("M", "m{key,value[item*");
        let map = Level::Map {
            flattened: false,
            key: "key",
            value: "value",
        };
        assert_eq!(nested.levels, [map, Level::List("item"), Level::FlatList]);
        let header = Wire::read("AccountId", "^x-amz-account-id");
        assert_eq!(
            (header.name, header.place),
            ("x-amz-account-id", Place::Header)
        );
    }
}
