//! The examples of controls as tests: each is a small estate and the verdict that is expected.

use rempart_estate::{Answer, AnswerError, Estate, Kind, Outcome, Place, Resource, kind, kinds};
use rempart_findings::compliance::Verdict;
use serde_json::Value as Json;

use crate::control::{Control, ControlSet, Example, ExampleAnswer, Expected, Scope};
use crate::session::{Judgement, Options, Parameters, Session, Subject};

/// Account and Region of examples.
const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
/// Time of the evidence of examples; ages are measured against it.
const AT: &str = "2026-09-01T00:00:00Z";

/// Why an example does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}:{line}: {control}, example {example}: {reason}")]
pub struct ExampleFault {
    /// The file.
    pub source_name: String,
    /// Line of the example.
    pub line: u32,
    /// The control.
    pub control: String,
    /// Name or number of the example.
    pub example: String,
    /// What is wrong.
    pub reason: String,
}

/// Runs the examples of a control. Controls that it asks are taken from the set.
pub fn run_examples(control: &Control, controls: &ControlSet) -> Vec<ExampleFault> {
    let examples = control.examples.iter();
    examples
        .filter_map(|example| {
            let reason = run(control, example, controls).err()?;
            Some(ExampleFault {
                source_name: control.source.clone(),
                line: example.line,
                control: control.id.clone(),
                example: example.name.clone(),
                reason,
            })
        })
        .collect()
}

fn run(control: &Control, example: &Example, controls: &ControlSet) -> Result<(), String> {
    let answers = example_answers(control, example)?;
    let estate = Estate::from_answers(answers);
    if let Some(problem) = estate.problems().first() {
        return Err(format!("the estate has a problem: {problem}"));
    }
    for name in example.params.keys() {
        if !control.params.contains_key(name) {
            return Err(format!("`{name}` is no parameter of the control"));
        }
    }
    compare(
        example,
        &judge_example(control, example, controls, &estate)?,
    )
}

/// The verdict of a control about the resource of one of its examples, in an estate of the caller's:
/// that of [`example_answers`], or what a test made of it. An error when the resource is not there.
///
/// # Errors
/// Why there is nothing to judge.
pub fn judge_example(
    control: &Control,
    example: &Example,
    controls: &ControlSet,
    estate: &Estate,
) -> Result<Judgement, String> {
    let place = place(control);
    let options = Options {
        strict: example.strict,
        parameters: Parameters::for_control(&control.id, example.params.clone()),
    };
    let session = Session::new(controls, estate, &options);
    Ok(match control.scope {
        Scope::Resource => {
            let resource = subject(estate, control, &example.id, &place)?;
            session.judge(control, Subject::Resource(resource))
        }
        Scope::Region | Scope::Account => session.judge(control, Subject::Place(&place)),
    })
}

/// Where the resource of an example is.
fn place(control: &Control) -> Place {
    let global = kind(&control.kind).is_some_and(Kind::is_global);
    let everywhere = kind(&control.kind).is_some_and(|kind| kind.name() == "AWS::S3::Bucket");
    match control.scope {
        Scope::Account => Place::new(ACCOUNT, REGION).global(),
        Scope::Resource if global && !everywhere => Place::new(ACCOUNT, REGION).global(),
        _ => Place::new(ACCOUNT, REGION),
    }
}

/// The kind of the resource of an example. A name that stands for several kinds has the first of them.
fn table(control: &Control) -> Option<&'static Kind> {
    let table = kind(&control.kind)?;
    let Some(operation) = table.every() else {
        return Some(table);
    };
    let mut members = kinds().iter().filter(|member| member.primary().is_some());
    members.find(|member| member.facet_operations().any(|known| known == operation))
}

/// The answers that make the small estate of an example.
///
/// # Errors
/// What is wrong with the example.
pub fn example_answers(control: &Control, example: &Example) -> Result<Vec<Answer>, String> {
    let place = &place(control);
    let table = table(control).ok_or_else(|| format!("no kind `{}`", control.kind))?;
    let mut answers = vec![caller(place)];
    if control.scope != Scope::Resource {
        if !example.evidence.is_null() {
            answers.push(plain(&control.evidence, place, &example.evidence));
        }
        for answer in &example.answers {
            answers.push(written(answer, None, place)?);
        }
        return Ok(answers);
    }
    let own_is_evidence = table.primary() == Some(control.evidence.as_str());
    let own = match (own_is_evidence, &example.own) {
        (true, None) if example.evidence.is_null() => None,
        (true, None) => Some(example.evidence.clone()),
        (true, Some(_)) => {
            return Err("`self` is the evidence itself: write it once".to_owned());
        }
        (false, Some(own)) => Some(own.clone()),
        (false, None) => Some(Json::Object(serde_json::Map::new())),
    };
    if let Some(own) = own {
        let answer = table
            .compose(place, &example.id, own)
            .ok_or("the kind has no operation that tells about it")?;
        answers.push(answer);
    }
    // What the other answers are about is looked up in the estate of the resource alone.
    let alone = Estate::from_answers(answers.clone());
    let resource = subject(&alone, control, &example.id, place).ok();
    if !own_is_evidence && !example.evidence.is_null() {
        let about = resource.ok_or("the resource of the example does not exist")?;
        let answer = table
            .compose_facet(&control.evidence, about, &example.evidence)
            .unwrap_or_else(|| plain(&control.evidence, place, &example.evidence));
        answers.push(answer);
    }
    for answer in &example.answers {
        answers.push(written(answer, resource, place)?);
    }
    for answer in &mut answers {
        answer.at = Some(AT.to_owned());
    }
    Ok(answers)
}

