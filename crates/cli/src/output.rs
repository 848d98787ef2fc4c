//! Writing for people and for programs.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use clap::ValueEnum;
use rempart_findings::{WriteError, visible};

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    pub(crate) fn apply(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::AlwaysAnsi,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Whether standard output takes colours.
pub(crate) fn stdout_has_color() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Prints an error for people.
pub(crate) fn error(message: &str) {
    to_stderr(&format!("error: {message}"));
}

/// Prints a warning for people.
pub(crate) fn warning(message: &str) {
    to_stderr(&format!("warning: {message}"));
}

/// Prints advice for people.
pub(crate) fn hint(message: &str) {
    to_stderr(&format!("hint: {message}"));
}

/// Prints a line for people. Control characters, which paths and logs may hold, are made visible.
pub(crate) fn to_stderr(line: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{}", visible(line));
}

/// Whether the reader of our output went away, which is no error of ours.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let of_io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let of_writer = cause.downcast_ref::<WriteError>().map(WriteError::kind);
        of_io == Some(io::ErrorKind::BrokenPipe) || of_writer == Some(io::ErrorKind::BrokenPipe)
    })
}

/// Writes a file through a temporary one beside it, so that a reader never sees half of it.
pub(crate) fn write_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let shown = path.display();
    if path.exists() && !path.is_file() {
        // A device or pipe cannot be replaced, only written to.
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .with_context(|| format!("cannot write {shown}"))?;
        return write(&mut file);
    }
    let mut name = path
        .file_name()
        .with_context(|| format!("{shown} names no file"))?
        .to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let file =
        std::fs::File::create(&temporary).with_context(|| format!("cannot write {shown}"))?;
    let mut file = io::BufWriter::new(file);
    let written = write(&mut file).and_then(|()| {
        file.flush()
            .with_context(|| format!("cannot write {shown}"))
    });
    let renamed = written.and_then(|()| {
        std::fs::rename(&temporary, path).with_context(|| format!("cannot write {shown}"))
    });
    if renamed.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    renamed
}
