//! Faults of controls that only the service models, the kinds of resources and other controls show.

use rempart_aws_model::{Shape, ShapeKind, api_operation};
use rempart_estate::{Kind, kind};
use serde_json::Value as Json;

use crate::control::{Control, ControlSet, Expected, Scope};
use crate::expression::{Expression, ReadPath};
use crate::functions;
use crate::shape::{body_shape, walk};

/// A fault of a control.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}: {control}: {reason}")]
pub struct LintFinding {
    /// The file.
    pub source_name: String,
    /// The control.
    pub control: String,
    /// What is wrong.
    pub reason: String,
}

/// Checks a control against the service models and the other controls.
pub fn lint(control: &Control, controls: &ControlSet) -> Vec<LintFinding> {
    let mut linter = Linter {
        control,
        controls,
        faults: Vec::new(),
    };
    linter.evidence();
    for (part, expression) in control.expressions() {
        linter.expression(part, expression);
    }
    linter.absent();
    linter.params();
    linter.examples();
    linter.faults.dedup();
    linter.faults
}

struct Linter<'l> {
    control: &'l Control,
    controls: &'l ControlSet,
    faults: Vec<LintFinding>,
}

impl Linter<'_> {
    fn fault(&mut self, reason: String) {
        let fault = LintFinding {
            source_name: self.control.source.clone(),
            control: self.control.id.clone(),
            reason,
        };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn evidence(&mut self) {
        let control = self.control;
        let Some(table) = kind(&control.kind) else {
            self.fault(format!("`{}` is no kind of resource", control.kind));
            return;
        };
        if api_operation(&control.evidence).is_none() {
            self.fault(format!(
                "`{}` is no operation that is collected",
                control.evidence
            ));
            return;
        }
        let mut reads = control
            .expressions()
            .flat_map(|(_, expression)| expression.reads());
        let is_read = reads.any(|path| path.source.is_none());
        // A control that does not read `r` names the operation that decides, whatever it is about.
        if control.scope == Scope::Resource && is_read && !answers_about(table, &control.evidence) {
            self.fault(format!(
                "{} does not answer about one {}: {}",
                control.evidence,
                control.kind,
                known_operations(table)
            ));
        }
    }

    fn expression(&mut self, part: &str, expression: &Expression) {
        for path in expression.reads() {
            if let Err(reason) = self.shape(path) {
                self.fault(format!("`{part}` reads `{path}`: {reason}"));
            }
        }
        for (path, literal) in expression.literals() {
            let Ok(Some(shape)) = self.shape(path) else {
                continue;
            };
            let values: Vec<&str> = shape.enum_values().collect();
            if shape.kind() == ShapeKind::Enum && !values.contains(&literal.as_str()) {
                self.fault(format!(
                    "`{part}` compares `{path}` with `{literal}`, which is none of its values: {}",
                    values.join(", ")
                ));
            }
        }
        for name in expression.params() {
            if !self.control.params.contains_key(name) {
                self.fault(format!(
                    "`{part}` reads params.{name}, which is not in `params`"
                ));
            }
        }
        for (place, arguments) in expression.calls() {
            if let Some((name, _)) = functions::names().get(*place) {
                self.call(part, name, arguments);
            }
        }
    }

    fn call(&mut self, part: &str, name: &str, arguments: &[Option<String>]) {
        let argument = |place: usize| arguments.get(place).and_then(Option::as_deref);
        let operation = match name {
            "answer" | "answer_of" => argument(0),
            _ => None,
        };
        if let Some(operation) = operation
            && api_operation(operation).is_none()
        {
            self.fault(format!("`{part}` asks {operation}, which is not collected"));
        }
        if name == "answer"
            && self.control.scope == Scope::Resource
            && let (Some(operation), Some(table)) = (operation, kind(&self.control.kind))
            && !answers_about(table, operation)
        {
            self.fault(format!(
                "`{part}` asks {operation}, which does not answer about one {}: {}",
                self.control.kind,
                known_operations(table)
            ));
        }
        let named = match name {
            "related" | "resources" | "resources_with" | "resources_like" | "is_known"
            | "ml_used" | "ml_uses" => argument(0),
            "answer_of" | "passes" => argument(1),
            _ => None,
        };
        if let Some(named) = named
            && kind(named).is_none()
        {
            self.fault(format!(
                "`{part}` names {named}, which is no kind of resource"
            ));
        }
        if let ("resources_with" | "resources_like", Some(kind), Some(path)) =
            (name, named, argument(1))
            && let Err(reason) = self.member(kind, path)
        {
            self.fault(format!("`{part}` looks for `{path}` of {kind}: {reason}"));
        }
        if name == "configured"
            && !argument(0).is_some_and(|param| self.control.params.contains_key(param))
        {
            self.fault(format!(
                "`{part}` asks whether a parameter is configured that is not in `params`"
            ));
        }
        if name == "passes"
            && let Some(asked) = argument(0)
        {
            match self.controls.control(asked) {
                None => self.fault(format!(
                    "`{part}` asks control {asked}, which is not loaded"
                )),
                Some(asked) if named.is_some_and(|named| named != asked.kind) => {
                    self.fault(format!(
                        "`{part}` asks control {} about {}, but it is about {}",
                        asked.id,
                        named.unwrap_or_default(),
                        asked.kind
                    ));
                }
                Some(_) => {}
            }
        }
        if name.starts_with("allowed") {
            match argument(1).map(|param| (param, self.control.params.get(param))) {
                Some((_, Some(Json::Array(_)))) => {}
                Some((param, _)) => {
                    self.fault(format!("`{part}` needs a list `{param}` in `params`"))
                }
                None => self.fault(format!(
                    "`{part}`: the second argument of {name} is fixed text"
                )),
            }
        }
    }

    fn absent(&mut self) {
        let control = self.control;
        let read: Vec<String> = control
            .expressions()
            .flat_map(|(_, expression)| expression.reads())
            .map(ToString::to_string)
            .collect();
        for (path, _) in control.absent.iter() {
            if let Err(reason) = self.shape(&ReadPath::parse(path)) {
                self.fault(format!("`absent` names `{path}`: {reason}"));
            } else if !read.iter().any(|known| known == path) {
                self.fault(format!(
                    "`absent` explains `{path}`, which no expression reads"
                ));
            }
        }
    }

    fn params(&mut self) {
        let control = self.control;
        for name in control.params.keys() {
            let read = control.expressions().any(|(_, expression)| {
                let by_name = expression.params().any(|known| known == name);
                let by_function = expression
                    .calls()
                    .iter()
                    .any(|(_, arguments)| arguments.iter().flatten().any(|known| known == name));
                by_name || by_function
            });
            let by_policy = functions::reads_parameter(control, name);
            if !read && !by_policy {
                self.fault(format!("no expression reads parameter `{name}`"));
            }
        }
    }

    fn examples(&mut self) {
        for wanted in [Expected::Pass, Expected::Fail] {
            let mut examples = self.control.examples.iter();
            if !examples.any(|example| example.expected == wanted) {
                self.fault(format!("no example has `{}`", wanted.as_str()));
            }
        }
    }

    /// The shape that a path leads to; `None` where anything may stand.
    fn shape(&self, path: &ReadPath) -> Result<Option<Shape>, String> {
        let start = match path.source.as_deref() {
            None => self.evidence_shape(),
            Some("self") => kind(&self.control.kind).and_then(body_shape),
            // Arguments of steps are requests of many operations.
            Some("pipeline_steps") => return Ok(None),
            Some(source) => match api_operation(source) {
                Some(operation) => operation.output(),
                None => kind(source).and_then(body_shape),
            },
        };
        match start {
            Some(start) => walk(start, &path.members),
            None => Err("the source has no shape".to_owned()),
        }
    }

    /// Checks a path by which resources are looked for. Text may hold JSON, whose members no model knows.
    fn member(&self, kind: &str, path: &str) -> Result<(), String> {
        let ends = path.match_indices('.').map(|(end, _)| end);
        for end in ends.chain([path.len()]) {
            let prefix = ReadPath {
                source: Some(kind.to_owned()),
                members: path.get(..end).unwrap_or(path).to_owned(),
            };
            match self.shape(&prefix)? {
                Some(shape) if shape.kind() == ShapeKind::String => return Ok(()),
                Some(_) => {}
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn evidence_shape(&self) -> Option<Shape> {
        let table = kind(&self.control.kind)?;
        let own = self.control.scope == Scope::Resource
            && table.primary() == Some(self.control.evidence.as_str());
        match own {
            true => body_shape(table),
            false => api_operation(&self.control.evidence)?.output(),
        }
    }
}

fn answers_about(table: &Kind, operation: &str) -> bool {
    table.primary() == Some(operation)
        || table.every() == Some(operation)
        || table.facet_operations().any(|known| known == operation)
}

fn known_operations(table: &Kind) -> String {
    let facets = table.facet_operations();
    let known: Vec<&str> = table.primary().into_iter().chain(facets).collect();
    format!("{} do", known.join(", "))
}
