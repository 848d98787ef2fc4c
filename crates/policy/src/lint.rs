//! The policy linter: finds statements that do not do what they seem to say.
//!
//! It holds a document against the authorization reference and against the ways in which requests can
//! differ from what the author had in mind: a key that is left out, an action that does the same
//! under another name, an operator that is true of nothing. It is pure and bounded, and reports
//! nothing that the tables cannot show.

mod access;
mod actions;
mod conditions;
mod families;
mod guardrail;
mod quota;
mod resources;
mod shadow;
mod values;
mod view;

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::document::{Policy, Statement};
use crate::json::Position;
use view::View;

pub use quota::{quota, size};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing
    Hint,
    /// It probably does not do what is meant
    Warning,
    /// It cannot do what it says
    Error,
}

impl Severity {
    /// Name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A defect of a policy, or something worth knowing about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// Stable name of the check.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    #[serde(flatten)]
    pub position: Position,
    /// Number of the statement, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    /// Its `Sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<Arc<str>>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            position,
            severity,
            code,
            message,
            ..
        } = self;
        write!(f, "{position}: {}[{code}]: {message}", severity.name())
    }
}

/// What the linter cannot see in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Characters of the document as AWS counts them against the quota.
    pub size: Option<usize>,
    /// The policy belongs to an execution role of SageMaker: least privilege is looked at.
    pub is_execution_role: bool,
}

macro_rules! codes {
    ($($name:ident = $code:literal $severity:ident $text:literal;)*) => {
        $(pub(crate) const $name: Code = Code { name: $code, severity: Severity::$severity };)*

        /// Every check: name, severity, and what it finds.
        pub const CODES: &[(&str, Severity, &str)] = &[$(($code, Severity::$severity, $text)),*];
    };
}

/// A check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code {
    pub(crate) name: &'static str,
    pub(crate) severity: Severity,
}

codes! {
    UNKNOWN_ACTION = "unknown-action" Error "an action that the authorization reference does not list";
    UNKNOWN_SERVICE = "unknown-service" Error "a service prefix that the authorization reference does not list";
    EMPTY_WILDCARD = "wildcard-without-action" Error "a pattern that no action matches";
    RESOURCE_MISMATCH = "resource-not-supported" Error "resources that the actions are never authorised on";
    RESOURCE_ONLY_STAR = "action-needs-star" Warning "an action without resource types under specific ARNs";
    UNKNOWN_KEY = "unknown-key" Error "a condition key that the authorization reference does not know";
    RENAMED_KEY = "renamed-key" Error "a condition key that no action carries any more under this name";
    KEY_NEVER_CARRIED = "key-not-carried" Error "a condition key that none of the actions carries";
    KEY_PARTLY_CARRIED = "key-partly-carried" Warning "a condition key that some of the actions do not carry";
    SET_ON_SINGLE = "set-operator-on-single-value" Warning "a set operator on a key that has one value";
    SET_MISSING = "set-operator-missing" Error "no set operator on a key that has several values";
    FOR_ALL_ABSENT = "for-all-values-absent" Warning "ForAllValues holds when the key is absent";
    NULL_AND = "null-and" Warning "several keys under Null must all be absent";
    OMISSION = "omission-passes" Warning "a Deny that a request escapes by leaving the field out";
    PRESENCE_ONLY = "presence-only" Warning "a Deny that any value satisfies";
    UNCOVERED = "uncovered-actions" Warning "actions that do the same are not covered";
    SOURCE_IP = "source-ip-blocks-private-access" Warning "a Deny on aws:SourceIp that also hits VPC endpoints or services";
    NOT_ACTION_ALLOW = "not-action-with-allow" Warning "Allow with NotAction";
    NOT_RESOURCE_ALLOW = "not-resource-with-allow" Warning "Allow with NotResource";
    NOT_PRINCIPAL_ALLOW = "not-principal-with-allow" Error "Allow with NotPrincipal";
    NOT_PRINCIPAL = "not-principal" Warning "Deny with NotPrincipal";
    PUBLIC = "public-principal" Error "everybody is allowed, without a condition";
    PASS_ROLE_STAR = "pass-role-star" Warning "iam:PassRole on every role";
    PASS_ROLE_SERVICE = "pass-role-any-service" Hint "iam:PassRole to any service";
    NEVER_MATCHES = "never-matches" Error "a statement that no request matches";
    ALWAYS_TRUE = "always-true" Warning "a condition that every request meets";
    NO_VALUES = "no-values" Error "a condition without values";
    MALFORMED_VALUE = "malformed-value" Error "a value that is not of its operator's type";
    WILDCARD_IN_EQUALS = "wildcard-in-equals" Warning "a wildcard under an operator that takes it literally";
    SHORT_ARN = "arn-pattern-too-short" Warning "an ARN pattern with fewer than six parts";
    VARIABLE_OLD_VERSION = "variable-without-version" Warning "a policy variable in a document without version 2012-10-17";
    VARIABLE_MISPLACED = "variable-not-replaced" Error "a policy variable where none is replaced";
    VARIABLE_MULTI = "variable-multi-valued" Error "a multi-valued key as a policy variable";
    VARIABLE_BROKEN = "variable-malformed" Warning "a policy variable without end or name";
    NO_VERSION = "no-version" Hint "a document without version";
    SHADOWED = "shadowed" Hint "a statement that another one makes superfluous";
    OVERRULED = "overruled" Warning "an Allow that a Deny of the same document always overrules";
    DUPLICATE_SID = "duplicate-sid" Warning "two statements with one Sid";
    TOO_LARGE = "too-large" Error "a document over AWS's quota";
    WIDE_S3 = "execution-role-any-bucket" Hint "an execution role with access to every bucket";
    WIDE_KMS = "execution-role-any-key" Hint "an execution role with access to every key";
    WIDE_SERVICE = "execution-role-whole-service" Hint "an execution role with every action of a service";
    NO_MFA = "destructive-without-mfa" Hint "an execution role or person may destroy without MFA";
}

