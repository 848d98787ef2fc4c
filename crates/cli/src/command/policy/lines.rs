//! Many scenarios, one a line: answered on several threads, written in order.

use std::fmt;
use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rempart_policy::scenario::{ErrorAnswer, ScenarioReader};

/// Bytes of lines that a thread takes at once.
const BLOCK: usize = 512 << 10;
/// Longest line that is read; AWS's policies of one request are far below.
const LONGEST_LINE: usize = 64 << 20;
/// Blocks that wait for each thread.
const AHEAD: usize = 2;
/// Differences and errors that are shown on standard error.
const MOST_EXAMPLES: usize = 20;

/// What became of the lines.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) answered: u64,
    pub(super) expecting: u64,
    pub(super) different: u64,
    pub(super) unsupported: u64,
    /// Not decided, and no line said that this was expected.
    pub(super) unexpectedly_unsupported: u64,
    pub(super) unreadable: u64,
    pub(super) examples: Vec<String>,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.answered += other.answered;
        self.expecting += other.expecting;
        self.different += other.different;
        self.unsupported += other.unsupported;
        self.unexpectedly_unsupported += other.unexpectedly_unsupported;
        self.unreadable += other.unreadable;
    }

    fn example(&mut self, text: String) {
        if self.examples.len() < MOST_EXAMPLES {
            self.examples.push(text);
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            answered,
            expecting,
            different,
            unsupported,
            unreadable,
            ..
        } = self;
        write!(
            f,
            "{answered} scenarios answered, {unsupported} of them unsupported"
        )?;
        if *expecting > 0 {
            let agreeing = expecting - different;
            write!(f, ", {agreeing} as expected, {different} different")?;
        }
        write!(f, ", {unreadable} lines unreadable")
    }
}

/// Lines that belong together, with the number of the first.
struct Block {
    first_line: u64,
    bytes: Vec<u8>,
}

/// The answers to a block.
struct Answered {
    text: Vec<u8>,
    tally: Tally,
    /// The memory of the block, to be used again.
    bytes: Vec<u8>,
}

/// Answers every line of a file (`-` for standard input).
pub(super) fn answer_file(
    path: &Path,
    threads: usize,
    out: &mut dyn Write,
) -> anyhow::Result<Tally> {
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        let file = std::fs::File::open(path);
        Box::new(file.with_context(|| format!("cannot read {}", path.display()))?)
    };
    let mut blocks = Blocks {
        source,
        next_line: 1,
        carried: Vec::new(),
        is_at_end: false,
    };
    let name = path.display().to_string();
    std::thread::scope(|scope| {
        let mut workers: Vec<(SyncSender<Block>, Receiver<Answered>)> = Vec::new();
        for _ in 0..threads.max(1) {
            let (to_worker, blocks) = sync_channel::<Block>(AHEAD);
            let (answers, from_worker) = sync_channel(AHEAD);
            scope.spawn(move || {
                let mut reader = ScenarioReader::new();
                for block in blocks {
                    if answers.send(answer_block(&mut reader, block)).is_err() {
                        return;
                    }
                }
            });
            workers.push((to_worker, from_worker));
        }
        feed(&mut blocks, &workers, out).with_context(|| name)
    })
}

/// Hands blocks to the workers in turn and takes their answers in the same order.
fn feed(
    blocks: &mut Blocks,
    workers: &[(SyncSender<Block>, Receiver<Answered>)],
    out: &mut dyn Write,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    let bar = progress();
    let mut sent = 0_usize;
    let mut taken = 0_usize;
    let mut take = |taken: &mut usize| -> anyhow::Result<Vec<u8>> {
        let (_, answers) = workers
            .get(*taken % workers.len())
            .context("there is no worker")?;
        let answered = answers.recv().context("a worker stopped")?;
        *taken += 1;
        out.write_all(&answered.text)?;
        bar.inc(answered.tally.answered + answered.tally.unreadable);
        tally.add(&answered.tally);
        for example in answered.tally.examples {
            tally.example(example);
        }
        Ok(answered.bytes)
    };
    let mut spare = Vec::new();
    while let Some(block) = blocks.next(std::mem::take(&mut spare))? {
        let (to_worker, _) = workers
            .get(sent % workers.len())
            .context("there is no worker")?;
        to_worker.send(block).context("a worker stopped")?;
        sent += 1;
        // Every worker has one block to work on and one that waits.
        if sent - taken >= workers.len() * AHEAD {
            spare = take(&mut taken)?;
        }
    }
    while taken < sent {
        take(&mut taken)?;
    }
    bar.finish_and_clear();
    Ok(tally)
}

