//! The report as one HTML page.

mod answers;
mod appendix;
mod charts;
mod coverage;
mod entities;
mod graphs;
mod markup;
mod page;
mod parts;
mod policy;
mod reach;
mod sessions;
mod summary;
mod timeline;

use rempart_case::Case;
use rempart_locale::Language;

use crate::reach::ReachTable;
use crate::view::View;

/// The report as one HTML page that loads nothing: words, tables, charts, its scripts and styles.
///
/// `reach` is what the credentials in scope could do; without it the page says that this is unknown.
/// The page has a content security policy that allows its own scripts and styles by digest and
/// nothing else. Some 1.6 MB are the chart libraries.
#[must_use]
pub fn html(case: &Case, reach: Option<&ReachTable>, language: Language) -> String {
    page::page(&View::new(case, reach, language))
}
