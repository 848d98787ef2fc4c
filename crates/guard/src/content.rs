//! The properties, parameters and templates that ship with the program.

use include_dir::{Dir, include_dir};

use crate::generate::Template;
use crate::parameters::{Parameters, ParametersError};

static PROPERTIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../guardrails/properties");
static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../guardrails/templates");
const PARAMETERS: &str = include_str!("../../../guardrails/parameters.yaml");

/// The properties: names of files and their texts, in order.
pub fn properties() -> Vec<(String, String)> {
    texts(&PROPERTIES)
}

/// The templates of guardrails, in order.
pub fn templates() -> Vec<Template> {
    texts(&TEMPLATES)
        .into_iter()
        .map(|(path, text)| Template::new(&path, &text))
        .collect()
}

/// The example parameters: every parameter that properties and templates name.
///
/// # Errors
/// Never in a program that passed its tests.
pub fn parameters() -> Result<Parameters, ParametersError> {
    Parameters::read(PARAMETERS, None)
}

fn texts(folder: &Dir<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut pending = vec![folder];
    while let Some(folder) = pending.pop() {
        pending.extend(folder.dirs());
        for file in folder.files() {
            if let Some(text) = file.contents_utf8() {
                found.push((
                    file.path().to_string_lossy().replace('\\', "/"),
                    text.to_owned(),
                ));
            }
        }
    }
    found.sort();
    found
}
