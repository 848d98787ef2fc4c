//! A tolerant parser of shell scripts: it never fails, it only notices that
//! something is still open at the end.

use std::cell::OnceCell;
use std::rc::Rc;

use super::super::text::Lines;
use super::syntax::{Assignment, Kind, Node, Part, Program, Redirection, Target, Value, Word};
use super::words::Mode;

/// Nesting of commands, substitutions and expansions.
const MOST_DEPTH: u32 = 32;

/// Parses a script whose first line has number `first_line`.
pub(super) fn parse(text: &[u8], first_line: u32, depth: u32) -> Program {
    let mut parser = Parser {
        text,
        position: 0,
        depth,
        first_line,
        lines: Lines::of(text),
        pending: Vec::new(),
        open: None,
        too_deep: false,
    };
    let nodes = parser.list(&[]);
    parser.here_documents();
    if !parser.pending.is_empty() {
        parser.leave_open("here-document");
    }
    Program {
        nodes,
        open: parser.open,
        too_deep: parser.too_deep,
    }
}

pub(super) struct Parser<'t> {
    pub(super) text: &'t [u8],
    pub(super) position: usize,
    pub(super) depth: u32,
    first_line: u32,
    lines: Lines,
    pending: Vec<Pending>,
    pub(super) open: Option<&'static str>,
    pub(super) too_deep: bool,
}

struct Pending {
    delimiter: Vec<u8>,
    raw: bool,
    strip_tabs: bool,
    body: Rc<OnceCell<Word>>,
}

