//! The expressions of controls: the Common Expression Language, decided in three values.
//!
//! The text is parsed by crate `cel`; its interpreter is not used, because it reads an absent member
//! as an error or as false depending on where it stands. Here `&&`, `||`, `all` and `exists` follow
//! Kleene's logic: a side that decides wins over one that is not known. Everything else that touches
//! an absent member, a value that is not known yet or evidence that is missing is [`Unknown`], with
//! the reason. On inputs where everything is known the crate's interpreter is the oracle of the tests.

mod absent;
mod builtin;
mod compile;
mod evaluate;
mod node;
mod paths;
mod text;
mod unknown;
mod value;

#[cfg(test)]
mod tests;

pub use absent::{AbsentRule, AbsentRules};
pub(crate) use builtin::like;
pub(crate) use compile::FunctionNames;
pub use compile::{Expression, ExpressionError};
pub(crate) use evaluate::{Host, Variables};
pub use paths::ReadPath;
pub use unknown::{Reason, ReasonCode, Unknown};
pub(crate) use value::{Arena, Value};
