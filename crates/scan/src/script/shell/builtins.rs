//! Commands that the shell itself carries out.

use super::super::codec::{self, Escapes};
use super::super::normalise::Language;
use super::state::{Shell, Text, taint};

impl Shell<'_> {
    pub(super) fn builtin(&mut self, name: &str, arguments: &[Text], line: u32) -> Option<Text> {
        match name {
            "echo" => Some(echo(arguments)),
            "printf" => Some(self.printf(arguments)),
            ":" | "true" => {
                self.status = Some(true);
                Some(Text::default())
            }
            "false" => {
                self.status = Some(false);
                Some(Text::default())
            }
            "eval" => {
                let mut text = Text::default();
                for (count, argument) in arguments.iter().enumerate() {
                    if count > 0 {
                        text.bytes.push(b' ');
                    }
                    text.push(argument);
                }
                if text.taint == 0 && text.unknown {
                    return Some(self.run_text(&text, line));
                }
                Some(self.interpret(&text, "eval", Language::Shell, line))
            }
            "source" | "." => {
                let path = arguments.first()?;
                let text = match path.bytes.as_slice() {
                    b"/dev/stdin" | b"-" => self.input.clone(),
                    _ if path.unknown => Text::unknown(path.bytes.clone(), path.taint),
                    bytes => self.read_file(bytes),
                };
                Some(self.interpret(&text, "source", Language::Shell, line))
            }
            "export" | "declare" | "local" | "readonly" | "typeset" => {
                for argument in arguments {
                    let text = argument.str();
                    let Some((name, value)) = text.split_once('=') else {
                        continue;
                    };
                    let mut value = Text::known(value);
                    value.unknown = argument.unknown;
                    value.taint = argument.taint;
                    let (name, appends) = match name.strip_suffix('+') {
                        Some(name) => (name, true),
                        None => (name, false),
                    };
                    if appends {
                        self.variables
                            .entry(name.to_owned())
                            .or_default()
                            .push(&value);
                    } else {
                        self.variables.insert(name.to_owned(), value);
                    }
                }
                let secret = arguments.iter().all(|word| word.bytes == b"-p");
                Some(if secret {
                    Text::unknown("", taint::SECRET)
                } else {
                    Text::default()
                })
            }
            "set" => {
                if let Some(start) = arguments.iter().position(|word| word.bytes == b"--") {
                    self.positional = arguments.get(start + 1..).unwrap_or_default().to_vec();
                } else if arguments.is_empty() {
                    return Some(Text::unknown("", taint::SECRET));
                } else if !arguments.first().is_some_and(|word| {
                    word.bytes.starts_with(b"-") || word.bytes.starts_with(b"+")
                }) {
                    self.positional = arguments.to_vec();
                }
                Some(Text::default())
            }
            "shift" => {
                if !self.positional.is_empty() {
                    self.positional.remove(0);
                }
                Some(Text::default())
            }
            "unset" => {
                for argument in arguments {
                    self.variables.remove(&argument.str());
                }
                Some(Text::default())
            }
            "alias" => {
                for argument in arguments {
                    if let Some((name, value)) = argument.str().split_once('=') {
                        self.aliases.insert(name.to_owned(), Text::known(value));
                    }
                }
                Some(Text::default())
            }
            "let" => {
                for argument in arguments {
                    let value = self.arithmetic_text(&argument.bytes, 0);
                    self.status = value.map(|value| value != 0);
                }
                Some(Text::default())
            }
            "read" | "mapfile" | "readarray" => {
                self.read(arguments);
                Some(Text::default())
            }
            "test" | "[" | "[[" => {
                self.status = test(arguments);
                Some(Text::default())
            }
            "seq" => Some(sequence(arguments)),
            "trap" => {
                let handler = arguments.iter().find(|word| word.bytes != b"--")?.clone();
                Some(self.run_text(&handler, line))
            }
            _ => None,
        }
    }

    pub(super) fn read(&mut self, arguments: &[Text]) {
        let names: Vec<String> = arguments
            .iter()
            .map(Text::str)
            .filter(|word| !word.starts_with('-'))
            .collect();
        if self.input.unknown {
            self.status = None;
            for name in names {
                let value = Text::unknown(format!("${name}"), self.input.taint);
                self.variables.insert(name, value);
            }
            return;
        }
        self.status = Some(!self.input.bytes.is_empty());
        let end = self.input.bytes.iter().position(|byte| *byte == b'\n');
        let end = end.unwrap_or(self.input.bytes.len());
        let line = self.input.bytes.get(..end).unwrap_or_default().to_vec();
        let rest = self.input.bytes.get(end + 1..).unwrap_or_default().to_vec();
        self.input.bytes = rest;
        let text = String::from_utf8_lossy(&line).into_owned();
        let mut rest = text.trim();
        let count = names.len();
        for (place, name) in names.into_iter().enumerate() {
            let value = if place + 1 == count {
                std::mem::take(&mut rest)
            } else {
                let (word, tail) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
                rest = tail.trim_start();
                word
            };
            let taint = self.input.taint;
            self.variables.insert(
                name,
                Text {
                    bytes: value.into(),
                    unknown: false,
                    taint,
                },
            );
        }
    }

    pub(super) fn printf(&mut self, arguments: &[Text]) -> Text {
        let mut arguments = arguments;
        let mut variable = None;
        if let [flag, name, rest @ ..] = arguments
            && flag.bytes == b"-v"
        {
            variable = Some(name.str());
            arguments = rest;
        }
        if let [flag, rest @ ..] = arguments
            && flag.bytes == b"--"
        {
            arguments = rest;
        }
        let Some((format, values)) = arguments.split_first() else {
            return Text::default();
        };
        let output = format_values(format, values);
        match variable {
            Some(name) => {
                self.variables.insert(name, output);
                Text::default()
            }
            None => output,
        }
    }
}

