//! An example of a control as a small estate that can be changed.

use std::fmt;
use std::sync::Mutex;

use rempart_estate::{Answer, AnswerError, Estate, Outcome};
use rempart_posture::{Control, ControlSet, Example, content, example_answers, judge_example};
use serde_json::Value;

/// A verdict, or that there is no resource to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass,
    Fail,
    Unknown,
    NotApplicable,
    Nothing,
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self:?}")
    }
}

/// One change to the answers.
pub(crate) enum Change<'c> {
    Removed(usize),
    Outcome(usize, Outcome),
    /// The value at a JSON pointer into the body.
    Value(usize, &'c str, Value),
}

/// An example with what it comes to.
pub(crate) struct Trial<'t> {
    pub(crate) control: &'t Control,
    pub(crate) example: &'t Example,
    pub(crate) answers: Vec<Answer>,
    pub(crate) verdict: Verdict,
    /// Most members that are changed.
    pub(crate) most: usize,
    set: &'t ControlSet,
    /// Lines of the answers that were read, from 1.
    read: Vec<u64>,
}

/// Tries the examples of all controls, on as many threads as there are processors.
pub(crate) fn each(most: usize, attempt: impl Fn(&Trial<'_>, &mut Vec<String>) + Sync) {
    let set = content::built_in();
    let examples: Vec<_> = set
        .controls
        .iter()
        .flat_map(|control| {
            control
                .examples
                .iter()
                .map(move |example| (control, example))
        })
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, faults) = (Mutex::new(examples.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let taken = next.lock().expect("no thread panicked").next();
                    let Some((control, example)) = taken else {
                        break;
                    };
                    let trial = Trial::new(set, control, example, most);
                    let mut found = Vec::new();
                    attempt(&trial, &mut found);
                    faults.lock().expect("no thread panicked").extend(found);
                }
            });
        }
    });
    let mut faults = faults.into_inner().expect("no thread panicked");
    faults.sort();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

impl<'t> Trial<'t> {
    fn new(set: &'t ControlSet, control: &'t Control, example: &'t Example, most: usize) -> Self {
        let answers = example_answers(control, example).expect("the example is an estate");
        let estate = Estate::from_answers(answers.clone());
        let judgement = judge_example(control, example, set, &estate).expect("a verdict");
        Self {
            control,
            example,
            answers,
            verdict: verdict(judgement.verdict),
            most,
            set,
            read: judgement.evidence.iter().map(|one| one.line).collect(),
        }
    }

    /// Control and example.
    pub(crate) fn name(&self) -> String {
        format!("{}, example {}", self.control.id, self.example.name)
    }

    /// Whether the verdict cites an answer.
    pub(crate) fn was_read(&self, number: usize) -> bool {
        self.read.contains(&(number as u64 + 1))
    }

    /// The verdict after a change, and whether some list is known to be incomplete then.
    pub(crate) fn after(&self, change: &Change<'_>) -> (Verdict, bool) {
        let estate = self.changed(change);
        let judged = judge_example(self.control, self.example, self.set, &estate);
        let unlisted = || {
            let mut places = estate.places().iter();
            places.any(|place| estate.listing(&self.control.kind, place).is_some())
        };
        match judged {
            Ok(judgement) => (verdict(judgement.verdict), false),
            Err(_) => (Verdict::Nothing, unlisted()),
        }
    }

    /// Whether a change leaves the same resources.
    pub(crate) fn has_same_resources(&self, change: &Change<'_>) -> bool {
        let names = |estate: &Estate| -> Vec<(&str, String)> {
            let kinds = estate.kinds();
            kinds
                .flat_map(|kind| estate.resources(kind.name()))
                .map(|resource| (resource.kind, resource.id.clone()))
                .collect()
        };
        names(&self.changed(change)) == names(&Estate::from_answers(self.answers.clone()))
    }

    fn changed(&self, change: &Change<'_>) -> Estate {
        let mut answers = self.answers.clone();
        match change {
            Change::Removed(number) => {
                answers.remove(*number);
            }
            Change::Outcome(number, outcome) => {
                let answer = &mut answers[*number];
                answer.outcome = *outcome;
                answer.body = Vec::new();
                answer.error = Some(AnswerError {
                    code: outcome.to_string(),
                    message: String::new(),
                });
            }
            Change::Value(number, path, value) => {
                let answer = &mut answers[*number];
                let mut body: Value = serde_json::from_slice(&answer.body).expect("JSON");
                *body.pointer_mut(path).expect("a member") = value.clone();
                answer.body = body.to_string().into_bytes();
            }
        }
        Estate::from_answers(answers)
    }

    /// A number that depends on the example and `of` alone.
    pub(crate) fn hash(&self, of: usize) -> usize {
        let text = format!("{} {} {of}", self.control.id, self.example.name);
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
        usize::try_from(hash >> 33).unwrap_or_default()
    }
}

fn verdict(verdict: rempart_findings::compliance::Verdict) -> Verdict {
    use rempart_findings::compliance::Verdict as Known;
    match verdict {
        Known::Pass => Verdict::Pass,
        Known::Fail | Known::Muted => Verdict::Fail,
        Known::Unknown => Verdict::Unknown,
        Known::NotApplicable => Verdict::NotApplicable,
    }
}

/// So many of the answers, spread evenly, that the example allows.
pub(crate) fn some_answers(trial: &Trial<'_>) -> Vec<usize> {
    let all: Vec<usize> = (0..trial.answers.len()).collect();
    spread(trial, &all)
}

/// All members of the bodies: the answer and the JSON pointer.
pub(crate) fn members(trial: &Trial<'_>) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, answer) in trial.answers.iter().enumerate() {
        if answer.outcome == Outcome::Ok
            && let Ok(body) = serde_json::from_slice(&answer.body)
        {
            below(number, &body, "", &mut found);
        }
    }
    found
}

fn below(number: usize, value: &Value, at: &str, found: &mut Vec<(usize, String)>) {
    let mut add = |name: String, value: &Value| {
        let path = format!("{at}/{name}");
        found.push((number, path.clone()));
        below(number, value, &path, found);
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                add(name.replace('~', "~0").replace('/', "~1"), value);
            }
        }
        Value::Array(elements) => {
            for (position, value) in elements.iter().enumerate() {
                add(position.to_string(), value);
            }
        }
        _ => {}
    }
}

/// So many of them, spread evenly, that the example allows.
pub(crate) fn spread<T: Clone>(trial: &Trial<'_>, all: &[T]) -> Vec<T> {
    let step = all.len().div_ceil(trial.most).max(1);
    let first = trial.hash(all.len()) % step;
    all.iter().skip(first).step_by(step).cloned().collect()
}
