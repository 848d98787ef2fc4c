//! The socket on which a running server takes commands.
//!
//! A command is one line of JSON. The answer is frames: a letter (`o` output, `e` error, `x` exit), the
//! length in four bytes, big-endian, and the content.

use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Command;
use crate::node::{Node, NodeError};

/// Longest command, in bytes.
const LONGEST: u64 = 16 << 20;
/// Bytes of output in one frame.
const FRAME: usize = 64 << 10;

fn path(store: &Path) -> PathBuf {
    store.join("control.sock")
}

/// Takes commands until the node is dropped by all others.
pub(crate) fn listen(node: &Arc<Node>) -> Result<(), NodeError> {
    use std::os::unix::fs::PermissionsExt as _;
    let place = path(&node.path);
    let failed = |error: io::Error| NodeError::failed(place.display(), error);
    // This process has the store, so what is there belonged to one that is gone.
    std::fs::remove_file(&place).ok();
    let listener = UnixListener::bind(&place).map_err(failed)?;
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    let node = Arc::downgrade(node);
    let work = move || {
        for stream in listener.incoming() {
            let (Ok(stream), Some(node)) = (stream, node.upgrade()) else {
                continue;
            };
            std::thread::spawn(move || {
                if let Err(error) = serve(&node, stream) {
                    tracing::debug!(%error, "a command ended");
                }
            });
        }
    };
    let started = std::thread::Builder::new()
        .name("commands".to_owned())
        .spawn(work);
    started.map(drop).map_err(failed)
}

fn serve(node: &Node, stream: UnixStream) -> io::Result<()> {
    let mut line = Vec::new();
    BufReader::new(stream.try_clone()?)
        .take(LONGEST)
        .read_until(b'\n', &mut line)?;
    let mut stream = stream;
    let outcome = match serde_json::from_slice::<Command>(&line) {
        Ok(command) => {
            let mut output = Frames {
                stream: &mut stream,
                buffer: Vec::with_capacity(FRAME),
            };
            let outcome = node
                .execute(&command, &mut output)
                .map_err(|error| error.to_string());
            output.flush()?;
            outcome
        }
        Err(error) => Err(format!("the command does not read: {error}")),
    };
    match outcome {
        Ok(done) => frame(&mut stream, b'x', &[done.exit]),
        Err(reason) => {
            frame(&mut stream, b'e', reason.as_bytes())?;
            frame(&mut stream, b'x', &[2])
        }
    }
}

fn frame(stream: &mut UnixStream, kind: u8, content: &[u8]) -> io::Result<()> {
    let length = u32::try_from(content.len()).map_err(io::Error::other)?;
    stream.write_all(&[kind])?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(content)
}

struct Frames<'a> {
    stream: &'a mut UnixStream,
    buffer: Vec<u8>,
}

impl Write for Frames<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= FRAME {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        frame(self.stream, b'o', &self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

/// What a running server said to a command.
#[derive(Debug, PartialEq, Eq)]
pub struct Remote {
    /// Exit code.
    pub exit: u8,
    /// Why it failed.
    pub error: Option<String>,
}

/// Sends a command to the server that runs on a store; `None` when none does.
///
/// # Errors
/// The connection broke.
pub fn send(store: &Path, command: &Command, output: &mut dyn Write) -> io::Result<Option<Remote>> {
    let Ok(mut stream) = UnixStream::connect(path(store)) else {
        return Ok(None);
    };
    let mut line = serde_json::to_vec(command).map_err(io::Error::other)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut reader = BufReader::new(stream);
    let mut error = None;
    loop {
        let mut head = [0; 5];
        reader.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let mut content = vec![0; u32::from_be_bytes(length) as usize];
        reader.read_exact(&mut content)?;
        match kind {
            b'o' => output.write_all(&content)?,
            b'e' => error = Some(String::from_utf8_lossy(&content).into_owned()),
            _ => {
                let exit = content.first().copied().unwrap_or(2);
                return Ok(Some(Remote { exit, error }));
            }
        }
    }
}
