//! The report of an investigation, from a [`rempart_case::Case`].
//!
//! What the crate guarantees:
//! - the same case, language and program give the same bytes, in every format;
//! - nothing that stands in a case is markup, script, style, formula or a terminal code in what is
//!   written: text reaches a page only as [`words::Said`], which shows hidden characters, and the
//!   writer of each format escapes it for the place where it stands;
//! - the HTML page is one file that loads nothing, and its policy lets no script or style run but
//!   those whose digests it names;
//! - all that the page says is readable without script; charts repeat what tables say;
//! - words for people come from message keys, in English and French.

pub mod exports;
mod html;
mod markdown;
mod pdf;
mod reach;
mod time;
mod view;
mod words;

pub use html::html;
pub use markdown::markdown;
pub use pdf::{PdfError, pdf};
pub use reach::{ReachRow, ReachTable};
