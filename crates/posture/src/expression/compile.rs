//! From text to the compiled form.

use std::collections::BTreeSet;
use std::sync::Arc;

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, SelectExpr};
use cel::common::ast::{EntryExpr, operators};
use regex::{Regex, RegexBuilder};

use super::absent::AbsentRules;
use super::node::{Comparison, Each, EachKind, Method, Node, Operation, Pattern, Segment};
use super::node::{Select, Variable};
use super::paths::{Origins, ReadPath};

/// Longest text of an expression, in bytes.
const LONGEST: usize = 8 * 1024;
/// Most brackets around one place, and most signs of operators: the parser and the compiled form are
/// as deep as these.
const DEEPEST: usize = 32;
const MOST_OPERATORS: usize = 600;
/// Size of the compiled form of a regular expression, in bytes.
pub(super) const REGEX_SIZE: usize = 1 << 20;
/// The variable in which the parser's macros gather their result.
const GATHERED: &str = "@result";

/// An expression that can be evaluated.
#[derive(Debug)]
pub struct Expression {
    pub(super) root: Node,
    pub(super) locals: usize,
    source: String,
    reads: BTreeSet<ReadPath>,
    literals: Vec<(ReadPath, String)>,
    calls: Vec<(usize, Vec<Option<String>>)>,
    params: BTreeSet<String>,
}

/// An expression that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// The text is no CEL.
    #[error("column {column}: {reason}")]
    Syntax {
        /// Column, from 1; of the line `line`.
        column: usize,
        /// What is wrong.
        reason: String,
    },
    /// The text is too long.
    #[error("the expression is longer than {LONGEST} bytes")]
    TooLong,
    /// A name stands for nothing.
    #[error("`{name}` is no variable: r, self, id, arn, account, region, params and strict are")]
    NoSuchVariable {
        /// The name.
        name: String,
    },
    /// No function has this name.
    #[error("`{name}` is no function")]
    NoSuchFunction {
        /// The name.
        name: String,
    },
    /// A function is called with a wrong number of arguments.
    #[error("`{name}` takes {wanted} arguments, not {given}")]
    Arguments {
        /// The function.
        name: String,
        /// How many it takes.
        wanted: usize,
        /// How many stand there.
        given: usize,
    },
    /// `has()` asks about a member of which nobody said what its absence means.
    #[error("has({path}) asks about a member without a line in `absent`: say what AWS means")]
    UnexplainedHas {
        /// The path.
        path: String,
    },
    /// A pattern is no regular expression.
    #[error("`{pattern}` is no regular expression that is accepted: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why.
        reason: String,
    },
    /// A part of CEL that is not supported.
    #[error("{what} is not supported")]
    Unsupported {
        /// Which.
        what: String,
    },
}

/// The functions that a host offers: name and number of arguments.
pub(crate) type FunctionNames = [(&'static str, usize)];

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// See [`ExpressionError`].
    pub fn compile(
        source: &str,
        absent: &AbsentRules,
        functions: &'static FunctionNames,
    ) -> Result<Self, ExpressionError> {
        if source.len() > LONGEST {
            return Err(ExpressionError::TooLong);
        }
        bounded(source)?;
        let parsed = cel::parser::Parser::new()
            .parse(source)
            .map_err(|errors| syntax(&errors))?;
        let mut compiler = Compiler {
            absent,
            functions,
            scope: Vec::new(),
            locals: 0,
            reads: BTreeSet::new(),
            literals: Vec::new(),
            calls: Vec::new(),
            params: BTreeSet::new(),
        };
        let (root, _) = compiler.node(&parsed)?;
        Ok(Self {
            root,
            locals: compiler.locals,
            source: source.to_owned(),
            reads: compiler.reads,
            literals: compiler.literals,
            calls: compiler.calls,
            params: compiler.params,
        })
    }

    /// The text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The paths that it may read.
    pub fn reads(&self) -> impl Iterator<Item = &ReadPath> {
        self.reads.iter()
    }

    /// Texts that it compares with a path.
    pub fn literals(&self) -> &[(ReadPath, String)] {
        &self.literals
    }

    /// The parameters that it reads as `params.name`.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        self.params.iter().map(String::as_str)
    }

    /// The functions that it calls, by their place in the list of names, with the arguments that
    /// are fixed texts.
    pub fn calls(&self) -> &[(usize, Vec<Option<String>>)] {
        &self.calls
    }
}

