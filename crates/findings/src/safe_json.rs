//! JSON whose strings hide nothing: what a terminal or a reader would not show is escaped.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::escape::is_hidden;

/// Writes one JSON value on one line, with the line end.
pub(crate) fn write_line<T: Serialize>(out: &mut dyn io::Write, value: &T) -> io::Result<()> {
    let mut line = line(value)?;
    line.push(b'\n');
    out.write_all(&line)
}

/// One JSON value on one line, without a line end. Made in memory: many small writes through a
/// reference to a writer of unknown type cost several times as much.
pub(crate) fn line<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    let mut line = Vec::with_capacity(1024);
    write_with(&mut line, value, CompactFormatter)?;
    Ok(line)
}

/// Writes one indented JSON value, with a line end.
pub(crate) fn write_pretty<T: Serialize>(out: &mut dyn io::Write, value: &T) -> io::Result<()> {
    write_with(out, value, PrettyFormatter::new())?;
    out.write_all(b"\n")
}

fn write_with<T, F, W>(out: &mut W, value: &T, inner: F) -> io::Result<()>
where
    T: Serialize,
    F: Formatter,
    W: io::Write + ?Sized,
{
    let mut serializer = Serializer::with_formatter(out, Visible { inner });
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// Leaves the layout to `inner` and escapes characters that do not show. A parser gives back the
/// same strings.
struct Visible<F> {
    inner: F,
}

impl<F: Formatter> Formatter for Visible<F> {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.inner.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.inner.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.inner.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.inner.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.inner.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.inner.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.inner.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.inner.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.inner.end_object_value(writer)
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(position) = rest.find(is_hidden) {
            let (before, from_hidden) = rest.split_at(position);
            writer.write_all(before.as_bytes())?;
            let mut characters = from_hidden.chars();
            if let Some(hidden) = characters.next() {
                for unit in hidden.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hidden_characters_are_escaped() {
        let mut out = Vec::new();
        write_line(&mut out, &"a\u{1b}b\u{9b}c\u{202e}d\u{e0041}é\u{7f}").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "\"a\\u001bb\\u009bc\\u202ed\\udb40\\udc41é\\u007f\"\n"
        );
    }

    proptest! {
        #[test]
        fn strings_read_back(text in any::<String>()) {
            let mut out = Vec::new();
            write_line(&mut out, &[&text]).unwrap();
            let line = String::from_utf8(out).unwrap();
            prop_assert!(line.trim_end_matches('\n').chars().all(|character| !is_hidden(character)));
            let back: Vec<String> = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(back, vec![text]);
        }
    }
}
