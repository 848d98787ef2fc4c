//! The functions that expressions may call.
//!
//! A function gets values and the context of the evaluation, and gives a value or says why the answer
//! is not known. It never guesses: evidence that is missing stays [`Unknown`].

mod access;
mod buckets;
mod closed;
mod credentials;
mod data_events;
mod detection;
mod guardrails;
mod having;
mod identities;
mod image;
mod instance;
mod keys;
mod lookup;
mod network;
mod not_ready;
mod parameters;
mod pipeline;
mod principals;
mod profile;
mod references;
mod scan;
mod text;
mod time;
mod uses;

use std::sync::LazyLock;

use crate::context::Context;
use crate::control::Control;
use crate::expression::{FunctionNames, Unknown, Value};

pub(crate) use identities::Account;
pub(crate) use time::timestamp;

/// What functions remember about an estate, built when it is first asked for.
#[derive(Default)]
pub(crate) struct Indexes {
    members: having::Members,
    uses: uses::Uses,
    roles: closed::Roles,
    trails: data_events::Trails,
}

/// What a function gives.
pub(crate) type Answered<'a> = Result<Value<'a>, Unknown>;

/// A function of expressions.
pub(crate) struct Function {
    /// Name in expressions.
    pub(crate) name: &'static str,
    /// Number of arguments.
    pub(crate) arity: usize,
    /// The function.
    pub(crate) run: for<'a> fn(&Context<'a>, &[Value<'a>]) -> Answered<'a>,
}

/// All functions; a topic each.
static FUNCTIONS: LazyLock<Vec<&'static Function>> = LazyLock::new(|| {
    [
        access::FUNCTIONS,
        buckets::FUNCTIONS,
        closed::FUNCTIONS,
        credentials::FUNCTIONS,
        data_events::FUNCTIONS,
        detection::FUNCTIONS,
        guardrails::FUNCTIONS,
        having::FUNCTIONS,
        identities::FUNCTIONS,
        image::FUNCTIONS,
        instance::FUNCTIONS,
        keys::FUNCTIONS,
        lookup::FUNCTIONS,
        network::FUNCTIONS,
        not_ready::FUNCTIONS,
        parameters::FUNCTIONS,
        pipeline::FUNCTIONS,
        principals::FUNCTIONS,
        profile::FUNCTIONS,
        scan::FUNCTIONS,
        text::FUNCTIONS,
        time::FUNCTIONS,
        uses::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
    .collect()
});

static NAMES: LazyLock<Vec<(&'static str, usize)>> = LazyLock::new(|| {
    FUNCTIONS
        .iter()
        .map(|function| (function.name, function.arity))
        .collect()
});

/// Names and numbers of arguments, in the order of [`call`].
pub(crate) fn names() -> &'static FunctionNames {
    &NAMES
}

/// A function by its name.
fn named(name: &str) -> Option<&'static Function> {
    FUNCTIONS
        .iter()
        .copied()
        .find(|function| function.name == name)
}

/// Calls a function by its place in [`names`].
pub(crate) fn call<'a>(
    context: &Context<'a>,
    function: usize,
    arguments: &[Value<'a>],
) -> Answered<'a> {
    match FUNCTIONS.get(function) {
        Some(function) => (function.run)(context, arguments),
        None => Err(Unknown::new(
            crate::ReasonCode::Unsupported,
            "a function that does not exist",
        )),
    }
}

/// Functions that read a parameter of the control by its name, without an argument that says so.
const READERS: &[(&str, &str)] = &[
    ("outsiders", "known_accounts"),
    ("only_known_access", "known_accounts"),
    ("guardrail_gaps", "notebook_types"),
    ("guardrail_gaps", "studio_types"),
    ("guardrail_gaps", "public_addresses"),
    ("is_log_archive", "log_archive_account"),
];

/// Whether a control calls a function that reads this parameter.
pub(crate) fn reads_parameter(control: &Control, parameter: &str) -> bool {
    control.expressions().any(|(_, expression)| {
        expression.calls().iter().any(|(place, _)| {
            let name = NAMES.get(*place).map_or("", |(name, _)| name);
            READERS.contains(&(name, parameter))
        })
    })
}

/// A list of texts at a place of the arguments.
pub(crate) fn texts_argument(
    arguments: &[Value<'_>],
    place: usize,
) -> Result<Vec<String>, Unknown> {
    let Some(value) = arguments.get(place) else {
        return Err(Unknown::new(
            crate::ReasonCode::Unsupported,
            "an argument is missing",
        ));
    };
    let texts = value.as_texts()?;
    Ok(texts.into_iter().map(|text| text.into_owned()).collect())
}

/// The text at a place of the arguments.
pub(crate) fn text_argument<'v>(
    arguments: &'v [Value<'_>],
    place: usize,
) -> Result<&'v str, Unknown> {
    match arguments.get(place) {
        Some(value) => value.as_text(),
        None => Err(Unknown::new(
            crate::ReasonCode::Unsupported,
            "an argument is missing",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct() {
        let mut known: Vec<&str> = names().iter().map(|(name, _)| *name).collect();
        let count = known.len();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), count);
    }
}
