//! What the content of a request tells beyond the name of the call.

use rempart_hunt::derive::{Deriver, KnownAccounts, source_kind};
use rempart_sigma::{Derive, Derived};
use rempart_trail::json::Json;
use rempart_trail::record::{Field, Record};

use crate::material::Event;

/// Managed policies that give all, or the means to get all.
const ADMINISTRATORS: [&str; 3] = ["/AdministratorAccess", "/IAMFullAccess", "/PowerUserAccess"];

/// What a request tells. Nothing is told of data events: their requests are short, and there are many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// A service called on its own behalf.
    pub(crate) by_service: bool,
    /// Account of the caller, when it is not the organisation's.
    pub(crate) foreign_caller: Option<String>,
    /// Images from registries of foreign accounts.
    pub(crate) foreign_images: Vec<String>,
    /// Images from public registries.
    pub(crate) public_images: Vec<String>,
    /// All images.
    pub(crate) images: Vec<String>,
    /// Buckets whose names carry a foreign account.
    pub(crate) foreign_buckets: Vec<String>,
    /// Whether one of them is written to.
    pub(crate) has_foreign_output: bool,
    /// Keys of foreign accounts.
    pub(crate) foreign_keys: Vec<String>,
    /// Foreign accounts named anywhere.
    pub(crate) foreign_accounts: Vec<String>,
    /// A policy lets everybody in.
    pub(crate) public_policy: bool,
    /// Foreign principals that a policy lets in.
    pub(crate) foreign_principals: Vec<String>,
    /// Everything is allowed.
    pub(crate) admin: bool,
    /// A policy denies everything: what defenders do.
    pub(crate) denies_all: bool,
    /// A lifecycle script that is suspicious or worse, or cannot be read.
    pub(crate) script_is_bad: bool,
    /// Kinds of behaviour in scripts and entry points.
    pub(crate) classes: Vec<String>,
    /// What stands in the scripts.
    pub(crate) indicators: Vec<String>,
    /// Environment values that load code.
    pub(crate) risky_environment: Vec<String>,
    /// Instances with accelerators.
    pub(crate) accelerated: bool,
    /// Instance types.
    pub(crate) instance_types: Vec<String>,
    /// Largest number of instances.
    pub(crate) instance_count: i64,
    /// A URL for somebody else's profile.
    pub(crate) other_profile: bool,
    /// An IAM call about another user.
    pub(crate) other_user: bool,
    /// What new selectors of a trail leave out.
    pub(crate) excludes: Vec<String>,
    /// Ports opened to the internet.
    pub(crate) open_ports: Vec<String>,
    /// Versioning of a bucket is suspended.
    pub(crate) suspends_versioning: bool,
    /// Public access is blocked.
    pub(crate) closes: bool,
    /// Something is switched on.
    pub(crate) enables: bool,
}

impl Facts {
    /// Whether a policy lets strangers in.
    pub(crate) fn opens(&self) -> bool {
        self.public_policy
            || !self.foreign_principals.is_empty()
            || !self.foreign_accounts.is_empty()
    }

    /// Whether the entry point mines.
    pub(crate) fn mines(&self) -> bool {
        self.classes.iter().any(|class| class == "miner")
    }
}

/// Reads facts. It knows the organisation's accounts.
#[derive(Debug)]
pub(crate) struct Reader {
    accounts: KnownAccounts,
}

