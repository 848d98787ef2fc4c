//! What Inspector is switched on for, as `inspector2:BatchGetAccountStatus` answers it.

use serde_json::{Map, Value, json};

use super::assemble::{Assembly, Known};
use super::unknown::{unknown, unknown_reason};

const OPERATION: &str = "inspector2:BatchGetAccountStatus";

pub(crate) fn assemble(known: &[Known<'_>], assembly: &mut Assembly<'_>) {
    for one in known.iter().filter(|one| one.map.part == Some("inspector")) {
        let accounts = match one.values.get("account_ids") {
            Some(Value::Array(accounts)) => accounts.clone(),
            _ => vec![Value::String(assembly.account.clone())],
        };
        let states = match one.values.get("resource_types") {
            Some(Value::Array(types)) => states(types),
            _ => unknown("which resource types are switched on is unknown"),
        };
        for account in accounts {
            let mut item = Map::new();
            item.insert("accountId".to_owned(), account);
            item.insert("resourceState".to_owned(), states.clone());
            assembly.add_item(one, OPERATION, "accounts", item);
        }
    }
}

fn states(types: &[Value]) -> Value {
    let mut states = Map::new();
    for name in types {
        if let Some(reason) = unknown_reason(name) {
            return unknown(reason);
        }
        let member = match name.as_str().unwrap_or_default() {
            "EC2" => "ec2",
            "ECR" => "ecr",
            "LAMBDA" => "lambda",
            "LAMBDA_CODE" => "lambdaCode",
            "CODE_REPOSITORY" => "codeRepository",
            _ => continue,
        };
        states.insert(member.to_owned(), json!({"status": "ENABLED"}));
    }
    // What is not switched on here is off, unless it was on before.
    Value::Object(states)
}
