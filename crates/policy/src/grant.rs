//! KMS grants (KMS Developer Guide, "Grants in AWS KMS"; API reference, `GrantListEntry`).

use crate::compile::principal::{Entry, Forms};
use crate::compile::values::arn_like;
use crate::context::{KeyName, KeyState};
use crate::document::PrincipalType;
use crate::request::Request;
use crate::truth::Truth;

/// Pairs of an encryption context and a source, to which a grant is limited.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GrantConstraints {
    /// `EncryptionContextEquals`: exactly these pairs.
    pub equals: Option<Vec<(Box<str>, Box<str>)>>,
    /// `EncryptionContextSubset`: at least these pairs.
    pub subset: Option<Vec<(Box<str>, Box<str>)>>,
    /// `SourceArn`, as `aws:SourceArn`.
    pub source_arn: Option<Box<str>>,
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// `GrantId`.
    pub id: Box<str>,
    /// Operations that it allows, folded: `decrypt`, `generatedatakey`…
    operations: Vec<Box<str>>,
    grantee: Entry,
    retiring: Option<Entry>,
    constraints: GrantConstraints,
}

/// Operations with an encryption context on symmetric keys.
const WITH_CONTEXT: [&str; 8] = [
    "decrypt",
    "encrypt",
    "generatedatakey",
    "generatedatakeywithoutplaintext",
    "generatedatakeypair",
    "generatedatakeypairwithoutplaintext",
    "reencryptfrom",
    "reencryptto",
];

/// Prefix of the condition keys that hold the encryption context.
const CONTEXT_PREFIX: &str = "kms:encryptioncontext:";

impl Grant {
    /// A grant to a principal (an ARN, an account or a service).
    pub fn new(
        id: &str,
        grantee: &str,
        retiring: Option<&str>,
        operations: &[String],
        constraints: GrantConstraints,
    ) -> Self {
        let folded = operations
            .iter()
            .map(|name| name.to_ascii_lowercase().into());
        Self {
            id: id.into(),
            operations: folded.collect(),
            grantee: entry(grantee),
            retiring: retiring.map(entry),
            constraints,
        }
    }

    /// In which forms the grant allows the request to the caller.
    pub(crate) fn forms(&self, request: &Request) -> Forms {
        let action = request.prepared_action().name();
        if action == "retiregrant" {
            return self.retiring_forms(request);
        }
        if !self
            .operations
            .iter()
            .any(|operation| **operation == *action)
        {
            return Forms::default();
        }
        let mut truth = self.source(request);
        if WITH_CONTEXT.contains(&action) {
            truth = truth.and(self.encryption_context(request));
        } else if action == "creategrant" {
            truth = truth.and(self.delegates(request));
        } else if action != "describekey" && self.has_pairs() {
            // The operation has no encryption context: a grant limited to one does not concern it.
            truth = Truth::False;
        }
        self.grantee.forms(request).and(truth)
    }

    fn retiring_forms(&self, request: &Request) -> Forms {
        let named = match &request.particulars().grant_id {
            Some(id) => Truth::from(**id == *self.id),
            None => Truth::Unknown,
        };
        let mut forms = Forms::default();
        if let Some(retiring) = &self.retiring {
            forms = forms.or(retiring.forms(request));
        }
        if self
            .operations
            .iter()
            .any(|operation| &**operation == "retiregrant")
        {
            forms = forms.or(self.grantee.forms(request));
        }
        forms.and(named)
    }

    fn has_pairs(&self) -> bool {
        self.constraints.equals.is_some() || self.constraints.subset.is_some()
    }

    /// `SourceArn` against `aws:SourceArn`, part by part: a star must not reach into the account.
    fn source(&self, request: &Request) -> Truth {
        let Some(wanted) = &self.constraints.source_arn else {
            return Truth::True;
        };
        match request.context().get(&KeyName::new("aws:SourceArn")) {
            Some(KeyState::Unknown) => Truth::Unknown,
            Some(state) => {
                let truths = state.values().iter().map(|value| arn_like(wanted, value));
                truths.max().unwrap_or_default()
            }
            None => Truth::False,
        }
    }

    fn encryption_context(&self, request: &Request) -> Truth {
        if !self.has_pairs() {
            return Truth::True;
        }
        let mut given: Vec<(&str, &str)> = Vec::new();
        for (key, state) in request.context().iter() {
            let Some(name) = key.folded().strip_prefix(CONTEXT_PREFIX) else {
                continue;
            };
            match state {
                KeyState::Unknown => return Truth::Unknown,
                KeyState::Single(value) => given.push((name, value)),
                KeyState::Null => given.push((name, "")),
                KeyState::Several(values) => {
                    given.extend(values.iter().map(|value| (name, &**value)));
                }
            }
        }
        let holds = |pairs: &[(Box<str>, Box<str>)]| {
            pairs.iter().all(|(wanted, value)| {
                given.iter().any(|(name, text)| {
                    crate::value::fold::equal(wanted, name) && **value == **text
                })
            })
        };
        let equals = self
            .constraints
            .equals
            .as_ref()
            .is_none_or(|pairs| pairs.len() == given.len() && holds(pairs));
        let subset = self
            .constraints
            .subset
            .as_ref()
            .is_none_or(|pairs| holds(pairs));
        (equals && subset).into()
    }

    /// Whether a grant that allows `CreateGrant` lets this one be made: no more operations, no
    /// weaker constraints.
    fn delegates(&self, request: &Request) -> Truth {
        let operations = match request.context().get(&KeyName::new("kms:GrantOperations")) {
            None | Some(KeyState::Unknown) => Truth::Unknown,
            Some(state) => {
                let mut wanted = state.values().iter();
                wanted
                    .all(|name| {
                        let mut own = self.operations.iter();
                        own.any(|operation| operation.eq_ignore_ascii_case(name))
                    })
                    .into()
            }
        };
        if !self.has_pairs() {
            return operations;
        }
        let strict = match &request.particulars().new_grant {
            None => Truth::Unknown,
            Some(child) => self.constraints.is_at_least_as_strict(child).into(),
        };
        operations.and(strict)
    }
}

impl GrantConstraints {
    /// Whether a child's constraints are at least as strict as these of its parent: pairs may be
    /// added, a subset may become an equality, not the reverse.
    fn is_at_least_as_strict(&self, child: &Self) -> bool {
        let holds = |needed: &[(Box<str>, Box<str>)], have: &[(Box<str>, Box<str>)]| {
            needed.iter().all(|pair| have.contains(pair))
        };
        let equals = self.equals.as_ref().is_none_or(|needed| {
            child
                .equals
                .as_ref()
                .is_some_and(|have| have.len() == needed.len() && holds(needed, have))
        });
        let subset = self.subset.as_ref().is_none_or(|needed| {
            let by_equals = child
                .equals
                .as_ref()
                .is_some_and(|have| holds(needed, have));
            by_equals
                || child
                    .subset
                    .as_ref()
                    .is_some_and(|have| holds(needed, have))
        });
        equals && subset
    }
}

fn entry(text: &str) -> Entry {
    let is_aws = text.starts_with("arn:") || !text.contains('.');
    Entry::new(
        if is_aws {
            PrincipalType::Aws
        } else {
            PrincipalType::Service
        },
        text,
    )
}
