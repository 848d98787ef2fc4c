//! The report as PDF, with the same bytes for the same page.

use anyhow::Context;

/// Prints a page.
pub(super) fn print(page: &str) -> anyhow::Result<Vec<u8>> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (html, pdf) = (
        folder.path().join("report.html"),
        folder.path().join("report.pdf"),
    );
    std::fs::write(&html, page).with_context(|| format!("cannot write {}", html.display()))?;
    rempart_report::pdf(&html, &pdf)?;
    let mut bytes =
        std::fs::read(&pdf).with_context(|| format!("cannot read {}", pdf.display()))?;
    fix_times(&mut bytes);
    Ok(bytes)
}

/// Browsers write the time of printing into a PDF. It becomes the start of 1970, as long as before, so
/// that no offset in the file moves.
fn fix_times(bytes: &mut [u8]) {
    for mark in [&b"/CreationDate (D:"[..], &b"/ModDate (D:"[..]] {
        let mut from = 0;
        while let Some(found) = bytes
            .get(from..)
            .and_then(|rest| memchr::memmem::find(rest, mark))
        {
            let start = from + found + mark.len();
            let digits = bytes.iter_mut().skip(start).take(14);
            for (digit, fixed) in digits.zip(b"19700101000000") {
                *digit = *fixed;
            }
            from = start;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_fixed_and_nothing_moves() {
        let mut bytes =
            b"<</CreationDate (D:20261128093300+00'00')\n/ModDate (D:20261128093300+00'00')>>"
                .to_vec();
        let length = bytes.len();
        fix_times(&mut bytes);
        assert_eq!(bytes.len(), length);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.matches("D:19700101000000+00'00'").count(), 2);
        fix_times(&mut []);
    }
}