/// Refuses texts that would nest too deeply. Text between quotes counts as well: no control has that
/// many signs in its texts.
fn bounded(source: &str) -> Result<(), ExpressionError> {
    let mut depth = 0_usize;
    let mut operators = 0_usize;
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'!' | b'-' | b'+' | b'*' | b'/' | b'%' | b'?' | b'.' | b'&' | b'|' | b'<' | b'>'
            | b'=' => operators += 1,
            _ => {}
        }
        if depth > DEEPEST || operators > MOST_OPERATORS {
            return Err(ExpressionError::Unsupported {
                what: format!(
                    "an expression with more than {DEEPEST} nested brackets or \
                     {MOST_OPERATORS} operators"
                ),
            });
        }
    }
    Ok(())
}

fn syntax(errors: &cel::ParseErrors) -> ExpressionError {
    let first = errors.errors.first();
    ExpressionError::Syntax {
        column: first
            .and_then(|error| usize::try_from(error.pos.1).ok())
            .unwrap_or(1),
        reason: first.map_or_else(|| "no expression".to_owned(), |error| error.msg.clone()),
    }
}

struct Compiler<'e> {
    absent: &'e AbsentRules,
    functions: &'static FunctionNames,
    /// Variables of the macros around the current place: name, slot and origins.
    scope: Vec<(String, usize, Origins)>,
    locals: usize,
    reads: BTreeSet<ReadPath>,
    literals: Vec<(ReadPath, String)>,
    calls: Vec<(usize, Vec<Option<String>>)>,
    params: BTreeSet<String>,
}

type Compiled = Result<(Node, Origins), ExpressionError>;

