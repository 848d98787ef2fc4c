//! The report as Markdown.
use rempart_case::Case;
use rempart_locale::Language;
use crate::reach::ReachTable;
#[must_use]
pub fn markdown(_case: &Case, _reach: Option<&ReachTable>, _language: Language) -> String { String::new() }
