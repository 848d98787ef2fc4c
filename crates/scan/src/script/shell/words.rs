//! Reads words: quotes, expansions, substitutions.

use std::rc::Rc;

use super::super::codec::{self, Escapes};
use super::parse::{Parser, is_meta};
use super::syntax::{Param, ParamOp, Part, Word};

/// What ends the word that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A blank or an operator.
    Word,
    /// A double quote.
    Double,
    /// One of these bytes.
    Until(&'static [u8]),
    /// The closing `))`.
    Arithmetic,
    /// The end of a here-document.
    Here,
}

impl Mode {
    /// Single quotes and unquoted backslashes mean nothing in these.
    fn is_quoted(self) -> bool {
        matches!(self, Self::Double | Self::Here)
    }
}

impl Parser<'_> {
    /// Reads parts up to the end that the mode names; that end is not taken.
    pub(super) fn parts(&mut self, mode: Mode) -> Word {
        let mut word = Word::new();
        let quoted = mode.is_quoted();
        let mut parentheses = 0_u32;
        while let Some(next) = self.peek() {
            let at_end = match mode {
                Mode::Word => is_meta(next) && !self.is_process(),
                Mode::Double => next == b'"',
                Mode::Until(stops) => stops.contains(&next),
                Mode::Arithmetic => next == b')' && parentheses == 0,
                Mode::Here => false,
            };
            if at_end {
                break;
            }
            match next {
                b'\\' => self.backslash(&mut word, mode),
                b'\'' if !quoted => self.single_quotes(&mut word),
                b'"' if mode != Mode::Here => self.double_quotes(&mut word, mode),
                b'`' => self.backquotes(&mut word, quoted),
                b'$' => self.dollar(&mut word, quoted),
                b'<' | b'>' if mode == Mode::Word => {
                    self.position += 2;
                    if let Some(body) = self.commands_in_parentheses() {
                        word.push(Part::Process { body });
                    }
                }
                _ => {
                    if mode == Mode::Arithmetic {
                        match next {
                            b'(' => parentheses += 1,
                            b')' => parentheses -= 1,
                            _ => {}
                        }
                    }
                    literal(&mut word, &[next], quoted);
                    self.position += 1;
                }
            }
        }
        word
    }

    fn is_process(&self) -> bool {
        self.looking_at(b"<(") || self.looking_at(b">(")
    }

    fn backslash(&mut self, word: &mut Word, mode: Mode) {
        let Some(next) = self.peek_at(1) else {
            self.position += 1;
            self.leave_open("continued line");
            return;
        };
        self.position += 2;
        if next == b'\n' {
            return;
        }
        if mode.is_quoted() && !matches!(next, b'$' | b'`' | b'"' | b'\\') {
            literal(word, &[b'\\', next], true);
            return;
        }
        literal(word, &[next], true);
    }

    fn single_quotes(&mut self, word: &mut Word) {
        let rest = self.text.get(self.position + 1..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'\'');
        if length.is_none() {
            self.leave_open("quoted string");
        }
        let length = length.unwrap_or(rest.len());
        literal(word, rest.get(..length).unwrap_or_default(), true);
        self.position = (self.position + length + 2).min(self.text.len());
    }

    fn double_quotes(&mut self, word: &mut Word, mode: Mode) {
        self.position += 1;
        if mode == Mode::Double || !self.enter() {
            return;
        }
        let inner = self.parts(Mode::Double);
        if inner.is_empty() {
            literal(word, b"", true);
        }
        for part in inner {
            match part {
                Part::Literal { text, .. } => literal(word, &text, true),
                other => word.push(other),
            }
        }
        if self.peek().is_none() {
            self.leave_open("quoted string");
        }
        self.position = (self.position + 1).min(self.text.len());
        self.leave();
    }

    fn backquotes(&mut self, word: &mut Word, quoted: bool) {
        let first_line = self.line();
        self.position += 1;
        let mut inner = Vec::new();
        loop {
            match self.peek() {
                None => {
                    self.leave_open("command substitution");
                    break;
                }
                Some(b'`') => {
                    self.position += 1;
                    break;
                }
                Some(b'\\') => {
                    match self.peek_at(1) {
                        Some(next @ (b'`' | b'\\' | b'$')) => inner.push(next),
                        Some(b'"') if quoted => inner.push(b'"'),
                        Some(next) => inner.extend([b'\\', next]),
                        None => {}
                    }
                    self.position += 2;
                }
                Some(next) => {
                    inner.push(next);
                    self.position += 1;
                }
            }
        }
        self.position = self.position.min(self.text.len());
        if !self.enter() {
            return;
        }
        let body = self.nested(&inner, first_line, |nested| nested.list(&[]));
        self.leave();
        word.push(Part::Command {
            body: Rc::new(body),
            quoted,
        });
    }

    fn commands_in_parentheses(&mut self) -> Option<Rc<Vec<super::syntax::Node>>> {
        if !self.enter() {
            return None;
        }
        let body = self.list(&[")"]);
        self.close_parenthesis();
        self.leave();
        Some(Rc::new(body))
    }

    fn dollar(&mut self, word: &mut Word, quoted: bool) {
        let Some(next) = self.peek_at(1) else {
            literal(word, b"$", quoted);
            self.position += 1;
            return;
        };
        match next {
            b'\'' if !quoted => self.ansi_quotes(word),
            b'"' if !quoted => {
                self.position += 1;
                self.double_quotes(word, Mode::Word);
            }
            b'(' if self.peek_at(2) == Some(b'(') => {
                self.position += 3;
                if self.enter() {
                    let text = self.arithmetic();
                    self.leave();
                    word.push(Part::Arith { text, quoted });
                }
            }
            b'(' => {
                self.position += 2;
                if let Some(body) = self.commands_in_parentheses() {
                    word.push(Part::Command { body, quoted });
                }
            }
            b'[' if !quoted => {
                self.position += 2;
                if self.enter() {
                    let text = self.parts(Mode::Until(b"]"));
                    self.position = (self.position + 1).min(self.text.len());
                    self.leave();
                    word.push(Part::Arith { text, quoted });
                }
            }
            b'{' => {
                self.position += 2;
                if self.enter() {
                    let param = self.braced_parameter();
                    self.leave();
                    word.push(Part::Param {
                        param: Box::new(param),
                        quoted,
                    });
                }
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.position += 1;
                let name = self.variable_name();
                word.push(plain(name, quoted));
            }
            b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-' => {
                self.position += 2;
                word.push(plain(char::from(next).to_string(), quoted));
            }
            _ => {
                literal(word, b"$", quoted);
                self.position += 1;
            }
        }
    }

    fn ansi_quotes(&mut self, word: &mut Word) {
        let rest = self.text.get(self.position + 2..).unwrap_or_default();
        let mut length = 0;
        while let Some(byte) = rest.get(length) {
            match byte {
                b'\'' => break,
                b'\\' => length += 2,
                _ => length += 1,
            }
        }
        let length = length.min(rest.len());
        if length == rest.len() {
            self.leave_open("quoted string");
        }
        let text = codec::unescape(rest.get(..length).unwrap_or_default(), Escapes::Ansi);
        literal(word, &text, true);
        self.position = (self.position + length + 3).min(self.text.len());
    }

    fn variable_name(&mut self) -> String {
        let rest = self.text.get(self.position..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        self.position += length;
        String::from_utf8_lossy(rest.get(..length).unwrap_or_default()).into_owned()
    }

    fn braced_parameter(&mut self) -> Param {
        let mut length = false;
        let mut indirect = false;
        if self.peek() == Some(b'#') && !matches!(self.peek_at(1), Some(b'}' | b':')) {
            length = true;
            self.position += 1;
        } else if self.peek() == Some(b'!') {
            indirect = true;
            self.position += 1;
        }
        let mut name = self.variable_name();
        if name.is_empty()
            && let Some(special @ (b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-')) = self.peek()
        {
            name.push(char::from(special));
            self.position += 1;
        }
        let mut index = None;
        if self.peek() == Some(b'[') {
            self.position += 1;
            index = Some(self.parts(Mode::Until(b"]}")));
            if self.peek() == Some(b']') {
                self.position += 1;
            }
        }
        let op = self.parameter_operator();
        // Whatever else stands before the brace is not understood.
        let _rest = self.parts(Mode::Until(b"}"));
        if self.peek().is_none() {
            self.leave_open("parameter expansion");
        } else {
            self.position += 1;
        }
        Param {
            name,
            index,
            indirect,
            length,
            op,
        }
    }

    fn parameter_operator(&mut self) -> ParamOp {
        let Some(first) = self.peek() else {
            return ParamOp::None;
        };
        let second = self.peek_at(1);
        let twice = second == Some(first);
        let mut skip = |count: usize| self.position += count;
        match first {
            b':' | b'-' | b'+' | b'=' | b'?' => {
                let colon = first == b':';
                let kind = if colon { second } else { Some(first) };
                match kind {
                    Some(kind @ (b'-' | b'=' | b'?' | b'+')) => {
                        skip(if colon { 2 } else { 1 });
                        let word = self.parts(Mode::Until(b"}"));
                        if kind == b'+' {
                            return ParamOp::Alternative(word);
                        }
                        ParamOp::Default {
                            assign: kind == b'=',
                            word,
                        }
                    }
                    _ => {
                        skip(1);
                        let offset = self.parts(Mode::Until(b":}"));
                        let length = (self.peek() == Some(b':')).then(|| {
                            self.position += 1;
                            self.parts(Mode::Until(b"}"))
                        });
                        ParamOp::Substring { offset, length }
                    }
                }
            }
            b'/' => {
                skip(if twice { 2 } else { 1 });
                let pattern = self.parts(Mode::Until(b"/}"));
                let mut by = Word::new();
                if self.peek() == Some(b'/') {
                    self.position += 1;
                    by = self.parts(Mode::Until(b"}"));
                }
                ParamOp::Replace {
                    all: twice,
                    pattern,
                    by,
                }
            }
            b'#' => {
                skip(if twice { 2 } else { 1 });
                let pattern = self.parts(Mode::Until(b"}"));
                ParamOp::TrimStart {
                    long: twice,
                    pattern,
                }
            }
            b'%' => {
                skip(if twice { 2 } else { 1 });
                let pattern = self.parts(Mode::Until(b"}"));
                ParamOp::TrimEnd {
                    long: twice,
                    pattern,
                }
            }
            b'^' => {
                skip(if twice { 2 } else { 1 });
                ParamOp::Upper { all: twice }
            }
            b',' => {
                skip(if twice { 2 } else { 1 });
                ParamOp::Lower { all: twice }
            }
            b'@' => {
                skip(2);
                ParamOp::Transform(second.unwrap_or(b' '))
            }
            _ => ParamOp::None,
        }
    }
}

fn plain(name: String, quoted: bool) -> Part {
    let param = Param {
        name,
        index: None,
        indirect: false,
        length: false,
        op: ParamOp::None,
    };
    Part::Param {
        param: Box::new(param),
        quoted,
    }
}

/// Adds literal text, joined to the last part when the quoting is the same.
fn literal(word: &mut Word, added: &[u8], is_quoted: bool) {
    if let Some(Part::Literal { text, quoted }) = word.last_mut()
        && *quoted == is_quoted
    {
        text.extend_from_slice(added);
        return;
    }
    word.push(Part::Literal {
        text: added.to_vec(),
        quoted: is_quoted,
    });
}
