//! Inflating on a thread of its own, for sources that are too large to inflate at once.

use std::io::{self, ErrorKind, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::decode::{Decode, Limited};
use super::stream::visit_stream;
use super::{Limits, ReadError, SourceReport, Visitor};

/// Bytes that go from thread to thread at once.
const BLOCK: usize = 256 << 10;
/// Blocks that wait to be read.
const WAITING: usize = 4;

/// Visits the text while the next part of it is being inflated.
pub(super) fn visit_ahead<D: Decode + Send, V: Visitor + ?Sized>(
    decoder: Limited<'_, D>,
    limits: &Limits,
    report: &mut SourceReport,
    visitor: &mut V,
) {
    std::thread::scope(|scope| {
        let (blocks, inflated) = sync_channel(WAITING);
        let (used, empty) = channel();
        let inflater = std::thread::Builder::new()
            .name("inflate".to_owned())
            .spawn_scoped(scope, move || inflate(decoder, &blocks, &empty));
        let inflater = match inflater {
            Ok(inflater) => inflater,
            Err(error) => return report.cut_short(ReadError::Io(error.to_string())),
        };
        let mut reader = Blocks {
            inflated,
            used,
            current: Vec::new(),
            position: 0,
        };
        let outcome = visit_stream(&mut reader, limits, report, visitor);
        // The inflater ends when nobody listens.
        drop(reader);
        match inflater.join() {
            Ok(decoder) => decoder.end(outcome, report),
            Err(_) => report.cut_short(ReadError::Corrupt("the decompressor failed".to_owned())),
        }
    });
}

fn inflate<R: Read>(
    mut reader: R,
    blocks: &SyncSender<io::Result<Vec<u8>>>,
    empty: &Receiver<Vec<u8>>,
) -> R {
    loop {
        let mut block = empty.try_recv().unwrap_or_default();
        block.resize(BLOCK, 0);
        let (length, error) = fill(&mut reader, &mut block);
        block.truncate(length);
        let is_end = length < BLOCK;
        let is_heard = length == 0 || blocks.send(Ok(block)).is_ok();
        if let Some(error) = error {
            // Nobody may be left to hear it.
            let _ = blocks.send(Err(error));
            return reader;
        }
        if is_end || !is_heard {
            return reader;
        }
    }
}

/// Fills the block as far as there is text; an error comes with what was read before it.
fn fill<R: Read>(reader: &mut R, block: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut length = 0;
    while let Some(free) = block.get_mut(length..).filter(|free| !free.is_empty()) {
        match reader.read(free) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (length, Some(error)),
        }
    }
    (length, None)
}

/// The text as it comes from the other thread.
struct Blocks {
    inflated: Receiver<io::Result<Vec<u8>>>,
    used: Sender<Vec<u8>>,
    current: Vec<u8>,
    position: usize,
}

impl Read for Blocks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position == self.current.len() {
            let used = std::mem::take(&mut self.current);
            // The inflater may have ended, and needs no block then.
            let _ = self.used.send(used);
            self.position = 0;
            match self.inflated.recv() {
                Ok(block) => self.current = block?,
                Err(_) => return Ok(0),
            }
        }
        let rest = self.current.get(self.position..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(from), Some(to)) = (rest.get(..count), buffer.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        self.position += count;
        Ok(count)
    }
}