/// The caller's account, so that the place is one where something was asked.
fn caller(place: &Place) -> Answer {
    let body = serde_json::json!({"Account": ACCOUNT, "UserId": "AIDAEXAMPLE",
        "Arn": format!("arn:aws:iam::{ACCOUNT}:user/auditor")});
    plain("sts:GetCallerIdentity", place, &body)
}

fn plain(operation: &str, place: &Place, body: &Json) -> Answer {
    Answer {
        account: place.account.clone(),
        region: place.region.clone(),
        operation: operation.to_owned(),
        status: 200,
        body: body.to_string().into_bytes(),
        at: Some(AT.to_owned()),
        ..Answer::default()
    }
}

/// An answer that the example writes down.
fn written(
    answer: &ExampleAnswer,
    about: Option<&Resource>,
    place: &Place,
) -> Result<Answer, String> {
    let operation = rempart_aws_model::api_operation(&answer.operation)
        .ok_or_else(|| format!("`{}` is no operation that is collected", answer.operation))?;
    let outcome: Outcome = answer
        .outcome
        .parse()
        .map_err(|error: rempart_estate::OutcomeError| error.to_string())?;
    let composed = match (&answer.parameters, about) {
        (None, Some(about)) => kind(about.kind)
            .and_then(|table| table.compose_facet(&answer.operation, about, &answer.body)),
        _ => None,
    };
    let mut made = composed.unwrap_or_else(|| plain(&answer.operation, place, &answer.body));
    if let Some(parameters) = &answer.parameters {
        made.parameters.clone_from(parameters);
    }
    if matches!(
        operation.scope(),
        rempart_aws_model::Scope::Global | rempart_aws_model::Scope::Account
    ) {
        made.region = place.global().region;
    } else if place.is_global() {
        made.region = REGION.to_owned();
    }
    if let Some(region) = &answer.region {
        made.region.clone_from(region);
    }
    if let Some(account) = &answer.account {
        made.account.clone_from(account);
    }
    made.outcome = outcome;
    if outcome != Outcome::Ok {
        made.error = Some(AnswerError {
            code: answer.code.clone().unwrap_or_else(|| outcome.to_string()),
            message: String::new(),
        });
        made.status = 400;
        if outcome == Outcome::Denied {
            made.permission = Some(operation.action().to_owned());
        }
    }
    made.at = Some(AT.to_owned());
    Ok(made)
}

fn subject<'e>(
    estate: &'e Estate,
    control: &Control,
    id: &str,
    place: &Place,
) -> Result<&'e Resource, String> {
    let mut resources = estate.resources(&control.kind);
    let found = resources.find(|resource| resource.id == id);
    match found {
        Some(resource) => Ok(resource),
        None => {
            let known: Vec<&str> = estate
                .resources(&control.kind)
                .map(|resource| resource.id.as_str())
                .collect();
            match known.as_slice() {
                // Kinds whose identifier is made of several members: there is only one.
                [_] => estate
                    .resources(&control.kind)
                    .next()
                    .ok_or_else(|| "no resource".to_owned()),
                _ => Err(format!(
                    "no resource `{id}` of kind {} in {place}; there are: {}",
                    control.kind,
                    known.join(", ")
                )),
            }
        }
    }
}

fn compare(example: &Example, judgement: &Judgement) -> Result<(), String> {
    let wanted = match example.expected {
        Expected::Pass => Verdict::Pass,
        Expected::Fail => Verdict::Fail,
        Expected::Unknown => Verdict::Unknown,
        Expected::NotApplicable => Verdict::NotApplicable,
    };
    let got = judgement.verdict;
    if got != wanted {
        return Err(format!("{wanted} expected, {got}: {}", judgement.message));
    }
    let Some(reason) = &example.reason else {
        return Ok(());
    };
    let holds = match &judgement.unknown {
        Some(unknown) => unknown
            .reasons()
            .iter()
            .any(|one| one.code.as_str() == reason),
        None => judgement.message.contains(reason.as_str()),
    };
    if holds {
        return Ok(());
    }
    let codes: Vec<&str> = judgement
        .unknown
        .iter()
        .flat_map(|unknown| unknown.reasons())
        .map(|one| one.code.as_str())
        .collect();
    Err(format!(
        "reason `{reason}` expected, {}: {}",
        codes.join(", "),
        judgement.message
    ))
}
