//! The report as Markdown.

mod answers;
mod appendix;
mod text;
mod timeline;

use rempart_case::Case;
use rempart_locale::Language;

use crate::reach::ReachTable;
use crate::view::View;
use text::Document;

/// The report as Markdown (CommonMark with the tables of GitHub), with all that the page has but
/// its charts. Everything of the case is escaped: no link, image, HTML or markup comes from it.
#[must_use]
pub fn markdown(case: &Case, reach: Option<&ReachTable>, language: Language) -> String {
    let view = View::new(case, reach, language);
    let mut document = Document::default();
    answers::summary(&mut document, &view);
    answers::write(&mut document, &view);
    timeline::write(&mut document, &view);
    timeline::sessions(&mut document, &view);
    timeline::entities(&mut document, &view);
    appendix::reach(&mut document, &view);
    appendix::coverage(&mut document, &view);
    appendix::indicators(&mut document, &view);
    appendix::deadlines(&mut document, &view);
    appendix::inputs(&mut document, &view);
    appendix::reading(&mut document, &view);
    appendix::evidence(&mut document, &view);
    document.into_string()
}
