//! Reads compound commands: groups, conditions, loops, cases, functions.

use std::rc::Rc;

use super::parse::{CLOSERS, Parser};
use super::syntax::Kind;
use super::syntax::Node;
use super::words::Mode;

impl Parser<'_> {
    pub(super) fn compound(&mut self) -> Option<Kind> {
        if self.looking_at(b"((") {
            self.position += 2;
            return Some(Kind::Arith(self.arithmetic()));
        }
        if self.peek() == Some(b'(') {
            self.position += 1;
            let body = self.list(&[")"]);
            self.close_parenthesis();
            return Some(Kind::Group(body));
        }
        let word = self.bare_word();
        if word.is_empty() || CLOSERS.contains(&word) {
            return self.function_without_keyword();
        }
        self.position += word.len();
        match word {
            "!" => {
                self.blanks();
                Some(Kind::Group(vec![self.command()]))
            }
            "{" => {
                let body = self.list(&["}"]);
                self.take_word("}", "group");
                Some(Kind::Group(body))
            }
            "if" => Some(self.if_command()),
            "while" | "until" => {
                let condition = self.list(&["do"]);
                let body = self.do_body();
                Some(Kind::While {
                    until: word == "until",
                    condition,
                    body,
                })
            }
            "for" | "select" => Some(self.for_command()),
            "case" => Some(self.case_command()),
            "function" => {
                self.blanks();
                let name = self.name();
                self.blanks();
                if self.looking_at(b"()") {
                    self.position += 2;
                }
                Some(self.function(name))
            }
            _ => None,
        }
    }

    fn if_command(&mut self) -> Kind {
        let mut parts = Vec::new();
        loop {
            parts.extend(self.list(&["then", "elif", "else", "fi"]));
            self.separators();
            let word = self.bare_word();
            if word.is_empty() || !matches!(word, "then" | "elif" | "else" | "fi") {
                if self.peek().is_none() {
                    self.leave_open("if command");
                }
                break;
            }
            self.position += word.len();
            if word == "fi" {
                break;
            }
        }
        Kind::Group(parts)
    }

    fn do_body(&mut self) -> Vec<Node> {
        self.take_word("do", "loop");
        let body = self.list(&["done"]);
        self.take_word("done", "loop");
        body
    }

    fn for_command(&mut self) -> Kind {
        self.blanks();
        if self.looking_at(b"((") {
            self.position += 2;
            let mut parts = Vec::new();
            for _ in 0..3 {
                parts.push(self.parts(Mode::Until(b";)")));
                let end = self.peek();
                self.position += 1;
                if end != Some(b';') {
                    break;
                }
            }
            if self.peek() == Some(b')') {
                self.position += 1;
            }
            let mut parts = parts.into_iter();
            let mut next = || parts.next().unwrap_or_default();
            let (start, condition, step) = (next(), next(), next());
            let body = self.do_body();
            return Kind::ForArith {
                start,
                condition,
                step,
                body,
            };
        }
        let name = self.name();
        self.blanks();
        while self.peek() == Some(b'\n') {
            self.newline();
            self.blanks();
        }
        let words = if self.looking_at(b"in") {
            self.position += 2;
            Some(self.words())
        } else {
            None
        };
        let body = self.do_body();
        Kind::For { name, words, body }
    }

    fn case_command(&mut self) -> Kind {
        self.blanks();
        let word = self.parts(Mode::Word);
        self.blanks();
        while self.peek() == Some(b'\n') {
            self.newline();
            self.blanks();
        }
        if self.looking_at(b"in") {
            self.position += 2;
        }
        let mut arms = Vec::new();
        loop {
            self.separators();
            while self.looking_at(b";") || self.looking_at(b"(") {
                self.position += 1;
                self.separators();
            }
            if self.bare_word() == "esac" {
                self.position += 4;
                break;
            }
            if self.peek().is_none() {
                self.leave_open("case command");
                break;
            }
            let before = self.position;
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.parts(Mode::Word));
                self.blanks();
                if self.peek() != Some(b'|') {
                    break;
                }
                self.position += 1;
            }
            if self.peek() == Some(b')') {
                self.position += 1;
            }
            let body = self.list(&["esac"]);
            arms.push((patterns, body));
            if self.position == before {
                self.position += 1;
            }
        }
        Kind::Case { word, arms }
    }

    fn function_without_keyword(&mut self) -> Option<Kind> {
        let start = self.position;
        let name = self.name();
        if !name.is_empty() {
            self.blanks();
            if self.peek() == Some(b'(') {
                self.position += 1;
                self.blanks();
                if self.peek() == Some(b')') {
                    self.position += 1;
                    return Some(self.function(name));
                }
            }
        }
        self.position = start;
        None
    }

    fn function(&mut self, name: String) -> Kind {
        self.blanks();
        while self.peek() == Some(b'\n') {
            self.newline();
            self.blanks();
        }
        let body = Rc::new(self.command());
        Kind::Function { name, body }
    }
}
