//! Service and resource control policies of accounts.

use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_policy::Policies;
use rempart_policy::document::PolicyKind;
use rempart_reach::controls::{Chain, Shortfall};
use serde_json::Value as Json;

use super::access::listed;
use super::{Answered, Function, text_argument};
use crate::cache::Texts;
use crate::context::{Context, gap};
use crate::expression::{ReasonCode, Unknown, Value};
use crate::policies::guardrails::{self, Approved};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "guardrail_gaps",
        arity: 1,
        run: guardrail_gaps,
    },
    Function {
        name: "resource_control_gaps",
        arity: 1,
        run: resource_control_gaps,
    },
];

/// Services that AWS's own requirement names.
const FENCED: [&str; 4] = ["s3", "kms", "sts", "secretsmanager"];

/// `guardrail_gaps(account)`: guardrails of the playbook that do not hold on the account.
fn guardrail_gaps<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let number = text_argument(arguments, 0)?;
    let account = parsed(number)?;
    let mut chain = chain_of(context, number)?;
    let levels = chain
        .levels(PolicyKind::ServiceControl)
        .map_err(shortfall)?;
    note(context, &mut chain);
    let list = |name: &str| -> Vec<String> {
        let values = context.params.get(name).and_then(Json::as_array);
        let texts = values.into_iter().flatten().filter_map(Json::as_str);
        texts.map(ToOwned::to_owned).collect()
    };
    let approved = Approved {
        notebook_types: list("notebook_types"),
        studio_types: list("studio_types"),
        addresses: list("public_addresses"),
    };
    // Accounts of one unit have the same policies.
    let mut key = vec![number.to_owned(), format!("{approved:?}")];
    key.extend(chain.policies.iter().cloned());
    let cache = &context.session.cache.policies;
    let found: Texts = cache.of(("guardrail_gaps", key), || {
        guardrails::gaps(levels, account, &approved).map(Arc::new)
    });
    listed(&found?)
}

/// `resource_control_gaps(account)`: services on whose resources in the account a principal outside the
/// organisation is not denied.
fn resource_control_gaps<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let number = text_argument(arguments, 0)?;
    let account = parsed(number)?;
    let mut chain = chain_of(context, number)?;
    let levels = chain
        .levels(PolicyKind::ResourceControl)
        .map_err(shortfall)?;
    let organisation = chain.organisation().map_err(shortfall)?;
    note(context, &mut chain);
    let mut key = vec![number.to_owned(), organisation.clone()];
    key.extend(chain.policies.iter().cloned());
    let cache = &context.session.cache.policies;
    let found: Texts = cache.of(("resource_control_gaps", key), || {
        guardrails::unfenced(levels, account, &organisation, &FENCED).map(Arc::new)
    });
    listed(&found?)
}

fn parsed(number: &str) -> Result<AccountId, Unknown> {
    AccountId::parse(number).map_err(|error| Unknown::new(ReasonCode::ModelGap, error.to_string()))
}

/// The service control policies over an account, where all of them were collected. They do not limit
/// the management account.
pub(super) fn service_control_of(context: &Context<'_>, account: &str) -> Option<Vec<Policies>> {
    let mut chain = chain_of(context, account).ok()?;
    if chain.management().as_deref() == Some(account) {
        return None;
    }
    chain.levels(PolicyKind::ServiceControl).ok()
}

fn chain_of<'a>(context: &Context<'a>, account: &str) -> Result<Chain<'a>, Unknown> {
    Chain::new(context.session.estate, account).map_err(shortfall)
}

fn note(context: &Context<'_>, chain: &mut Chain<'_>) {
    for evidence in chain.evidence.drain(..) {
        context.note(evidence);
    }
}

/// Why the policies over an account are not known, in the words of controls.
fn shortfall(shortfall: Shortfall) -> Unknown {
    match shortfall {
        Shortfall::Gap(missing) => gap(missing),
        Shortfall::NotCollected(text) => Unknown::new(ReasonCode::NotCollected, text),
        Shortfall::Model(text) => Unknown::new(ReasonCode::ModelGap, text),
        Shortfall::UnknownPart(text) => Unknown::new(ReasonCode::KnownAfterApply, text),
    }
}
