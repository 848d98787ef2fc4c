//! The walk over JSON text: which envelope, which element, where to go on after an error.
//!
//! The walker sees a window of the text and says how much of it is done with. Whole buffers and
//! streams take the same path: a whole buffer is a window that is never refilled.

use memchr::memmem;

use self::skip::{Skipper, after_log_timestamp};
use super::unwrap::Unwrapped;
use super::{Limits, Place, ReadError, SourceReport, Visitor};
use crate::json::scan;
use crate::json::{Json, JsonError, JsonErrorKind};
use crate::record::{Field, Record};

mod skip;
#[cfg(test)]
mod tests;

/// Bytes that may be looked at a second time while reading finds its way back after errors.
const RESCAN_BUDGET: u64 = 64 << 20;

/// Members that carry lists of records or of wrapped records.
const LIST_MEMBERS: [&[u8]; 3] = [b"Records", b"Events", b"logEvents"];

pub(super) struct Walker<'l> {
    limits: &'l Limits,
    state: State,
    /// Set while a record over the limit is skipped.
    skip: Option<Skipper>,
    /// Offset in the text of the first byte of the window.
    base: u64,
    rescan_budget: u64,
    check_utf8: bool,
}

/// What a call of [`Walker::advance`] achieved.
pub(super) struct Progress {
    /// Bytes of the window that are done with.
    pub(super) consumed: usize,
    /// The visitor wants no more.
    pub(super) stopped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between values that stand side by side.
    Top,
    /// After an error: the lines that belong to the broken value are passed over.
    BrokenLine,
    /// After an error inside a list: looking for the next record.
    BrokenElement { in_object: bool },
    /// Inside a list, before an element.
    Element { in_object: bool, first: bool },
    /// Inside a list, after an element.
    AfterElement { in_object: bool },
    /// Inside an envelope object, before a member.
    Member { first: bool },
    /// Inside an envelope object, after a member.
    AfterMember,
}

/// What a step of the walk led to.
enum Step {
    /// Go on at this position.
    To(usize),
    /// The window ends too early; go on from this position when there is more.
    NeedMore(usize),
    /// The visitor wants no more.
    Stop(usize),
}

