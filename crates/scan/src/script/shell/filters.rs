//! Filters whose output follows from their input.

use regex::bytes::{NoExpand, RegexBuilder};

use super::super::codec::{self, Escapes};
use super::super::inflate::{Format, inflate};
use super::state::{Shell, Text, taint};

/// Compiled size of a pattern of `sed`.
const MOST_PATTERN: usize = 1 << 16;
/// Output of one decompression.
const MOST_INFLATED: usize = 1 << 20;

/// Options and operands of a command line.
pub(super) struct Arguments {
    pub(super) options: Vec<String>,
    pub(super) operands: Vec<Text>,
}

impl Arguments {
    pub(super) fn of(arguments: &[Text]) -> Self {
        let mut options = Vec::new();
        let mut operands = Vec::new();
        for argument in arguments {
            let text = argument.str();
            if text.len() > 1 && text.starts_with('-') {
                options.push(text);
            } else {
                operands.push(argument.clone());
            }
        }
        Self { options, operands }
    }

    /// True when a short option, alone or in a cluster, or a long one is set.
    pub(super) fn has(&self, short: char, long: &str) -> bool {
        self.options
            .iter()
            .any(|option| match option.strip_prefix("--") {
                Some(name) => name == long,
                None => option.contains(short),
            })
    }
}

