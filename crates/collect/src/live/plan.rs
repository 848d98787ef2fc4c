//! The plan: which calls are made, and for what. The table is `data/plan.txt`.

use std::collections::BTreeSet;

use rempart_aws_model::{ApiOperation, api_operation};
use rempart_estate::kind;
use serde_json::{Map, Value};

use super::bounds::Requested;

const TABLE: &str = include_str!("../../data/plan.txt");

/// The calls of a collection.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) rows: Vec<Row>,
}

/// One line of the plan.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) step: Step,
    /// Only on request.
    pub(super) requested: Option<Requested>,
    /// One of many jobs, of which the newest are asked.
    pub(super) is_job: bool,
    /// Not needed for what a search returned whole.
    pub(super) is_searched: bool,
    /// Only the first page: a sample.
    pub(super) is_sample: bool,
    pub(super) operation: &'static ApiOperation,
    /// Parameters without which the operation cannot be called.
    pub(super) required: Vec<&'static str>,
    /// Parameters beyond those that name the resource.
    pub(super) parameters: Vec<(String, Template)>,
    /// Pattern that the value or identifier must match.
    pub(super) only: Option<String>,
}

/// For what a call is made.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Once for each place.
    Call,
    /// Once for each resource of a kind.
    Each(String),
    /// Once for each value at a path of the answers of another operation.
    Then(&'static ApiOperation, Vec<PathStep>),
    /// Once for so many values at a path of the answers of another operation.
    Batch(usize, &'static ApiOperation, Vec<PathStep>),
    /// A report that is first generated: the operation that generates it.
    Report(&'static ApiOperation),
    /// A report about each resource of a kind: the operation that generates it.
    Job(String, &'static ApiOperation),
}

/// A member, and whether it is a list whose elements are meant.
#[derive(Clone, Debug)]
pub(super) struct PathStep {
    pub(super) name: String,
    pub(super) each: bool,
}

/// A value of a parameter.
#[derive(Clone, Debug)]
pub(super) enum Template {
    /// As it stands.
    Fixed(Value),
    /// A variable: `id`, `arn`, `.`, `..`, `@Parameter` or one of the kind.
    Variable(String),
}

/// A line of the plan cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("plan.txt:{line}: {reason}")]
pub struct PlanError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl Plan {
    /// The plan that ships with the program.
    ///
    /// # Errors
    /// Never in a program that passed its tests.
    pub fn built_in() -> Result<Self, PlanError> {
        Self::read(TABLE)
    }

    fn read(text: &str) -> Result<Self, PlanError> {
        let mut rows = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let row = row(line).map_err(|reason| PlanError {
                line: number,
                reason,
            })?;
            rows.push(row);
        }
        Ok(Self { rows })
    }

    /// The plan without services that are not wanted. Who the caller is, is always asked.
    #[must_use]
    pub fn of_services(mut self, services: &[String]) -> Self {
        if services.is_empty() {
            return self;
        }
        self.rows.retain(|row| {
            let service = row.operation.service().id();
            service == "sts" || services.iter().any(|wanted| wanted == service)
        });
        self
    }

    /// Names of the services.
    pub fn services(&self) -> BTreeSet<&'static str> {
        let rows = self.rows.iter();
        rows.map(|row| row.operation.service().id()).collect()
    }

    /// The operations that are called with these requests, the ones that generate reports included.
    pub fn operations(&self, requested: &BTreeSet<Requested>) -> Vec<&'static ApiOperation> {
        let mut operations: Vec<&'static ApiOperation> = Vec::new();
        for row in &self.rows {
            if row.requested.is_some_and(|one| !requested.contains(&one)) {
                continue;
            }
            let generates = match &row.step {
                Step::Report(generate) | Step::Job(_, generate) => Some(*generate),
                _ => None,
            };
            operations.extend(generates);
            operations.push(row.operation);
        }
        operations.sort_by_key(|operation| operation.full_name());
        operations.dedup_by_key(|operation| operation.full_name());
        operations
    }
}

