//! The prover against every request of small universes, whole stacks of policies, every kind of caller.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests"
)]

#[path = "worlds/policies.rs"]
mod policies;
mod worlds;

use rempart_aws_model::ActionName;
use rempart_policy::{Decision, Known, Layer, Stack};
use rempart_prove::{
    Everything, Predicate, Presence, Prover, Reason, Setting, Subject, Test, Verdict,
};
use rempart_testkit::random::Random;

use policies::stack;
use worlds::{ACCOUNT, Asked, GLOBAL, Given, Key, WORLDS, World, account, caller, requests};

/// A property and its truth for a request, written down a second time.
struct Wanted {
    predicate: Predicate,
    holds: Box<dyn Fn(&Given) -> bool>,
}

fn property(random: &Random, world: &World, keys: &[Key]) -> Wanted {
    let place = random.below(keys.len() as u64) as usize;
    let key = keys[place];
    let name = key.old.filter(|_| random.chance(30)).unwrap_or(key.name);
    let subject = Subject::Key(name.into());
    let test = |test| Predicate::Test(subject.clone(), test);
    let of_state = move |holds: fn(&str) -> bool| -> Box<dyn Fn(&Given) -> bool> {
        Box::new(
            move |given: &Given| match (&given.states[place], key.default) {
                (Some(values), _) => values.iter().any(|value| holds(value)),
                (None, Some(default)) => holds(default),
                (None, None) => false,
            },
        )
    };
    let (predicate, holds) = match random.below(6) {
        0 => (
            Predicate::Always,
            Box::new(|_: &Given| true) as Box<dyn Fn(&Given) -> bool>,
        ),
        1 if !key.values.is_empty() => {
            let absent = move |given: &Given| given.states[place].is_none();
            (test(Test::Omitted), Box::new(absent) as _)
        }
        2 if !key.values.is_empty()
            && matches!(key.asked, Asked::Text | Asked::Set | Asked::Bool) =>
        {
            (
                test(Test::Unlike(vec!["*a*".into(), "".into()])),
                of_state(|value| !value.contains('a') && !value.is_empty()),
            )
        }
        3 if !key.values.is_empty() && key.asked == Asked::Number => (
            test(Test::Above("60".into())),
            of_state(|value| value.parse::<f64>().is_ok_and(|value| value > 60.0)),
        ),
        3 if !key.values.is_empty() && key.asked == Asked::Address => (
            test(Test::Outside(vec!["192.0.2.0/24".into()])),
            of_state(|value| !value.starts_with("192.0.2.")),
        ),
        4 => (
            Predicate::Test(Subject::Resource, Test::Like(vec!["*/a*".into()])),
            Box::new(|given: &Given| given.request.resource().contains("/a")) as _,
        ),
        _ => (Predicate::Always, Box::new(|_: &Given| true) as _),
    };
    let _ = world;
    if random.chance(15) {
        return Wanted {
            predicate: Predicate::Not(Box::new(predicate)),
            holds: Box::new(move |given| !holds(given)),
        };
    }
    Wanted { predicate, holds }
}

#[derive(Debug, Default)]
struct Counts {
    proved: usize,
    refuted: usize,
    unknown: usize,
}

fn is_expected(reason: &Reason) -> bool {
    match reason {
        Reason::Undefined(_) | Reason::Comparison(_) => true,
        // Texts and numbers of one tag.
        Reason::Values { error, .. } => *error == rempart_prove::ask::SplitError::Mixed,
        _ => false,
    }
}

impl Counts {
    fn count(&mut self, verdict: &Verdict, case: &str, stack: &Stack) {
        match verdict {
            Verdict::Proved(_) => self.proved += 1,
            Verdict::Refuted(_) => self.refuted += 1,
            Verdict::Unknown(reason) => {
                self.unknown += 1;
                assert!(is_expected(reason), "{case}: {reason}\n{}", shown(stack));
            }
        }
    }
}

/// The policies as they are written.
fn shown(stack: &Stack) -> String {
    let policies = stack
        .policies()
        .map(|(layer, policy)| format!("{layer:?} {}", policy.policy().to_json()));
    let open = [
        ("identity", matches!(stack.identity, Known::Unknown)),
        ("boundary", matches!(stack.boundary, Known::Unknown)),
        ("session", matches!(stack.session, Known::Unknown)),
        ("resource", matches!(stack.resource, Known::Unknown)),
        ("endpoint", matches!(stack.endpoint, Known::Unknown)),
        ("scps", matches!(stack.service_control, Known::Unknown)),
    ];
    let open = open
        .iter()
        .filter(|(_, is_open)| *is_open)
        .map(|(name, _)| format!("{name} unknown"));
    policies.chain(open).collect::<Vec<_>>().join("\n")
}

struct Case<'a> {
    name: String,
    stack: &'a Stack,
    other: &'a Stack,
    setting: &'a Setting,
    action: &'a ActionName,
    given: &'a [Given],
}

