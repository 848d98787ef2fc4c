//! Proofs: policies against small properties, and texts of properties.

use std::sync::{Arc, LazyLock};

use rempart_aws_model::{
    AccountId, ActionName, ConditionKey, ConditionKeyType, action, condition_key, key_fields,
};
use rempart_guard::content;
use rempart_guard::parameters::Parameters;
use rempart_guard::property;
use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Decision, Known, Principal, Reference, Request, Stack};
use rempart_prove::{
    Budget, Caller, Everything, Predicate, Presence, Prover, Setting, Subject, Test, Verdict,
    guardrails_only,
};
use rempart_testkit::random::Random;

static EVERYTHING: LazyLock<Everything> = LazyLock::new(|| Everything::new().expect("fixed texts"));
static PARAMETERS: LazyLock<Parameters> =
    LazyLock::new(|| content::parameters().expect("our own file"));

/// Small enough for thousands of inputs in a second.
const BUDGET: Budget = Budget {
    states: 2_000,
    nodes: 20_000,
    tries: 8,
};

/// A line `action caller presence key test value`, and a policy. What is refuted is allowed, what is
/// proved is not contradicted by requests that AWS could see.
pub fn prove_policy(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some((line, policy)) = text.split_once('\n') else {
        return;
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, caller, presence, key, test, value] = words.as_slice() else {
        return;
    };
    let Ok(name) = ActionName::parse(name) else {
        return;
    };
    let account = AccountId::parse("111122223333").expect("an account");
    let setting = Setting {
        caller: match *caller {
            "user" => Caller::AnyUser(account),
            "outside" => Caller::AnyRole(AccountId::parse("999988887777").expect("an account")),
            "root" => named("arn:aws:iam::111122223333:root"),
            "service" => named("sagemaker.amazonaws.com"),
            _ => Caller::AnyRole(account),
        },
        resource_account: Some(account),
        presence: match *presence {
            "always" => Presence::Always,
            "iff" => Presence::IffPresent,
            _ => Presence::Unknown,
        },
    };
    let test = match *test {
        "omitted" => Some(Test::Omitted),
        "like" => Some(Test::Like(vec![(*value).into()])),
        "unlike" => Some(Test::Unlike(vec![(*value).into()])),
        _ => None,
    };
    let property = match &test {
        Some(test) => Predicate::Test(Subject::Key((*key).into()), test.clone()),
        None => Predicate::Always,
    };
    for stack in stacks(policy) {
        let mut prover = Prover::new(BUDGET);
        match prover.never_allowed(&stack, &name, &setting, &property) {
            Verdict::Refuted(found) => {
                let decision = stack.decide(&found.witness.request).decision;
                assert_eq!(decision, Decision::Allowed);
                assert!(found.witness.request.action() == &name);
            }
            Verdict::Proved(_) => {
                let asked = test.as_ref().map(|test| (*key, test));
                contradict(&stack, &name, &setting, asked);
            }
            Verdict::Unknown(reason) => {
                let reason = reason.to_string();
                assert!(!reason.contains("decided differently"), "{reason}");
            }
        }
        // Both answers are those of the same requests.
        let always = prover.always_allowed(&stack, &name, &setting, &property);
        if let Verdict::Refuted(found) = always {
            let decision = stack.decide(&found.witness.request).decision;
            assert_ne!(decision, Decision::Allowed);
        }
        let same = prover.no_more_permissive(&stack, &stack, &name, &setting);
        assert!(
            !matches!(same, Verdict::Refuted(_)),
            "a stack allows more than itself"
        );
    }
}

fn named(text: &str) -> Caller {
    Caller::Named(Principal::parse(text).expect("a principal"))
}

/// The policy as a guardrail and as the policy of the resource.
fn stacks(text: &str) -> Vec<Stack> {
    let compiled = |kind| {
        let policy = Policy::parse(text, kind).ok()?;
        Some(Arc::new(CompiledPolicy::new("fuzz", Arc::new(policy))))
    };
    let mut all = Vec::new();
    if let Some(policy) = compiled(PolicyKind::ServiceControl) {
        let full = Arc::clone(&EVERYTHING.service_control);
        let stack = Stack {
            service_control: Known::Is(vec![vec![policy, full]]),
            ..Stack::default()
        };
        all.push(guardrails_only(stack, &EVERYTHING));
    }
    if let Some(policy) = compiled(PolicyKind::Resource) {
        all.push(Stack {
            identity: Known::Is(Vec::new()),
            resource: Known::Is(Some(policy)),
            ..Stack::default()
        });
    }
    all
}

