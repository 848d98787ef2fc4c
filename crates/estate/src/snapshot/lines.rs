//! Lines of a part of a file, bounded in length.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::line::LONGEST_LINE;

/// Bytes of a file that one worker reads.
pub(crate) const CHUNK: u64 = 4 << 20;

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'b> {
    /// Offset and bytes, without the end.
    Whole(u64, &'b [u8]),
    /// The file ends without a line end.
    Cut(u64, &'b [u8]),
    /// Longer than any that a snapshot has.
    TooLong(u64),
}

/// Calls `each` with every line that begins at `start` or later and before `end`.
pub(crate) fn read(
    path: &Path,
    start: u64,
    end: u64,
    mut each: impl FnMut(Line<'_>),
) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut offset = start;
    if start > 0 {
        // A line begins after a line end: look at the byte before.
        offset = start - 1;
        file.seek(SeekFrom::Start(offset))?;
    }
    let mut reader = BufReader::with_capacity(256 << 10, file);
    if start > 0 {
        offset += skip_line(&mut reader)?.0;
    }
    let longest = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
    let mut line = Vec::new();
    while offset < end {
        line.clear();
        let read = (&mut reader)
            .take(longest + 1)
            .read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        let at = offset;
        offset += u64::try_from(read).unwrap_or(u64::MAX);
        match line.split_last() {
            Some((b'\n', content)) => each(Line::Whole(at, content)),
            _ if read > LONGEST_LINE => {
                let (skipped, _) = skip_line(&mut reader)?;
                offset += skipped;
                each(Line::TooLong(at));
            }
            _ => each(Line::Cut(at, &line)),
        }
        // One long line must not hold its memory for all others.
        if line.capacity() > 8 << 20 {
            line = Vec::new();
        }
    }
    Ok(())
}

/// Skips to behind the next line end: number of bytes, and whether there was one.
fn skip_line(reader: &mut impl BufRead) -> io::Result<(u64, bool)> {
    let mut skipped = 0_u64;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok((skipped, false));
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let count = end.map_or(buffer.len(), |position| position + 1);
        reader.consume(count);
        skipped += u64::try_from(count).unwrap_or(u64::MAX);
        if end.is_some() {
            return Ok((skipped, true));
        }
    }
}

/// Reads bytes at an offset.
pub(crate) fn read_at(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    #[cfg(unix)]
    std::os::unix::fs::FileExt::read_exact_at(file, &mut bytes, offset)?;
    #[cfg(not(unix))]
    {
        let mut file = file.try_clone()?;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut bytes)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn chunks_give_each_line_once() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let text = "one\ntwo two\n\nthree\nfour and more\nlast";
        file.write_all(text.as_bytes()).unwrap();
        let length = u64::try_from(text.len()).unwrap();
        for chunk in 1..=length {
            let mut lines = Vec::new();
            let mut start = 0;
            while start < length {
                read(file.path(), start, start + chunk, |line| match line {
                    Line::Whole(at, bytes) | Line::Cut(at, bytes) => {
                        let end = usize::try_from(at).unwrap();
                        assert!(text.as_bytes()[end..].starts_with(bytes));
                        lines.push(String::from_utf8(bytes.to_vec()).unwrap());
                    }
                    Line::TooLong(_) => panic!("no line is long"),
                })
                .unwrap();
                start += chunk;
            }
            assert_eq!(lines.join("\n"), text, "{chunk}");
        }
    }
}
