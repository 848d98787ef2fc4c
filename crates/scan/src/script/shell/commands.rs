//! Commands that matter: built-ins, interpreters, wrappers.

use super::super::normalise::Language;
use super::state::{Shell, Text, taint};

const SHELLS: [&str; 8] = ["bash", "sh", "dash", "zsh", "ksh", "ash", "rbash", "su"];

impl Shell<'_> {
    /// Runs one command as far as it is known; answers its output.
    pub(super) fn command(&mut self, fields: &[Text], line: u32, rendering: &[u8]) -> Text {
        let Some((name_field, arguments)) = fields.split_first() else {
            return Text::default();
        };
        let name = base_name(name_field);
        if let Some(alias) = self.aliases.get(&name).cloned() {
            self.aliases.remove(&name);
            let mut text = alias.clone();
            for argument in arguments {
                text.bytes.push(b' ');
                text.push(argument);
            }
            let output = self.run_text(&text, line);
            self.aliases.insert(name, alias);
            return output;
        }
        if let Some(output) = self.call(&name, arguments) {
            return output;
        }
        if let Some(output) = self.builtin(&name, arguments, line) {
            return output;
        }
        if let Some(rest) = behind_wrapper(&name, arguments) {
            return self.command(rest, line, rendering);
        }
        if SHELLS.contains(&name.as_str()) {
            return self.shell(&name, arguments, line, rendering);
        }
        if is_python(&name) {
            return self.python(arguments, line, rendering);
        }
        match name.as_str() {
            "curl" | "wget" | "wget2" | "aria2c" | "fetch" => {
                return self.fetch(&name, arguments, line, rendering);
            }
            "nc" | "ncat" | "netcat" | "socat" | "telnet" | "mail" | "sendmail" => {
                let mut text = self.input.clone();
                for argument in arguments {
                    text.taint |= argument.taint;
                }
                self.sent(&text, line, rendering);
                return Text::unknown("", 0);
            }
            "env" | "printenv" => return Text::unknown("", taint::SECRET),
            "aws" => return self.aws(arguments, line, rendering),
            "xargs" => return self.xargs(arguments, line, rendering),
            "crontab" => {
                let text = self.input.clone();
                if !text.unknown {
                    self.payload(line, "crontab", Language::Shell, &text);
                }
                return Text::unknown("", 0);
            }
            "at" | "batch" => {
                let text = self.input.clone();
                return self.interpret(&text, "at", Language::Shell, line);
            }
            "perl" | "ruby" | "node" | "nodejs" | "php" | "lua" | "awk" => {
                self.other_interpreter(&name, arguments, line, rendering);
            }
            _ => {}
        }
        if let Some(output) = self.filter(&name, arguments) {
            return output;
        }
        if name_field.bytes.contains(&b'/') {
            self.run_file(&name_field.bytes, line, rendering);
            let content = self.read_file(&name_field.bytes);
            if !content.unknown && !content.bytes.is_empty() {
                return self.run_text(&content, line);
            }
        }
        // Something unknown that is told to start a shell: `docker run … sh -c …`.
        let start = arguments
            .iter()
            .position(|word| SHELLS.contains(&base_name(word).as_str()));
        if let Some(rest) = start.and_then(|start| arguments.get(start..))
            && rest
                .iter()
                .any(|word| word.bytes == b"-c" || word.bytes == b"-lc")
        {
            return self.command(rest, line, rendering);
        }
        Text::unknown("", 0)
    }

    fn aws(&mut self, arguments: &[Text], line: u32, rendering: &[u8]) -> Text {
        let words: Vec<String> = arguments.iter().map(Text::str).collect();
        let text = words.join(" ");
        if text.contains("sts get-session-token")
            || text.contains("sts assume-role")
            || text.contains("configure get")
            || text.contains("configure export-credentials")
        {
            return Text::unknown("", taint::SECRET);
        }
        if text.contains("s3 cp ") {
            let operands: Vec<&Text> = arguments
                .iter()
                .filter(|word| !word.bytes.starts_with(b"-") || word.bytes == b"-")
                .collect();
            let from = operands
                .get(2)
                .map(|word| word.bytes.clone())
                .unwrap_or_default();
            let to = operands
                .get(3)
                .map(|word| word.bytes.clone())
                .unwrap_or_default();
            if to.starts_with(b"s3://") {
                let sent = if from == b"-" {
                    self.input.clone()
                } else {
                    self.read_file(&from)
                };
                self.sent(&sent, line, rendering);
            }
        }
        Text::unknown("", 0)
    }

    fn xargs(&mut self, arguments: &[Text], line: u32, rendering: &[u8]) -> Text {
        let mut words = arguments;
        let mut placeholder = None;
        while let [first, rest @ ..] = words {
            let text = first.str();
            let Some(option) = text.strip_prefix('-') else {
                break;
            };
            words = rest;
            match option {
                "I" => {
                    placeholder = words.first().map(|word| word.bytes.clone());
                    words = words.get(1..).unwrap_or_default();
                }
                "n" | "P" | "L" | "d" | "s" => words = words.get(1..).unwrap_or_default(),
                _ if option.starts_with('I') => {
                    placeholder = option.get(1..).map(|text| text.as_bytes().to_vec())
                }
                _ => {}
            }
        }
        let input = self.input.clone();
        let mut fields: Vec<Text> = words.to_vec();
        if fields.is_empty() {
            return input;
        }
        let mut text = input.bytes.as_slice();
        while let [rest @ .., b'\n' | b' ' | 0] = text {
            text = rest;
        }
        let item = Text {
            bytes: text.to_vec(),
            ..input
        };
        match placeholder {
            Some(placeholder) => {
                for field in &mut fields {
                    let replaced = self.replace_all(&field.bytes, &placeholder, &item.bytes);
                    if replaced != field.bytes {
                        field.bytes = replaced;
                        field.unknown |= item.unknown;
                        field.taint |= item.taint;
                    }
                }
            }
            None => fields.push(item),
        }
        self.input = Text::default();
        self.command(&fields, line, rendering)
    }

    fn replace_all(&mut self, text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
        let mut result = Vec::new();
        let mut rest = text;
        while let Some((first, tail)) = rest.split_first() {
            match rest.strip_prefix(from) {
                Some(after) if !from.is_empty() && self.spend(to.len()) => {
                    result.extend_from_slice(to);
                    rest = after;
                }
                _ => {
                    result.push(*first);
                    rest = tail;
                }
            }
        }
        result
    }
}