impl Reader {
    pub(crate) fn new<'a>(own: impl IntoIterator<Item = &'a String>) -> Self {
        Self {
            accounts: KnownAccounts::new(own.into_iter().cloned()),
        }
    }

    /// The facts of an event.
    pub(crate) fn read(&self, event: &Event) -> Facts {
        let Some(record) = event.record().filter(|_| !event.is_data) else {
            return Facts::default();
        };
        let deriver = Deriver::new(&self.accounts);
        let ask = |field: &str| deriver.derive(&record, field);
        let mut facts = Facts {
            by_service: source_kind(&record) == "service",
            foreign_caller: text(ask("rempart.foreign.caller")),
            ..Facts::default()
        };
        if event.read_only && &*event.name != "AssumeRole" {
            return facts;
        }
        facts.foreign_images = list(ask("rempart.image.foreign"));
        facts.public_images = list(ask("rempart.image.public"));
        facts.images = list(ask("rempart.image.uris"));
        facts.foreign_buckets = list(ask("rempart.foreign.buckets"));
        let outputs = list(ask("rempart.s3.outputs"));
        facts.has_foreign_output = outputs
            .iter()
            .any(|bucket| facts.foreign_buckets.contains(bucket));
        facts.foreign_keys = list(ask("rempart.foreign.keys"));
        facts.foreign_accounts = list(ask("rempart.foreign.accounts"));
        facts.public_policy = flag(ask("rempart.policy.public"));
        facts.foreign_principals = list(ask("rempart.policy.foreign"));
        facts.admin = flag(ask("rempart.policy.admin")) || attaches_administrator(event);
        facts.denies_all = denies_all(event);
        let verdict = text(ask("rempart.script.verdict"));
        facts.script_is_bad = verdict.is_some_and(|verdict| verdict != "clean");
        facts.classes = list(ask("rempart.script.classes"));
        facts
            .classes
            .extend(list(ask("rempart.entrypoint.classes")));
        facts.indicators = list(ask("rempart.script.indicators"));
        facts.risky_environment = list(ask("rempart.environment.risky"));
        facts.accelerated =
            flag(ask("rempart.instance.accelerated")) || flag(ask("rempart.quota.accelerated"));
        facts.instance_types = list(ask("rempart.instance.types"));
        facts.instance_count = number(ask("rempart.instance.count"));
        facts.other_profile = flag(ask("rempart.presign.other_profile"));
        facts.other_user = flag(ask("rempart.target.other_user"));
        facts.excludes = list(ask("rempart.selectors.excludes"));
        facts.open_ports = list(ask("rempart.network.open_ports"));
        facts.suspends_versioning = event
            .requested(&["VersioningConfiguration", "Status"])
            .is_some_and(|status| status == "Suspended");
        facts.closes = closes(&record);
        facts.enables = record
            .get(Field::RequestParameters)
            .and_then(|request| request.get("enable")?.as_bool())
            == Some(true);
        facts
    }
}

fn attaches_administrator(event: &Event) -> bool {
    let policy = event.requested(&["policyArn"]).unwrap_or_default();
    ADMINISTRATORS.iter().any(|end| policy.ends_with(end))
}

/// A policy with one statement that denies all actions on everything, conditions or not.
fn denies_all(event: &Event) -> bool {
    if event
        .requested(&["policyArn"])
        .is_some_and(|arn| arn.ends_with("/AWSDenyAll"))
    {
        return true;
    }
    let Some(document) = event.requested(&["policyDocument"]) else {
        return false;
    };
    let Ok(policy) = Json::parse(document.as_bytes()) else {
        return false;
    };
    let statement = policy.get("Statement");
    let statements: Vec<Json<'_>> = statement
        .into_iter()
        .flat_map(|value| std::iter::once(value).chain(value.elements()))
        .filter(|statement| statement.get("Effect").is_some())
        .collect();
    let is = |statement: &Json<'_>, member: &str, wanted: &str| {
        statement.get(member).is_some_and(|value| {
            std::iter::once(value)
                .chain(value.elements())
                .any(|value| value.as_str().is_some_and(|text| text == wanted))
        })
    };
    !statements.is_empty()
        && statements.iter().all(|statement| {
            is(statement, "Effect", "Deny")
                && is(statement, "Action", "*")
                && is(statement, "Resource", "*")
        })
}

/// A public access block with all four settings on.
fn closes(record: &Record<'_>) -> bool {
    let Some(request) = record.get(Field::RequestParameters) else {
        return false;
    };
    let Some(block) = request.get("PublicAccessBlockConfiguration") else {
        return false;
    };
    let mut settings = block
        .entries()
        .filter(|(name, _)| &*name.text() != "xmlns")
        .map(|(_, value)| value.as_bool())
        .peekable();
    settings.peek().is_some() && settings.all(|setting| setting == Some(true))
}

fn text(derived: Derived) -> Option<String> {
    match derived {
        Derived::Text(text) => Some(text),
        Derived::Word(word) => Some(word.to_owned()),
        _ => None,
    }
}

fn list(derived: Derived) -> Vec<String> {
    match derived {
        Derived::List(list) => list,
        _ => Vec::new(),
    }
}

fn flag(derived: Derived) -> bool {
    derived == Derived::Bool(true)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "counts of instances; what is larger saturates"
)]
fn number(derived: Derived) -> i64 {
    match derived {
        Derived::Number(number) => number as i64,
        _ => 0,
    }
}
