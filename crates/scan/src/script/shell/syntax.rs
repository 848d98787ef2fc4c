//! The syntax tree of a shell script, as far as evaluation needs it.

use std::cell::OnceCell;
use std::rc::Rc;

/// A word before expansion.
pub(super) type Word = Vec<Part>;

/// A piece of a word.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Literal {
        text: Vec<u8>,
        quoted: bool,
    },
    Param {
        param: Box<Param>,
        quoted: bool,
    },
    Command {
        body: Rc<Vec<Node>>,
        quoted: bool,
    },
    Arith {
        text: Word,
        quoted: bool,
    },
    /// `<(…)`
    Process {
        body: Rc<Vec<Node>>,
    },
}

/// A parameter expansion.
#[derive(Debug, Clone)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) index: Option<Word>,
    /// `${!x}`
    pub(super) indirect: bool,
    /// `${#x}`
    pub(super) length: bool,
    pub(super) op: ParamOp,
}

#[derive(Debug, Clone)]
pub(super) enum ParamOp {
    None,
    /// `:-`, `-`, `:=`, `=`, `:?`, `?`
    Default {
        assign: bool,
        word: Word,
    },
    /// `:+`, `+`
    Alternative(Word),
    Substring {
        offset: Word,
        length: Option<Word>,
    },
    Replace {
        all: bool,
        pattern: Word,
        by: Word,
    },
    TrimStart {
        long: bool,
        pattern: Word,
    },
    TrimEnd {
        long: bool,
        pattern: Word,
    },
    Upper {
        all: bool,
    },
    Lower {
        all: bool,
    },
    /// `@P`, `@E`, …
    Transform(u8),
}

/// A command and its redirections.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) line: u32,
    pub(super) kind: Kind,
    pub(super) redirections: Vec<Redirection>,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Simple {
        assignments: Vec<Assignment>,
        words: Vec<Word>,
    },
    Pipeline(Vec<Node>),
    /// `{ … }`, `( … )` and the parts of `if`, in order.
    Group(Vec<Node>),
    While {
        until: bool,
        condition: Vec<Node>,
        body: Vec<Node>,
    },
    For {
        name: String,
        words: Option<Vec<Word>>,
        body: Vec<Node>,
    },
    ForArith {
        start: Word,
        condition: Word,
        step: Word,
        body: Vec<Node>,
    },
    Case {
        word: Word,
        arms: Vec<(Vec<Word>, Vec<Node>)>,
    },
    Function {
        name: String,
        body: Rc<Node>,
    },
    Arith(Word),
}

#[derive(Debug, Clone)]
pub(super) struct Assignment {
    pub(super) name: String,
    pub(super) index: Option<Word>,
    pub(super) append: bool,
    pub(super) value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Scalar(Word),
    Array(Vec<Word>),
}

#[derive(Debug, Clone)]
pub(super) struct Redirection {
    /// As written: `>`, `>>`, `2>`, `<`, `>&`, `&>`, …
    pub(super) operator: String,
    pub(super) target: Target,
}

#[derive(Debug, Clone)]
pub(super) enum Target {
    Word(Word),
    /// `<<<`
    HereString(Word),
    /// Filled in when the parser reaches the body.
    HereDocument(Rc<OnceCell<Word>>),
}

/// A parsed script and what the parser noticed.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) nodes: Vec<Node>,
    /// Where the text stops although something is still open.
    pub(super) open: Option<&'static str>,
    /// Nesting was too deep; the rest was not parsed.
    pub(super) too_deep: bool,
}