/// The name of a program without its directory.
fn base_name(word: &Text) -> String {
    let text = word.str();
    let in_directory = [
        "/bin/",
        "/usr/bin/",
        "/usr/local/bin/",
        "/sbin/",
        "/usr/sbin/",
        "/opt/conda/bin/",
    ]
    .iter()
    .find_map(|directory| text.strip_prefix(directory));
    match in_directory {
        Some(name) => name.to_owned(),
        None if text.contains("/bin/") => text.rsplit('/').next().unwrap_or_default().to_owned(),
        None => text,
    }
}

fn is_python(name: &str) -> bool {
    name.strip_prefix("python")
        .or_else(|| name.strip_prefix("pypy"))
        .is_some_and(|version| {
            version
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
        })
        || name == "ipython"
}

/// The command behind `sudo`, `nohup`, `timeout 5`, … if there is one.
fn behind_wrapper<'f>(name: &str, arguments: &'f [Text]) -> Option<&'f [Text]> {
    let (options_with_value, operands): (&[&str], usize) = match name {
        "sudo" | "doas" => (
            &["-u", "-g", "-h", "-p", "-C", "-T", "--user", "--group"],
            0,
        ),
        "nohup" | "setsid" | "command" | "builtin" | "time" | "busybox" | "toybox" | "unbuffer"
        | "if" | "do" | "then" | "else" | "!" => (&[], 0),
        "exec" => (&["-a"], 0),
        "env" => (&["-u", "-C", "-S"], 0),
        "nice" | "ionice" | "chrt" => (&["-n", "-c", "-p"], 0),
        "stdbuf" => (&["-i", "-o", "-e"], 0),
        "timeout" => (&["-s", "-k"], 1),
        "taskset" | "flock" => (&[], 1),
        "runuser" => (&["-u", "-l"], 0),
        _ => return None,
    };
    let mut rest = arguments;
    let mut operands = operands;
    while let [first, tail @ ..] = rest {
        let text = first.str();
        if options_with_value.contains(&text.as_str()) {
            rest = tail.get(1..)?;
        } else if text.starts_with('-') || (text.contains('=') && matches!(name, "env" | "sudo")) {
            rest = tail;
        } else if operands > 0 {
            operands -= 1;
            rest = tail;
        } else {
            return Some(rest);
        }
        if text == "-c" && name == "runuser" {
            return None;
        }
    }
    None
}
