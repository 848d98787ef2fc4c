//! One question to the policy engine, with every condition key that AWS would set.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::{Decision, Known, Layer, Outcome, Reference, Request, Stack};

use crate::caller::{Caller, Connection};
use crate::model::Policies;
use crate::question::{Question, Verdict};

/// Keys that every request carries.
struct Keys {
    source_ip: KeyName,
    secure_transport: KeyName,
    user_agent: KeyName,
    current_time: KeyName,
    epoch_time: KeyName,
    region: KeyName,
    via_service: KeyName,
    called_via: KeyName,
    called_via_first: KeyName,
    called_via_last: KeyName,
    kms_via: KeyName,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys {
    source_ip: KeyName::new("aws:SourceIp"),
    secure_transport: KeyName::new("aws:SecureTransport"),
    user_agent: KeyName::new("aws:UserAgent"),
    current_time: KeyName::new("aws:CurrentTime"),
    epoch_time: KeyName::new("aws:EpochTime"),
    region: KeyName::new("aws:RequestedRegion"),
    via_service: KeyName::new("aws:ViaAWSService"),
    called_via: KeyName::new("aws:CalledVia"),
    called_via_first: KeyName::new("aws:CalledViaFirst"),
    called_via_last: KeyName::new("aws:CalledViaLast"),
    kms_via: KeyName::new("kms:ViaService"),
});

thread_local! {
    /// What the engine remembers of actions and keys. It never forgets wrongly: it holds facts of AWS.
    static REFERENCE: RefCell<Reference> = RefCell::new(Reference::new());
}

/// What the resource's side brings beside what the question says.
pub(crate) struct Surroundings<'a> {
    pub(crate) region: &'a Arc<str>,
    pub(crate) resource_control: Option<&'a Vec<Policies>>,
    pub(crate) shares: Option<&'a Arc<rempart_policy::CompiledPolicy>>,
}

/// Decides, and words the answer.
pub(crate) fn decide(
    caller: &Caller,
    connection: &Connection,
    question: &Question<'_>,
    around: &Surroundings<'_>,
) -> Verdict {
    let request = REFERENCE.with_borrow_mut(|reference| {
        Request::new(
            reference,
            question.action.clone(),
            caller.principal.clone(),
            question.resource,
            question.resource_account,
            context(caller, connection, question, around.region),
        )
    });
    let request = request
        .with_principal_facts(caller.facts.clone())
        .with_resource_facts(question.resource_facts.clone())
        .with_particulars(question.particulars.clone());
    let stack = Stack {
        resource: Known::Is(
            question
                .resource_policy
                .clone()
                .or_else(|| around.shares.cloned()),
        ),
        grants: Known::Is(question.grants.clone()),
        resource_control: Known::Is(around.resource_control.cloned().unwrap_or_default()),
        ..caller.stack.clone()
    };
    let outcome = stack.decide(&request);
    if outcome.decision == Decision::Allowed {
        return Verdict::Allowed;
    }
    let (outcome, statements) = stack.decide_naming(&request);
    let denying = statements
        .iter()
        .find(|statement| statement.effect == "Deny");
    let statement = denying.map(|statement| match &statement.sid {
        Some(sid) => format!("{} {sid}", statement.policy),
        None => format!("{} #{}", statement.policy, statement.number),
    });
    Verdict::Denied {
        message: message(&stack, &request, outcome),
        layer: outcome.decided_by.map(Layer::name),
        statement,
    }
}

fn context(
    caller: &Caller,
    connection: &Connection,
    question: &Question<'_>,
    region: &Arc<str>,
) -> Context {
    let keys = &*KEYS;
    let mut context = caller.context.clone();
    let mut set =
        |key: &KeyName, value: Arc<str>| context.set(key.clone(), KeyState::Single(value));
    let seconds = connection.time.as_second();
    set(&keys.epoch_time, seconds.to_string().into());
    // To the second: what has more digits would still compare alike.
    let whole = jiff::Timestamp::from_second(seconds).unwrap_or(connection.time);
    set(&keys.current_time, whole.to_string().into());
    set(&keys.region, Arc::clone(region));
    match question.via {
        // The target sees the service, not the client.
        Some(via) => {
            set(&keys.via_service, "true".into());
            set(&keys.secure_transport, "true".into());
            set(&keys.kms_via, via.into());
            let service = service_name(via);
            set(&keys.called_via_first, Arc::clone(&service));
            set(&keys.called_via_last, Arc::clone(&service));
            context.set(keys.called_via.clone(), KeyState::Several([service].into()));
        }
        None => {
            set(&keys.via_service, "false".into());
            let secure = if connection.tls.is_some() {
                "true"
            } else {
                "false"
            };
            set(&keys.secure_transport, secure.into());
            set(
                &keys.source_ip,
                connection.source_address.to_canonical().to_string().into(),
            );
            if !connection.user_agent.is_empty() {
                set(&keys.user_agent, Arc::clone(&connection.user_agent));
            }
        }
    }
    for (name, state) in &question.keys {
        context.set(name.clone(), state.clone());
    }
    context
}

/// `sagemaker.eu-west-1.amazonaws.com` is called through as `sagemaker.amazonaws.com`.
fn service_name(via: &str) -> Arc<str> {
    match (via.split_once('.'), via.rsplit_once(".amazonaws.")) {
        (Some((service, _)), Some((_, suffix))) => format!("{service}.amazonaws.{suffix}").into(),
        _ => via.into(),
    }
}

/// The text that AWS answers (IAM User Guide, "Troubleshoot access denied error messages").
fn message(stack: &Stack, request: &Request, outcome: Outcome) -> String {
    let (caller, action) = (request.principal().as_str(), request.action().as_str());
    let resource = request.resource();
    let start =
        format!("User: {caller} is not authorized to perform: {action} on resource: {resource}");
    let layer = outcome.decided_by.map(kind_of);
    match (outcome.decision, layer) {
        (Decision::ExplicitlyDenied, Some(kind)) => {
            format!("{start} with an explicit deny in {} {kind}", article(kind))
        }
        (Decision::ImplicitlyDenied, Some(kind)) => {
            format!("{start} because no {kind} allows the {action} action")
        }
        (Decision::Unsupported, _) => {
            let reason =
                REFERENCE.with_borrow_mut(|reference| stack.explain(request, reference).reason);
            let reason = reason.unwrap_or_else(|| "the policies do not tell".to_owned());
            format!("{start}: it cannot be decided, and so is refused: {reason}")
        }
        _ => start,
    }
}

fn kind_of(layer: Layer) -> &'static str {
    match layer {
        Layer::PublicAccessBlock => "public access block",
        Layer::ResourceControl => "resource control policy",
        Layer::ServiceControl => "service control policy",
        Layer::VpcEndpoint => "VPC endpoint policy",
        Layer::Resource | Layer::Grants => "resource-based policy",
        Layer::Identity | Layer::RootUser => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
    }
}

fn article(kind: &str) -> &'static str {
    if kind.starts_with("identity") {
        "an"
    } else {
        "a"
    }
}
