//! The fields of a request that matter for security in its operation, and why.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use rempart_locale::Text;
use rempart_trail::json::Kind;
use rempart_trail::record::{Field, Record};

use super::lines::{Lines, listed, shown, values_at};
use super::{scripts, what};

/// The reviewed table, see its head for the form.
pub(super) const TABLE: &str = include_str!("../../data/explained-fields.txt");

/// A field that matters.
#[derive(Debug)]
pub(super) struct Explained {
    /// `sagemaker`: the event source without its domain.
    pub(super) service: &'static str,
    /// Event names; `*` stands for all of the service.
    pub(super) operations: Vec<&'static str>,
    /// Path below `requestParameters`, without marks of lists.
    pub(super) path: &'static str,
    /// Message that says why it matters.
    pub(super) why: &'static str,
    /// Message that says what AWS takes when it is absent.
    pub(super) default: Option<&'static str>,
}

pub(super) fn table() -> &'static [Explained] {
    static ROWS: OnceLock<Vec<Explained>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let lines = TABLE
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        lines.filter_map(row).collect()
    })
}

/// Reads a line; a test holds that every line can be read.
pub(super) fn row(line: &'static str) -> Option<Explained> {
    let mut columns = line.split('|').map(str::trim);
    let (service, operations) = columns.next()?.split_once(' ')?;
    let path = columns.next()?;
    let why = columns.next()?;
    let default = columns.next()?;
    let is_whole = columns.next().is_none() && !path.is_empty() && !why.is_empty();
    is_whole.then(|| Explained {
        service,
        operations: operations.split(',').map(str::trim).collect(),
        path,
        why,
        default: (default != "-").then_some(default),
    })
}

fn rows_of(record: &Record<'_>) -> impl Iterator<Item = &'static Explained> {
    let (source, name) = what::names(record);
    table().iter().filter(move |row| {
        row.service == what::label(&source)
            && row
                .operations
                .iter()
                .any(|operation| *operation == "*" || *operation == name)
    })
}

/// Top-level members that this section tells about.
pub(super) fn paths(record: &Record<'_>) -> BTreeSet<&'static str> {
    rows_of(record)
        .filter(|row| !row.path.contains('.'))
        .map(|row| row.path)
        .collect()
}

pub(super) fn lines(record: &Record<'_>, lines: &mut Lines<'_>) {
    let mut rows = rows_of(record).peekable();
    if rows.peek().is_none() {
        return;
    }
    let request = record
        .get(Field::RequestParameters)
        .filter(|request| request.kind() == Kind::Object);
    let Some(request) = request else {
        // Without a request nothing can be said of defaults.
        lines.said(
            "request",
            &Text::new("explain-not-recorded"),
            Some(Text::new("explain-note-request-missing")),
        );
        return;
    };
    let mut told = BTreeSet::new();
    for row in rows {
        if !told.insert(row.path) {
            continue;
        }
        let why = Text::new(row.why);
        let values = values_at(request, row.path);
        if values.is_empty() {
            if let Some(default) = row.default {
                let note = Text::new("explain-why-and-default")
                    .with("why", why)
                    .with("default", Text::new(default));
                let absent = lines.locale().word("explain-absent");
                lines.named(row.path.to_owned(), absent, Some(note));
            }
            continue;
        }
        let value = match scripts::is_script_field(row.path) {
            true => lines.locale().word("explain-see-scripts"),
            false => {
                let mut shown: Vec<String> = values.into_iter().map(shown).collect();
                shown.dedup();
                safe_list(&shown)
            }
        };
        lines.named(row.path.to_owned(), value, Some(why));
    }
}

/// Values are safe each by itself; a list of them is cut once more.
fn safe_list(values: &[String]) -> String {
    let joined = listed(values);
    match joined.chars().count() > 600 {
        true => joined.chars().take(600).chain(['…']).collect(),
        false => joined,
    }
}

#[cfg(test)]
mod tests {
    use rempart_aws_model::{EventName, PathCheck, event_name, event_source, request_path};
    use rempart_locale::{Language, locale};

    use super::*;

    #[test]
    fn every_line_is_read_and_names_messages_of_both_languages() {
        let lines = TABLE
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        for line in lines {
            assert!(row(line).is_some(), "{line}");
        }
        assert!(table().len() >= 110, "{}", table().len());
        for row in table() {
            for language in Language::ALL {
                let locale = locale(language);
                assert!(locale.has(row.why), "{language}: {}", row.why);
                if let Some(default) = row.default {
                    assert!(locale.has(default), "{language}: {default}");
                }
            }
        }
    }

    #[test]
    fn every_path_leads_to_a_member_of_its_operations() {
        let mut wrong = Vec::new();
        for row in table() {
            let source = format!("{}.amazonaws.com", row.service);
            if row.operations == ["*"] {
                let known = event_source(&source).unwrap();
                let in_one = known.operations().any(|operation| {
                    matches!(
                        request_path(&source, operation.name(), row.path),
                        PathCheck::Ok(_)
                    )
                });
                if !in_one {
                    wrong.push(format!("{source} *: {}", row.path));
                }
                continue;
            }
            for operation in &row.operations {
                let known = event_name(&source, operation);
                let is_event = matches!(
                    known,
                    EventName::Operation(_) | EventName::Alias { .. } | EventName::NonApi
                );
                let check = request_path(&source, operation, row.path);
                // S3 writes requests in a spelling of its own, which no model holds.
                let is_path = matches!(check, PathCheck::Ok(_))
                    || (row.service == "s3" && matches!(check, PathCheck::Unchecked(_)));
                if !is_event || !is_path {
                    wrong.push(format!("{source} {operation}: {} {check:?}", row.path));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_field_is_listed_once_for_an_operation() {
        let mut seen = BTreeSet::new();
        for row in table() {
            for operation in &row.operations {
                assert!(
                    seen.insert((row.service, *operation, row.path)),
                    "{} {operation} {} stands twice",
                    row.service,
                    row.path
                );
            }
        }
    }

    #[test]
    fn labels_are_safe() {
        for row in table() {
            assert_eq!(super::super::lines::safe(row.path), row.path);
        }
    }
}
