//! Walks from the input through all layers and gathers what they show.

use std::collections::{HashSet, VecDeque};

use super::inflate::{Cut, Format, inflate};
use super::normalise::{Budget, Language, Report, Sign};
use super::text::{Lines, excerpt, is_media, is_text, reads_itself, sha256, to_text};
use super::{Class, Examination, Indicator, Layer, Level, Limits, State, Verdict};
use super::{codec, json, level, matcher, patterns, python, secrets, shell};

/// Characters of an excerpt.
const EXCERPT: usize = 160;
/// Places kept for one indicator.
const MOST_PLACES: usize = 3;
/// Strings of a JSON document that become layers of their own.
const MOST_STRINGS: usize = 100;

/// Content that waits to be examined.
struct Item {
    bytes: Vec<u8>,
    path: String,
    parent: Option<usize>,
    depth: u32,
    language: Language,
    /// A reader of the layer above does not see this content.
    hidden: bool,
    /// The content is the script itself, so it must not stop half-way.
    script: bool,
}

pub(super) struct Explorer<'l> {
    limits: &'l Limits,
    budget: Budget,
    expansion: usize,
    queue: VecDeque<Item>,
    seen: HashSet<String>,
    layers: Vec<Layer>,
    indicators: Vec<(usize, Indicator)>,
    gaps: Vec<String>,
    truncated: Option<String>,
    undecodable: Option<String>,
    decoded_sha256: Option<String>,
}

