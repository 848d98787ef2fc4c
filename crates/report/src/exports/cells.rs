//! Cells of CSV that no spreadsheet takes for a formula.

use rempart_findings::visible;

/// One value.
pub(crate) fn cell(text: &str) -> String {
    guarded(visible(text).into_owned())
}

/// A text of ours with parameters that are visible already.
pub(crate) fn said(text: &crate::words::Said) -> String {
    guarded(text.as_str().to_owned())
}

/// Several values with a sign between them that none of them has.
pub(crate) fn list<S: AsRef<str>>(values: impl IntoIterator<Item = S>, between: char) -> String {
    let mut joined = String::new();
    for (place, value) in values.into_iter().enumerate() {
        if place > 0 {
            joined.push(between);
        }
        joined.extend(
            visible(value.as_ref())
                .chars()
                .map(|sign| match sign == between {
                    true => ' ',
                    false => sign,
                }),
        );
    }
    guarded(joined)
}

/// Spreadsheets run a cell as a formula when it begins with one of a few signs; some skip blanks
/// first, and some read the full-width forms as the plain ones. A quote in front of a quote keeps
/// the guard reversible. The same guard as in the CSV of findings.
fn guarded(cell: String) -> String {
    let first = cell.trim_start().chars().next();
    let formula = matches!(
        first,
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%')
    );
    let quote = ["'", "\\u{9}", "\\u{a}", "\\u{d}"]
        .iter()
        .any(|start| cell.starts_with(start));
    match formula || quote {
        true => format!("'{cell}"),
        false => cell,
    }
}

/// Rows as CSV.
pub(crate) fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail, and every row is as long as the head.
    let _ = writer.write_record(head);
    for row in rows {
        let _ = writer.write_record(&row);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_lists_stay_apart() {
        for text in ["=1", "+1", "-1", "@a", "  =1", "＝1", "|x", "%x", "'a"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        assert_eq!(cell("\t=1"), "'\\u{9}=1");
        assert_eq!(cell("a=1"), "a=1");
        assert_eq!(list(["-a", "b;c"], ';'), "'-a;b c");
    }
}