/// Checks a policy. The result is sorted by place, then by code.
pub fn lint(policy: &Policy, options: &Options) -> Vec<Lint> {
    let mut report = Report { lints: Vec::new() };
    let views: Vec<View> = policy
        .statements
        .iter()
        .enumerate()
        .map(|(number, statement)| View::new(policy, statement, number))
        .collect();
    for view in &views {
        actions::check(view, &mut report);
        resources::check(view, &mut report);
        conditions::check(view, &mut report);
        values::check(view, &mut report);
        access::check(view, options, &mut report);
    }
    guardrail::check(&views, &mut report);
    shadow::check(&views, &mut report);
    quota::check(policy, options, &mut report);
    let mut lints = report.lints;
    lints.sort_by(|left, right| {
        (left.position, left.code, &left.message).cmp(&(right.position, right.code, &right.message))
    });
    lints.dedup();
    lints
}

/// Collects what the checks find.
pub(crate) struct Report {
    lints: Vec<Lint>,
}

impl Report {
    pub(crate) fn add(&mut self, code: Code, view: &View, position: Position, message: String) {
        self.put(code, Some(view), position, message, None);
    }

    pub(crate) fn advise(
        &mut self,
        code: Code,
        view: &View,
        position: Position,
        message: String,
        hint: impl Into<String>,
    ) {
        self.put(code, Some(view), position, message, Some(hint.into()));
    }

    pub(crate) fn put(
        &mut self,
        code: Code,
        view: Option<&View>,
        position: Position,
        message: String,
        hint: Option<String>,
    ) {
        let statement: Option<&Statement> = view.map(|view| view.statement);
        self.lints.push(Lint {
            code: code.name,
            severity: code.severity,
            position,
            statement: view.map(|view| view.number + 1),
            sid: statement
                .and_then(|statement| statement.sid.as_ref())
                .map(|sid| sid.text.clone()),
            message,
            hint,
        });
    }
}

/// A list for messages: the first few, and how many more.
pub(crate) fn some_of<S: AsRef<str>>(names: &[S], most: usize) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(most)
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    let more = names.len().saturating_sub(most);
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
