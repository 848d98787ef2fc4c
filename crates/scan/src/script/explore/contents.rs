//! Examines the content of one layer: what it shows, and what it holds inside.

use super::super::inflate::{Cut, Format, inflate};
use super::super::normalise::{Language, Report, Sign};
use super::super::text::{Lines, is_media, is_text, reads_itself, to_text};
use super::super::{Class, Level, json, matcher, patterns, python, shell};
use super::{Explorer, Item};

/// Strings of a JSON document that become layers of their own.
const MOST_STRINGS: usize = 100;

impl Explorer<'_> {
    pub(super) fn examine(&mut self, layer: usize, item: Item) {
        let readable = is_text(&item.bytes);
        if let Some(format) =
            Format::of(&item.bytes).filter(|format| *format != Format::Zlib || !readable)
        {
            let output = inflate(format, &item.bytes, self.expansion);
            match output.cut {
                Some(Cut::Broken) => {
                    self.truncate(format!("a {} stream ends early or is damaged", format.id()))
                }
                Some(Cut::TooLarge) => {
                    self.truncate(format!(
                        "layers hold more than {} bytes",
                        self.limits.max_expansion
                    ));
                }
                None => {}
            }
            if output.bytes.is_empty() {
                self.gap(format!(
                    "{}: nothing came out of the {} stream",
                    item.path,
                    format.id()
                ));
            } else {
                let path = format!("{}>{}", item.path, format.id());
                self.queue.push_back(Item {
                    bytes: output.bytes,
                    path,
                    parent: Some(layer),
                    depth: item.depth + 1,
                    ..item
                });
            }
            return;
        }
        let Some(text) = to_text(&item.bytes) else {
            self.binary(layer, &item);
            return;
        };
        self.keep(layer, &text, None);
        let lines = Lines::of(&text);
        let comments = reads_itself(&text);
        let found = matcher::find(&text, &lines, comments);
        let worded = matcher::worded(&text);
        for hit in &found {
            self.hit(
                layer,
                hit,
                lines.number(hit.offset),
                lines.text(&text, hit.offset),
                item.hidden,
            );
        }
        if let Some(hit) = matcher::long_token(&text).filter(|_| item.depth == 0) {
            self.hit(
                layer,
                &hit,
                lines.number(hit.offset),
                lines.text(&text, hit.offset),
                false,
            );
        }
        self.find_encoded(layer, &item, &text, |offset| lines.number(offset));
        if self.json(layer, &item, &text) {
            return;
        }
        let is_python = match item.language {
            Language::Python => true,
            Language::Shell => false,
            Language::Unknown => python::looks_like(&text),
        };
        let report = if is_python {
            python::normalise(&text, &mut self.budget)
        } else {
            shell::normalise(&text, &mut self.budget)
        };
        if let Some(open) = report.open.filter(|_| item.script && !is_python) {
            self.truncate(format!("the script ends inside a {open}"));
        }
        let raw: Vec<&'static str> = found.iter().map(|hit| hit.name).collect();
        self.normalised(layer, &item, report, &raw, &worded);
    }

    /// Takes over what an evaluator found.
    fn normalised(
        &mut self,
        layer: usize,
        item: &Item,
        report: Report,
        raw: &[&str],
        worded: &[&str],
    ) {
        if report.exhausted {
            self.truncate(String::from(
                "the script needs more evaluation than allowed",
            ));
        }
        for gap in &report.gaps {
            self.gap(format!("{}: {gap}", item.path));
        }
        for sign in &report.signs {
            let Sign {
                class,
                name,
                level,
                line,
                excerpt,
            } = sign;
            self.add(layer, *class, name, *level, *line, excerpt);
        }
        for payload in report.payloads {
            let path = match payload.line {
                0 => format!("{}>{}", item.path, payload.how),
                line => format!("{}>line {line} {}", item.path, payload.how),
            };
            self.queue.push_back(Item {
                bytes: payload.bytes,
                path,
                parent: Some(layer),
                depth: item.depth + 1,
                language: payload.language,
                hidden: item.hidden || payload.hidden,
                script: false,
            });
        }
        let mut text = Vec::new();
        let mut starts = Vec::new();
        for (line, command) in &report.lines {
            starts.push((text.len(), *line));
            text.extend_from_slice(command);
            text.push(b'\n');
        }
        let path = format!("{}>normalised", item.path);
        let Some(normal) = self.layer(&path, Some(layer), item.depth, &text) else {
            return;
        };
        self.keep(normal, &text, Some(&starts));
        let lines = Lines::of(&text);
        let original = |offset: usize| {
            let place = starts.partition_point(|(start, _)| *start <= offset);
            starts
                .get(place.wrapping_sub(1))
                .map_or(1, |(_, line)| *line)
        };
        for hit in matcher::find(&text, &lines, true) {
            if raw.contains(&hit.name) {
                continue;
            }
            let line = original(hit.offset);
            let place = lines.text(&text, hit.offset);
            self.hit(normal, &hit, line, place, item.hidden);
            // The words of the rule stand nowhere in the text: they were put
            // together from pieces.
            if hit.level >= Level::Medium && !worded.contains(&hit.name) {
                self.add(
                    normal,
                    Class::Obfuscation,
                    "assembled-command",
                    Level::Medium,
                    line,
                    place,
                );
            }
        }
        self.find_encoded(normal, item, &text, original);
    }

    /// Queues pieces that decode to something readable.
    fn find_encoded(
        &mut self,
        layer: usize,
        item: &Item,
        text: &[u8],
        line: impl Fn(usize) -> u32,
    ) {
        for found in patterns::find(text) {
            let path = format!(
                "{}>line {} {}",
                item.path,
                line(found.offset),
                found.encoding
            );
            self.queue.push_back(Item {
                bytes: found.bytes,
                path,
                parent: Some(layer),
                depth: item.depth + 1,
                language: Language::Unknown,
                hidden: true,
                script: false,
            });
        }
    }

    /// Content that is not text.
    fn binary(&mut self, layer: usize, item: &Item) {
        let lines = Lines::of(&item.bytes);
        for hit in matcher::find(&item.bytes, &lines, true) {
            let place = lines.text(&item.bytes, hit.offset);
            self.hit(layer, &hit, lines.number(hit.offset), place, item.hidden);
        }
        if item.bytes.starts_with(b"\x7fELF") {
            self.add(
                layer,
                Class::Obfuscation,
                "embedded-program",
                Level::Medium,
                1,
                b"ELF",
            );
        }
        if item.parent.is_some() && is_media(&item.bytes) {
            return;
        }
        if item.parent.is_none() {
            self.undecodable
                .get_or_insert(String::from("the content is not text"));
        } else {
            self.gap(format!("{}: the content is not text", item.path));
        }
    }

    /// Takes a JSON document apart; false when it is none.
    fn json(&mut self, layer: usize, item: &Item, text: &[u8]) -> bool {
        let start = text.trim_ascii_start().first();
        if !matches!(start, Some(b'{' | b'[')) {
            return false;
        }
        let Ok(document) = serde_json::from_slice::<serde_json::Value>(text) else {
            return false;
        };
        let mut strings = Vec::new();
        let mut commands = Vec::new();
        json::gather(&document, &mut strings, &mut commands);
        let mut small = String::new();
        for command in commands {
            small.push_str(&command);
            small.push('\n');
        }
        let mut own = Vec::new();
        for string in strings {
            let is_document = string.trim_start().starts_with(['{', '[']);
            if string.contains('\n') || is_document {
                own.push(string);
            } else {
                small.push_str(string);
                small.push('\n');
            }
        }
        if own.len() > MOST_STRINGS {
            self.truncate(format!(
                "more than {MOST_STRINGS} long strings in one document"
            ));
        }
        let texts = own
            .into_iter()
            .take(MOST_STRINGS)
            .map(str::to_owned)
            .chain([small]);
        for text in texts {
            if text.trim().is_empty() {
                continue;
            }
            self.queue.push_back(Item {
                bytes: text.into_bytes(),
                path: format!("{}>json", item.path),
                parent: Some(layer),
                depth: item.depth + 1,
                language: Language::Unknown,
                hidden: item.hidden,
                script: false,
            });
        }
        true
    }

    fn hit(&mut self, layer: usize, hit: &matcher::Hit, line: u32, place: &[u8], hidden: bool) {
        self.add(layer, hit.class, hit.name, hit.level, line, place);
        if hidden && hit.level >= Level::Medium && hit.class != Class::Obfuscation {
            self.add(
                layer,
                Class::Obfuscation,
                "encoded-payload",
                Level::Medium,
                line,
                place,
            );
        }
    }
}