impl Shell<'_> {
    /// Runs a filter; `None` when the command is not one.
    pub(super) fn filter(&mut self, name: &str, arguments: &[Text]) -> Option<Text> {
        let parsed = Arguments::of(arguments);
        let result = match name {
            "cat" | "tac" | "rev" => {
                let input = self.operand_or_input(&parsed.operands);
                match name {
                    "rev" => change(&input, codec::reverse_lines),
                    "tac" => change(&input, reverse_order),
                    _ => input,
                }
            }
            "base64" => {
                let input = self.operand_or_input(&parsed.operands);
                if !parsed.has('d', "decode") && !parsed.has('D', "decode") {
                    return Some(Text::unknown("", input.taint));
                }
                decode(&input, |bytes| {
                    // `-i` skips foreign bytes.
                    let clean: Vec<u8> = bytes
                        .iter()
                        .copied()
                        .filter(|byte| is_base64(*byte))
                        .collect();
                    codec::base64(&clean).ok().map(|decoded| decoded.bytes)
                })
            }
            "base32" => {
                let input = self.operand_or_input(&parsed.operands);
                if !parsed.has('d', "decode") {
                    return Some(Text::unknown("", input.taint));
                }
                decode(&input, codec::base32)
            }
            "openssl" => self.openssl(arguments),
            "xxd" => {
                let input = self.operand_or_input(&parsed.operands);
                if parsed.has('r', "revert") && parsed.has('p', "plain") {
                    decode(&input, |bytes| Some(codec::hex(bytes)))
                } else if parsed.has('r', "revert") {
                    decode(&input, |bytes| Some(hex_dump(bytes)))
                } else {
                    Text::unknown("", input.taint)
                }
            }
            "tr" => self.translate(&parsed),
            "sed" => self.sed(arguments),
            "cut" => cut(&self.input.clone(), arguments),
            "head" | "tail" => self.part_of_input(name == "head", arguments),
            "zcat" | "gunzip" | "gzip" | "pigz" | "bzcat" | "bunzip2" | "bzip2" | "xzcat"
            | "unxz" | "xz" | "lzcat" | "zlib-flate" | "pigz-d" => {
                let packs = matches!(name, "gzip" | "pigz" | "bzip2" | "xz")
                    && !parsed.has('d', "decompress");
                let input = self.operand_or_input(&parsed.operands);
                if packs {
                    return Some(Text::unknown("", input.taint));
                }
                self.unpack(&input)
            }
            "gpg" | "gpg2" if parsed.has('d', "decrypt") => {
                self.gap("content is encrypted with gpg");
                Text::unknown("", taint::DECODED)
            }
            "tee" => {
                let text = self.input.clone();
                let appends = parsed.has('a', "append");
                for path in &parsed.operands {
                    self.write_file(&path.bytes, text.clone(), appends);
                }
                text
            }
            "grep" | "sort" | "uniq" | "awk" | "fold" | "paste" | "nl" | "strings" | "jq"
            | "perl" => Text::unknown("", self.input.taint),
            _ => return None,
        };
        self.spend(result.bytes.len()).then_some(result)
    }

    fn operand_or_input(&self, operands: &[Text]) -> Text {
        let mut text = Text::default();
        let mut any = false;
        for operand in operands {
            if operand.bytes == b"-" || operand.bytes == b"/dev/stdin" {
                continue;
            }
            any = true;
            text.push(&self.read_file(&operand.bytes));
            if operand.unknown {
                text.taint |= operand.taint;
            }
        }
        if any { text } else { self.input.clone() }
    }

    pub(super) fn unpack(&mut self, input: &Text) -> Text {
        let Some(format) = Format::of(&input.bytes).filter(|_| !input.unknown) else {
            return Text::unknown("", input.taint | taint::DECODED);
        };
        let output = inflate(format, &input.bytes, MOST_INFLATED);
        if output.cut.is_some() {
            self.gap("a compressed stream ends early or is damaged");
        }
        Text {
            bytes: output.bytes,
            unknown: false,
            taint: input.taint | taint::DECODED,
        }
    }

    fn openssl(&mut self, arguments: &[Text]) -> Text {
        let words: Vec<String> = arguments.iter().map(Text::str).collect();
        let has = |wanted: &str| words.iter().any(|word| word == wanted);
        let first = words.first().map(String::as_str).unwrap_or_default();
        if !matches!(first, "enc" | "base64" | "zlib") && !first.starts_with("aes") {
            return Text::unknown("", self.input.taint);
        }
        if !has("-d") {
            return Text::unknown("", self.input.taint);
        }
        let file = words
            .iter()
            .position(|word| word == "-in")
            .and_then(|place| words.get(place + 1));
        let input = match file {
            Some(path) => self.read_file(path.as_bytes()),
            None => self.input.clone(),
        };
        if first == "base64" || has("-base64") || has("-a") && words.len() <= 5 {
            return decode(&input, |bytes| {
                codec::base64(bytes).ok().map(|decoded| decoded.bytes)
            });
        }
        self.gap("content is encrypted with openssl");
        Text::unknown("", input.taint | taint::DECODED)
    }

    fn translate(&mut self, parsed: &Arguments) -> Text {
        let input = self.input.clone();
        let Some(from) = parsed.operands.first() else {
            return input;
        };
        let to = parsed.operands.get(1);
        if input.unknown || from.unknown || to.is_some_and(|to| to.unknown) {
            return Text::unknown("", input.taint);
        }
        let mut from_set = character_set(&from.bytes);
        if parsed.has('c', "complement") || parsed.has('C', "complement") {
            from_set = (0..=255).filter(|byte| !from_set.contains(byte)).collect();
        }
        let (bytes, taint) = if parsed.has('d', "delete") {
            let kept = input
                .bytes
                .iter()
                .copied()
                .filter(|byte| !from_set.contains(byte));
            (kept.collect(), input.taint)
        } else {
            let to_set = to.map(|to| character_set(&to.bytes)).unwrap_or_default();
            let Some(last) = to_set.last().copied() else {
                return input;
            };
            let mut map: Vec<u8> = (0..=255).collect();
            for (place, byte) in from_set.iter().enumerate() {
                if let Some(slot) = map.get_mut(usize::from(*byte)) {
                    *slot = to_set.get(place).copied().unwrap_or(last);
                }
            }
            let mapped = input
                .bytes
                .iter()
                .map(|byte| map.get(usize::from(*byte)).copied().unwrap_or(*byte));
            let decodes = from_set.len() > 2;
            (
                mapped.collect(),
                if decodes {
                    input.taint | taint::DECODED
                } else {
                    input.taint
                },
            )
        };
        Text {
            bytes,
            unknown: false,
            taint,
        }
    }

    /// Substitutions and transliterations of `sed`; other programs are not
    /// known.
    fn sed(&mut self, arguments: &[Text]) -> Text {
        let input = self.input.clone();
        let mut scripts = Vec::new();
        let mut words = arguments.iter().map(Text::str).peekable();
        while let Some(word) = words.next() {
            match word.as_str() {
                "-e" | "--expression" => scripts.extend(words.next()),
                "-i" | "-n" | "--in-place" => return Text::unknown("", input.taint),
                option if option.starts_with('-') => {}
                script if scripts.is_empty() => scripts.push(script.to_owned()),
                _ => return Text::unknown("", input.taint),
            }
        }
        if input.unknown {
            return Text::unknown("", input.taint);
        }
        let extended = arguments
            .iter()
            .any(|word| matches!(word.bytes.as_slice(), b"-E" | b"-r"));
        let mut bytes = input.bytes;
        for script in scripts {
            for command in script.split([';', '\n']) {
                match sed_command(command.trim(), &bytes, extended) {
                    Some(changed) if changed.len() <= MOST_INFLATED => bytes = changed,
                    _ => return Text::unknown("", input.taint),
                }
            }
        }
        Text {
            bytes,
            unknown: false,
            taint: input.taint,
        }
    }

    fn part_of_input(&mut self, first: bool, arguments: &[Text]) -> Text {
        let words: Vec<String> = arguments.iter().map(Text::str).collect();
        let text = words.concat();
        let parsed = Arguments::of(arguments);
        let files: Vec<Text> = parsed
            .operands
            .into_iter()
            .filter(|word| {
                !word
                    .str()
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'+')
            })
            .collect();
        let input = self.operand_or_input(&files);
        if input.unknown {
            return input;
        }
        let from_start = text.contains('+');
        let digits: String = text
            .chars()
            .skip_while(|found| !found.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect();
        let count = digits.parse::<usize>().unwrap_or(10);
        let by_bytes = text.starts_with("-c");
        let units: Vec<&[u8]> = if by_bytes {
            input.bytes.chunks(1).collect()
        } else {
            input.bytes.split_inclusive(|byte| *byte == b'\n').collect()
        };
        let kept = match (first, from_start) {
            (true, _) => units.get(..count.min(units.len())),
            (false, true) => units.get(count.saturating_sub(1).min(units.len())..),
            (false, false) => units.get(units.len().saturating_sub(count)..),
        };
        Text {
            bytes: kept.unwrap_or_default().concat(),
            unknown: false,
            taint: input.taint,
        }
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

fn change(input: &Text, change: fn(&[u8]) -> Vec<u8>) -> Text {
    if input.unknown {
        return Text::unknown("", input.taint);
    }
    Text {
        bytes: change(&input.bytes),
        unknown: false,
        taint: input.taint | taint::DECODED,
    }
}

fn decode(input: &Text, decoder: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Text {
    let taint = input.taint | taint::DECODED;
    if input.unknown {
        return Text::unknown("", taint);
    }
    match decoder(&input.bytes) {
        Some(bytes) => Text {
            bytes,
            unknown: false,
            taint,
        },
        None => Text::unknown("", taint),
    }
}

fn reverse_order(text: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines.reverse();
    let mut joined = lines.join(&b'\n');
    joined.push(b'\n');
    joined
}

/// Reads the format of `xxd` and `hexdump -C`: offset, bytes, text.
fn hex_dump(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let after = line
            .split_once(':')
            .map_or(line.as_ref(), |(_, after)| after);
        let body = after.split("  ").next().unwrap_or_default();
        bytes.extend(codec::hex(body.as_bytes()));
    }
    bytes
}

/// The characters of a set of `tr`: ranges, classes and escapes.
fn character_set(text: &[u8]) -> Vec<u8> {
    let named = String::from_utf8_lossy(text);
    let class: Option<fn(&u8) -> bool> = match named.as_ref() {
        "[:lower:]" => Some(u8::is_ascii_lowercase),
        "[:upper:]" => Some(u8::is_ascii_uppercase),
        "[:digit:]" => Some(u8::is_ascii_digit),
        "[:space:]" => Some(u8::is_ascii_whitespace),
        "[:alpha:]" => Some(u8::is_ascii_alphabetic),
        "[:alnum:]" => Some(u8::is_ascii_alphanumeric),
        "[:punct:]" => Some(u8::is_ascii_punctuation),
        _ => None,
    };
    if let Some(class) = class {
        return (0..=127).filter(class).collect();
    }
    let text = codec::unescape(text, Escapes::Ansi);
    let mut set = Vec::new();
    let mut rest = text.as_slice();
    while let Some((first, tail)) = rest.split_first() {
        if let [b'-', last, after @ ..] = tail
            && first <= last
        {
            set.extend(*first..=*last);
            rest = after;
        } else {
            set.push(*first);
            rest = tail;
        }
        if set.len() > 4096 {
            break;
        }
    }
    set
}

fn sed_command(command: &str, text: &[u8], extended: bool) -> Option<Vec<u8>> {
    let mut letters = command.chars();
    let kind = letters.next()?;
    let separator = letters.next()?;
    let rest: String = letters.collect();
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut escaped = false;
    for letter in rest.chars() {
        if escaped {
            if letter != separator {
                piece.push('\\');
            }
            piece.push(letter);
            escaped = false;
        } else if letter == '\\' {
            escaped = true;
        } else if letter == separator {
            pieces.push(std::mem::take(&mut piece));
        } else {
            piece.push(letter);
        }
    }
    pieces.push(piece);
    let [from, to, flags] = pieces.as_slice() else {
        return None;
    };
    match kind {
        'y' => {
            let map: Vec<(u8, u8)> = from.bytes().zip(to.bytes()).collect();
            let mapped = text.iter().map(|byte| {
                let pair = map.iter().find(|(from, _)| from == byte);
                pair.map_or(*byte, |(_, to)| *to)
            });
            Some(mapped.collect())
        }
        's' => {
            let pattern = if extended {
                from.clone()
            } else {
                basic_to_extended(from)
            };
            let regex = RegexBuilder::new(&pattern)
                .unicode(false)
                .case_insensitive(flags.contains('I'))
                .multi_line(true)
                .size_limit(MOST_PATTERN)
                .build()
                .ok()?;
            let mut by = codec::unescape(to.as_bytes(), Escapes::Ansi);
            let grouped = by.contains(&b'\\') || by.contains(&b'&');
            if grouped {
                by = group_references(&by);
            }
            let limit = usize::from(!flags.contains('g'));
            let mut changed = Vec::new();
            for line in text.split_inclusive(|byte| *byte == b'\n') {
                let line = if grouped {
                    regex.replacen(line, limit, by.as_slice())
                } else {
                    regex.replacen(line, limit, NoExpand(&by))
                };
                changed.extend_from_slice(&line);
            }
            Some(changed)
        }
        _ => None,
    }
}

/// In basic expressions groups and repetitions carry a backslash.
fn basic_to_extended(pattern: &str) -> String {
    let mut extended = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(next @ ('(' | ')' | '{' | '}' | '+' | '?' | '|')) => extended.push(next),
                Some(next) => extended.extend(['\\', next]),
                None => extended.push_str("\\\\"),
            },
            '(' | ')' | '{' | '}' | '+' | '?' | '|' => extended.extend(['\\', letter]),
            other => extended.push(other),
        }
    }
    extended
}

