//! The AWS policy language: read, compile, decide, explain, lint.
//!
//! What the crate guarantees:
//! - It is pure: no input or output, no clock, no randomness, no environment. The same policies and
//!   request give the same decision, whatever the order of statements, policies and values.
//! - It never panics, and bounds recursion, memory and time on any input.
//! - It never guesses: what AWS does not define, or what is not known, is
//!   [`Decision::Unsupported`] with a reason. An unknown key or policy only decides when every way
//!   it could be gives the same answer.
//! - Nothing is interpreted at decision time, and no regular expression is involved.
//! - Every key that it reports as changing a decision was tried ([`replay`] tries it again).
//!
//! ```
//! use rempart_policy::scenario::ScenarioReader;
//!
//! let scenario = r#"{
//!   "request": {"action": "sagemaker:InvokeEndpoint",
//!               "principal": "arn:aws:iam::111122223333:role/App",
//!               "resource": "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/churn"},
//!   "identityPolicies": [{"Statement": {"Effect": "Allow", "Action": "sagemaker:Invoke*", "Resource": "*",
//!     "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}}]}"#;
//! let answer = ScenarioReader::new().answer(scenario)?;
//! assert_eq!(answer.decision, "ImplicitlyDenied");
//! assert_eq!(&*answer.unresolved[0].key, "aws:SourceVpce");
//! # Ok::<(), rempart_policy::scenario::ScenarioError>(())
//! ```
//!
//! The rules, and every place where AWS's documentation is silent, are in `docs/policy.md`.

pub mod account;
mod bearing;
mod compile;
pub mod context;
mod decide;
pub mod document;
mod explain;
mod glob;
mod grant;
pub mod json;
mod kind;
pub mod lint;
mod overlap;
mod parse;
mod pattern;
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
mod value_test;
pub mod who_can;

pub use bearing::{Concerned, Judged};
pub use compile::CompiledPolicy;
pub use compile::principal::Forms;
pub use decide::{Decision, Outcome};
pub use explain::{Explanation, StatementRef};
pub use grant::{Grant, GrantConstraints};
pub use kind::guess_kind;
pub use parse::{DocumentError, LONGEST_DOCUMENT, ParseError};
pub use pattern::Pattern;
pub use principal::{Principal, PrincipalError};
pub use public::{PublicAccessBlock, is_public};
pub use reference::{ActionFacts, Reference};
pub use request::{Particulars, PrincipalFacts, Request, ResourceAccount, ResourceFacts};
pub use stack::{EndpointType, Known, Layer, Policies, ResourceSide, Stack};
pub use template::{TextPart, text_parts};
pub use truth::Truth;
pub use unresolved::{Change, Companion, Example, Replayed, Unresolved, replay};
pub use value_test::{ValueTest, address_range, compare_numbers, instant};
