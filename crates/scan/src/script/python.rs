//! Folds the constants of a Python program, without running it.
//!
//! Assignments of constants, string and byte methods and the usual decoders
//! are computed. The outcome lists every call as it would be made and the
//! text handed to `exec`, `eval`, shells and files.

mod calls;
mod evaluate;
mod sequences;
mod statements;
mod tokens;
mod value;

use super::normalise::{Budget, Report};
use evaluate::Python;

/// Normalises a Python program.
pub(super) fn normalise(text: &[u8], budget: &mut Budget) -> Report {
    let tokens = tokens::tokens(text);
    let mut python = Python::new(&tokens, budget);
    python.run();
    python.report
}

/// What a program prints, when all of it is constant.
pub(super) fn printed(text: &[u8], budget: &mut Budget) -> Option<Vec<u8>> {
    let tokens = tokens::tokens(text);
    let mut python = Python::new(&tokens, budget);
    python.run();
    python.printed.filter(|printed| !printed.is_empty())
}

/// True when a text reads as Python rather than as shell.
pub(super) fn looks_like(text: &[u8]) -> bool {
    let mut score = 0_i32;
    for line in text.split(|byte| *byte == b'\n').take(400) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim();
        if line.starts_with("#!") {
            return line.contains("python");
        }
        let shell = [
            "fi", "done", "then", "esac", "sudo ", "echo ", "export ", "set -e", "EOF", "curl ",
            "wget ",
        ];
        if shell
            .iter()
            .any(|word| line == *word || (word.ends_with(' ') && line.starts_with(word)))
        {
            score -= 2;
        }
        let import = (line.starts_with("import ") && !line.contains(" -"))
            || (line.starts_with("from ") && line.contains(" import "));
        let definition =
            (line.starts_with("def ") || line.starts_with("class ") || line.starts_with("with "))
                && line.ends_with(':');
        let assignment = line.contains(" = ")
            || line.contains("exec(")
            || line.contains("__import__(")
            || line.contains("eval(compile(");
        if import || definition {
            score += 3;
        } else if assignment {
            score += 1;
        }
    }
    score > 0
}
