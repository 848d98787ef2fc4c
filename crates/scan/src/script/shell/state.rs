//! The evaluator: variables, files written so far, and the walk over the
//! syntax tree.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::super::normalise::{Budget, Language, Payload, Report, Sign};
use super::super::text::is_text;
use super::super::{Class, Level};
use super::parse;
use super::syntax::{Assignment, Kind, Node, Program, Word};

/// Nesting of running commands.
const MOST_DEPTH: u32 = 48;
/// Length of one value.
const MOST_TEXT: usize = 1 << 20;
/// Turns of one loop.
const MOST_TURNS: usize = 20_000;

/// Where a value comes from.
pub(super) mod taint {
    /// Downloaded from a host that is not known.
    pub(in super::super) const FOREIGN: u8 = 1;
    /// Downloaded from a well-known host.
    pub(in super::super) const KNOWN_HOST: u8 = 2;
    /// Credentials.
    pub(in super::super) const SECRET: u8 = 4;
    /// Came out of a decoder.
    pub(in super::super) const DECODED: u8 = 8;
}

/// A value: bytes, or a readable stand-in when they are not known.
#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    pub(super) bytes: Vec<u8>,
    pub(super) unknown: bool,
    pub(super) taint: u8,
}

impl Text {
    pub(super) fn known(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            unknown: false,
            taint: 0,
        }
    }

    pub(super) fn unknown(bytes: impl Into<Vec<u8>>, taint: u8) -> Self {
        Self {
            bytes: bytes.into(),
            unknown: true,
            taint,
        }
    }

    pub(super) fn push(&mut self, other: &Text) {
        if self.bytes.len() < MOST_TEXT {
            self.bytes.extend_from_slice(&other.bytes);
        }
        self.unknown |= other.unknown;
        self.taint |= other.taint;
    }

    pub(super) fn str(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

pub(super) struct Shell<'b> {
    budget: &'b mut Budget,
    report: Report,
    depth: u32,
    pub(super) variables: HashMap<String, Text>,
    pub(super) arrays: HashMap<String, Vec<(String, Text)>>,
    functions: HashMap<String, Rc<Node>>,
    called: HashSet<String>,
    pub(super) aliases: HashMap<String, Text>,
    pub(super) files: HashMap<Vec<u8>, Text>,
    pub(super) positional: Vec<Text>,
    pub(super) input: Text,
    /// The outcome of the last command, when it is known.
    pub(super) status: Option<bool>,
}

impl<'b> Shell<'b> {
    pub(super) fn new(budget: &'b mut Budget) -> Self {
        Self {
            budget,
            report: Report::default(),
            depth: 0,
            variables: HashMap::new(),
            arrays: HashMap::new(),
            functions: HashMap::new(),
            called: HashSet::new(),
            aliases: HashMap::new(),
            files: HashMap::new(),
            positional: Vec::new(),
            input: Text::unknown("", 0),
            status: None,
        }
    }

    /// The report; files written by the script become payloads.
    pub(super) fn finish(mut self) -> Report {
        // Functions may be called in ways that are not followed, such as from
        // a trap or a completion, so each is seen at least once.
        let mut uncalled: Vec<String> = self.functions.keys().cloned().collect();
        uncalled.retain(|name| !self.called.contains(name));
        uncalled.sort_unstable();
        for name in uncalled {
            self.call(&name, &[]);
        }
        let mut files: Vec<(Vec<u8>, Text)> = self.files.drain().collect();
        files.sort_by(|left, right| left.0.cmp(&right.0));
        for (path, text) in files {
            if text.bytes.len() > 3 && !path.starts_with(b"/dev/fd/") {
                self.payload(0, "file", Language::Unknown, &text);
            }
        }
        self.report
    }

    pub(super) fn run_program(&mut self, program: &Program) -> Text {
        if program.too_deep {
            self.report.gap("shell commands are nested too deep");
        }
        self.run(&program.nodes)
    }

