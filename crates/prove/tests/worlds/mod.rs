//! Small universes of requests: actions with some of their keys, and the requests that AWS could see.

use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName};
use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::{Principal, Reference, Request};
use rempart_prove::{Caller, Presence, Setting};
use rempart_testkit::random::Random;

mod keys;

pub(crate) use keys::{Asked, GLOBAL, Key, WORLDS, World};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const OTHER: &str = "999988887777";

/// The key as the request has it, and the field behind it.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) request: Request,
    /// The states of the chosen keys' fields, in their order.
    pub(crate) states: Vec<Option<Vec<String>>>,
}

pub(crate) fn principals(caller: &Caller) -> Vec<Principal> {
    let texts: Vec<String> = match caller {
        Caller::AnyRole(account) => vec![
            format!("arn:aws:iam::{account}:role/DataScientist"),
            format!("arn:aws:iam::{account}:role/path/a"),
            format!("arn:aws:sts::{account}:assumed-role/DataScientist/me"),
        ],
        Caller::AnyUser(account) => vec![
            format!("arn:aws:iam::{account}:user/alice"),
            format!("arn:aws:iam::{account}:user/dev/a"),
        ],
        Caller::Named(principal) => return vec![principal.clone()],
    };
    texts
        .iter()
        .map(|text| Principal::parse(text).expect("a principal"))
        .collect()
}

fn is_real(keys: &[Key], states: &[Option<Vec<String>>], caller: &Caller) -> bool {
    let state = |name: &str| {
        let place = keys
            .iter()
            .position(|key| key.name.eq_ignore_ascii_case(name));
        place.and_then(|place| states.get(place))
    };
    let present = |name: &str| state(name).map(|state| state.is_some());
    let (ip, vpce, vpc) = (
        present("aws:SourceIp"),
        present("aws:SourceVpce"),
        present("aws:SourceVpc"),
    );
    if ip == Some(true) && (vpce == Some(true) || vpc == Some(true)) {
        return false;
    }
    if let (Some(vpce), Some(vpc)) = (vpce, vpc)
        && vpce != vpc
    {
        return false;
    }
    let is_direct = state("aws:ViaAWSService").is_some_and(|via| {
        via.as_ref()
            .is_some_and(|via| via.iter().any(|via| via == "false"))
    });
    let is_service = matches!(caller, Caller::Named(Principal::Service { .. }));
    if is_direct && vpce == Some(false) && ip == Some(false) && !is_service {
        return false;
    }
    if let (Some(tags), Some(level)) = (state("aws:TagKeys"), present("aws:RequestTag/level")) {
        let named = tags
            .iter()
            .flatten()
            .any(|tag| tag.eq_ignore_ascii_case("level"));
        if named != level {
            return false;
        }
    }
    // Both members of the structure are required.
    match (
        present("sagemaker:VpcSubnets"),
        present("sagemaker:VpcSecurityGroupIds"),
    ) {
        (Some(subnets), Some(groups)) => subnets == groups,
        _ => true,
    }
}

/// Every request of the chosen keys, in every way in which AWS may fill them.
pub(crate) fn requests(world: &World, keys: &[Key], setting: &Setting) -> Vec<Given> {
    let mut all: Vec<Vec<Option<Vec<String>>>> = vec![Vec::new()];
    for key in keys {
        let mut next = Vec::new();
        let given = key.values.iter().map(|values| {
            Some(
                values
                    .split('|')
                    .map(ToOwned::to_owned)
                    .collect::<Vec<String>>(),
            )
        });
        let absent = (!key.always || key.values.is_empty()).then_some(None);
        for state in given.chain(absent) {
            for before in &all {
                let mut states = before.clone();
                states.push(state.clone());
                next.push(states);
            }
        }
        all = next;
    }
    all.retain(|states| is_real(keys, states, &setting.caller));
    let mut found = Vec::new();
    let mut reference = Reference::new();
    let action = ActionName::parse(world.action).expect("an action");
    for states in all {
        let mut contexts = vec![Context::new()];
        for (key, state) in keys.iter().zip(&states) {
            fill(&mut contexts, key, state.as_deref(), setting.presence);
        }
        for context in contexts {
            for principal in principals(&setting.caller) {
                for resource in world.resources {
                    let account = setting.resource_account.or(principal.account());
                    let resource = account.map_or((*resource).to_owned(), |account| {
                        resource.replace(ACCOUNT, account.as_str())
                    });
                    found.push(Given {
                        request: Request::new(
                            &mut reference,
                            action.clone(),
                            principal.clone(),
                            &resource,
                            account,
                            context.clone(),
                        ),
                        states: states.clone(),
                    });
                }
            }
        }
    }
    found
}

fn fill(contexts: &mut Vec<Context>, key: &Key, state: Option<&[String]>, presence: Presence) {
    let set = |context: &mut Context, name: &str, values: &[String]| {
        let state = match (key.asked, values) {
            (Asked::Set, values) => {
                let values: Vec<Arc<str>> =
                    values.iter().map(|value| value.as_str().into()).collect();
                KeyState::Several(values.into())
            }
            (_, [single]) => KeyState::Single(single.as_str().into()),
            _ => return,
        };
        context.set(KeyName::new(name), state);
    };
    match (state, key.default) {
        (Some(values), _) => {
            for context in contexts.iter_mut() {
                set(context, key.name, values);
            }
        }
        (None, Some(default)) => {
            let mut filled = contexts.clone();
            for context in &mut filled {
                set(context, key.name, &[default.to_owned()]);
            }
            match presence {
                Presence::Always => *contexts = filled,
                Presence::IffPresent => {}
                Presence::Unknown => contexts.extend(filled),
            }
        }
        (None, None) => {}
    }
    if let (Some(old), Some(values)) = (key.old, state) {
        let mut filled = contexts.clone();
        for context in &mut filled {
            set(context, old, values);
        }
        match presence {
            Presence::Always => *contexts = filled,
            Presence::IffPresent => {}
            Presence::Unknown => contexts.extend(filled),
        }
    }
}

pub(crate) fn account(text: &str) -> AccountId {
    AccountId::parse(text).expect("an account")
}

/// A caller of some class.
pub(crate) fn caller(random: &Random) -> Caller {
    let named = |text: &str| Caller::Named(Principal::parse(text).expect("a principal"));
    match random.below(10) {
        0..=2 => Caller::AnyRole(account(ACCOUNT)),
        3 => Caller::AnyRole(account(OTHER)),
        4 => Caller::AnyUser(account(ACCOUNT)),
        5 => named("arn:aws:iam::111122223333:root"),
        6 => named("arn:aws:sts::111122223333:assumed-role/DataScientist/me"),
        7 => named("sagemaker.amazonaws.com"),
        8 => named("arn:aws:sts::111122223333:federated-user/fred"),
        _ => named("arn:aws:iam::999988887777:user/eve"),
    }
}