/// Words that end what an earlier word opened.
pub(super) const CLOSERS: [&str; 9] = [
    "then", "elif", "else", "fi", "do", "done", "esac", "}", ";;",
];

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.position).copied()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.position + ahead).copied()
    }

    pub(super) fn looking_at(&self, wanted: &[u8]) -> bool {
        self.text
            .get(self.position..)
            .is_some_and(|rest| rest.starts_with(wanted))
    }

    pub(super) fn line(&self) -> u32 {
        self.lines.number(self.position) - 1 + self.first_line
    }

    pub(super) fn leave_open(&mut self, what: &'static str) {
        self.open.get_or_insert(what);
    }

    /// Enters a nested construct; false when it is too deep, which ends the
    /// parse of the whole text.
    pub(super) fn enter(&mut self) -> bool {
        if self.depth >= MOST_DEPTH {
            self.too_deep = true;
            self.position = self.text.len();
            return false;
        }
        self.depth += 1;
        true
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Commands up to a closing word of `stops`, a closing parenthesis or the
    /// end. The closing word is left for the caller.
    pub(super) fn list(&mut self, stops: &[&str]) -> Vec<Node> {
        let mut nodes = Vec::new();
        loop {
            self.separators();
            let Some(next) = self.peek() else {
                return nodes;
            };
            if next == b')' || self.looking_at(b";;") {
                if stops.is_empty() {
                    self.position += 1;
                    continue;
                }
                return nodes;
            }
            let word = self.bare_word();
            if CLOSERS.contains(&word) {
                if stops.is_empty() {
                    self.position += word.len();
                    continue;
                }
                return nodes;
            }
            let before = self.position;
            nodes.push(self.pipeline());
            if self.position == before {
                self.position += 1;
            }
        }
    }

    /// Skips blanks, comments, newlines (with their here-documents) and the
    /// operators between commands.
    pub(super) fn separators(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                Some(b'\n') => self.newline(),
                Some(b';') if self.peek_at(1) != Some(b';') => self.position += 1,
                Some(b'&') if self.peek_at(1) != Some(b'>') => self.position += 1,
                Some(b'|') => self.position += 1,
                _ => return,
            }
        }
    }

    /// Skips blanks, continued lines and comments.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.position += 1,
                Some(b'\\') if self.peek_at(1) == Some(b'\n') => self.position += 2,
                Some(b'#') => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.position += 1;
                    }
                }
                _ => return,
            }
        }
    }

    pub(super) fn newline(&mut self) {
        self.position += 1;
        self.here_documents();
    }

    /// Reads the bodies that follow a line with `<<`.
    fn here_documents(&mut self) {
        if self.position >= self.text.len() && !self.pending.is_empty() {
            return;
        }
        for pending in std::mem::take(&mut self.pending) {
            let first_line = self.line();
            let mut body = Vec::new();
            let mut closed = false;
            while self.position < self.text.len() {
                let rest = self.text.get(self.position..).unwrap_or_default();
                let length = rest.iter().position(|byte| *byte == b'\n');
                let line = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
                self.position += length.map_or(rest.len(), |length| length + 1);
                let tabs = line.iter().take_while(|byte| **byte == b'\t').count();
                let skipped = if pending.strip_tabs { tabs } else { 0 };
                let line = line.get(skipped..).unwrap_or_default();
                if line == pending.delimiter {
                    closed = true;
                    break;
                }
                body.extend_from_slice(line);
                body.push(b'\n');
            }
            if !closed {
                self.leave_open("here-document");
            }
            let word = if pending.raw || self.depth >= MOST_DEPTH {
                vec![Part::Literal {
                    text: body,
                    quoted: true,
                }]
            } else {
                self.nested(&body, first_line, |inner| inner.parts(Mode::Here))
            };
            let _already_set = pending.body.set(word);
        }
    }

    /// Parses text taken out of this one, such as the inside of backquotes.
    pub(super) fn nested<T>(
        &mut self,
        text: &[u8],
        first_line: u32,
        read: impl FnOnce(&mut Parser<'_>) -> T,
    ) -> T {
        let mut inner = Parser {
            text,
            position: 0,
            depth: self.depth + 1,
            first_line,
            lines: Lines::of(text),
            pending: Vec::new(),
            open: None,
            too_deep: false,
        };
        let result = read(&mut inner);
        self.too_deep |= inner.too_deep;
        if let Some(open) = inner.open {
            self.leave_open(open);
        }
        result
    }

    /// The unquoted word at the position, empty when there is none.
    pub(super) fn bare_word(&self) -> &'static str {
        const WORDS: [&str; 17] = [
            "if", "then", "elif", "else", "fi", "while", "until", "for", "select", "do", "done",
            "case", "esac", "function", "{", "}", "!",
        ];
        let rest = self.text.get(self.position..).unwrap_or_default();
        let longest = rest.get(..rest.len().min(10)).unwrap_or_default();
        let length = longest.iter().position(|byte| is_meta(*byte));
        let word = longest
            .get(..length.unwrap_or(longest.len()))
            .unwrap_or_default();
        let known = WORDS.iter().find(|known| known.as_bytes() == word);
        known.copied().unwrap_or_default()
    }

    pub(super) fn take_word(&mut self, word: &str, what: &'static str) {
        self.separators();
        if self.bare_word() == word {
            self.position += word.len();
        } else if self.position >= self.text.len() {
            self.leave_open(what);
        }
    }

    fn pipeline(&mut self) -> Node {
        let line = self.line();
        let mut commands = vec![self.command()];
        loop {
            self.blanks();
            if self.peek() != Some(b'|') || self.peek_at(1) == Some(b'|') {
                break;
            }
            self.position += if self.peek_at(1) == Some(b'&') { 2 } else { 1 };
            self.blanks();
            while self.peek() == Some(b'\n') {
                self.newline();
                self.blanks();
            }
            if self.peek().is_none() {
                self.leave_open("pipeline");
                break;
            }
            let before = self.position;
            commands.push(self.command());
            if self.position == before {
                break;
            }
        }
        self.blanks();
        if self.looking_at(b"&&") || self.looking_at(b"||") {
            self.position += 2;
            self.separators();
            if self.peek().is_none() {
                self.leave_open("list");
            }
        }
        if commands.len() == 1 {
            return commands.pop().unwrap_or_else(|| simple(line));
        }
        Node {
            line,
            kind: Kind::Pipeline(commands),
            redirections: Vec::new(),
        }
    }

    pub(super) fn command(&mut self) -> Node {
        let line = self.line();
        if !self.enter() {
            return simple(line);
        }
        let kind = self.compound();
        let node = match kind {
            Some(kind) => {
                let mut redirections = Vec::new();
                self.blanks();
                while let Some(redirection) = self.redirection() {
                    redirections.push(redirection);
                    self.blanks();
                }
                Node {
                    line,
                    kind,
                    redirections,
                }
            }
            None => self.simple_command(line),
        };
        self.leave();
        node
    }

    pub(super) fn words(&mut self) -> Vec<Word> {
        let mut words = Vec::new();
        loop {
            self.blanks();
            let before = self.position;
            let word = self.parts(Mode::Word);
            if self.position == before {
                return words;
            }
            words.push(word);
        }
    }

    pub(super) fn name(&mut self) -> String {
        let rest = self.text.get(self.position..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':')
            })
            .count();
        self.position += length;
        String::from_utf8_lossy(rest.get(..length).unwrap_or_default()).into_owned()
    }

    pub(super) fn close_parenthesis(&mut self) {
        while let Some(next) = self.peek() {
            self.position += 1;
            if next == b')' {
                return;
            }
        }
        self.leave_open("command substitution or subshell");
    }

    /// The text up to `))`, expanded later.
    pub(super) fn arithmetic(&mut self) -> Word {
        let word = self.parts(Mode::Arithmetic);
        if self.looking_at(b"))") {
            self.position += 2;
        } else if self.peek().is_some() {
            self.position += 1;
        } else {
            self.leave_open("arithmetic expression");
        }
        word
    }

    fn simple_command(&mut self, line: u32) -> Node {
        let mut assignments = Vec::new();
        let mut words = Vec::new();
        let mut redirections = Vec::new();
        loop {
            self.blanks();
            if let Some(redirection) = self.redirection() {
                redirections.push(redirection);
                continue;
            }
            if words.is_empty()
                && let Some(assignment) = self.assignment()
            {
                assignments.push(assignment);
                continue;
            }
            let before = self.position;
            let word = self.parts(Mode::Word);
            if self.position == before {
                break;
            }
            words.push(word);
        }
        Node {
            line,
            kind: Kind::Simple { assignments, words },
            redirections,
        }
    }

    fn assignment(&mut self) -> Option<Assignment> {
        let start = self.position;
        let rest = self.text.get(start..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let name = rest.get(..length).unwrap_or_default();
        if name.first().is_none_or(u8::is_ascii_digit) {
            return None;
        }
        let name = String::from_utf8_lossy(name).into_owned();
        self.position += length;
        let mut index = None;
        if self.peek() == Some(b'[') {
            self.position += 1;
            index = Some(self.parts(Mode::Until(b"]\n")));
            if self.peek() != Some(b']') {
                self.position = start;
                return None;
            }
            self.position += 1;
        }
        let append = self.looking_at(b"+=");
        if append {
            self.position += 2;
        } else if self.peek() == Some(b'=') {
            self.position += 1;
        } else {
            self.position = start;
            return None;
        }
        if self.peek() == Some(b'(') {
            self.position += 1;
            let mut items = Vec::new();
            loop {
                items.extend(self.words());
                match self.peek() {
                    Some(b'\n') => self.newline(),
                    Some(b')') => {
                        self.position += 1;
                        break;
                    }
                    Some(_) => self.position += 1,
                    None => {
                        self.leave_open("array");
                        break;
                    }
                }
            }
            return Some(Assignment {
                name,
                index,
                append,
                value: Value::Array(items),
            });
        }
        let word = self.parts(Mode::Word);
        Some(Assignment {
            name,
            index,
            append,
            value: Value::Scalar(word),
        })
    }

    fn redirection(&mut self) -> Option<Redirection> {
        let rest = self.text.get(self.position..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let after = rest.get(digits..).unwrap_or_default();
        const OPERATORS: [&str; 13] = [
            "<<<", "<<-", "<<", "<&", "<>", "&>>", "&>", ">>", ">&", ">|", "<(", "<", ">",
        ];
        let operator = OPERATORS
            .iter()
            .find(|operator| after.starts_with(operator.as_bytes()))?;
        if *operator == "<(" || after.starts_with(b">(") {
            return None;
        }
        let fd = String::from_utf8_lossy(rest.get(..digits).unwrap_or_default());
        let operator_text = format!("{fd}{operator}");
        self.position += digits + operator.len();
        self.blanks();
        let target = match *operator {
            "<<<" => Target::HereString(self.parts(Mode::Word)),
            "<<" | "<<-" => self.here_document(*operator == "<<-"),
            _ => Target::Word(self.parts(Mode::Word)),
        };
        Some(Redirection {
            operator: operator_text,
            target,
        })
    }

    fn here_document(&mut self, strip_tabs: bool) -> Target {
        let word = self.parts(Mode::Word);
        let mut delimiter = Vec::new();
        let mut raw = false;
        for part in &word {
            if let Part::Literal { text, quoted } = part {
                delimiter.extend_from_slice(text);
                raw |= *quoted;
            }
        }
        let body = Rc::new(OnceCell::new());
        self.pending.push(Pending {
            delimiter,
            raw,
            strip_tabs,
            body: Rc::clone(&body),
        });
        Target::HereDocument(body)
    }
}

fn simple(line: u32) -> Node {
    Node {
        line,
        kind: Kind::Simple {
            assignments: Vec::new(),
            words: Vec::new(),
        },
        redirections: Vec::new(),
    }
}

/// Bytes that end an unquoted word.
pub(super) fn is_meta(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')'
    )
}