fn row(line: &str) -> Result<Row, String> {
    let mut requested = None;
    let (mut is_job, mut is_searched, mut is_sample) = (false, false, false);
    let mut words = line.split(' ').filter(|word| !word.is_empty()).peekable();
    while let Some(mark) = words.next_if(|word| word.starts_with(['?', '+'])) {
        match mark {
            "+job" => is_job = true,
            "+searched" => is_searched = true,
            "+sample" => is_sample = true,
            _ => {
                let name = mark.trim_start_matches('?');
                let known = Requested::of_name(name);
                requested = Some(known.ok_or_else(|| format!("`{mark}` is no mark"))?);
            }
        }
    }
    let mut next = |what: &str| words.next().ok_or_else(|| format!("{what} is missing"));
    let step = match next("the step")? {
        "call" => Step::Call,
        "each" => Step::Each(known_kind(next("the kind")?)?),
        "then" => Step::Then(operation(next("the operation")?)?, path(next("the path")?)),
        "batch" => {
            let size = next("the size")?;
            let size = size.parse().map_err(|_| format!("`{size}` is no size"))?;
            Step::Batch(
                size,
                operation(next("the operation")?)?,
                path(next("the path")?),
            )
        }
        "report" => Step::Report(operation(next("the operation")?)?),
        "job" => {
            let kind = known_kind(next("the kind")?)?;
            Step::Job(kind, operation(next("the operation")?)?)
        }
        other => return Err(format!("`{other}` is no step")),
    };
    let operation = operation(next("the operation")?)?;
    let mut parameters = Vec::new();
    let mut only = None;
    while let Some(word) = words.next() {
        if word == "if" {
            only = words.next().map(str::to_owned);
            break;
        }
        let Some((name, value)) = word.split_once('=') else {
            return Err(format!("`{word}` is no parameter"));
        };
        if !operation.inputs().any(|input| input.name == name) {
            return Err(format!("{} has no parameter {name}", operation.full_name()));
        }
        parameters.push((name.to_owned(), template(value)));
    }
    Ok(Row {
        step,
        requested,
        is_job,
        is_searched,
        is_sample,
        operation,
        required: operation
            .inputs()
            .filter(|input| input.required)
            .map(|input| input.name)
            .collect(),
        parameters,
        only,
    })
}

fn operation(name: &str) -> Result<&'static ApiOperation, String> {
    api_operation(name).ok_or_else(|| format!("`{name}` is not in the table of operations"))
}

fn known_kind(name: &str) -> Result<String, String> {
    match kind(name) {
        Some(_) => Ok(name.to_owned()),
        None => Err(format!("`{name}` is no kind of resource")),
    }
}

fn path(text: &str) -> Vec<PathStep> {
    text.split('.')
        .map(|step| PathStep {
            name: step.trim_end_matches("[]").to_owned(),
            each: step.ends_with("[]"),
        })
        .collect()
}

fn template(text: &str) -> Template {
    let variable = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .filter(|name| !name.contains(['"', ':']));
    match variable {
        Some(name) => Template::Variable(name.to_owned()),
        None => Template::Fixed(
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
        ),
    }
}

/// The values at a path.
pub(super) fn values<'v>(body: &'v Value, path: &[PathStep]) -> Vec<&'v Value> {
    let mut found = vec![body];
    for step in path {
        found = found
            .into_iter()
            .filter_map(|value| value.get(&step.name))
            .flat_map(|value| match (step.each, value) {
                (true, Value::Array(list)) => list.iter().collect(),
                (true, _) => Vec::new(),
                (false, value) => vec![value],
            })
            .collect();
    }
    found
}

/// Parameters of a row with values for its variables; `None` when a variable has none.
pub(super) fn filled(
    row: &Row,
    mut parameters: Map<String, Value>,
    value: impl Fn(&str) -> Option<Value>,
) -> Option<Map<String, Value>> {
    for (name, template) in &row.parameters {
        let value = match template {
            Template::Fixed(value) => value.clone(),
            Template::Variable(variable) => value(variable)?,
        };
        parameters.insert(name.clone(), value);
    }
    Some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_plan_is_read() {
        let plan = Plan::built_in().expect("a plan");
        assert!(plan.rows.len() > 200, "{}", plan.rows.len());
    }

    #[test]
    fn every_collected_operation_is_in_the_plan_or_is_left_out_on_purpose() {
        let plan = Plan::built_in().expect("a plan");
        let planned = plan.operations(&Requested::ALL.into_iter().collect());
        let left_out: Vec<&str> = rempart_aws_model::api_operations()
            .iter()
            .map(ApiOperation::full_name)
            .filter(|name| !planned.iter().any(|one| one.full_name() == *name))
            .collect();
        assert_eq!(
            left_out,
            [
                // Asked before the plan, or by the client itself.
                "ec2:DescribeRegions",
                // For keys of AWS KMS, not for collection.
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:GenerateDataKey",
                "kms:ReEncrypt",
                "kms:RetireGrant",
                // `sagemaker:ListTags` says the same, without a further service.
                "resourcegroupstaggingapi:GetResources",
                // `s3:ListBuckets` says where buckets are.
                "s3:GetBucketLocation",
                "sts:AssumeRole",
            ]
        );
    }

    #[test]
    fn rows_that_make_no_sense_are_refused() {
        for (line, reason) in [
            ("walk sagemaker:ListModels", "`walk` is no step"),
            (
                "call sagemaker:ListNothing",
                "`sagemaker:ListNothing` is not in the table of operations",
            ),
            (
                "each AWS::Nothing sagemaker:ListModels",
                "`AWS::Nothing` is no kind of resource",
            ),
            (
                "call sagemaker:ListModels Colour=red",
                "sagemaker:ListModels has no parameter Colour",
            ),
            ("?never call sagemaker:ListModels", "`?never` is no mark"),
        ] {
            assert_eq!(row(line).expect_err(line), reason);
        }
    }
}
