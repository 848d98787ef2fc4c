//! Redirections, and the files that a script writes.

use super::state::{Shell, Text, taint};
use super::syntax::{Redirection, Target};

impl Shell<'_> {
    /// Input redirections: what the command reads, and how they read.
    pub(super) fn open_input(&mut self, redirections: &[Redirection]) -> (Option<Text>, Vec<u8>) {
        let mut input = None;
        let mut rendering = Vec::new();
        for redirection in redirections {
            match &redirection.target {
                Target::HereString(word) => {
                    let mut text = self.single(word);
                    text.bytes.push(b'\n');
                    rendering.extend_from_slice(b" <<< ");
                    rendering.extend(text.bytes.iter().take(400));
                    input = Some(text);
                }
                Target::HereDocument(body) => {
                    let text = body.get().map(|word| self.single(word));
                    input = Some(text.unwrap_or_default());
                }
                Target::Word(word) => {
                    let target = self.single(word);
                    rendering.push(b' ');
                    rendering.extend_from_slice(redirection.operator.as_bytes());
                    rendering.push(b' ');
                    rendering.extend_from_slice(&target.bytes);
                    if redirection.operator == "<" {
                        input = Some(self.read_file(&target.bytes));
                    }
                }
            }
        }
        (input, rendering)
    }

    /// What a file holds: written by the script, or unknown.
    pub(super) fn read_file(&self, path: &[u8]) -> Text {
        if let Some(text) = self.files.get(path) {
            return text.clone();
        }
        let taint = if super::network::is_secret_file(path) {
            taint::SECRET
        } else {
            0
        };
        Text::unknown("", taint)
    }

    /// Output redirections: the output goes to files or stays.
    pub(super) fn close_output(
        &mut self,
        redirections: &[Redirection],
        output: Text,
        line: u32,
    ) -> Text {
        let mut remaining = Some(output);
        for redirection in redirections {
            let Target::Word(word) = &redirection.target else {
                continue;
            };
            let operator = redirection.operator.as_str();
            let appends = matches!(operator, ">>" | "1>>" | "&>>");
            let writes = matches!(
                operator,
                ">" | "1>" | ">|" | "&>" | "&>>" | ">>" | "1>>" | ">&"
            );
            let path = self.single(word).bytes;
            let to_descriptor = path
                .iter()
                .all(|byte| byte.is_ascii_digit() || *byte == b'-');
            if !writes || to_descriptor {
                continue;
            }
            let text = remaining.take().unwrap_or_default();
            if path.starts_with(b"/dev/tcp/") || path.starts_with(b"/dev/udp/") {
                self.sent(&text, line, &path);
                continue;
            }
            if path == b"/dev/null" {
                continue;
            }
            self.write_file(&path, text, appends);
        }
        remaining.unwrap_or_default()
    }

    pub(super) fn write_file(&mut self, path: &[u8], text: Text, appends: bool) {
        if !self.spend(text.bytes.len()) || self.files.len() > 1000 {
            return;
        }
        if appends {
            self.files.entry(path.to_vec()).or_default().push(&text);
        } else {
            self.files.insert(path.to_vec(), text);
        }
    }
}