impl Case<'_> {
    fn decisions<'s>(
        &'s self,
        stack: &'s Stack,
        wanted: &'s Wanted,
    ) -> impl Iterator<Item = (&'s Given, Decision)> {
        let given = self.given.iter().filter(|given| (wanted.holds)(given));
        given.map(|given| (given, stack.decide(&given.request).decision))
    }

    fn never(&self, prover: &mut Prover, wanted: &Wanted, counts: &mut Counts) {
        let verdict =
            prover.never_allowed(self.stack, self.action, self.setting, &wanted.predicate);
        counts.count(&verdict, &self.name, self.stack);
        if let Verdict::Proved(_) = verdict {
            for (given, decision) in self.decisions(self.stack, wanted) {
                let is_denied = !matches!(decision, Decision::Allowed | Decision::Unsupported);
                assert!(
                    is_denied,
                    "{} {decision:?}\n{:?}\n{given:?}\n{}",
                    self.name,
                    wanted.predicate,
                    shown(self.stack)
                );
            }
        }
    }

    fn always(&self, prover: &mut Prover, wanted: &Wanted, counts: &mut Counts) {
        let verdict =
            prover.always_allowed(self.stack, self.action, self.setting, &wanted.predicate);
        counts.count(&verdict, &self.name, self.stack);
        if let Verdict::Proved(_) = verdict {
            for (given, decision) in self.decisions(self.stack, wanted) {
                assert_eq!(
                    decision,
                    Decision::Allowed,
                    "{}\n{given:?}\n{}",
                    self.name,
                    shown(self.stack)
                );
            }
        }
    }

    fn no_more(&self, prover: &mut Prover, counts: &mut Counts) {
        let verdict = prover.no_more_permissive(self.stack, self.other, self.action, self.setting);
        counts.count(&verdict, &self.name, self.stack);
        if let Verdict::Proved(_) = verdict {
            for given in self.given {
                let is_allowed =
                    |stack: &Stack| stack.decide(&given.request).decision == Decision::Allowed;
                let is_gain = is_allowed(self.stack) && !is_allowed(self.other);
                assert!(
                    !is_gain,
                    "{}\n{given:?}\n{}\n{}",
                    self.name,
                    shown(self.stack),
                    shown(self.other)
                );
            }
        }
    }

    /// What is said not to matter does not.
    fn statement(&self, prover: &mut Prover) {
        let Some(policy) = self
            .stack
            .policies()
            .position(|(layer, _)| layer == Layer::ServiceControl)
        else {
            return;
        };
        let _ = policy;
        let without = without_first(self.stack);
        let place = (Layer::ServiceControl, 0, 0);
        let Ok(used) = prover.statement_use(self.stack, &without, place, self.action, self.setting)
        else {
            return;
        };
        if used.matters && used.fires {
            return;
        }
        for given in self.given {
            let (with, without) = (
                self.stack.decide(&given.request).decision,
                without.decide(&given.request).decision,
            );
            let is_open = |decision| decision == Decision::Unsupported;
            let is_same = (with == Decision::Allowed) == (without == Decision::Allowed);
            assert!(
                is_same || is_open(with) || is_open(without),
                "{} {used:?} {with:?} {without:?}\n{:?}\n{}",
                self.name,
                given.request.resource(),
                shown(self.stack)
            );
        }
    }
}

/// The stack without the first statement of its first service control policy.
fn without_first(stack: &Stack) -> Stack {
    use rempart_policy::document::Policy;
    use rempart_policy::{CompiledPolicy, Known};
    let mut changed = stack.clone();
    if let Known::Is(levels) = &mut changed.service_control
        && let Some(policy) = levels.iter_mut().flatten().next()
    {
        let document = policy.policy();
        let weakened = Policy {
            statements: document.statements.iter().skip(1).cloned().collect(),
            ..document.clone()
        };
        *policy = std::sync::Arc::new(CompiledPolicy::new("p", std::sync::Arc::new(weakened)));
    }
    changed
}

fn run(seed: u64, rounds: usize) -> Counts {
    let random = Random::new(seed);
    let everything = Everything::new().expect("fixed texts");
    let mut counts = Counts::default();
    let mut prover = Prover::default();
    for round in 0..rounds {
        let world = &WORLDS[random.below(WORLDS.len() as u64) as usize];
        let setting = Setting {
            caller: caller(&random),
            resource_account: Some(account(ACCOUNT)),
            presence: [Presence::Unknown, Presence::Always, Presence::IffPresent]
                [random.below(3) as usize],
        };
        let mut keys: Vec<Key> = Vec::new();
        while keys.len() < 4 {
            let own = random.chance(50);
            let from = if own { world.keys } else { GLOBAL };
            let key = from[random.below(from.len() as u64) as usize];
            let is_double = keys
                .iter()
                .any(|other| other.name.eq_ignore_ascii_case(key.name));
            let is_tag = key.name.to_ascii_lowercase().starts_with("aws:requesttag/");
            if (is_tag && !world.has_tags) || is_double {
                if own && keys.len() >= world.keys.len() {
                    continue;
                }
                continue;
            }
            keys.push(key);
        }
        let given = requests(world, &keys, &setting);
        let stacks = [(); 2].map(|()| stack(&random, world, &keys, &everything));
        let action = ActionName::parse(world.action).expect("an action");
        let case = Case {
            name: format!(
                "seed {seed} round {round} {} {:?} {:?}",
                world.action, setting.caller, setting.presence
            ),
            stack: &stacks[0],
            other: &stacks[1],
            setting: &setting,
            action: &action,
            given: &given,
        };
        let wanted = property(&random, world, &keys);
        case.never(&mut prover, &wanted, &mut counts);
        case.always(&mut prover, &wanted, &mut counts);
        case.no_more(&mut prover, &mut counts);
        case.statement(&mut prover);
    }
    counts
}

#[test]
fn no_request_of_small_universes_contradicts_the_prover() {
    let rounds = std::env::var("REMPART_PROVE_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed = std::env::var("REMPART_PROVE_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let counts = run(seed.unwrap_or(20_261_128), rounds.unwrap_or(600));
    println!("{counts:?}");
    // All three answers occur, and most questions have one.
    assert!(counts.proved * 6 > counts.refuted, "{counts:?}");
    assert!(counts.refuted * 6 > counts.proved, "{counts:?}");
}
