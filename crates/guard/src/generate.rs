//! Guardrails from templates and parameters: documents within AWS's quotas, and the files that
//! Terraform and CloudFormation need to attach them.

use std::fmt::Write as _;

use rempart_policy::document::{Policy, PolicyKind};
use serde_json::{Map, Value, json};

use crate::parameters::Parameters;
use crate::replay::Proposal;

/// Longest service or resource control policy, in characters, white space included (Organizations
/// User Guide, "Quotas and service limits").
pub const LONGEST_POLICY: usize = 5120;
/// Most service control policies on one root, unit or account.
pub const MOST_ATTACHED: usize = 5;

/// A policy in which texts that begin with `@` stand for the values of parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    name: String,
    kind: PolicyKind,
    text: String,
}

/// A guardrail, ready to be attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardrail {
    /// `1-network`
    pub name: String,
    /// Service or resource control policy.
    pub kind: PolicyKind,
    /// The document: one statement a line.
    pub text: String,
}

/// Why no guardrails could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// A template is no JSON
    #[error("{template}: {reason}")]
    Template {
        /// The template
        template: String,
        /// What is wrong
        reason: String,
    },
    /// A template names a parameter that does not exist
    #[error("{template}: {reason}")]
    Parameter {
        /// The template
        template: String,
        /// What is wrong
        reason: String,
    },
    /// A single statement is longer than a policy may be
    #[error(
        "{template}: the statement `{sid}` alone has {length} characters, more than the {LONGEST_POLICY} of a policy: shorten its lists"
    )]
    TooLong {
        /// The template
        template: String,
        /// The statement
        sid: String,
        /// Its length
        length: usize,
    },
}

impl Template {
    /// A template by its path: `scp/1-network.json`, `rcp/1-data-perimeter.json`.
    pub fn new(path: &str, text: &str) -> Self {
        let file = path.rsplit('/').next().unwrap_or(path);
        let kind = if path.starts_with("rcp/") {
            PolicyKind::ResourceControl
        } else {
            PolicyKind::ServiceControl
        };
        Self {
            name: file.strip_suffix(".json").unwrap_or(file).to_owned(),
            kind,
            text: text.to_owned(),
        }
    }

    /// The guardrails of the template: more than one where a single document would be too long.
    ///
    /// # Errors
    /// The template is no policy, names an unknown parameter, or holds a statement that is too long.
    pub fn fill(&self, parameters: &Parameters) -> Result<Vec<Guardrail>, GenerateError> {
        let fail = |reason: String| GenerateError::Template {
            template: self.name.clone(),
            reason,
        };
        let document: Value =
            serde_json::from_str(&self.text).map_err(|error| fail(error.to_string()))?;
        let Some(Value::Array(statements)) = document.get("Statement") else {
            return Err(fail("there is no list `Statement`".to_owned()));
        };
        let mut parts: Vec<Vec<String>> = vec![Vec::new()];
        for statement in statements {
            let filled =
                fill(statement, parameters).map_err(|reason| GenerateError::Parameter {
                    template: self.name.clone(),
                    reason,
                })?;
            let line = filled.to_string();
            let alone = document_text(std::slice::from_ref(&line)).chars().count();
            if alone > LONGEST_POLICY {
                let sid = filled.get("Sid").and_then(Value::as_str).unwrap_or("");
                return Err(GenerateError::TooLong {
                    template: self.name.clone(),
                    sid: sid.to_owned(),
                    length: alone,
                });
            }
            // Statements that deny are independent of each other: any split means the same.
            let Some(last) = parts.last_mut() else {
                continue;
            };
            last.push(line.clone());
            if document_text(last).chars().count() > LONGEST_POLICY {
                last.pop();
                parts.push(vec![line]);
            }
        }
        let is_split = parts.len() > 1;
        let guardrails = parts.iter().enumerate().map(|(number, lines)| Guardrail {
            name: if is_split {
                format!("{}-{}", self.name, number + 1)
            } else {
                self.name.clone()
            },
            kind: self.kind,
            text: document_text(lines),
        });
        Ok(guardrails.collect())
    }
}

fn document_text(lines: &[String]) -> String {
    format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[\n{}\n]}}\n",
        lines.join(",\n")
    )
}

fn fill(value: &Value, parameters: &Parameters) -> Result<Value, String> {
    let named = |text: &str| -> Result<Option<Vec<Value>>, String> {
        let Some(name) = text.strip_prefix('@') else {
            return Ok(None);
        };
        let values = parameters
            .values(name)
            .ok_or_else(|| parameters.unknown(name))?;
        Ok(Some(
            values.iter().map(|value| value.as_str().into()).collect(),
        ))
    };
    Ok(match value {
        Value::String(text) => match named(text)? {
            Some(values) => match <[Value; 1]>::try_from(values) {
                Ok([single]) => single,
                Err(values) => Value::Array(values),
            },
            None => value.clone(),
        },
        Value::Array(values) => {
            let mut all = Vec::new();
            for value in values {
                match value {
                    Value::String(text) => match named(text)? {
                        Some(values) => all.extend(values),
                        None => all.push(value.clone()),
                    },
                    value => all.push(fill(value, parameters)?),
                }
            }
            Value::Array(all)
        }
        Value::Object(members) => {
            let mut filled = Map::new();
            for (name, value) in members {
                filled.insert(name.clone(), fill(value, parameters)?);
            }
            Value::Object(filled)
        }
        other => other.clone(),
    })
}

/// Fills all templates.
///
/// # Errors
/// As [`Template::fill`].
pub fn generate(
    templates: &[Template],
    parameters: &Parameters,
) -> Result<Vec<Guardrail>, GenerateError> {
    let mut all = Vec::new();
    for template in templates {
        all.extend(template.fill(parameters)?);
    }
    Ok(all)
}