fn group_references(text: &[u8]) -> Vec<u8> {
    let mut references = Vec::new();
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'&' => references.extend_from_slice(b"${0}"),
            b'$' => references.extend_from_slice(b"$$"),
            b'\\' if bytes.peek().is_some_and(u8::is_ascii_digit) => {
                references.extend_from_slice(b"${");
                references.extend(bytes.next());
                references.push(b'}');
            }
            other => references.push(other),
        }
    }
    references
}

/// `cut -c` and `cut -d -f` with simple lists.
fn cut(input: &Text, arguments: &[Text]) -> Text {
    let unknown = Text::unknown("", input.taint);
    if input.unknown {
        return unknown;
    }
    let mut list = None;
    let mut delimiter = b'\t';
    let mut by_fields = false;
    let mut words = arguments.iter().map(Text::str);
    while let Some(word) = words.next() {
        let (option, value) = if word.is_char_boundary(2) {
            word.split_at(2.min(word.len()))
        } else {
            (word.as_str(), "")
        };
        let value = if value.is_empty() {
            words.next().unwrap_or_default()
        } else {
            value.to_owned()
        };
        match option {
            "-d" => delimiter = value.bytes().next().unwrap_or(b'\t'),
            "-f" => (by_fields, list) = (true, Some(value)),
            "-c" | "-b" => list = Some(value),
            _ => return unknown,
        }
    }
    let Some(list) = list else {
        return unknown;
    };
    let mut ranges = Vec::new();
    for item in list.split(',') {
        let (first, last) = item.split_once('-').unwrap_or((item, item));
        let first = if first.is_empty() {
            1
        } else {
            first.parse().unwrap_or(0)
        };
        let last: usize = if last.is_empty() {
            usize::MAX
        } else {
            last.parse().unwrap_or(0)
        };
        ranges.push(first..=last);
    }
    let mut bytes = Vec::new();
    for line in input.bytes.split(|byte| *byte == b'\n') {
        let units: Vec<&[u8]> = if by_fields {
            line.split(|byte| *byte == delimiter).collect()
        } else {
            line.chunks(1).collect()
        };
        let kept = units
            .iter()
            .enumerate()
            .filter(|(place, _)| ranges.iter().any(|range| range.contains(&(place + 1))));
        let kept: Vec<&[u8]> = kept.map(|(_, unit)| *unit).collect();
        let joined = if by_fields {
            kept.join(&delimiter)
        } else {
            kept.concat()
        };
        bytes.extend_from_slice(&joined);
        bytes.push(b'\n');
    }
    Text {
        bytes,
        unknown: false,
        taint: input.taint,
    }
}
