//! Walks from the input through all layers and gathers what they show.

mod contents;

use std::collections::{HashSet, VecDeque};

use super::normalise::{Budget, Language};
use super::text::{excerpt, is_text, sha256};
use super::{Class, Examination, Indicator, Layer, Level, Limits, State, Verdict};
use super::{codec, level, secrets};

/// Characters of an excerpt.
const EXCERPT: usize = 160;
/// Places kept for one indicator.
const MOST_PLACES: usize = 3;

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
    /// Texts of the layers, when somebody asked for them.
    texts: Option<Vec<LayerText>>,
}

/// The text of a layer, for those who look for more than indicators.
#[derive(Debug)]
pub(super) struct LayerText {
    /// Number of the layer.
    pub(super) layer: usize,
    pub(super) text: Vec<u8>,
    /// Of a normalised text: where commands begin, and their lines in the text
    /// that it was made from.
    pub(super) starts: Option<Vec<(usize, u32)>>,
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
            texts: None,
        }
    }

    /// Examines a script and answers the texts of its layers as well.
    pub(super) fn with_texts(mut self, content: &[u8]) -> (Examination, Vec<LayerText>) {
        self.texts = Some(Vec::new());
        let raw_sha256 = sha256(content);
        let content = self.within_input(content).to_vec();
        if content.is_empty() {
            self.undecodable = Some(String::from("the script is empty"));
        } else {
            self.root("script", content);
        }
        self.explore();
        let texts = self.texts.take().unwrap_or_default();
        (self.finish(raw_sha256), texts)
    }

    pub(super) fn keep(&mut self, layer: usize, text: &[u8], starts: Option<&[(usize, u32)]>) {
        if let Some(texts) = &mut self.texts {
            texts.push(LayerText {
                layer,
                text: text.to_vec(),
                starts: starts.map(<[(usize, u32)]>::to_vec),
            });
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
        let script = path != "text" || bytes.starts_with(b"#!");
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
        let shown = shown(place);
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

/// A short printable copy of a place, without its secrets.
pub(super) fn shown(place: &[u8]) -> String {
    let place = secrets::mask(place.get(..place.len().min(4096)).unwrap_or_default());
    let masked = crate::secrets::mask(&String::from_utf8_lossy(&place));
    excerpt(masked.as_bytes(), EXCERPT)
}