impl<'l> Explorer<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            budget: Budget {
                steps: limits.max_steps,
                bytes: limits.max_expansion.saturating_mul(4),
            },
            expansion: limits.max_expansion,
            queue: VecDeque::new(),
            seen: HashSet::new(),
            layers: Vec::new(),
            indicators: Vec::new(),
            gaps: Vec::new(),
            truncated: None,
            undecodable: None,
            decoded_sha256: None,
        }
    }

    pub(super) fn base64_field(mut self, field: &str) -> Examination {
        let raw_sha256 = sha256(field.as_bytes());
        let trimmed = self.within_input(field.trim().as_bytes());
        if trimmed.is_empty() {
            self.undecodable = Some(String::from("the field is empty"));
            return self.finish(raw_sha256);
        }
        if Some(trimmed.len()) == self.limits.api_limit {
            self.truncate(format!(
                "the field has exactly the {} characters that the api accepts",
                trimmed.len()
            ));
        }
        match codec::base64(trimmed) {
            Ok(decoded) if decoded.bytes.is_empty() => {
                self.undecodable = Some(String::from("the base64 holds no byte"));
            }
            Ok(decoded) => {
                if decoded.cut {
                    self.truncate(String::from("the base64 stops inside a group"));
                } else if !decoded.complete
                    && is_text(&decoded.bytes)
                    && !decoded.bytes.ends_with(b"\n")
                {
                    self.truncate(String::from(
                        "the base64 lacks padding and its text stops inside a line",
                    ));
                }
                self.root("base64", decoded.bytes);
            }
            Err(offset) => {
                self.undecodable = Some(format!("byte {offset} is not base64"));
                let before = trimmed.get(..offset / 4 * 4).unwrap_or_default();
                if let Ok(decoded) = codec::base64(before)
                    && is_text(&decoded.bytes)
                    && before.len() >= 64
                {
                    self.root("base64", decoded.bytes);
                } else {
                    self.root("text", trimmed.to_vec());
                }
                self.decoded_sha256 = None;
            }
        }
        self.explore();
        self.finish(raw_sha256)
    }

    pub(super) fn text_field(mut self, bytes: &[u8]) -> Examination {
        let raw_sha256 = sha256(bytes);
        let bytes = self.within_input(bytes).to_vec();
        if !bytes.is_empty() {
            self.root("text", bytes);
        }
        self.explore();
        self.finish(raw_sha256)
    }

    fn within_input<'t>(&mut self, bytes: &'t [u8]) -> &'t [u8] {
        if bytes.len() <= self.limits.max_input {
            return bytes;
        }
        self.truncate(format!(
            "only the first {} bytes were read",
            self.limits.max_input
        ));
        bytes.get(..self.limits.max_input).unwrap_or_default()
    }

    fn root(&mut self, path: &str, bytes: Vec<u8>) {
        self.decoded_sha256 = Some(sha256(&bytes));
        // The root does not count as expansion: its size is bounded already.
        self.expansion = self.expansion.saturating_add(bytes.len());
        let script = path == "base64" || bytes.starts_with(b"#!");
        self.queue.push_back(Item {
            bytes,
            path: path.to_owned(),
            parent: None,
            depth: 0,
            language: Language::Unknown,
            hidden: false,
            script,
        });
    }

    fn truncate(&mut self, reason: String) {
        self.truncated.get_or_insert(reason);
    }

    fn gap(&mut self, reason: String) {
        if !self.gaps.contains(&reason) && self.gaps.len() < 50 {
            self.gaps.push(reason);
        }
    }

    fn explore(&mut self) {
        while let Some(item) = self.queue.pop_front() {
            if item.depth > self.limits.max_depth {
                self.truncate(format!(
                    "layers are nested deeper than {}",
                    self.limits.max_depth
                ));
                let parent = item.parent.unwrap_or(0);
                self.add(
                    parent,
                    Class::Obfuscation,
                    "deep-nesting",
                    Level::Medium,
                    1,
                    &item.bytes,
                );
                continue;
            }
            if self.is_full() {
                break;
            }
            let Some(layer) = self.layer(&item.path, item.parent, item.depth, &item.bytes) else {
                continue;
            };
            self.examine(layer, item);
        }
    }

    fn is_full(&mut self) -> bool {
        let is_full = self.layers.len() >= self.limits.max_layers;
        if is_full {
            self.truncate(format!("more than {} layers", self.limits.max_layers));
        }
        is_full
    }

    /// Adds a layer; `None` when its content was seen or is too much.
    fn layer(
        &mut self,
        path: &str,
        parent: Option<usize>,
        depth: u32,
        bytes: &[u8],
    ) -> Option<usize> {
        let hash = sha256(bytes);
        if !self.seen.insert(hash.clone()) || self.is_full() {
            return None;
        }
        if self.expansion < bytes.len() {
            self.truncate(format!(
                "layers hold more than {} bytes",
                self.limits.max_expansion
            ));
            return None;
        }
        self.expansion -= bytes.len();
        self.layers.push(Layer {
            path: path.to_owned(),
            parent,
            depth,
            bytes: bytes.len(),
            sha256: hash,
        });
        Some(self.layers.len() - 1)
    }

    fn examine(&mut self, layer: usize, item: Item) {
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

    fn add(
        &mut self,
        layer: usize,
        class: Class,
        name: &'static str,
        level: Level,
        line: u32,
        place: &[u8],
    ) {
        let same = self
            .indicators
            .iter()
            .filter(|(_, found)| found.name == name && found.class == class);
        let mut count = 0;
        for (_, found) in same {
            if found.level >= level {
                count += 1;
            }
        }
        if count >= MOST_PLACES || self.indicators.len() >= self.limits.max_indicators {
            return;
        }
        let path = self
            .layers
            .get(layer)
            .map(|layer| layer.path.clone())
            .unwrap_or_default();
        let shown = excerpt(
            &secrets::mask(place.get(..place.len().min(4096)).unwrap_or_default()),
            EXCERPT,
        );
        let indicator = Indicator {
            class,
            name,
            level,
            layer: path,
            line: line.max(1),
            excerpt: shown,
        };
        if !self
            .indicators
            .iter()
            .any(|(at, found)| *at == layer && *found == indicator)
        {
            self.indicators.push((layer, indicator));
        }
    }

    fn finish(mut self, raw_sha256: String) -> Examination {
        self.indicators
            .sort_by(|(left_layer, left), (right_layer, right)| {
                (left_layer, left.line, left.class, left.name).cmp(&(
                    right_layer,
                    right.line,
                    right.class,
                    right.name,
                ))
            });
        let indicators: Vec<Indicator> = self
            .indicators
            .into_iter()
            .map(|(_, indicator)| indicator)
            .collect();
        let level = level::strongest(&indicators);
        let state = match (self.undecodable, self.truncated) {
            (Some(reason), _) => State::Undecodable { reason },
            (None, Some(reason)) => State::Truncated { reason },
            (None, None) => State::Decoded,
        };
        let verdict = match level {
            Some(Level::High | Level::Critical) => Verdict::Malicious,
            Some(Level::Medium) => Verdict::Suspicious,
            _ if state != State::Decoded || !self.gaps.is_empty() => Verdict::Unknown,
            _ => Verdict::Clean,
        };
        Examination {
            state,
            verdict,
            level,
            indicators,
            layers: self.layers,
            gaps: self.gaps,
            raw_sha256,
            decoded_sha256: self.decoded_sha256,
        }
    }
}
