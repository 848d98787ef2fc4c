//! Fields that Rempart derives from a record: everything under `rempart.` in rules.
//!
//! Each field is computed from one record alone and only when a rule asks for it. What the record
//! does not say is absent, never guessed. `docs/rules.md` lists the fields.

use std::cell::RefCell;
use std::collections::HashSet;

use rempart_sigma::{Derive, Derived};
use rempart_trail::json::Json;
use rempart_trail::record::{Field, Record};

mod accounts;
mod content;
mod identity;
mod network;
mod policy;
mod request;
#[cfg(test)]
mod tests;
mod walk;

pub use accounts::KnownAccounts;
pub(crate) use identity::is_failed_login;
pub use identity::{is_private, principal, source_kind};
pub use request::resource_name;

/// Names of all derived fields; a rule that names another one is wrong.
pub const FIELDS: &[&str] = &[
    "rempart.principal",
    "rempart.outcome",
    "rempart.source.kind",
    "rempart.identity.sagemaker_session",
    "rempart.identity.actor",
    "rempart.identity.person",
    "rempart.request.state",
    "rempart.script.state",
    "rempart.script.verdict",
    "rempart.script.classes",
    "rempart.script.level",
    "rempart.script.indicators",
    "rempart.entrypoint.classes",
    "rempart.entrypoint.level",
    "rempart.secret.kinds",
    "rempart.environment.risky",
    "rempart.image.uris",
    "rempart.image.repositories",
    "rempart.image.foreign",
    "rempart.image.public",
    "rempart.foreign.roles",
    "rempart.foreign.keys",
    "rempart.foreign.arns",
    "rempart.foreign.buckets",
    "rempart.foreign.accounts",
    "rempart.foreign.caller",
    "rempart.s3.outputs",
    "rempart.s3.inputs",
    "rempart.policy.public",
    "rempart.policy.foreign",
    "rempart.policy.admin",
    "rempart.instance.types",
    "rempart.instance.accelerated",
    "rempart.instance.count",
    "rempart.network.open_ports",
    "rempart.target.other_user",
    "rempart.presign.other_profile",
    "rempart.tags.user_profile",
    "rempart.resource.name",
    "rempart.selectors.data_types",
    "rempart.selectors.excludes",
    "rempart.quota.accelerated",
];

/// Computes derived fields. One per thread: it remembers the last script it examined.
#[derive(Debug)]
pub struct Deriver<'a> {
    accounts: &'a KnownAccounts,
    last_script: RefCell<Option<(u64, content::ScriptSummary)>>,
}

impl<'a> Deriver<'a> {
    /// A deriver that knows these accounts as the user's own.
    #[must_use]
    pub fn new(accounts: &'a KnownAccounts) -> Self {
        Self {
            accounts,
            last_script: RefCell::new(None),
        }
    }

    fn with_script<T>(
        &self,
        record: &Record<'_>,
        use_it: impl FnOnce(&content::ScriptSummary) -> T,
    ) -> T {
        let key = content::script_key(record);
        let mut slot = self.last_script.borrow_mut();
        if let Some((last, summary)) = &*slot
            && *last == key
        {
            return use_it(summary);
        }
        let summary = content::summarise_scripts(record);
        let answer = use_it(&summary);
        *slot = Some((key, summary));
        answer
    }
}

