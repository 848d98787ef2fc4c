//! The AWS policy language: read, compile, decide, explain, lint.

mod compile;
pub mod context;
mod decide;
pub mod document;
mod explain;
mod glob;
mod grant;
pub mod json;
mod parse;
mod principal;
mod public;
mod reference;
mod render;
mod request;
pub mod scenario;
mod stack;
mod template;
mod truth;
mod unresolved;
mod value;

pub use compile::CompiledPolicy;
pub use compile::principal::Forms;
pub use decide::{Decision, Outcome};
pub use explain::{Explanation, StatementRef};
pub use grant::{Grant, GrantConstraints};
pub use parse::{DocumentError, LONGEST_DOCUMENT, ParseError};
pub use principal::{Principal, PrincipalError};
pub use public::{PublicAccessBlock, is_public};
pub use reference::{ActionFacts, Reference};
pub use request::{Particulars, PrincipalFacts, Request, ResourceAccount, ResourceFacts};
pub use stack::{EndpointType, Known, Layer, Policies, Stack};
pub use truth::Truth;
pub use unresolved::{Change, Companion, Example, Unresolved};
