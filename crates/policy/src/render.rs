//! Policies back to JSON. What is printed reads to an equal policy, positions aside.

use serde_json::{Map, Value, json};

use crate::document::{
    Patterns, Policy, PrincipalElement, PrincipalType, Spanned, Statement, Version,
};

impl Policy {
    /// The document as a JSON value, elements in AWS's usual order, a single value without a list.
    pub fn to_json(&self) -> Value {
        let mut document = Map::new();
        if let Some(version) = self.version {
            let version = match version {
                Version::V2008 => "2008-10-17",
                Version::V2012 => "2012-10-17",
            };
            document.insert("Version".to_owned(), version.into());
        }
        if let Some(id) = &self.id {
            document.insert("Id".to_owned(), (**id).into());
        }
        let statements = self.statements.iter().map(Statement::to_json).collect();
        document.insert("Statement".to_owned(), Value::Array(statements));
        Value::Object(document)
    }
}

impl Statement {
    /// The statement as a JSON value.
    pub fn to_json(&self) -> Value {
        let mut statement = Map::new();
        if let Some(sid) = &self.sid {
            statement.insert("Sid".to_owned(), (*sid.text).into());
        }
        statement.insert("Effect".to_owned(), self.effect.to_string().into());
        if let Some(principal) = &self.principal {
            let name = if principal.negated {
                "NotPrincipal"
            } else {
                "Principal"
            };
            statement.insert(name.to_owned(), principal_json(principal));
        }
        statement.insert(
            negatable("Action", &self.action),
            values_json(&self.action.values),
        );
        if let Some(resource) = &self.resource {
            statement.insert(
                negatable("Resource", resource),
                values_json(&resource.values),
            );
        }
        if !self.conditions.is_empty() {
            let mut block = Map::new();
            for entry in &self.conditions {
                let keys = block
                    .entry(entry.operator.to_string())
                    .or_insert_with(|| json!({}));
                if let Value::Object(keys) = keys {
                    keys.insert(entry.key.text.to_string(), values_json(&entry.values));
                }
            }
            statement.insert("Condition".to_owned(), Value::Object(block));
        }
        Value::Object(statement)
    }
}

fn negatable(name: &str, patterns: &Patterns) -> String {
    let prefix = if patterns.negated { "Not" } else { "" };
    format!("{prefix}{name}")
}

fn values_json(values: &[Spanned]) -> Value {
    match values {
        [single] => (*single.text).into(),
        several => several.iter().map(|value| &*value.text).collect(),
    }
}

fn principal_json(principal: &PrincipalElement) -> Value {
    let mut types: Map<String, Value> = Map::new();
    for (kind, value) in &principal.entries {
        let name = match kind {
            PrincipalType::Everyone => return "*".into(),
            PrincipalType::Aws => "AWS",
            PrincipalType::Service => "Service",
            PrincipalType::Federated => "Federated",
            PrincipalType::CanonicalUser => "CanonicalUser",
        };
        let text = Value::from(&*value.text);
        match types.get_mut(name) {
            Some(Value::Array(values)) => values.push(text),
            Some(single) => *single = json!([single.clone(), text]),
            None => {
                types.insert(name.to_owned(), text);
            }
        }
    }
    Value::Object(types)
}
