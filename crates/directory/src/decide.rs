//! One question to the policy engine, with every condition key that AWS would set.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::{
    CompiledPolicy, Decision, EndpointType, Known, Layer, Outcome, Policies, Reference, Request,
    ResourceSide, Stack,
};

use crate::caller::{Caller, Connection};
use crate::model::Endpoint;
use crate::question::{Question, Verdict};

/// Keys that requests carry.
struct Keys {
    source_ip: KeyName,
    source_vpc: KeyName,
    source_vpce: KeyName,
    vpc_source_ip: KeyName,
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
    resource_organization: KeyName,
    resource_paths: KeyName,
    yes: KeyState,
    no: KeyState,
    service_address: KeyState,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys {
    source_ip: KeyName::new("aws:SourceIp"),
    source_vpc: KeyName::new("aws:SourceVpc"),
    source_vpce: KeyName::new("aws:SourceVpce"),
    vpc_source_ip: KeyName::new("aws:VpcSourceIp"),
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
    resource_organization: KeyName::new("aws:ResourceOrgID"),
    resource_paths: KeyName::new("aws:ResourceOrgPaths"),
    yes: KeyState::Single("true".into()),
    no: KeyState::Single("false".into()),
    service_address: KeyState::Single(SERVICE_ADDRESS.into()),
});

/// `aws:SourceIp` of calls that a service makes. AWS has an address of its own there, which is in nobody's
/// network; here it is the dummy address of RFC 7600, which is in none either.
const SERVICE_ADDRESS: &str = "192.0.0.8";

/// What is remembered between requests of a thread.
#[derive(Default)]
struct Memory {
    /// Facts of AWS: they do not change.
    reference: Reference,
    /// The second of the last request, and its two forms.
    time: Option<(i64, KeyState, KeyState)>,
    /// The address of the last request, and its text.
    address: Option<(IpAddr, KeyState)>,
    /// The service that called last for a caller.
    via: Option<Via>,
}

/// A service that calls for a caller, as `kms:ViaService`, and as `aws:CalledVia` and its two ends.
#[derive(Clone)]
struct Via {
    host: Arc<str>,
    service: KeyState,
    list: KeyState,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::new(Memory::default());
}

/// What the directory adds to a question.
pub(crate) struct Surroundings<'a> {
    pub(crate) region: &'a Arc<str>,
    pub(crate) resource_policy: Option<&'a Arc<CompiledPolicy>>,
    pub(crate) resource_control: Option<&'a [Policies]>,
    pub(crate) is_management_account: bool,
    /// The organisation of the resource's account.
    pub(crate) organization: Option<&'a Arc<str>>,
    pub(crate) organization_path: Option<&'a KeyState>,
    pub(crate) endpoint: Option<&'a Endpoint>,
}

/// Decides, and words the answer.
pub(crate) fn decide(
    caller: &Caller,
    connection: &Connection,
    question: &Question<'_>,
    around: &Surroundings<'_>,
) -> Verdict {
    let request = MEMORY.with_borrow_mut(|memory| {
        let context = memory.context(caller, connection, question, around);
        Request::new(
            &mut memory.reference,
            question.action.clone(),
            caller.principal.clone(),
            question.resource,
            question.resource_account,
            context,
        )
    });
    let mut facts = question.resource_facts.clone();
    facts.is_management_account |= around.is_management_account;
    let request = request
        .with_principal_facts(caller.facts.clone())
        .with_resource_facts(facts)
        .with_particulars(question.particulars.clone());
    let side = side(question, around);
    if caller.stack.decide_beside(&side, &request).decision == Decision::Allowed {
        return Verdict::Allowed;
    }
    let stack = caller.stack.beside(side);
    let (outcome, statements) = stack.decide_naming(&request);
    let denying = statements
        .iter()
        .find(|statement| statement.effect == "Deny");
    let denying = denying.filter(|_| outcome.decision == Decision::ExplicitlyDenied);
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

/// The side of the resource.
pub(crate) fn side<'a>(question: &'a Question<'_>, around: &Surroundings<'a>) -> ResourceSide<'a> {
    ResourceSide {
        resource: Known::Is(around.resource_policy),
        grants: Known::Is(&question.grants),
        resource_control: Known::Is(around.resource_control.unwrap_or_default()),
        endpoint: Known::Is(
            around
                .endpoint
                .and_then(|endpoint| endpoint.policy.as_ref()),
        ),
        endpoint_type: around.endpoint.map(|_| EndpointType::Interface),
        ..ResourceSide::default()
    }
}