    /// Parses and runs text in this shell, as `eval` does.
    pub(super) fn run_text(&mut self, text: &Text, line: u32) -> Text {
        if self.depth + 4 >= MOST_DEPTH || text.bytes.len() > MOST_TEXT {
            return Text::unknown("", text.taint);
        }
        let program = parse::parse(&text.bytes, line, 8);
        self.run_program(&program)
    }

    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        let enough = self.budget.spend(bytes);
        self.report.exhausted |= !enough;
        enough
    }

    pub(super) fn budget(&mut self) -> &mut Budget {
        self.budget
    }

    pub(super) fn gap(&mut self, reason: &'static str) {
        self.report.gap(reason);
    }

    pub(super) fn sign(
        &mut self,
        class: Class,
        name: &'static str,
        level: Level,
        line: u32,
        excerpt: &[u8],
    ) {
        let excerpt = excerpt
            .get(..excerpt.len().min(400))
            .unwrap_or_default()
            .to_vec();
        self.report.signs.push(Sign {
            class,
            name,
            level,
            line,
            excerpt,
        });
    }

    /// Notes content that an interpreter or a file receives.
    pub(super) fn payload(
        &mut self,
        line: u32,
        how: &'static str,
        language: Language,
        text: &Text,
    ) {
        if text.bytes.is_empty() || !self.spend(text.bytes.len()) {
            return;
        }
        let hidden = text.taint & taint::DECODED != 0;
        let bytes = text.bytes.clone();
        self.report.payloads.push(Payload {
            line,
            how,
            language,
            bytes,
            hidden,
        });
    }

    fn emit(&mut self, line: u32, text: Vec<u8>) {
        if !text.is_empty() && self.spend(text.len()) {
            self.report.lines.push((line, text));
        }
    }

    /// Runs commands one after the other and joins their output.
    pub(super) fn run(&mut self, nodes: &[Node]) -> Text {
        let mut output = Text::default();
        for node in nodes {
            if self.report.exhausted {
                output.unknown = true;
                break;
            }
            let (text, rendering) = self.node(node);
            output.push(&text);
            self.emit(node.line, rendering);
        }
        output
    }

    /// Runs commands and answers their output and how they read when they
    /// stand inside another command.
    pub(super) fn capture(&mut self, nodes: &[Node]) -> (Text, Vec<u8>) {
        let before = self.report.lines.len();
        let output = self.run(nodes);
        let mut rendering = Vec::new();
        for (_, line) in self.report.lines.get(before..).unwrap_or_default() {
            if rendering.len() > 400 {
                break;
            }
            if !rendering.is_empty() {
                rendering.extend_from_slice(b"; ");
            }
            rendering.extend_from_slice(line);
        }
        (output, rendering)
    }

    fn node(&mut self, node: &Node) -> (Text, Vec<u8>) {
        if self.depth >= MOST_DEPTH {
            self.report.gap("shell commands are nested too deep");
            return (Text::unknown("", 0), Vec::new());
        }
        if !self.spend(0) {
            return (Text::unknown("", 0), Vec::new());
        }
        self.depth += 1;
        let result = match &node.kind {
            Kind::Simple { assignments, words } => self.simple(node, assignments, words),
            Kind::Pipeline(commands) => self.pipeline(commands),
            _ => self.compound(node),
        };
        self.depth -= 1;
        result
    }

    fn pipeline(&mut self, commands: &[Node]) -> (Text, Vec<u8>) {
        let outer = std::mem::take(&mut self.input);
        let mut passed = outer.clone();
        let mut rendering = Vec::new();
        for command in commands {
            self.input = passed;
            let (text, rendered) = self.node(command);
            passed = text;
            if !rendering.is_empty() {
                rendering.extend_from_slice(b" | ");
            }
            rendering.extend_from_slice(&rendered);
        }
        self.input = outer;
        (passed, rendering)
    }

    /// Commands that hold commands. Their redirections apply to all of it.
    fn compound(&mut self, node: &Node) -> (Text, Vec<u8>) {
        let outer = self.input.clone();
        let (here, rendered) = self.open_input(&node.redirections);
        if let Some(here) = here {
            self.input = here;
        }
        let before = self.report.lines.len();
        let output = self.compound_body(node);
        self.input = outer;
        let mut rendering = Vec::new();
        if !rendered.is_empty() || self.report.lines.len() > before {
            rendering.push(b'(');
            for (_, line) in self
                .report
                .lines
                .get(before..)
                .unwrap_or_default()
                .iter()
                .take(20)
            {
                if rendering.len() > 400 {
                    break;
                }
                rendering.extend_from_slice(line);
                rendering.extend_from_slice(b"; ");
            }
            rendering.push(b')');
            rendering.extend_from_slice(&rendered);
        }
        let output = self.close_output(&node.redirections, output, node.line);
        (output, rendering)
    }

    fn compound_body(&mut self, node: &Node) -> Text {
        match &node.kind {
            Kind::Group(body) => self.run(body),
            Kind::While {
                until,
                condition,
                body,
            } => {
                let mut output = Text::default();
                for _ in 0..MOST_TURNS {
                    output.push(&self.run(condition));
                    let status = self.status;
                    if status == Some(*until) || self.report.exhausted {
                        break;
                    }
                    output.push(&self.run(body));
                    if status.is_none() {
                        break;
                    }
                }
                output
            }
            Kind::For { name, words, body } => {
                let items = match words {
                    Some(words) => words.iter().flat_map(|word| self.fields(word)).collect(),
                    None => self.positional.clone(),
                };
                let mut output = Text::default();
                if items.is_empty() {
                    output.push(&self.run(body));
                }
                for item in items.into_iter().take(MOST_TURNS) {
                    if self.report.exhausted {
                        break;
                    }
                    self.variables.insert(name.clone(), item);
                    output.push(&self.run(body));
                }
                output
            }
            Kind::ForArith {
                start,
                condition,
                step,
                body,
            } => {
                let mut output = Text::default();
                self.arithmetic(start);
                for _ in 0..MOST_TURNS {
                    let goes_on = self.arithmetic(condition);
                    if goes_on == Some(0) || self.report.exhausted {
                        break;
                    }
                    output.push(&self.run(body));
                    self.arithmetic(step);
                    if goes_on.is_none() {
                        break;
                    }
                }
                output
            }
            Kind::Case { word, arms } => self.case(word, arms),
            Kind::Function { name, body } => {
                self.functions.insert(name.clone(), Rc::clone(body));
                Text::default()
            }
            Kind::Arith(word) => {
                let value = self.arithmetic(word);
                self.status = value.map(|value| value != 0);
                Text::default()
            }
            Kind::Simple { .. } | Kind::Pipeline(_) => Text::default(),
        }
    }

    fn simple(
        &mut self,
        node: &Node,
        assignments: &[Assignment],
        words: &[Word],
    ) -> (Text, Vec<u8>) {
        let mut fields = Vec::new();
        for word in words {
            fields.extend(self.fields(word));
        }
        let saved: Vec<(String, Option<Text>)> = if fields.is_empty() {
            Vec::new()
        } else {
            let names = assignments.iter().map(|assignment| assignment.name.clone());
            names
                .map(|name| (name.clone(), self.variables.get(&name).cloned()))
                .collect()
        };
        let mut rendering = Vec::new();
        for assignment in assignments {
            self.assign(assignment);
            if !fields.is_empty() {
                let value = self
                    .variables
                    .get(&assignment.name)
                    .cloned()
                    .unwrap_or_default();
                rendering.extend_from_slice(assignment.name.as_bytes());
                rendering.push(b'=');
                rendering.extend_from_slice(&value.bytes);
                rendering.push(b' ');
            } else if let Some(value) = self.variables.get(&assignment.name) {
                rendering.extend_from_slice(assignment.name.as_bytes());
                rendering.push(b'=');
                rendering.extend(value.bytes.iter().take(4096));
                rendering.push(b'\n');
            }
        }
        for field in &fields {
            rendering.extend_from_slice(&field.bytes);
            rendering.push(b' ');
        }
        rendering.pop();
        let outer = self.input.clone();
        let (here, rendered) = self.open_input(&node.redirections);
        if let Some(here) = here {
            self.input = here;
        }
        rendering.extend_from_slice(&rendered);
        self.status = Some(true);
        let output = if fields.is_empty() {
            // `< file` alone passes the file on inside a substitution.
            if node.redirections.is_empty() {
                Text::default()
            } else {
                self.input.clone()
            }
        } else {
            self.status = None;
            self.command(&fields, node.line, &rendering)
        };
        // `read` eats from the input of the loop around it.
        if node.redirections.is_empty() {
            let eaten = fields.first().is_some_and(|field| field.bytes == b"read");
            if !eaten {
                self.input = outer;
            }
        } else {
            self.input = outer;
        }
        for (name, value) in saved {
            if name != "IFS" {
                continue;
            }
            match value {
                Some(value) => self.variables.insert(name, value),
                None => self.variables.remove(&name),
            };
        }
        let output = self.close_output(&node.redirections, output, node.line);
        (output, rendering)
    }

    /// Calls a function of the script, if there is one of this name.
    pub(super) fn call(&mut self, name: &str, arguments: &[Text]) -> Option<Text> {
        let body = Rc::clone(self.functions.get(name)?);
        self.called.insert(name.to_owned());
        let outer = std::mem::replace(&mut self.positional, arguments.to_vec());
        let (output, rendering) = self.node(&body);
        self.emit(body.line, rendering);
        self.positional = outer;
        Some(output)
    }

    /// Hands text to an interpreter: notes it and, for a shell, runs it here
    /// so that variables and files are shared.
    pub(super) fn interpret(
        &mut self,
        text: &Text,
        how: &'static str,
        language: Language,
        line: u32,
    ) -> Text {
        if text.taint & taint::FOREIGN != 0 {
            self.sign(
                Class::DownloadAndRun,
                "downloaded-content-run",
                Level::Medium,
                line,
                &text.bytes,
            );
        } else if text.taint & taint::KNOWN_HOST != 0 {
            self.sign(
                Class::DownloadAndRun,
                "known-download-run",
                Level::Low,
                line,
                &text.bytes,
            );
        }
        if text.taint & taint::DECODED != 0 {
            self.sign(
                Class::Obfuscation,
                "decoded-content-run",
                Level::Medium,
                line,
                &text.bytes,
            );
        }
        // A stand-in such as `$(curl …)` is no content.
        let stand_in =
            text.unknown && (text.bytes.starts_with(b"$(") || text.bytes.starts_with(b"<("));
        if text.bytes.is_empty() || stand_in {
            return Text::unknown("", text.taint);
        }
        self.payload(line, how, language, text);
        if language == Language::Shell && is_text(&text.bytes) {
            return self.run_text(text, line);
        }
        Text::unknown("", text.taint)
    }
}
