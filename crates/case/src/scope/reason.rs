//! Why something is in scope, in words.

use std::sync::Arc;

use rempart_locale::Text;

use super::Why;
use crate::model::Certainty;

/// A reason of the messages `scope-…`.
pub(super) fn why(key: &str, certainty: Certainty, params: &[(&str, &Arc<str>)]) -> Why {
    let text = params
        .iter()
        .fold(Text::new(format!("scope-{key}")), |text, (name, value)| {
            text.with(name, value.to_string())
        });
    Why {
        text,
        certainty,
        is_origin: false,
    }
}
