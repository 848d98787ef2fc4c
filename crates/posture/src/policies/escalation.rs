//! How an identity gets at a stronger role through SageMaker.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::admission::services_named;
use super::ask::action;
use super::document::{compile, kind_of};
use super::identities::{Circumstances, Identities};
use super::power::{powers, words};
use crate::expression::Unknown;

/// The service that runs the code.
const SAGEMAKER: &str = "sagemaker.amazonaws.com";

/// Ways to run code as a role that is passed: all actions of one line are needed.
const WITH_PASSED_ROLE: [&[&str]; 10] = [
    &["sagemaker:CreateTrainingJob"],
    &["sagemaker:CreateProcessingJob"],
    &["sagemaker:CreateHyperParameterTuningJob"],
    &["sagemaker:CreateMonitoringSchedule"],
    &[
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
    ],
    &[
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreateNotebookInstanceLifecycleConfig",
    ],
    &[
        "sagemaker:CreatePipeline",
        "sagemaker:StartPipelineExecution",
    ],
    &[
        "sagemaker:CreateModel",
        "sagemaker:CreateEndpointConfig",
        "sagemaker:CreateEndpoint",
    ],
    &["sagemaker:CreateModel", "sagemaker:CreateTransformJob"],
    &[
        "sagemaker:CreateUserProfile",
        "sagemaker:CreatePresignedDomainUrl",
    ],
];

/// What runs, or can be made to run, code as a role without passing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Workplace {
    /// A notebook instance and its lifecycle configuration.
    Notebook {
        /// ARN of the notebook.
        arn: String,
        /// ARN of the lifecycle configuration.
        script: Option<String>,
    },
    /// A user profile of a domain.
    Profile {
        /// ARN of the profile.
        arn: String,
    },
    /// A pipeline.
    Pipeline {
        /// ARN of the pipeline.
        arn: String,
    },
}

/// Workplaces by the ARN of the role that they have.
pub(crate) type Workplaces = BTreeMap<String, Vec<Workplace>>;

/// A step from one identity to a role.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    role: String,
    how: String,
}

/// The steps from an identity, and what is not known about others.
type Steps = (Vec<Step>, Option<Unknown>);

/// What is remembered of an account's identities.
#[derive(Default)]
pub(crate) struct Graph {
    powers: Mutex<BTreeMap<String, Result<BTreeSet<&'static str>, Unknown>>>,
    steps: Mutex<BTreeMap<String, Steps>>,
    runners: Mutex<Option<Vec<String>>>,
}

impl Graph {
    /// The paths from an identity to roles that may do what it may not, in words.
    pub(crate) fn escalations(
        &self,
        identities: &Identities,
        workplaces: &Workplaces,
        start: &str,
    ) -> Result<Vec<String>, Unknown> {
        let own = self.powers(identities, start)?;
        if own.contains("administrator") {
            return Ok(Vec::new());
        }
        let mut open: Option<Unknown> = None;
        let mut found = Vec::new();
        let mut seen = BTreeSet::from([start.to_owned()]);
        let mut queue = VecDeque::from([(start.to_owned(), Vec::<String>::new())]);
        while let Some((at, path)) = queue.pop_front() {
            let (steps, unknown) = self.steps(identities, workplaces, &at);
            open = open.or(unknown);
            for step in steps {
                if !seen.insert(step.role.clone()) {
                    continue;
                }
                let mut path = path.clone();
                path.push(format!("{} to {}", step.how, step.role));
                match self.powers(identities, &step.role) {
                    Ok(powers) => {
                        let gained: Vec<&str> =
                            powers.difference(&own).map(|name| words(name)).collect();
                        if !gained.is_empty() {
                            found.push(format!("{}: {}", path.join(", then "), gained.join("; ")));
                        }
                    }
                    Err(unknown) => open = open.or(Some(unknown)),
                }
                queue.push_back((step.role, path));
            }
        }
        match open {
            Some(open) if found.is_empty() => Err(open),
            _ => Ok(found),
        }
    }