impl Compiler<'_> {
    fn node(&mut self, expression: &IdedExpr) -> Compiled {
        let computed = |node| Ok((node, Origins::default()));
        match &expression.expr {
            Expr::Literal(literal) => computed(self.literal(literal)?),
            Expr::Ident(name) => self.variable(name),
            Expr::Select(select) => self.select(expression, select),
            Expr::Call(call) => self.call(expression, call),
            Expr::Comprehension(each) => self.each(each),
            Expr::List(list) => {
                let mut nodes = Vec::new();
                let mut origins = Origins::default();
                for element in &list.elements {
                    let (node, origin) = self.node(element)?;
                    nodes.push(node);
                    origins = origins.join(origin);
                }
                Ok((Node::List(nodes), origins.listed()))
            }
            Expr::Map(map) => {
                let mut entries = Vec::new();
                for entry in &map.entries {
                    let EntryExpr::MapEntry(entry) = &entry.expr else {
                        return unsupported("a structure");
                    };
                    entries.push((self.node(&entry.key)?.0, self.node(&entry.value)?.0));
                }
                computed(Node::Map(entries))
            }
            Expr::Struct(_) => unsupported("a structure"),
            Expr::Unspecified => unsupported("an empty expression"),
        }
    }

    fn literal(&self, literal: &LiteralValue) -> Result<Node, ExpressionError> {
        Ok(match literal {
            LiteralValue::Null => Node::Null,
            LiteralValue::Boolean(value) => Node::Bool(*value.inner()),
            LiteralValue::Int(value) => Node::Int(*value.inner()),
            LiteralValue::Double(value) => Node::Double(*value.inner()),
            LiteralValue::String(value) => Node::Text(Arc::from(value.inner())),
            LiteralValue::UInt(_) => {
                return Err(ExpressionError::Unsupported {
                    what: "an unsigned literal".to_owned(),
                });
            }
            LiteralValue::Bytes(_) => {
                return Err(ExpressionError::Unsupported {
                    what: "a literal of bytes".to_owned(),
                });
            }
        })
    }

    fn variable(&mut self, name: &str) -> Compiled {
        if let Some((_, slot, origins)) = self.scope.iter().rev().find(|(known, ..)| known == name)
        {
            return Ok((Node::Local(*slot), origins.clone()));
        }
        let Some((_, variable)) = Variable::ALL.iter().find(|(known, _)| *known == name) else {
            return Err(ExpressionError::NoSuchVariable {
                name: name.to_owned(),
            });
        };
        let origins = match variable {
            Variable::R => Origins::one(""),
            Variable::Own => Origins::one("self#"),
            _ => Origins::default(),
        };
        Ok((Node::Variable(*variable), origins))
    }

    /// A chain of members, `has()` included.
    fn select(&mut self, whole: &IdedExpr, select: &SelectExpr) -> Compiled {
        let mut names = vec![select.field.as_str()];
        let mut root = &*select.operand;
        loop {
            match &root.expr {
                Expr::Select(inner) if !inner.test => {
                    names.push(&inner.field);
                    root = &inner.operand;
                }
                Expr::Call(call) if fixed_index(call).is_some() => {
                    let Some((target, key)) = fixed_index(call) else {
                        break;
                    };
                    names.push(key);
                    root = target;
                }
                _ => break,
            }
        }
        names.reverse();
        self.chain(whole, root, &names, select.test)
    }

    fn chain(&mut self, whole: &IdedExpr, root: &IdedExpr, names: &[&str], test: bool) -> Compiled {
        let (root, mut origins) = self.node(root)?;
        let computed = origins.is_empty();
        if let (Node::Variable(Variable::Params), Some(name)) = (&root, names.first()) {
            self.params.insert((*name).to_owned());
        }
        let mut segments = Vec::new();
        for name in names {
            origins = origins.member(name);
            let default = origins
                .iter()
                .find_map(|path| self.absent.rule(path)?.default.clone());
            segments.push(Segment {
                name: Arc::from(*name),
                default: default.map(Arc::new),
            });
        }
        for path in origins.iter() {
            self.reads.insert(ReadPath::parse(path));
        }
        let may_ask = computed || origins.iter().all(|path| self.absent.rule(path).is_some());
        let chain = Select {
            root,
            segments,
            written: super::text::written(whole),
            origins: origins.clone(),
        };
        if !test {
            return Ok((Node::Select(Box::new(chain)), origins));
        }
        if !may_ask {
            let path = origins.iter().next().unwrap_or_default().to_owned();
            return Err(ExpressionError::UnexplainedHas { path });
        }
        Ok((Node::Has(Box::new(chain)), Origins::default()))
    }

    fn call(&mut self, whole: &IdedExpr, call: &CallExpr) -> Compiled {
        if let Some((target, key)) = fixed_index(call) {
            return self.chain(whole, target, &[key], false);
        }
        let name = call.func_name.as_str();
        if let Some(target) = &call.target {
            return self.method(name, target, &call.args);
        }
        match (name, call.args.as_slice()) {
            (operators::LOGICAL_AND, [left, right]) => self.two(left, right, Node::And),
            (operators::LOGICAL_OR, [left, right]) => self.two(left, right, Node::Or),
            (operators::LOGICAL_NOT, [inner]) => {
                let (inner, _) = self.node(inner)?;
                Ok((Node::Not(Box::new(inner)), Origins::default()))
            }
            (operators::NEGATE, [inner]) => {
                let (inner, _) = self.node(inner)?;
                Ok((Node::Negate(Box::new(inner)), Origins::default()))
            }
            (operators::CONDITIONAL, [condition, yes, no]) => {
                let (condition, _) = self.node(condition)?;
                let (yes, left) = self.node(yes)?;
                let (no, right) = self.node(no)?;
                let node = Node::Choose(Box::new(condition), Box::new(yes), Box::new(no));
                Ok((node, left.join(right)))
            }
            (operators::IN, [left, right]) => self.membership(left, right),
            (operators::INDEX, [list, index]) => {
                let (list, origins) = self.node(list)?;
                let (index, _) = self.node(index)?;
                let node = Node::Index(Box::new(list), Box::new(index));
                Ok((node, origins.element()))
            }
            ("size", [inner]) => self.method("size", inner, &[]),
            ("string", [inner]) => self.method("string", inner, &[]),
            ("int", [inner]) => self.method("int", inner, &[]),
            ("double", [inner]) => self.method("double", inner, &[]),
            (_, [left, right]) if comparison(name).is_some() => {
                let Some(comparison) = comparison(name) else {
                    return unsupported(name);
                };
                self.comparison(comparison, left, right)
            }
            (_, [left, right]) if operation(name).is_some() => {
                let Some(operation) = operation(name) else {
                    return unsupported(name);
                };
                let (left, from_left) = self.node(left)?;
                let (right, from_right) = self.node(right)?;
                let node = Node::Calculate(operation, Box::new(left), Box::new(right));
                // Joined lists keep the origins of both sides.
                let origins = match operation {
                    Operation::Add => from_left.join(from_right),
                    _ => Origins::default(),
                };
                Ok((node, origins))
            }
            (name, arguments) => self.function(name, arguments),
        }
    }

    fn two(
        &mut self,
        left: &IdedExpr,
        right: &IdedExpr,
        make: fn(Box<Node>, Box<Node>) -> Node,
    ) -> Compiled {
        let (left, _) = self.node(left)?;
        let (right, _) = self.node(right)?;
        Ok((make(Box::new(left), Box::new(right)), Origins::default()))
    }

    fn comparison(
        &mut self,
        comparison: Comparison,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Compiled {
        let (left_node, left_origins) = self.node(left)?;
        let (right_node, right_origins) = self.node(right)?;
        if let Node::Text(text) = &right_node {
            self.compared(&left_origins, text);
        }
        if let Node::Text(text) = &left_node {
            self.compared(&right_origins, text);
        }
        let node = Node::Compare(comparison, Box::new(left_node), Box::new(right_node));
        Ok((node, Origins::default()))
    }

    fn membership(&mut self, left: &IdedExpr, right: &IdedExpr) -> Compiled {
        let (left, left_origins) = self.node(left)?;
        let (right, right_origins) = self.node(right)?;
        if let Node::List(elements) = &right {
            for element in elements {
                if let Node::Text(text) = element {
                    self.compared(&left_origins, text);
                }
            }
        }
        if let Node::Text(text) = &left {
            self.compared(&right_origins.element(), text);
        }
        let node = Node::In(Box::new(left), Box::new(right));
        Ok((node, Origins::default()))
    }

    fn compared(&mut self, origins: &Origins, text: &str) {
        for path in origins.iter() {
            self.literals.push((ReadPath::parse(path), text.to_owned()));
        }
    }

    fn method(&mut self, name: &str, target: &IdedExpr, arguments: &[IdedExpr]) -> Compiled {
        let (target, _) = self.node(target)?;
        if name == "matches" {
            let [pattern] = arguments else {
                return wrong_arguments(name, 1, arguments.len());
            };
            let pattern = match self.node(pattern)?.0 {
                Node::Text(text) => Pattern::Fixed(regex(&text)?),
                computed => Pattern::Computed(Box::new(computed)),
            };
            let node = Node::Matches(Box::new(target), pattern);
            return Ok((node, Origins::default()));
        }
        let (method, wanted) = match name {
            "size" => (Method::Size, 0),
            "contains" => (Method::Contains, 1),
            "startsWith" => (Method::StartsWith, 1),
            "endsWith" => (Method::EndsWith, 1),
            "lowerAscii" => (Method::LowerAscii, 0),
            "split" => (Method::Split, 1),
            "like" => (Method::Like, 1),
            "string" => (Method::ToText, 0),
            "int" => (Method::ToInt, 0),
            "double" => (Method::ToDouble, 0),
            other => {
                return Err(ExpressionError::NoSuchFunction {
                    name: other.to_owned(),
                });
            }
        };
        if arguments.len() != wanted {
            return wrong_arguments(name, wanted, arguments.len());
        }
        let mut nodes = Vec::new();
        for argument in arguments {
            nodes.push(self.node(argument)?.0);
        }
        let node = Node::Method(method, Box::new(target), nodes);
        Ok((node, Origins::default()))
    }

    fn function(&mut self, name: &str, arguments: &[IdedExpr]) -> Compiled {
        let found = self
            .functions
            .iter()
            .enumerate()
            .find(|(_, (known, _))| *known == name);
        let Some((place, (_, wanted))) = found else {
            return Err(ExpressionError::NoSuchFunction {
                name: name.to_owned(),
            });
        };
        if arguments.len() != *wanted {
            return wrong_arguments(name, *wanted, arguments.len());
        }
        let mut nodes = Vec::new();
        let mut fixed = Vec::new();
        for argument in arguments {
            let (node, _) = self.node(argument)?;
            fixed.push(match &node {
                Node::Text(text) => Some(text.to_string()),
                _ => None,
            });
            nodes.push(node);
        }
        let origins = match (name, fixed.first()) {
            // The first argument of these names the operation or the kind of what they return.
            ("answer" | "answer_of" | "related", Some(Some(source))) => {
                Origins::one(format!("{source}#"))
            }
            ("resources" | "resources_with" | "resources_like", Some(Some(source))) => {
                Origins::one(format!("{source}#")).listed()
            }
            // Steps have the shapes of requests, which are not in the model of answers.
            ("pipeline_steps", _) => Origins::one("pipeline_steps#").listed(),
            _ => Origins::default(),
        };
        self.calls.push((place, fixed));
        Ok((Node::Call(place, nodes), origins))
    }

    /// A macro, recognised by the form into which the parser expands it.
    fn each(&mut self, each: &ComprehensionExpr) -> Compiled {
        let (range, origins) = self.node(&each.iter_range)?;
        let slot = self.locals;
        self.locals += 1;
        let Expr::Call(step) = &each.loop_step.expr else {
            return unsupported("this macro");
        };
        self.scope
            .push((each.iter_var.clone(), slot, origins.element()));
        let made = self.each_step(each, step, origins);
        self.scope.pop();
        let (kind, body, origins) = made?;
        let node = Node::Each(Box::new(Each {
            kind,
            range,
            local: slot,
            body,
        }));
        Ok((node, origins))
    }

    fn each_step(
        &mut self,
        each: &ComprehensionExpr,
        step: &CallExpr,
        range: Origins,
    ) -> Result<(EachKind, Node, Origins), ExpressionError> {
        let none = Origins::default;
        match (step.func_name.as_str(), step.args.as_slice()) {
            (operators::LOGICAL_AND, [_, body]) => Ok((EachKind::All, self.node(body)?.0, none())),
            (operators::LOGICAL_OR, [_, body]) => {
                Ok((EachKind::Exists, self.node(body)?.0, none()))
            }
            (operators::ADD, [_, mapped]) => {
                let (body, origins) = self.gathered(mapped)?;
                Ok((EachKind::Map(None), body, origins.listed()))
            }
            (operators::CONDITIONAL, [condition, taken, _]) => {
                let (condition, _) = self.node(condition)?;
                let Expr::Call(taken) = &taken.expr else {
                    return unsupported("this macro");
                };
                let Some(mapped) = taken.args.get(1) else {
                    return unsupported("this macro");
                };
                if matches!(mapped.expr, Expr::Literal(_)) {
                    return Ok((EachKind::ExistsOne, condition, none()));
                }
                let (body, origins) = self.gathered(mapped)?;
                let is_the_element = matches!(&mapped.expr, Expr::List(list)
                    if matches!(list.elements.as_slice(), [only]
                        if matches!(&only.expr, Expr::Ident(name) if *name == each.iter_var)));
                if is_the_element {
                    return Ok((EachKind::Filter, condition, range));
                }
                let origins = origins.listed();
                Ok((EachKind::Map(Some(condition)), body, origins))
            }
            _ => unsupported("this macro"),
        }
    }

    /// The element that `map` and `filter` append.
    fn gathered(&mut self, list: &IdedExpr) -> Compiled {
        match &list.expr {
            Expr::List(list) => match list.elements.as_slice() {
                [only] if !matches!(&only.expr, Expr::Ident(name) if name == GATHERED) => {
                    self.node(only)
                }
                _ => unsupported("this macro"),
            },
            _ => unsupported("this macro"),
        }
    }
}