impl Memory {
    fn context(
        &mut self,
        caller: &Caller,
        connection: &Connection,
        question: &Question<'_>,
        around: &Surroundings<'_>,
    ) -> Context {
        let keys = &*KEYS;
        let mut context = caller.context.clone();
        // What is set below, and what the engine derives.
        context.reserve(20 + question.keys.len());
        let mut set = |key: &KeyName, state: KeyState| context.set(key.clone(), state);
        let single = |text: &Arc<str>| KeyState::Single(Arc::clone(text));
        let (epoch, whole) = self.time(connection.time);
        set(&keys.epoch_time, epoch);
        set(&keys.current_time, whole);
        set(&keys.region, single(around.region));
        if let Some(organization) = around.organization {
            set(&keys.resource_organization, single(organization));
        }
        if let Some(paths) = around.organization_path {
            set(&keys.resource_paths, paths.clone());
        }
        match (question.via, around.endpoint) {
            // The target sees the service, not the client.
            (Some(via), _) => {
                let via = self.via(via);
                set(&keys.via_service, keys.yes.clone());
                set(&keys.secure_transport, keys.yes.clone());
                set(&keys.source_ip, keys.service_address.clone());
                if question.action.service() == "kms" {
                    set(&keys.kms_via, KeyState::Single(via.host));
                }
                set(&keys.called_via_first, via.service.clone());
                set(&keys.called_via_last, via.service);
                set(&keys.called_via, via.list);
            }
            (None, endpoint) => {
                let is_service = caller.account.is_none();
                let is_secure = is_service || connection.tls.is_some();
                let secure = if is_secure { &keys.yes } else { &keys.no };
                set(&keys.via_service, keys.no.clone());
                set(&keys.secure_transport, secure.clone());
                match endpoint {
                    _ if is_service => set(&keys.source_ip, keys.service_address.clone()),
                    Some(endpoint) => {
                        set(&keys.vpc_source_ip, self.address(connection.source_address));
                        set(&keys.source_vpce, single(&endpoint.id));
                        if let Some(vpc) = &endpoint.vpc {
                            set(&keys.source_vpc, single(vpc));
                        }
                    }
                    None => set(&keys.source_ip, self.address(connection.source_address)),
                }
                if !is_service && !connection.user_agent.is_empty() {
                    set(&keys.user_agent, single(&connection.user_agent));
                }
            }
        }
        for (name, state) in &question.keys {
            context.set(name.clone(), state.clone());
        }
        context
    }

    /// `aws:EpochTime` and `aws:CurrentTime`, to the second: what has more digits would compare alike.
    fn time(&mut self, time: Timestamp) -> (KeyState, KeyState) {
        let second = time.as_second();
        if let Some((known, epoch, whole)) = &self.time
            && *known == second
        {
            return (epoch.clone(), whole.clone());
        }
        let epoch = KeyState::Single(second.to_string().into());
        let whole = Timestamp::from_second(second).unwrap_or(time);
        let whole = KeyState::Single(whole.to_string().into());
        self.time = Some((second, epoch.clone(), whole.clone()));
        (epoch, whole)
    }

    fn via(&mut self, host: &str) -> Via {
        if let Some(known) = &self.via
            && *known.host == *host
        {
            return known.clone();
        }
        let service = service_name(host);
        let via = Via {
            host: host.into(),
            list: KeyState::Several([Arc::clone(&service)].into()),
            service: KeyState::Single(service),
        };
        self.via = Some(via.clone());
        via
    }

    fn address(&mut self, address: IpAddr) -> KeyState {
        if let Some((known, text)) = &self.address
            && *known == address
        {
            return text.clone();
        }
        let text = KeyState::Single(address.to_canonical().to_string().into());
        self.address = Some((address, text.clone()));
        text
    }
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
            let reason = stack.why_unsupported(request);
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
