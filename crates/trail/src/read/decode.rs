//! Decompressors that say what they met: further members, trailing bytes, limits.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::bufread::GzDecoder;

use super::{Limits, ReadError, SourceProblem, SourceReport};

/// A source of text that knows how many stored bytes it has used.
pub(super) trait Decode: Read {
    fn stored_bytes(&self) -> u64;

    /// What was noticed and did not end the text; offsets are in the text.
    fn notes(&mut self) -> Vec<SourceProblem> {
        Vec::new()
    }

    /// What an error of [`Read::read`] means.
    fn reason(&self, error: &io::Error) -> ReadError {
        match error.kind() {
            ErrorKind::UnexpectedEof => ReadError::Truncated,
            _ => ReadError::Corrupt(error.to_string()),
        }
    }
}

/// Counts what is consumed.
pub(super) struct CountRead<R> {
    inner: R,
    consumed: u64,
}

impl<R: BufRead> CountRead<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, consumed: 0 }
    }

    fn drain(&mut self) -> io::Result<()> {
        loop {
            let length = self.inner.fill_buf()?.len();
            if length == 0 {
                return Ok(());
            }
            self.consume(length);
        }
    }
}

impl<R: BufRead> Read for CountRead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.consumed += count as u64;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for CountRead<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.consumed += count as u64;
        self.inner.consume(count);
    }
}

impl<R: BufRead> Decode for CountRead<R> {
    fn stored_bytes(&self) -> u64 {
        self.consumed
    }

    fn reason(&self, error: &io::Error) -> ReadError {
        ReadError::Io(error.to_string())
    }
}

/// Inflates gzip member after member. CloudTrail writes one member; whatever follows it was put
/// there by somebody else and is noted.
pub(super) struct Gunzip<R: BufRead> {
    /// `None` after the last member.
    member: Option<GzDecoder<CountRead<R>>>,
    is_first: bool,
    stored_at_start: u64,
    stored_at_end: u64,
    inflated: u64,
    inflated_at_start: u64,
    notes: Vec<SourceProblem>,
}

impl<R: BufRead> Gunzip<R> {
    pub(super) fn new(stored: CountRead<R>) -> Self {
        Self {
            member: Some(GzDecoder::new(stored)),
            is_first: true,
            stored_at_start: 0,
            stored_at_end: 0,
            inflated: 0,
            inflated_at_start: 0,
            notes: Vec::new(),
        }
    }

    fn note(&mut self, offset: u64, reason: ReadError) {
        self.notes.push(SourceProblem { offset, reason });
    }

    /// Goes from the end of a member to the next one, if there is one.
    fn next_member(&mut self, decoder: GzDecoder<CountRead<R>>) -> io::Result<()> {
        if !self.is_first {
            let inflated = self.inflated - self.inflated_at_start;
            self.note(
                self.inflated_at_start,
                ReadError::FurtherMember { inflated },
            );
        }
        self.is_first = false;
        self.inflated_at_start = self.inflated;
        let mut stored = decoder.into_inner();
        self.stored_at_start = stored.consumed;
        self.stored_at_end = stored.consumed;
        match stored.fill_buf()?.first() {
            None => {}
            Some(0x1f) => self.member = Some(GzDecoder::new(stored)),
            Some(_) => self.trailing_bytes(stored)?,
        }
        Ok(())
    }

    fn trailing_bytes(&mut self, mut stored: CountRead<R>) -> io::Result<()> {
        stored.drain()?;
        self.stored_at_end = stored.consumed;
        let bytes = stored.consumed - self.stored_at_start;
        self.note(self.inflated, ReadError::TrailingBytes { bytes });
        Ok(())
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(mut decoder) = self.member.take() {
            match decoder.read(buffer) {
                Ok(0) => self.next_member(decoder)?,
                Ok(count) => {
                    self.member = Some(decoder);
                    self.inflated += count as u64;
                    return Ok(count);
                }
                // What looked like a member was none.
                Err(_) if !self.is_first && decoder.header().is_none() => {
                    self.trailing_bytes(decoder.into_inner())?;
                }
                Err(error) => {
                    self.stored_at_end = decoder.get_ref().consumed;
                    return Err(error);
                }
            }
        }
        Ok(0)
    }
}

impl<R: BufRead> Decode for Gunzip<R> {
    fn stored_bytes(&self) -> u64 {
        self.member
            .as_ref()
            .map_or(self.stored_at_end, |decoder| decoder.get_ref().consumed)
    }

    fn notes(&mut self) -> Vec<SourceProblem> {
        std::mem::take(&mut self.notes)
    }
}

/// Zstandard, frame after frame. Frames are the format's own way of appending, and pass unnoted.
pub(super) struct Unzstd<R: BufRead> {
    decoder: zstd::stream::read::Decoder<'static, CountRead<R>>,
}

impl<R: BufRead> Unzstd<R> {
    pub(super) fn new(stored: CountRead<R>) -> io::Result<Self> {
        let decoder = zstd::stream::read::Decoder::with_buffer(stored)?;
        Ok(Self { decoder })
    }
}

impl<R: BufRead> Read for Unzstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(buffer)
    }
}

impl<R: BufRead> Decode for Unzstd<R> {
    fn stored_bytes(&self) -> u64 {
        self.decoder.get_ref().consumed
    }
}

/// Ends the text where a limit is reached.
pub(super) struct Limited<'l, D> {
    decoder: D,
    limits: &'l Limits,
    inflated: u64,
    reached: Option<ReadError>,
}

impl<'l, D: Decode> Limited<'l, D> {
    pub(super) fn new(decoder: D, limits: &'l Limits) -> Self {
        Self {
            decoder,
            limits,
            inflated: 0,
            reached: None,
        }
    }

    /// Puts everything into the report that the text did not show.
    pub(super) fn end(mut self, outcome: io::Result<()>, report: &mut SourceReport) {
        report.stored_bytes = self.decoder.stored_bytes();
        report.problems.extend(self.decoder.notes());
        if let Err(error) = outcome {
            let reason = self
                .reached
                .take()
                .unwrap_or_else(|| self.decoder.reason(&error));
            report.cut_short(reason);
        }
    }

    fn reach(&mut self, reason: ReadError) -> io::Error {
        let error = io::Error::other(reason.to_string());
        self.reached = Some(reason);
        error
    }
}

impl<D: Decode> Read for Limited<'_, D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let limit = self.limits.inflated_total;
        let left = usize::try_from(limit - self.inflated.min(limit)).unwrap_or(usize::MAX);
        if left == 0 {
            // Text of exactly the limit is complete.
            return match self.decoder.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(self.reach(ReadError::InflatedLimit { limit })),
            };
        }
        let length = buffer.len().min(left);
        let count = self
            .decoder
            .read(buffer.get_mut(..length).unwrap_or_default())?;
        self.inflated += count as u64;
        let ratio_limit = self
            .decoder
            .stored_bytes()
            .saturating_mul(self.limits.ratio);
        if self.inflated > self.limits.ratio_from && self.inflated > ratio_limit {
            let limit = self.limits.ratio;
            return Err(self.reach(ReadError::RatioLimit { limit }));
        }
        Ok(count)
    }
}