impl<'l> Walker<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            state: State::Top,
            skip: None,
            base: 0,
            rescan_budget: RESCAN_BUDGET,
            check_utf8: false,
        }
    }

    /// Says that bytes before the first window were passed over.
    pub(super) fn skip_mark(&mut self, bytes: usize) {
        self.base += bytes as u64;
    }

    /// Walks as far as the window allows. `at_end` says that nothing follows the window.
    pub(super) fn advance<V: Visitor + ?Sized>(
        &mut self,
        window: &[u8],
        at_end: bool,
        report: &mut SourceReport,
        visitor: &mut V,
    ) -> Progress {
        self.check_utf8 = std::str::from_utf8(window).is_err();
        let mut position = 0;
        let (consumed, stopped) = loop {
            match self.step(window, position, at_end, report, visitor) {
                Step::To(next) => position = next,
                Step::NeedMore(next) => break (next, false),
                Step::Stop(next) => break (next, true),
            }
        };
        if at_end && !stopped {
            self.finish(window, consumed, report, visitor);
        }
        self.base += consumed as u64;
        Progress { consumed, stopped }
    }

    fn step<V: Visitor + ?Sized>(
        &mut self,
        window: &[u8],
        position: usize,
        at_end: bool,
        report: &mut SourceReport,
        visitor: &mut V,
    ) -> Step {
        if let Some(skipper) = &mut self.skip {
            let Some(end) = skipper.find_end(window, position) else {
                return Step::NeedMore(window.len());
            };
            self.skip = None;
            return Step::To(end);
        }
        if self.state == State::BrokenLine {
            return self.next_line(window, position, at_end);
        }
        if let State::BrokenElement { in_object } = self.state {
            return self.next_record(window, position, in_object);
        }
        let position = scan::skip_whitespace(window, position);
        let Some(&byte) = window.get(position) else {
            return Step::NeedMore(position);
        };
        match (self.state, byte) {
            (State::Top, b'{') => match self.is_list_envelope(window, position) {
                Envelope::List => {
                    self.state = State::Member { first: true };
                    Step::To(position + 1)
                }
                Envelope::Unclear if !at_end => Step::NeedMore(position),
                Envelope::Whole | Envelope::Unclear => {
                    self.value(window, position, at_end, State::Top, report, visitor)
                }
            },
            (State::Top, b'[') => {
                self.state = State::Element {
                    in_object: false,
                    first: true,
                };
                Step::To(position + 1)
            }
            (State::Top, b'0'..=b'9') => match after_log_timestamp(window, position) {
                Some(start) => self.value(window, start, at_end, State::Top, report, visitor),
                None if !at_end && window.len() - position < 64 => Step::NeedMore(position),
                None => self.value(window, position, at_end, State::Top, report, visitor),
            },
            (State::Top, _) => self.value(window, position, at_end, State::Top, report, visitor),
            (
                State::Element {
                    in_object,
                    first: true,
                }
                | State::AfterElement { in_object },
                b']',
            ) => {
                self.state = if in_object {
                    State::AfterMember
                } else {
                    State::Top
                };
                Step::To(position + 1)
            }
            (State::Element { in_object, .. }, _) => {
                let next = State::AfterElement { in_object };
                self.value(window, position, at_end, next, report, visitor)
            }
            (State::AfterElement { in_object }, b',') => {
                self.state = State::Element {
                    in_object,
                    first: false,
                };
                Step::To(position + 1)
            }
            (State::Member { first: true } | State::AfterMember, b'}') => {
                self.state = State::Top;
                Step::To(position + 1)
            }
            (State::AfterMember, b',') => {
                self.state = State::Member { first: false };
                Step::To(position + 1)
            }
            (State::Member { .. }, _) => self.member(window, position, at_end, report, visitor),
            (State::AfterElement { .. } | State::AfterMember, _) => {
                let error = JsonError::new(position, JsonErrorKind::UnexpectedByte);
                self.broken(window, position, error, report, visitor)
            }
            (State::BrokenLine | State::BrokenElement { .. }, _) => Step::To(position),
        }
    }

    /// A value that is a record, or wraps one, starts at `position`.
    fn value<V: Visitor + ?Sized>(
        &mut self,
        window: &[u8],
        position: usize,
        at_end: bool,
        next: State,
        report: &mut SourceReport,
        visitor: &mut V,
    ) -> Step {
        let limit = self.limits.record;
        let view_end = position.saturating_add(limit).min(window.len());
        let view = window.get(..view_end).unwrap_or_default();
        let place = self.place(position, report);
        let outcome = if view.get(position) == Some(&b'{') {
            Record::read(view, position).map(|(record, end)| {
                self.object(&record, place, report, visitor);
                end
            })
        } else {
            let end = scan::value_end(view, position);
            // More digits may follow those at the end of a window.
            if end == Ok(window.len()) && !at_end {
                return Step::NeedMore(position);
            }
            end.inspect(|&end| {
                let value = Json::from_checked(view.get(position..end).unwrap_or_default());
                self.unwrapped().value(value, place, report, visitor);
            })
        };
        match outcome {
            Ok(end) => {
                self.state = next;
                if visitor.flow().is_break() {
                    return Step::Stop(end);
                }
                Step::To(end)
            }
            Err(error) if error.kind == JsonErrorKind::UnexpectedEnd => {
                if view_end < window.len() || view_end - position >= limit {
                    let raw = view.get(position..).unwrap_or_default();
                    report.unreadable(place, &ReadError::TooLarge { limit }, raw, visitor);
                    self.skip = Some(Skipper::default());
                    self.state = next;
                    return Step::To(position);
                }
                if !at_end {
                    return Step::NeedMore(position);
                }
                self.broken(window, position, error, report, visitor)
            }
            Err(error) => self.broken(window, position, error, report, visitor),
        }
    }

    #[inline]
    fn object<V: Visitor + ?Sized>(
        &self,
        record: &Record<'_>,
        place: Place,
        report: &mut SourceReport,
        visitor: &mut V,
    ) {
        let is_invalid = self.check_utf8 && std::str::from_utf8(record.raw()).is_err();
        let records_before = report.records;
        if record.is_cloudtrail() && record.is_known_version() {
            report.items += 1;
            report.records += 1;
            visitor.record(record, place);
        } else {
            self.unwrapped().object(record, place, report, visitor);
        }
        if is_invalid && report.records > records_before {
            report.invalid_utf8 += 1;
        }
    }

    fn unwrapped(&self) -> Unwrapped<'l> {
        Unwrapped::new(self.limits)
    }

    /// A member of an envelope object starts at `position`.
    fn member<V: Visitor + ?Sized>(
        &mut self,
        window: &[u8],
        position: usize,
        at_end: bool,
        report: &mut SourceReport,
        visitor: &mut V,
    ) -> Step {
        let limit = self.limits.record;
        let view_end = position.saturating_add(limit).min(window.len());
        let view = window.get(..view_end).unwrap_or_default();
        let outcome = scan::key_end(view, position).and_then(|after_key| {
            let start = scan::skip_whitespace(view, after_key);
            if scan::byte_at(view, start)? == b'[' && is_list_member(view, position) {
                return Ok((start + 1, true));
            }
            Ok((scan::value_end(view, start)?, false))
        });
        match outcome {
            Ok((start, true)) => {
                self.state = State::Element {
                    in_object: true,
                    first: true,
                };
                Step::To(start)
            }
            Ok((end, false)) if end == window.len() && !at_end => Step::NeedMore(position),
            Ok((end, false)) => {
                self.state = State::AfterMember;
                Step::To(end)
            }
            Err(error) if error.kind == JsonErrorKind::UnexpectedEnd && !at_end => {
                if view_end - position < limit {
                    return Step::NeedMore(position);
                }
                self.broken(window, position, error, report, visitor)
            }
            Err(error) => self.broken(window, position, error, report, visitor),
        }
    }

    /// Reports the value that starts at `start`, and decides where to go on.
    fn broken<V: Visitor + ?Sized>(
        &mut self,
        window: &[u8],
        start: usize,
        error: JsonError,
        report: &mut SourceReport,
        visitor: &mut V,
    ) -> Step {
        let place = self.place(start, report);
        let raw_end = error.offset.saturating_add(64).min(window.len());
        let raw = window.get(start..raw_end).unwrap_or_default();
        report.unreadable(place, &ReadError::Json(error.kind), raw, visitor);
        let in_list = match self.state {
            State::Element { in_object, .. } | State::AfterElement { in_object } => Some(in_object),
            State::Member { .. } | State::AfterMember => Some(true),
            State::Top | State::BrokenLine | State::BrokenElement { .. } => None,
        };
        self.state = match in_list {
            Some(in_object) => State::BrokenElement { in_object },
            None => State::BrokenLine,
        };
        if visitor.flow().is_break() {
            return Step::Stop(start);
        }
        // The value may have swallowed its neighbours, so the search begins behind its first byte,
        // as long as such second looks stay affordable.
        let looked_at = (error.offset.saturating_sub(start)) as u64;
        if looked_at <= self.rescan_budget {
            self.rescan_budget -= looked_at;
            return Step::To(start + 1);
        }
        Step::To(error.offset.max(start + 1).min(window.len()))
    }

    /// Passes over the lines that belong to a broken value: those that are indented or begin with
    /// something that cannot begin a record.
    fn next_line(&mut self, window: &[u8], position: usize, at_end: bool) -> Step {
        let rest = window.get(position..).unwrap_or_default();
        let Some(newline) = memchr::memchr(b'\n', rest) else {
            return Step::NeedMore(window.len());
        };
        let line = position + newline + 1;
        match window.get(line) {
            None if at_end => Step::NeedMore(line),
            None => Step::NeedMore(line - 1),
            Some(b' ' | b'\t' | b'\r' | b'\n' | b'}' | b']') => Step::To(line),
            Some(_) => {
                self.state = State::Top;
                Step::To(line)
            }
        }
    }

    /// Looks for the next element that begins as records do.
    fn next_record(&mut self, window: &[u8], position: usize, in_object: bool) -> Step {
        let needle = b"\"eventVersion\"";
        let mut from = position;
        while let Some(found) =
            memmem::find(window.get(from..).unwrap_or_default(), needle).map(|at| from + at)
        {
            let before = window.get(position..found).unwrap_or_default();
            let brace = before.iter().rposition(|byte| !byte.is_ascii_whitespace());
            if let Some(brace) = brace.filter(|&at| before.get(at) == Some(&b'{')) {
                self.state = State::Element {
                    in_object,
                    first: false,
                };
                return Step::To(position + brace);
            }
            from = found + needle.len();
        }
        // A beginning may be cut by the end of the window.
        Step::NeedMore(window.len().saturating_sub(64).max(position))
    }

    fn finish<V: Visitor + ?Sized>(
        &mut self,
        window: &[u8],
        position: usize,
        report: &mut SourceReport,
        visitor: &mut V,
    ) {
        let is_open = match self.state {
            State::Top | State::BrokenLine | State::BrokenElement { .. } => self.skip.is_some(),
            State::Element { .. }
            | State::AfterElement { .. }
            | State::Member { .. }
            | State::AfterMember => true,
        };
        if self.skip.is_some() {
            // The skipped record has been reported.
            return;
        }
        if is_open {
            let place = self.place(window.len(), report);
            let raw = window.get(position..).unwrap_or_default();
            let reason = ReadError::Json(JsonErrorKind::UnexpectedEnd);
            report.unreadable(place, &reason, raw, visitor);
        }
    }

    fn place(&self, position: usize, report: &SourceReport) -> Place {
        Place {
            index: report.items,
            offset: self.base + position as u64,
        }
    }

    /// Looks at the first members of an object, as far as they are at hand.
    fn is_list_envelope(&self, window: &[u8], start: usize) -> Envelope {
        let view_end = start.saturating_add(self.limits.record).min(window.len());
        let view = window.get(..view_end).unwrap_or_default();
        // What reaches the limit is read as one record, found too large, and skipped.
        let unclear = if view_end - start >= self.limits.record {
            Envelope::Whole
        } else {
            Envelope::Unclear
        };
        let mut position = start + 1;
        loop {
            let key = scan::skip_whitespace(view, position);
            let after_key = match scan::key_end(view, key) {
                Ok(after_key) => after_key,
                Err(error) if error.kind == JsonErrorKind::UnexpectedEnd => return unclear,
                Err(_) => return Envelope::Whole,
            };
            let value = scan::skip_whitespace(view, after_key);
            let Some(&first) = view.get(value) else {
                return unclear;
            };
            if is_list_member(view, key) && first == b'[' {
                return Envelope::List;
            }
            if key_bytes(view, key).is_some_and(|name| Field::from_name(name).is_some()) {
                return Envelope::Whole;
            }
            let end = match scan::value_end(view, value) {
                Ok(end) => scan::skip_whitespace(view, end),
                Err(error) if error.kind == JsonErrorKind::UnexpectedEnd => return unclear,
                Err(_) => return Envelope::Whole,
            };
            match view.get(end) {
                Some(b',') => position = end + 1,
                Some(_) => return Envelope::Whole,
                None => return unclear,
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Envelope {
    /// A member holds a list of records.
    List,
    /// To be read as one value.
    Whole,
    /// The window ends too early.
    Unclear,
}

impl SourceReport {
    pub(super) fn unreadable<V: Visitor + ?Sized>(
        &mut self,
        place: Place,
        reason: &ReadError,
        raw: &[u8],
        visitor: &mut V,
    ) {
        self.items += 1;
        self.unreadable += 1;
        visitor.unreadable(place, reason, raw);
    }
}

fn key_bytes(bytes: &[u8], start: usize) -> Option<&[u8]> {
    let text = bytes.get(start..)?.strip_prefix(b"\"")?;
    text.get(..memchr::memchr(b'"', text)?)
}

fn is_list_member(bytes: &[u8], key_start: usize) -> bool {
    key_bytes(bytes, key_start).is_some_and(|name| LIST_MEMBERS.contains(&name))
}
