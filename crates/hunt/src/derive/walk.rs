//! Visiting the scalars of a request.

use rempart_trail::json::{Json, Kind};

/// Deepest level that is looked into; real requests nest less than ten.
const MAX_DEPTH: usize = 48;

/// Calls `visit` with the nearest key, the key of the object around it, and the text of every scalar.
/// A string that itself holds a JSON object or array is not entered.
pub(super) fn scalars(value: Json<'_>, visit: &mut dyn FnMut(&Place<'_>, &str)) {
    scalars_outside(value, |_| false, visit);
}

/// As [`scalars`], without what is below members that `is_left_out` names.
pub(super) fn scalars_outside(
    value: Json<'_>,
    is_left_out: fn(&str) -> bool,
    visit: &mut dyn FnMut(&Place<'_>, &str),
) {
    descend(
        value,
        &Place {
            key: "",
            parent: "",
            depth: 0,
        },
        is_left_out,
        visit,
    );
}

/// Where a scalar stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The nearest key; elements of an array carry the array's key.
    pub(super) key: &'a str,
    /// The key of the object that holds `key`.
    pub(super) parent: &'a str,
    depth: usize,
}

impl Place<'_> {
    /// Whether the key, or the one around it, reads so whatever its case.
    pub(super) fn is_under(&self, name: &str) -> bool {
        self.key.eq_ignore_ascii_case(name) || self.parent.eq_ignore_ascii_case(name)
    }
}

fn descend(
    value: Json<'_>,
    place: &Place<'_>,
    is_left_out: fn(&str) -> bool,
    visit: &mut dyn FnMut(&Place<'_>, &str),
) {
    if place.depth > MAX_DEPTH {
        return;
    }
    match value.kind() {
        Kind::Object => {
            for (key, member) in value.entries() {
                let key = key.text();
                if is_left_out(&key) {
                    continue;
                }
                descend(
                    member,
                    &Place {
                        key: &key,
                        parent: place.key,
                        depth: place.depth + 1,
                    },
                    is_left_out,
                    visit,
                );
            }
        }
        Kind::Array => {
            for element in value.elements() {
                descend(
                    element,
                    &Place {
                        depth: place.depth + 1,
                        ..*place
                    },
                    is_left_out,
                    visit,
                );
            }
        }
        Kind::Null => {}
        Kind::String | Kind::Number | Kind::Bool => {
            if let Some(text) = value.scalar_text() {
                visit(place, &text);
            }
        }
    }
}

/// Every object inside `value`, itself included.
pub(super) fn objects<'a>(value: Json<'a>, visit: &mut dyn FnMut(Json<'a>)) {
    fn inner<'a>(value: Json<'a>, depth: usize, visit: &mut dyn FnMut(Json<'a>)) {
        if depth > MAX_DEPTH {
            return;
        }
        match value.kind() {
            Kind::Object => {
                visit(value);
                value
                    .entries()
                    .for_each(|(_, member)| inner(member, depth + 1, visit));
            }
            Kind::Array => value
                .elements()
                .for_each(|element| inner(element, depth + 1, visit)),
            _ => {}
        }
    }
    inner(value, 0, visit);
}