/// `x["name"]`, which is the same as `x.name`.
fn fixed_index(call: &CallExpr) -> Option<(&IdedExpr, &str)> {
    if call.func_name != operators::INDEX || call.target.is_some() {
        return None;
    }
    let [target, key] = call.args.as_slice() else {
        return None;
    };
    match &key.expr {
        Expr::Literal(LiteralValue::String(name)) => Some((target, name.inner())),
        _ => None,
    }
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::NotEqual,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::LessOrEqual,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn operation(name: &str) -> Option<Operation> {
    Some(match name {
        operators::ADD => Operation::Add,
        operators::SUBSTRACT => Operation::Subtract,
        operators::MULTIPLY => Operation::Multiply,
        operators::DIVIDE => Operation::Divide,
        operators::MODULO => Operation::Remainder,
        _ => return None,
    })
}

/// A regular expression of bounded size.
pub(super) fn regex(pattern: &str) -> Result<Regex, ExpressionError> {
    RegexBuilder::new(pattern)
        .size_limit(REGEX_SIZE)
        .build()
        .map_err(|error| ExpressionError::Pattern {
            pattern: pattern.to_owned(),
            reason: error.to_string(),
        })
}

fn unsupported<T>(what: &str) -> Result<T, ExpressionError> {
    Err(ExpressionError::Unsupported {
        what: what.to_owned(),
    })
}

fn wrong_arguments<T>(name: &str, wanted: usize, given: usize) -> Result<T, ExpressionError> {
    Err(ExpressionError::Arguments {
        name: name.to_owned(),
        wanted,
        given,
    })
}