fn echo(arguments: &[Text]) -> Text {
    let mut escapes = false;
    let mut newline = true;
    let mut words = arguments;
    while let [first, rest @ ..] = words {
        let is_flag = first.bytes.len() > 1
            && first.bytes.first() == Some(&b'-')
            && first
                .bytes
                .iter()
                .skip(1)
                .all(|byte| matches!(byte, b'n' | b'e' | b'E'));
        if !is_flag {
            break;
        }
        escapes |= first.bytes.contains(&b'e');
        newline &= !first.bytes.contains(&b'n');
        words = rest;
    }
    let mut output = Text::default();
    for (count, word) in words.iter().enumerate() {
        if count > 0 {
            output.bytes.push(b' ');
        }
        output.push(word);
    }
    if escapes && output.bytes.contains(&b'\\') {
        let decoded = codec::unescape(&output.bytes, Escapes::Echo);
        if decoded.len() * 2 < output.bytes.len() {
            output.taint |= taint::DECODED;
        }
        output.bytes = decoded;
    }
    if newline {
        output.bytes.push(b'\n');
    }
    output
}

/// `printf`: the format is used again while values are left.
fn format_values(format: &Text, values: &[Text]) -> Text {
    let mut output = Text {
        bytes: Vec::new(),
        unknown: format.unknown,
        taint: format.taint,
    };
    let pattern = codec::unescape(&format.bytes, Escapes::Echo);
    if pattern.len() * 2 < format.bytes.len() {
        output.taint |= taint::DECODED;
    }
    let mut values = values.iter();
    loop {
        let mut used = false;
        let mut rest = pattern.as_slice();
        while let Some((first, tail)) = rest.split_first() {
            rest = tail;
            if *first != b'%' {
                output.bytes.push(*first);
                continue;
            }
            let flags = rest
                .iter()
                .take_while(|byte| {
                    byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b' ' | b'#' | b'+')
                })
                .count();
            let width_text = rest.get(..flags).unwrap_or_default();
            let Some(kind) = rest.get(flags) else {
                break;
            };
            rest = rest.get(flags + 1..).unwrap_or_default();
            if *kind == b'%' {
                output.bytes.push(b'%');
                continue;
            }
            let value = values.next();
            used |= value.is_some();
            if let Some(value) = value {
                output.unknown |= value.unknown;
                output.taint |= value.taint;
            }
            let text = value.map(Text::str).unwrap_or_default();
            let number = || parse_number(&text);
            let zero = width_text.first() == Some(&b'0');
            let width = codec::number(width_text, 10, 3).0 as usize;
            let spelled = match kind {
                b'b' => codec::unescape(text.as_bytes(), Escapes::Echo),
                b'c' => text.bytes().take(1).collect(),
                b'd' | b'i' | b'u' => pad(number().to_string(), width, zero),
                b'x' => pad(format!("{:x}", number()), width, zero),
                b'X' => pad(format!("{:X}", number()), width, zero),
                b'o' => pad(format!("{:o}", number()), width, zero),
                _ => value.map(|value| value.bytes.clone()).unwrap_or_default(),
            };
            output.bytes.extend(spelled);
        }
        if !used || values.len() == 0 || output.bytes.len() > 1 << 20 {
            return output;
        }
    }
}