impl Derive for Deriver<'_> {
    fn derive(&self, record: &Record<'_>, field: &str) -> Derived {
        let Some(name) = field.strip_prefix("rempart.") else {
            return Derived::Absent;
        };
        let request = record.get(Field::RequestParameters);
        match name {
            "principal" => Derived::Text(principal(record)),
            "outcome" => Derived::Word(identity::outcome(record)),
            "source.kind" => Derived::Word(source_kind(record)),
            "identity.sagemaker_session" => Derived::Bool(identity::is_sagemaker_session(record)),
            "identity.actor" => Derived::Text(identity::actor(record)),
            "identity.person" => Derived::Bool(identity::is_person(record)),
            "foreign.caller" => optional_text(self.accounts.of(record).foreign_caller(record)),
            // Data events name their endpoint outside the request.
            "resource.name" => optional_text(resource_name(record)),
            "target.other_user" => optional_bool(identity::acts_on_other_user(record)),
            "presign.other_profile" => optional_bool(identity::presigns_for_other(record)),
            "request.state" => Derived::Word(request::state(record)),
            "script.state" => self.with_script(record, |script| {
                optional_text(script.state.map(str::to_owned))
            }),
            "script.verdict" => self.with_script(record, |script| {
                optional_text(script.verdict.map(str::to_owned))
            }),
            "script.classes" => self.with_script(record, |script| list(script.classes.clone())),
            "script.level" => self.with_script(record, |script| {
                optional_text(script.level.map(str::to_owned))
            }),
            "script.indicators" => {
                self.with_script(record, |script| list(script.indicators.clone()))
            }
            "entrypoint.classes" => list(content::entry_points(record).classes),
            "entrypoint.level" => {
                optional_text(content::entry_points(record).level.map(str::to_owned))
            }
            "secret.kinds" => list(content::secret_kinds(record)),
            "environment.risky" => list(content::risky_environment(record)),
            "selectors.data_types" => list(network::selector_data_types(record)),
            "selectors.excludes" => list(network::selector_excludes(record)),
            "network.open_ports" => list(network::open_ports(record)),
            _ => self.derive_from_request(record, request, name),
        }
    }
}

impl Deriver<'_> {
    fn derive_from_request(
        &self,
        record: &Record<'_>,
        request: Option<Json<'_>>,
        name: &str,
    ) -> Derived {
        let Some(request) = request else {
            return Derived::Absent;
        };
        let own = self.accounts.of(record);
        match name {
            "image.uris" => list(request::images(request)),
            "image.repositories" => list(request::repositories(request::images(request))),
            "image.foreign" => list(own.foreign_images(request::images(request))),
            "image.public" => list(request::public_images(request)),
            "foreign.roles" => list(own.foreign_arns(request, "iam", "role/")),
            "foreign.keys" => list(own.foreign_arns(request, "kms", "key/")),
            "foreign.arns" => list(own.foreign_arns(request, "", "")),
            "foreign.accounts" => list(own.foreign_accounts(request)),
            "foreign.buckets" => list(own.foreign_buckets(request::buckets(request))),
            "s3.outputs" => list(request::output_buckets(request)),
            "s3.inputs" => list(request::input_buckets(request)),
            "policy.public" => {
                optional_bool(policy::summary(request, &own).map(|policy| policy.public))
            }
            "policy.foreign" => list(
                policy::summary(request, &own)
                    .map(|policy| policy.foreign)
                    .unwrap_or_default(),
            ),
            "policy.admin" => {
                optional_bool(policy::summary(request, &own).map(|policy| policy.admin))
            }
            "instance.types" => list(request::instance_types(request)),
            "instance.accelerated" => optional_bool(request::is_accelerated(request)),
            "instance.count" => request::instance_count(request).map_or(Derived::Absent, number),
            "tags.user_profile" => optional_text(request::claimed_user_profile(request)),
            "quota.accelerated" => {
                optional_bool(request::asks_for_accelerator_quota(record, request))
            }
            _ => Derived::Absent,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "instance counts are small")]
fn number(count: i64) -> Derived {
    Derived::Number(count as f64)
}

fn optional_text(text: Option<String>) -> Derived {
    text.map_or(Derived::Absent, Derived::Text)
}

fn optional_bool(flag: Option<bool>) -> Derived {
    flag.map_or(Derived::Absent, Derived::Bool)
}

/// Sorted, each text once; nothing is absent.
fn list(mut texts: Vec<String>) -> Derived {
    if texts.is_empty() {
        return Derived::Absent;
    }
    texts.sort();
    texts.dedup();
    Derived::List(texts)
}

/// Account ids given by the user or learnt from the record itself.
pub(crate) type AccountSet = HashSet<String>;
