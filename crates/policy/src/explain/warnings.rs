//! What is odd about a request and its policies, without stopping the work.

use crate::compile::CompiledStatement;
use crate::context::{KeyName, KeyState};
use crate::decide::{Decision, Outcome};
use crate::document::{ConditionEntry, Family, SetOperator, Spanned};
use crate::principal::Principal;
use crate::reference::Reference;
use crate::request::Request;
use crate::stack::{Known, Stack};
use crate::truth::Truth;
use crate::value::address;
use crate::value::date::Instant;
use crate::value::decimal::Decimal;

/// Most warnings of one answer.
const MOST: usize = 20;

/// `narrow` is the stack without the policies that do not concern the action.
pub(super) fn of(
    stack: &Stack,
    narrow: &Stack,
    request: &Request,
    outcome: Outcome,
    reference: &mut Reference,
) -> Vec<String> {
    let mut warnings = Vec::new();
    about_action(stack, request, &mut warnings);
    about_caller(stack, request, &mut warnings);
    if outcome.decision == Decision::ImplicitlyDenied && outcome.deny == Truth::Unknown {
        warnings.push("a Deny may match, too: the request is denied in any case".to_owned());
    }
    about_keys(request, reference, &mut warnings);
    about_values(narrow, request, &mut warnings);
    if warnings.len() > MOST {
        let more = warnings.len() - MOST;
        warnings.truncate(MOST);
        warnings.push(format!("and {more} more warnings"));
    }
    warnings
}

fn about_action(stack: &Stack, request: &Request, warnings: &mut Vec<String>) {
    let facts = request.action_facts();
    let action = request.action().as_str();
    if facts.is_known && facts.has_resources && request.resource() == "*" {
        warnings.push(format!(
            "`{action}` is authorised on a resource: `*` stands for one that no specific ARN matches"
        ));
    }
    let has_rcps = stack
        .resource_control
        .known()
        .is_some_and(|levels| !levels.is_empty());
    if has_rcps && !facts.rcp_covered {
        let service = request.action().service();
        warnings.push(format!(
            "resource control policies do not cover `{service}` and were left out"
        ));
    }
    if let Known::Is(levels) = &stack.service_control
        && levels.iter().any(Vec::is_empty)
    {
        warnings.push(
            "a level of service control policies is empty: AWS keeps at least one attached, and nothing is allowed without"
                .to_owned(),
        );
    }
}

fn about_caller(stack: &Stack, request: &Request, warnings: &mut Vec<String>) {
    if !request.is_service_linked() && request.principal().looks_service_linked() {
        warnings.push(
            "the role's name looks service-linked, but its path is not known: it is taken for an ordinary role unless `isServiceLinkedRole` says otherwise"
                .to_owned(),
        );
    }
    if matches!(request.principal(), Principal::Root { .. })
        && stack.boundary.known().is_some_and(Option::is_some)
    {
        warnings.push("a permissions boundary does not apply to the root user".to_owned());
    }
    let derived = [
        ("aws:PrincipalArn", request.principal().principal_arn()),
        (
            "aws:PrincipalAccount",
            request
                .principal()
                .account()
                .map(|account| account.to_string()),
        ),
    ];
    for (name, derived) in derived {
        let given = request.context().get(&KeyName::new(name));
        if let (Some(KeyState::Single(given)), Some(derived)) = (given, derived)
            && **given != *derived
        {
            warnings.push(format!(
                "the context says {name} is `{given}`, the principal `{derived}`: the context counts"
            ));
        }
    }
}

/// Keys that the reference does not list for the action are used all the same, and named.
fn about_keys(request: &Request, reference: &mut Reference, warnings: &mut Vec<String>) {
    if !request.action_facts().is_known {
        return;
    }
    let mut strange: Vec<&KeyName> = Vec::new();
    for (name, _) in request.context().iter() {
        if !reference.carries(request.action(), name.as_str()) {
            strange.push(name);
        }
    }
    strange.sort_unstable_by(|left, right| left.folded().cmp(right.folded()));
    for name in strange {
        warnings.push(format!(
            "the authorization reference does not list the key `{}` for `{}`; it was used all the same",
            name.as_str(),
            request.action().as_str()
        ));
    }
}

/// Values of the wrong type, and several values where one is expected.
fn about_values(stack: &Stack, request: &Request, warnings: &mut Vec<String>) {
    for (_, policy) in stack.policies() {
        for statement in policy.candidates(request.prepared_action()) {
            for test in &statement.tests {
                let Some(state) = request.context().get(&test.key) else {
                    continue;
                };
                let key = test.key.as_str();
                if state.values().len() > 1 && test.operator.set == SetOperator::None {
                    push(
                        warnings,
                        format!(
                            "`{key}` has several values, but {} in `{}` has no set operator",
                            test.operator,
                            policy.name()
                        ),
                    );
                }
                for value in state.values() {
                    if !is_of(test.operator.base.family(), value) {
                        push(
                            warnings,
                            format!(
                                "the value `{}` of `{key}` is no {}: {} in `{}` compares it with nothing",
                                shortened(value),
                                kind(test.operator.base.family()),
                                test.operator,
                                policy.name()
                            ),
                        );
                    }
                }
            }
            malformed(policy, statement, warnings);
        }
    }
}

/// Values of the policy that are not of their operator's type.
fn malformed(
    policy: &crate::compile::CompiledPolicy,
    statement: &CompiledStatement,
    warnings: &mut Vec<String>,
) {
    let Some(source) = policy.source(statement).filter(|_| statement.is_malformed) else {
        return;
    };
    for entry in &source.conditions {
        for value in malformed_values(entry) {
            push(
                warnings,
                format!(
                    "`{}` in `{}` ({}) is no {} and matches nothing",
                    shortened(&value.text),
                    policy.name(),
                    value.position,
                    kind(entry.operator.base.family())
                ),
            );
        }
    }
}

/// The values of an entry that are not of its operator's type.
pub(crate) fn malformed_values(entry: &ConditionEntry) -> impl Iterator<Item = &Spanned> {
    let family = entry.operator.base.family();
    entry.values.iter().filter(move |value| match family {
        // Patterns of texts and ARNs are never of the wrong type.
        Family::String | Family::Arn | Family::Null => false,
        Family::Address => address::range(&value.text).is_none(),
        _ => !is_of(family, &value.text),
    })
}

fn push(warnings: &mut Vec<String>, warning: String) {
    if !warnings.contains(&warning) {
        warnings.push(warning);
    }
}

/// Whether a text is a value of the family.
pub(crate) fn is_of(family: Family, text: &str) -> bool {
    use base64::Engine as _;
    match family {
        Family::String | Family::Null => true,
        Family::Numeric => Decimal::parse(text).is_some(),
        Family::Date => Instant::parse(text).is_some(),
        Family::Bool => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
        Family::Binary => base64::engine::general_purpose::STANDARD
            .decode(text)
            .is_ok(),
        Family::Address => address::address(text).is_some(),
        Family::Arn => text.starts_with("arn:") && text.split(':').count() >= 6,
    }
}

fn kind(family: Family) -> &'static str {
    match family {
        Family::String | Family::Null => "text",
        Family::Numeric => "number",
        Family::Date => "date",
        Family::Bool => "boolean",
        Family::Binary => "base64 text",
        Family::Address => "address",
        Family::Arn => "ARN",
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
