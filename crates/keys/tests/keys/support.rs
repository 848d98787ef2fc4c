//! Callers, an authorizer built on the policy engine alone, and a sink that remembers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use rempart_audit::{Event, Sink};
use rempart_aws_model::AccountId;
use rempart_aws_wire::ServiceError;
use rempart_directory::{Authorizer, Caller, Connection, Question, SessionKey, Verdict};
use rempart_keys::{BuiltinKms, BuiltinSettings, DataKey, RootKey, StorageError};
use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{
    CompiledPolicy, Decision, Known, Principal, PrincipalFacts, Reference, Request, Stack,
};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";
pub(crate) const SERVICES: &str = "999999999999";
pub(crate) const REGION: &str = "eu-west-1";

/// Decides with what the question brings and the caller's own stack.
#[derive(Debug, Default)]
pub(crate) struct TestAuthorizer(Mutex<Reference>);

impl Authorizer for TestAuthorizer {
    fn may(&self, caller: &Caller, _: &Connection, question: &Question<'_>) -> Verdict {
        let mut context = caller.context.clone();
        for (name, state) in &question.keys {
            context
                .insert(name.clone(), state.clone())
                .expect("the KMS names no key twice");
        }
        if let Some(via) = question.via {
            for (name, value) in [("kms:ViaService", via), ("aws:ViaAWSService", "true")] {
                context.set(KeyName::new(name), KeyState::Single(value.into()));
            }
        }
        let request = Request::new(
            &mut self.0.lock().unwrap(),
            question.action.clone(),
            caller.principal.clone(),
            question.resource,
            question.resource_account,
            context,
        )
        .with_principal_facts(caller.facts.clone())
        .with_resource_facts(question.resource_facts.clone())
        .with_particulars(question.particulars.clone());
        let mut stack = caller.stack.clone();
        stack.resource = Known::Is(question.resource_policy.clone());
        stack.grants = Known::Is(question.grants.clone());
        let outcome = stack.decide(&request);
        if outcome.decision == Decision::Allowed {
            return Verdict::Allowed;
        }
        Verdict::Denied {
            message: format!(
                "User: {} is not authorized to perform: {} on resource: {} ({})",
                caller.principal.as_str(),
                question.action,
                question.resource,
                outcome.decision.name(),
            ),
            layer: outcome.decided_by.map(|layer| layer.name()),
            statement: None,
        }
    }

    fn service(&self, name: &str) -> Arc<Caller> {
        Arc::new(caller(name, None))
    }

    fn role(&self, _: &str, _: &str) -> Option<Arc<Caller>> {
        None
    }
}

#[derive(Debug, Default)]
pub(crate) struct TestSink(pub(crate) Mutex<Vec<Event>>);

impl Sink for TestSink {
    fn record(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

pub(crate) fn settings() -> BuiltinSettings {
    BuiltinSettings {
        partition: "aws".into(),
        region: REGION.into(),
        service_account: AccountId::parse(SERVICES).unwrap(),
    }
}

pub(crate) fn root(byte: u8) -> RootKey {
    RootKey::Key(DataKey(Zeroizing::new([byte; 32])))
}

pub(crate) fn try_open(directory: &Path, root: &RootKey) -> Result<BuiltinKms, StorageError> {
    let authorizer = Arc::new(TestAuthorizer::default());
    BuiltinKms::open(
        directory,
        root,
        settings(),
        authorizer,
        Arc::new(TestSink::default()),
    )
}

pub(crate) fn open(directory: &Path) -> (BuiltinKms, Arc<TestSink>) {
    let sink = Arc::new(TestSink::default());
    let authorizer = Arc::new(TestAuthorizer::default());
    let kms = BuiltinKms::open(
        directory,
        &root(7),
        settings(),
        authorizer,
        Arc::clone(&sink) as Arc<dyn Sink>,
    );
    (kms.unwrap(), sink)
}

pub(crate) fn connection(time: Timestamp) -> Connection {
    Connection {
        source_address: "192.0.2.7".parse().unwrap(),
        user_agent: "test".into(),
        tls: None,
        request_id: "0f0f".into(),
        time,
    }
}

/// The start of all tests.
pub(crate) fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// A caller by ARN or service name, with an identity policy.
pub(crate) fn caller(principal: &str, policy: Option<&Value>) -> Caller {
    let principal = Principal::parse(principal).unwrap();
    let policies = policy.map(|policy| {
        let policy = Policy::parse(&policy.to_string(), PolicyKind::Identity).unwrap();
        Arc::new(CompiledPolicy::new("identity", Arc::new(policy)))
    });
    let mut context = Context::new();
    if let Principal::Service { .. } = principal {
        let arn = "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fg";
        context.set(KeyName::new("aws:SourceArn"), KeyState::Single(arn.into()));
    }
    Caller {
        account: principal.account(),
        user_identity: Arc::new(json!({"type": "IAMUser", "arn": principal.as_str()})),
        principal,
        facts: PrincipalFacts::default(),
        stack: Stack {
            identity: Known::Is(policies.into_iter().collect()),
            ..Stack::default()
        },
        context,
        session: SessionKey([1; 16]),
    }
}

pub(crate) fn allow(actions: &Value) -> Value {
    json!({"Version": "2012-10-17",
           "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
}

/// The callers of the cases: `user X` and `role X` have no policy, `admin X` may do everything with KMS,
/// `root`, `foreign X` and `foreign-admin X` are of the other account, `service X` is a service.
pub(crate) fn named_caller(name: &str) -> Caller {
    let (kind, name) = name.split_once(' ').unwrap_or((name, ""));
    let everything = allow(&json!("kms:*"));
    let of = |account: &str, policy| caller(&format!("arn:aws:iam::{account}:user/{name}"), policy);
    match kind {
        "user" => of(ACCOUNT, None),
        "admin" => of(ACCOUNT, Some(&everything)),
        "foreign" => of(OTHER, None),
        "foreign-admin" => of(OTHER, Some(&everything)),
        "root" => caller(&format!("arn:aws:iam::{ACCOUNT}:root"), None),
        "role" => caller(
            &format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session"),
            None,
        ),
        "role-admin" => caller(
            &format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session"),
            Some(&everything),
        ),
        "service" => caller(name, None),
        _ => panic!("no caller {kind}"),
    }
}

/// One call.
pub(crate) fn call(
    kms: &BuiltinKms,
    caller: &Caller,
    operation: &str,
    input: &Value,
    now: Timestamp,
) -> Result<Value, ServiceError> {
    let empty = Map::new();
    let input = input.as_object().unwrap_or(&empty);
    kms.call(caller, &connection(now), operation, input, now)
}

/// A new symmetric key with a policy; its ARN.
pub(crate) fn new_key(kms: &BuiltinKms, policy: Option<&Value>) -> String {
    let mut input = json!({});
    if let Some(policy) = policy {
        input["Policy"] = policy.to_string().into();
        input["BypassPolicyLockoutSafetyCheck"] = true.into();
    }
    let answer = call(kms, &named_caller("admin a"), "CreateKey", &input, start()).unwrap();
    answer["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}
