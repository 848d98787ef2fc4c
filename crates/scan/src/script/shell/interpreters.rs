//! Commands that run text: shells, Python and others.

use super::super::normalise::Language;
use super::super::python;
use super::state::{Shell, Text, taint};

impl Shell<'_> {
    /// `bash`, `sh`, `su`: text after `-c`, a file, or standard input.
    pub(super) fn shell(
        &mut self,
        name: &str,
        arguments: &[Text],
        line: u32,
        rendering: &[u8],
    ) -> Text {
        let takes_text = |word: &Text| {
            let text = word.str();
            text == "--command"
                || (text.starts_with('-') && !text.starts_with("--") && text.ends_with('c'))
        };
        if let Some(place) = arguments.iter().position(takes_text) {
            let text = arguments.get(place + 1).cloned().unwrap_or_default();
            let outer = self.positional.clone();
            self.positional = arguments.get(place + 3..).unwrap_or_default().to_vec();
            let output = if text.unknown && text.taint == 0 {
                self.run_text(&text, line)
            } else {
                self.interpret(&text, "shell", Language::Shell, line)
            };
            self.positional = outer;
            return output;
        }
        let operand = arguments
            .iter()
            .find(|word| !word.bytes.starts_with(b"-") && !word.bytes.starts_with(b"+"));
        let reads_input = arguments
            .iter()
            .any(|word| word.bytes == b"-s" || word.bytes == b"-");
        match operand {
            Some(path) if name != "su" && !reads_input && path.bytes != b"/dev/stdin" => {
                if path.unknown {
                    if path.taint != 0 {
                        return self.interpret(path, "shell", Language::Shell, line);
                    }
                    return Text::unknown("", 0);
                }
                if path.bytes.starts_with(b"/dev/fd/") {
                    let text = self.read_file(&path.bytes);
                    return self.interpret(&text, "shell", Language::Shell, line);
                }
                self.run_file(&path.bytes, line, rendering);
                let content = self.read_file(&path.bytes);
                if content.unknown {
                    Text::unknown("", 0)
                } else {
                    self.run_text(&content, line)
                }
            }
            _ => {
                let text = self.input.clone();
                if text.unknown && text.bytes.is_empty() && text.taint == 0 {
                    return Text::unknown("", 0);
                }
                self.interpret(&text, "shell", Language::Shell, line)
            }
        }
    }

    pub(super) fn python(&mut self, arguments: &[Text], line: u32, rendering: &[u8]) -> Text {
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let text = word.str();
            match text.as_str() {
                "-" | "/dev/stdin" => break,
                "-m" => return Text::unknown("", self.input.taint),
                "-W" | "-X" => {
                    words.next();
                }
                option
                    if option.starts_with('-')
                        && !option.starts_with("--")
                        && option.ends_with('c') =>
                {
                    let code = words.next().cloned().unwrap_or_default();
                    return self.python_code(&code, line);
                }
                option if option.starts_with('-') => {}
                path => {
                    if word.unknown && word.taint != 0 {
                        return self.interpret(word, "python", Language::Python, line);
                    }
                    let path = path.as_bytes().to_vec();
                    self.run_file(&path, line, rendering);
                    return Text::unknown("", 0);
                }
            }
        }
        let code = self.input.clone();
        if code.unknown && code.bytes.is_empty() && code.taint == 0 {
            return Text::unknown("", 0);
        }
        self.python_code(&code, line)
    }

    /// Notes the code; what it prints is known when it is constant.
    pub(super) fn python_code(&mut self, code: &Text, line: u32) -> Text {
        self.interpret(code, "python", Language::Python, line);
        if !self.spend(code.bytes.len()) {
            return Text::unknown("", 0);
        }
        match python::printed(&code.bytes, self.budget()) {
            Some(bytes) => Text {
                bytes,
                unknown: false,
                taint: code.taint | taint::DECODED,
            },
            None => Text::unknown("", code.taint),
        }
    }

    pub(super) fn other_interpreter(
        &mut self,
        name: &str,
        arguments: &[Text],
        line: u32,
        rendering: &[u8],
    ) {
        let code = arguments.iter().skip_while(|word| {
            !matches!(
                word.bytes.as_slice(),
                b"-e" | b"-r" | b"-E" | b"-ne" | b"-pe"
            )
        });
        if let Some(code) = code.clone().nth(1).cloned() {
            self.payload(line, "code", Language::Unknown, &code);
        } else if name != "awk" && arguments.is_empty() {
            let text = self.input.clone();
            self.interpret(&text, "code", Language::Unknown, line);
        } else if let Some(path) = arguments.iter().find(|word| !word.bytes.starts_with(b"-")) {
            let path = path.bytes.clone();
            self.run_file(&path, line, rendering);
        }
    }
}