/// The guardrails as a proposal, to be proved or replayed.
///
/// # Errors
/// AWS would refuse one of them.
pub fn proposal(guardrails: &[Guardrail]) -> Result<Proposal, GenerateError> {
    let mut proposal = Proposal::default();
    for guardrail in guardrails {
        let policy = Policy::parse(&guardrail.text, guardrail.kind).map_err(|error| {
            GenerateError::Template {
                template: guardrail.name.clone(),
                reason: error.to_string(),
            }
        })?;
        proposal.add("", &guardrail.name, policy);
    }
    Ok(proposal)
}

/// Path of the document below the output directory.
pub fn path(guardrail: &Guardrail) -> String {
    format!("{}/{}.json", guardrail.kind.name(), guardrail.name)
}

fn aws_type(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::ResourceControl => "RESOURCE_CONTROL_POLICY",
        _ => "SERVICE_CONTROL_POLICY",
    }
}

/// A Terraform file that makes the policies from the documents beside it.
pub fn terraform(guardrails: &[Guardrail]) -> String {
    let mut text = String::from(
        "variable \"target_ids\" {\n  description = \"Roots, organizational units or accounts that get the guardrails\"\n  type        = set(string)\n  default     = []\n}\n",
    );
    for guardrail in guardrails {
        let kind = guardrail.kind.name();
        let label = format!("{kind}_{}", guardrail.name.replace(['-', '.'], "_"));
        let _ = write!(
            text,
            "\nresource \"aws_organizations_policy\" \"{label}\" {{\n  name    = \"rempart-{kind}-{}\"\n  type    = \"{}\"\n  content = file(\"${{path.module}}/{}\")\n}}\n\nresource \"aws_organizations_policy_attachment\" \"{label}\" {{\n  for_each  = var.target_ids\n  policy_id = aws_organizations_policy.{label}.id\n  target_id = each.value\n}}\n",
            guardrail.name,
            aws_type(guardrail.kind),
            path(guardrail)
        );
    }
    text
}

/// A CloudFormation template that makes the policies.
///
/// # Errors
/// A document is no JSON.
pub fn cloudformation(guardrails: &[Guardrail]) -> Result<String, GenerateError> {
    let mut resources = Map::new();
    for guardrail in guardrails {
        let content: Value =
            serde_json::from_str(&guardrail.text).map_err(|error| GenerateError::Template {
                template: guardrail.name.clone(),
                reason: error.to_string(),
            })?;
        let words = format!("{}-{}", guardrail.kind.name(), guardrail.name);
        let label: String = words
            .split(|character: char| !character.is_ascii_alphanumeric())
            .map(|word| {
                let mut characters = word.chars();
                match characters.next() {
                    Some(first) => first.to_ascii_uppercase().to_string() + characters.as_str(),
                    None => String::new(),
                }
            })
            .collect();
        resources.insert(
            label,
            json!({
                "Type": "AWS::Organizations::Policy",
                "Properties": {
                    "Name": format!("rempart-{words}"),
                    "Type": aws_type(guardrail.kind),
                    "Content": content,
                    "TargetIds": {"Ref": "TargetIds"},
                },
            }),
        );
    }
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Guardrails for SageMaker, made by rempart",
        "Parameters": {
            "TargetIds": {
                "Type": "CommaDelimitedList",
                "Description": "Roots, organizational units or accounts that get the guardrails",
            },
        },
        "Resources": resources,
    });
    Ok(format!("{template:#}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(text: &str) -> Parameters {
        Parameters::read(text, None).expect("parameters")
    }

    #[test]
    fn values_are_put_in_and_long_policies_are_split() {
        let statement = |sid: &str| {
            format!(
                r#"{{"Sid":"{sid}","Effect":"Deny","Action":"s3:*","Resource":["@buckets","arn:aws:s3:::x"],"Condition":{{"StringEquals":{{"aws:RequestedRegion":"@region"}}}}}}"#
            )
        };
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{},{},{}]}}"#,
            statement("A"),
            statement("B"),
            statement("C")
        );
        let template = Template::new("scp/1-x.json", &text);
        let few = parameters("buckets: [a, b]\nregion: eu-west-1");
        let made = template.fill(&few).expect("made");
        assert_eq!(made.len(), 1);
        assert!(
            made[0]
                .text
                .contains(r#""Resource":["a","b","arn:aws:s3:::x"]"#)
        );
        assert!(
            made[0]
                .text
                .contains(r#""aws:RequestedRegion":"eu-west-1""#)
        );
        let many: Vec<String> = (0..60)
            .map(|n| format!("arn:aws:s3:::bucket-with-a-long-name-{n}"))
            .collect();
        let many = parameters(&format!("buckets: [{}]\nregion: x", many.join(", ")));
        let made = template.fill(&many).expect("made");
        assert_eq!(made.len(), 3);
        assert!(
            made.iter()
                .all(|guardrail| guardrail.text.len() <= LONGEST_POLICY)
        );
        assert_eq!(made[1].name, "1-x-2");
        let endless: Vec<String> = (0..200)
            .map(|n| format!("arn:aws:s3:::bucket-with-a-long-name-{n}"))
            .collect();
        let endless = parameters(&format!("buckets: [{}]\nregion: x", endless.join(", ")));
        assert!(matches!(
            template.fill(&endless),
            Err(GenerateError::TooLong { .. })
        ));
        let none = parameters("bucket: a");
        let error = template.fill(&none).expect_err("unknown");
        assert!(error.to_string().contains("`bucket` exists"), "{error}");
    }
}
