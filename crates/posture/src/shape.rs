//! What the service models say about the members of resources.

use rempart_aws_model::{Shape, ShapeKind, api_operation};
use rempart_estate::{Kind, kind};

/// The shape of a resource's own body.
pub(crate) fn body_shape(table: &Kind) -> Option<Shape> {
    let output = api_operation(table.primary()?)?.output()?;
    match table.items_paths().next() {
        None => Some(output),
        Some(path) => walk(output, &path).ok().flatten(),
    }
}

/// The shape at a path below another; `None` where anything may stand.
///
/// # Errors
/// The path leads nowhere.
pub(crate) fn walk(start: Shape, path: &str) -> Result<Option<Shape>, String> {
    let mut shape = start;
    for segment in path.split('.').filter(|segment| !segment.is_empty()) {
        let name = segment.trim_end_matches("[]");
        let lists = (segment.len() - name.len()) / 2;
        shape = match shape.kind() {
            ShapeKind::Structure => match shape.member(name) {
                Some(member) => member.shape,
                None => {
                    let known = shape.members().map(|member| member.name);
                    let near = rempart_aws_model::nearest(name, known);
                    let hint = match near.is_empty() {
                        true => String::new(),
                        false => format!("; hint: {}", near.join(", ")),
                    };
                    return Err(format!("there is no member `{name}`{hint}"));
                }
            },
            ShapeKind::Map => match shape.element() {
                Some(element) => element,
                None => return Ok(None),
            },
            ShapeKind::Document => return Ok(None),
            _ => return Err(format!("`{name}` cannot be a member of {:?}", shape.kind())),
        };
        for _ in 0..lists {
            shape = match (shape.kind(), shape.element()) {
                (ShapeKind::List | ShapeKind::Map, Some(element)) => element,
                (ShapeKind::Document, _) => return Ok(None),
                _ => return Err(format!("`{name}` is no list")),
            };
        }
    }
    Ok(Some(shape))
}

/// Whether a member of a kind of resources has members of its own, as far as the model tells. One that
/// the model does not know may have some.
pub(crate) fn holds_members(name: &str, path: &str) -> bool {
    let start = kind(name).and_then(body_shape);
    let Some(mut shape) = start.and_then(|start| walk(start, path).ok().flatten()) else {
        return true;
    };
    while let (ShapeKind::List | ShapeKind::Map, Some(element)) = (shape.kind(), shape.element()) {
        shape = element;
    }
    matches!(shape.kind(), ShapeKind::Structure | ShapeKind::Document)
}