/// No request with the property is allowed.
fn contradict(stack: &Stack, name: &ActionName, setting: &Setting, asked: Option<(&str, &Test)>) {
    let Some(action) = action(name.as_str()) else {
        return;
    };
    let keys = key_fields(action);
    // Fields are left out, so none may be required.
    if keys
        .iter()
        .any(|entry| entry.fields.iter().any(|field| field.required))
    {
        return;
    }
    let asked_key = asked.and_then(|(key, _)| condition_key(key).map(|known| (key, known)));
    if asked.is_some() && asked_key.is_none() {
        return;
    }
    let mut mentioned: Vec<(&str, &'static ConditionKey, Vec<&str>)> = Vec::new();
    let statements = stack
        .policies()
        .flat_map(|(_, policy)| &policy.policy().statements);
    for entry in statements.flat_map(|statement| &statement.conditions) {
        let Some(known) = condition_key(&entry.key.text) else {
            continue;
        };
        let values = entry.values.iter().map(|value| &*value.text).collect();
        mentioned.push((&entry.key.text, known, values));
    }
    mentioned.extend(asked_key.map(|(key, known)| (key, known, Vec::new())));
    mentioned.retain(|(key, known, _)| {
        let folded = key.to_ascii_lowercase();
        // What follows from the caller, what hangs together, and fields.
        let is_other = [
            "aws:principal",
            "aws:user",
            "aws:resource",
            "aws:tagkeys",
            "aws:source",
            "aws:requesttag",
            "kms:calleraccount",
        ]
        .iter()
        .any(|start| {
            folded.starts_with(start)
                && folded != "aws:useragent"
                && !folded.starts_with("aws:principaltag/")
        });
        let is_field = keys.iter().any(|entry| entry.key.eq_ignore_ascii_case(key));
        !is_other && !is_field && action.carries(known)
    });
    let random = Random::new(7);
    let mut reference = Reference::new();
    for _ in 0..50 {
        let mut context = Context::new();
        for (key, known, values) in &mentioned {
            let folded = key.to_ascii_lowercase();
            let is_needed = [
                "aws:via",
                "aws:secure",
                "aws:current",
                "aws:epoch",
                "aws:requestedr",
                "aws:useragent",
            ]
            .iter()
            .any(|start| folded.starts_with(start));
            if is_needed || random.chance(70) {
                context.set(KeyName::new(key), state(&random, known, values));
            }
        }
        if let Some((key, test)) = asked {
            // A key that the request does not show leaves the property open.
            if !mentioned
                .iter()
                .any(|(other, ..)| other.eq_ignore_ascii_case(key))
            {
                return;
            }
            let given = context.get(&KeyName::new(key)).map(KeyState::values);
            let given: Vec<String> = given
                .unwrap_or_default()
                .iter()
                .map(|value| value.to_string())
                .collect();
            if !test.holds_for(&given) {
                continue;
            }
        }
        let principal = match &setting.caller {
            Caller::AnyRole(account) => Principal::parse(&format!("arn:aws:iam::{account}:role/x")),
            Caller::AnyUser(account) => Principal::parse(&format!("arn:aws:iam::{account}:user/x")),
            Caller::Named(principal) => Ok(principal.clone()),
        };
        let account = setting.resource_account.expect("set above");
        let request = Request::new(
            &mut reference,
            name.clone(),
            principal.expect("a principal"),
            &rempart_prove::example_resource(action, Some(account), "aws"),
            Some(account),
            context,
        );
        let decision = stack.decide(&request).decision;
        assert_ne!(decision, Decision::Allowed, "{request:?}");
    }
}

fn state(random: &Random, known: &ConditionKey, values: &[&str]) -> KeyState {
    let one = || -> Arc<str> {
        let place = random.below(values.len() as u64 + 1) as usize;
        let text = values.get(place).copied().unwrap_or("other");
        match known.value_type {
            ConditionKeyType::Bool => random.pick(["true", "false"]).into(),
            ConditionKeyType::Numeric => random.pick(["0", "1", "60", "3600"]).into(),
            ConditionKeyType::Date => random
                .pick(["2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"])
                .into(),
            ConditionKeyType::IpAddress => random.pick(["192.0.2.1", "2001:db8::1"]).into(),
            ConditionKeyType::Arn => random
                .pick(["arn:aws:s3:::a", "arn:aws:iam::111122223333:role/x"])
                .into(),
            _ if text.is_empty() => "x".into(),
            _ => text.replace(['*', '?'], "x").into(),
        }
    };
    if known.multivalued {
        let values: Vec<Arc<str>> = (0..=random.below(2)).map(|_| one()).collect();
        return KeyState::Several(values.into());
    }
    KeyState::Single(one())
}

/// Any text as a file of properties: what is wrong has a place, what is right has all its parts.
pub fn guard_property(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let set = property::read(&[("fuzz.yaml".to_owned(), text)], &PARAMETERS);
    for fault in &set.faults {
        assert!(
            fault.line > 0 && fault.column > 0 && !fault.reason.is_empty(),
            "{fault}"
        );
    }
    for property in &set.properties {
        assert!(property.position.line > 0);
        for forbidden in &property.actions {
            let keys = &forbidden.keys;
            assert!(keys.is_sorted());
            assert!(keys.iter().all(|key| condition_key(key).is_some()));
        }
        for permit in &property.permit {
            let mut forbidden = property.actions.iter();
            let of_action = forbidden.find(|entry| entry.action == permit.request.action);
            assert!(of_action.is_none_or(|entry| !permit.request.has(&entry.predicate)));
        }
    }
    let _ = Parameters::read(&String::from_utf8_lossy(bytes), Some(&PARAMETERS));
}