    fn powers(
        &self,
        identities: &Identities,
        arn: &str,
    ) -> Result<BTreeSet<&'static str>, Unknown> {
        let known = locked(&self.powers).get(arn).cloned();
        known.unwrap_or_else(|| {
            let found = powers(identities, arn).map(|names| names.into_iter().collect());
            locked(&self.powers).insert(arn.to_owned(), found.clone());
            found
        })
    }

    /// Roles that SageMaker can assume.
    fn runners(&self, identities: &Identities) -> Vec<String> {
        if let Some(known) = &*locked(&self.runners) {
            return known.clone();
        }
        let roles = identities.roles.iter();
        let runners: Vec<String> = roles
            .filter(|(arn, trust)| {
                let policy = trust
                    .as_deref()
                    .map(|text| compile(arn, text, kind_of(arn)));
                // A trust policy that is missing or cannot be read may name anybody.
                policy.is_none_or(|policy| {
                    policy.map_or(true, |policy| {
                        services_named(&policy).iter().any(|one| one == SAGEMAKER)
                    })
                })
            })
            .map(|(arn, _)| arn.clone())
            .collect();
        *locked(&self.runners) = Some(runners.clone());
        runners
    }

    /// The roles that an identity gets at in one step, and what is not known about it.
    fn steps(&self, identities: &Identities, workplaces: &Workplaces, from: &str) -> Steps {
        if let Some(known) = locked(&self.steps).get(from) {
            return known.clone();
        }
        let mut ask = Asker {
            identities,
            from,
            open: None,
        };
        let mut steps = Vec::new();
        let ways = ask.ways();
        for role in self.runners(identities) {
            if role == from {
                continue;
            }
            let how = ask
                .through_workplace(workplaces.get(&role))
                .or_else(|| ask.by_passing(&ways, &role));
            if let Some(how) = how {
                steps.push(Step { role, how });
            }
        }
        let found = (steps, ask.open);
        locked(&self.steps).insert(from.to_owned(), found.clone());
        found
    }
}

/// Questions about one identity; what is not known is kept.
struct Asker<'i> {
    identities: &'i Identities,
    from: &'i str,
    open: Option<Unknown>,
}

impl Asker<'_> {
    fn may(&mut self, name: &str, circumstances: Circumstances<'_>) -> bool {
        let asked =
            action(name).and_then(|name| self.identities.may(self.from, &name, circumstances));
        asked.unwrap_or_else(|unknown| {
            self.open.get_or_insert(unknown);
            false
        })
    }

    /// Ways to run code with a passed role that the identity has.
    fn ways(&mut self) -> Vec<&'static [&'static str]> {
        let mut ways = Vec::new();
        for way in WITH_PASSED_ROLE {
            let allowed = way.iter().all(|name| {
                let asked =
                    action(name).and_then(|name| self.identities.may_at_all(self.from, &name));
                asked.unwrap_or_else(|unknown| {
                    self.open.get_or_insert(unknown);
                    false
                })
            });
            if allowed {
                ways.push(way);
            }
        }
        ways
    }

    fn by_passing(&mut self, ways: &[&[&str]], role: &str) -> Option<String> {
        let way = ways.first()?;
        let passes = Circumstances {
            resource: Some(role),
            given: &[("iam:PassedToService", SAGEMAKER)],
            ..Circumstances::default()
        };
        self.may("iam:PassRole", passes)
            .then(|| format!("by iam:PassRole and {}", way.join(" and ")))
    }

    fn through_workplace(&mut self, workplaces: Option<&Vec<Workplace>>) -> Option<String> {
        for workplace in workplaces.into_iter().flatten() {
            let found = match workplace {
                Workplace::Notebook { arn, script } => {
                    self.through_notebook(arn, script.as_deref())
                }
                Workplace::Profile { arn } => self
                    .on(arn, "sagemaker:CreatePresignedDomainUrl")
                    .then(|| format!("by sagemaker:CreatePresignedDomainUrl for {arn}")),
                Workplace::Pipeline { arn } => (self.on(arn, "sagemaker:UpdatePipeline")
                    && self.on(arn, "sagemaker:StartPipelineExecution"))
                .then(|| {
                    format!(
                        "by sagemaker:UpdatePipeline and sagemaker:StartPipelineExecution on {arn}"
                    )
                }),
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn through_notebook(&mut self, arn: &str, script: Option<&str>) -> Option<String> {
        if self.on(arn, "sagemaker:CreatePresignedNotebookInstanceUrl") {
            return Some(format!(
                "by sagemaker:CreatePresignedNotebookInstanceUrl for {arn}"
            ));
        }
        if !self.on(arn, "sagemaker:StartNotebookInstance") {
            return None;
        }
        if let Some(script) = script
            && self.on(script, "sagemaker:UpdateNotebookInstanceLifecycleConfig")
        {
            return Some(format!(
                "by sagemaker:UpdateNotebookInstanceLifecycleConfig on {script} of {arn}"
            ));
        }
        let another = self.on(arn, "sagemaker:UpdateNotebookInstance")
            && self.may(
                "sagemaker:CreateNotebookInstanceLifecycleConfig",
                Circumstances::default(),
            );
        another.then(|| format!("by another lifecycle configuration of {arn}"))
    }

    fn on(&mut self, arn: &str, name: &str) -> bool {
        let on = Circumstances {
            resource: Some(arn),
            ..Circumstances::default()
        };
        self.may(name, on)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