/// Progress on standard error; nothing where that is no terminal, or where the answers go to one.
fn progress() -> ProgressBar {
    let bar = if std::io::stdout().is_terminal() {
        ProgressBar::hidden()
    } else {
        ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
    };
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} scenarios, {per_sec}") {
        bar.set_style(style);
    }
    bar
}

/// Cuts a stream into blocks of whole lines.
struct Blocks {
    source: Box<dyn Read>,
    next_line: u64,
    /// The beginning of the line that the last block ended before.
    carried: Vec<u8>,
    is_at_end: bool,
}

impl Blocks {
    /// The next block, in the memory of an earlier one.
    fn next(&mut self, mut bytes: Vec<u8>) -> anyhow::Result<Option<Block>> {
        bytes.clear();
        bytes.append(&mut self.carried);
        while !self.is_at_end {
            let wanted = BLOCK as u64;
            let read = self.source.by_ref().take(wanted).read_to_end(&mut bytes)?;
            self.is_at_end = (read as u64) < wanted;
            if let Some(last) = memchr::memrchr(b'\n', &bytes) {
                self.carried = bytes.split_off(last + 1);
                break;
            }
            if bytes.len() > LONGEST_LINE {
                // What follows belongs to the same line and is passed over; the answer says so.
                bytes.truncate(1024);
                bytes.push(b'\n');
                self.skip_line()?;
            }
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let first_line = self.next_line;
        self.next_line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        Ok(Some(Block { first_line, bytes }))
    }

    fn skip_line(&mut self) -> anyhow::Result<()> {
        let mut piece = Vec::new();
        while !self.is_at_end {
            piece.clear();
            let wanted = BLOCK as u64;
            let read = self.source.by_ref().take(wanted).read_to_end(&mut piece)?;
            self.is_at_end = (read as u64) < wanted;
            if let Some(end) = memchr::memchr(b'\n', &piece) {
                self.carried = piece.split_off(end + 1);
                break;
            }
        }
        Ok(())
    }
}

fn answer_block(reader: &mut ScenarioReader, block: Block) -> Answered {
    let mut text = Vec::with_capacity(block.bytes.len() / 4);
    let mut tally = Tally::default();
    let mut rest = &*block.bytes;
    let mut number = block.first_line;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, behind) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        rest = behind.get(1..).unwrap_or_default();
        number += 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        answer_line(reader, line, number - 1, &mut text, &mut tally);
        text.push(b'\n');
    }
    Answered {
        text,
        tally,
        bytes: block.bytes,
    }
}

fn answer_line(
    reader: &mut ScenarioReader,
    line: &[u8],
    number: u64,
    text: &mut Vec<u8>,
    tally: &mut Tally,
) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let read = match std::str::from_utf8(line) {
        Ok(line) => reader.read(line).map_err(|error| error.answer(number)),
        Err(error) => Err(ErrorAnswer {
            line: number,
            column: u32::try_from(error.valid_up_to() + 1).unwrap_or(u32::MAX),
            error: "the line is no UTF-8 text".to_owned(),
        }),
    };
    let scenario = match read {
        Ok(scenario) => scenario,
        Err(error) => {
            tally.unreadable += 1;
            tally.example(format!("{number}:{}: {}", error.column, error.error));
            write_json(text, &error);
            return;
        }
    };
    let answer = scenario.answer(reader.reference());
    tally.answered += 1;
    tally.expecting += u64::from(scenario.expect.is_some());
    let is_unsupported = answer.reason.is_some();
    tally.unsupported += u64::from(is_unsupported);
    tally.unexpectedly_unsupported += u64::from(is_unsupported && scenario.expect.is_none());
    if let Some(difference) = &answer.difference {
        tally.different += 1;
        let name = answer.name.as_deref().unwrap_or_default();
        let decided_by = answer.decided_by.unwrap_or("nothing");
        tally.example(format!(
            "{number}: `{name}`: {difference}, got {} by {decided_by}",
            answer.decision
        ));
    }
    write_json(text, &answer);
}

/// Writing into memory does not fail, and answers have no map whose keys are not texts.
fn write_json(text: &mut Vec<u8>, value: &impl serde::Serialize) {
    let start = text.len();
    if let Err(error) = serde_json::to_writer(&mut *text, value) {
        text.truncate(start);
        text.extend_from_slice(format!("{{\"error\":\"{error}\"}}").as_bytes());
    }
}