fn pad(text: String, width: usize, zero: bool) -> Vec<u8> {
    let fill = if zero { "0" } else { " " };
    let missing = width.saturating_sub(text.len());
    let mut padded = fill.repeat(missing).into_bytes();
    padded.extend(text.bytes());
    padded
}

/// Numbers of `printf`: decimal, hexadecimal, octal, or `'a` for a character.
fn parse_number(text: &str) -> i64 {
    let text = text.trim();
    if let Some(letter) = text.strip_prefix(['\'', '"']) {
        return letter
            .chars()
            .next()
            .map_or(0, |letter| i64::from(u32::from(letter)));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return i64::from_str_radix(digits, 16).unwrap_or(0);
    }
    if text.len() > 1 && text.starts_with('0') {
        return i64::from_str_radix(text, 8).unwrap_or(0);
    }
    text.parse().unwrap_or(0)
}

fn sequence(arguments: &[Text]) -> Text {
    let numbers: Vec<i64> = arguments
        .iter()
        .filter_map(|word| word.str().parse().ok())
        .collect();
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] if *step != 0 => (*first, *step, *last),
        _ => return Text::unknown("", 0),
    };
    let mut bytes = Vec::new();
    let mut value = first;
    while bytes.len() < 1 << 16
        && (if step > 0 {
            value <= last
        } else {
            value >= last
        })
    {
        bytes.extend(value.to_string().bytes());
        bytes.push(b'\n');
        value = value.saturating_add(step);
    }
    Text::known(bytes)
}

/// `[ a = b ]`, `[ 1 -lt 2 ]`, `[ -z x ]` over known words.
fn test(arguments: &[Text]) -> Option<bool> {
    if arguments.iter().any(|word| word.unknown) {
        return None;
    }
    let words: Vec<String> = arguments
        .iter()
        .map(Text::str)
        .filter(|word| word != "]" && word != "]]")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["-z", text] => Some(text.is_empty()),
        ["-n", text] => Some(!text.is_empty()),
        [left, operator, right] => {
            let numbers = || Some((left.parse::<i64>().ok()?, right.parse::<i64>().ok()?));
            match *operator {
                "=" | "==" => Some(left == right),
                "!=" => Some(left != right),
                "-eq" => numbers().map(|(left, right)| left == right),
                "-ne" => numbers().map(|(left, right)| left != right),
                "-lt" => numbers().map(|(left, right)| left < right),
                "-le" => numbers().map(|(left, right)| left <= right),
                "-gt" => numbers().map(|(left, right)| left > right),
                "-ge" => numbers().map(|(left, right)| left >= right),
                _ => None,
            }
        }
        _ => None,
    }
}
