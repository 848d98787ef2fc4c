//! Other answers, other resources, other controls.

use std::rc::Rc;

use rempart_estate::Gap;

use super::{Answered, Function, text_argument};
use crate::context::{Context, gap};
use crate::expression::{Unknown, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "answer",
        arity: 1,
        run: answer,
    },
    Function {
        name: "answer_of",
        arity: 3,
        run: answer_of,
    },
    Function {
        name: "related",
        arity: 2,
        run: related,
    },
    Function {
        name: "resources",
        arity: 1,
        run: resources,
    },
    Function {
        name: "is_known",
        arity: 2,
        run: is_known,
    },
    Function {
        name: "passes",
        arity: 3,
        run: passes,
    },
];

/// `answer(operation)`: what another operation answered about this resource, or about this place.
fn answer<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let operation = text_argument(arguments, 0)?;
    context.answer(operation).and_then(Value::of)
}

/// `answer_of(operation, kind, reference)`: what an operation answered about another resource.
fn answer_of<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let operation = text_argument(arguments, 0)?;
    let kind = text_argument(arguments, 1)?;
    let reference = text_argument(arguments, 2)?;
    let resource = context.find(kind, reference)?;
    context
        .answer_about(operation, resource)
        .and_then(Value::of)
}

/// `related(kind, reference)`: the body of a resource named by identifier, name or ARN.
fn related<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let kind = text_argument(arguments, 0)?;
    let reference = text_argument(arguments, 1)?;
    let resource = context.find(kind, reference)?;
    context.body(resource).and_then(Value::of)
}

/// `resources(kind)`: the bodies of all resources of a kind in this place. One whose own answer is
/// missing makes the whole list unknown: a question about all of them has no answer without it.
fn resources<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let kind = text_argument(arguments, 0)?;
    let found = context
        .session
        .estate
        .resources_in(kind, context.place)
        .map_err(gap)?;
    let mut bodies = Vec::with_capacity(found.len());
    for resource in found {
        bodies.push(context.body(resource).and_then(Value::of)?);
    }
    Ok(Value::List(Rc::new(bodies)))
}

/// `is_known(kind, reference)`: whether the reference leads to a resource that was collected. False
/// only when the list of them is complete.
fn is_known<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let kind = text_argument(arguments, 0)?;
    let reference = text_argument(arguments, 1)?;
    match context.session.estate.find(kind, reference, context.place) {
        Ok(_) => Ok(Value::Bool(true)),
        // The list is complete and the reference is not in it.
        Err(Gap::Unresolvable { .. }) => Ok(Value::Bool(false)),
        Err(missing) => Err(gap(missing)),
    }
}

/// `passes(control, kind, reference)`: whether another control passes for another resource. A control
/// that does not concern it passes.
fn passes<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let control = text_argument(arguments, 0)?;
    let kind = text_argument(arguments, 1)?;
    let reference = text_argument(arguments, 2)?;
    let resource = context.find(kind, reference)?;
    let passes: Result<bool, Unknown> = context.passes(control, resource);
    passes.map(Value::Bool)
}
