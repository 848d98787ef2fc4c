//! Text that does not fit into memory: a window that moves over it.

use std::io::{ErrorKind, Read};

use super::sniff::{self, Content};
use super::walker::Walker;
use super::{Limits, Place, ReadError, SourceReport, Visitor, table};

/// Bytes that the window holds at first; it grows when a record needs more.
const WINDOW: usize = 1 << 20;

/// Visits text that is at hand as a whole.
pub(super) fn visit_whole<V: Visitor + ?Sized>(
    text: &[u8],
    limits: &Limits,
    report: &mut SourceReport,
    visitor: &mut V,
) {
    report.inflated_bytes = text.len() as u64;
    let head = text.get(..sniff::HEAD).unwrap_or(text);
    match sniff::content(head) {
        Content::Json => {
            let mut walker = Walker::new(limits);
            let start = sniff::byte_order_mark(text);
            walker.skip_mark(start);
            let text = text.get(start..).unwrap_or_default();
            let progress = walker.advance(text, true, report, visitor);
            report.complete &= !progress.stopped;
        }
        Content::Table(layout) => {
            // Reading from memory does not fail.
            let _infallible = table::visit(text, layout, limits, report, visitor);
        }
        content => not_json(content, head, report, visitor),
    }
}

/// Visits text as it comes. Errors of the reader end the text, and are put into the report by the
/// caller, who knows what they mean.
pub(super) fn visit_stream<R: Read, V: Visitor + ?Sized>(
    reader: &mut R,
    limits: &Limits,
    report: &mut SourceReport,
    visitor: &mut V,
) -> Result<(), std::io::Error> {
    let mut window = Window::new(WINDOW.max(sniff::HEAD));
    let mut outcome = window.fill(reader);
    let head = window.bytes();
    let head = head.get(..sniff::HEAD).unwrap_or(head);
    let content = sniff::content(head);
    if let Content::Table(layout) = content {
        let text = window.bytes().chain(Outcome { reader, outcome });
        return table::visit(text, layout, limits, report, visitor);
    }
    if content != Content::Json {
        report.inflated_bytes = window.total;
        not_json(content, head, report, visitor);
        return outcome;
    }
    let mut walker = Walker::new(limits);
    let mark = sniff::byte_order_mark(head);
    walker.skip_mark(mark);
    window.consume(mark);
    loop {
        let at_end = window.at_end || outcome.is_err();
        report.inflated_bytes = window.total;
        let progress = walker.advance(window.bytes(), at_end, report, visitor);
        if progress.stopped {
            report.complete = false;
            return Ok(());
        }
        if at_end {
            return outcome;
        }
        window.consume(progress.consumed);
        outcome = window.fill(reader);
    }
}

fn not_json<V: Visitor + ?Sized>(
    content: Content,
    head: &[u8],
    report: &mut SourceReport,
    visitor: &mut V,
) {
    let place = Place::default();
    match content {
        Content::Json | Content::Table(_) => {}
        Content::Empty => report.other(place, "empty file", visitor),
        Content::Other(what) => report.other(place, what, visitor),
        Content::Unknown(what) => {
            report.unreadable(place, &ReadError::UnknownFormat(what), head, visitor);
        }
    }
}

/// Gives an error that came early at its place in the text.
struct Outcome<R> {
    reader: R,
    outcome: Result<(), std::io::Error>,
}

impl<R: Read> Read for Outcome<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        std::mem::replace(&mut self.outcome, Ok(()))?;
        self.reader.read(buffer)
    }
}

struct Window {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    total: u64,
    at_end: bool,
}

impl Window {
    fn new(size: usize) -> Self {
        Self {
            buffer: vec![0; size],
            start: 0,
            end: 0,
            total: 0,
            at_end: false,
        }
    }

    fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Moves what is left to the front and reads until the window is full. A window that is full of
    /// one incomplete record doubles.
    fn fill<R: Read>(&mut self, reader: &mut R) -> Result<(), std::io::Error> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end * 2 > self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        while let Some(free) = self
            .buffer
            .get_mut(self.end..)
            .filter(|free| !free.is_empty())
        {
            match reader.read(free) {
                Ok(0) => {
                    self.at_end = true;
                    return Ok(());
                }
                Ok(count) => {
                    self.end += count;
                    self.total += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
