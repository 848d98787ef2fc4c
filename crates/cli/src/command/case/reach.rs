//! The blast radius as the report shows it.

use rempart_locale::Text;
use rempart_reach::{Condition, Label, Missing, Proof, Reach, Row};
use rempart_report::{ReachRow, ReachTable};

/// Rows that a page shows; all are in `reach.json`.
const MOST_ROWS: usize = 1500;
/// Missing things that a page lists.
const MOST_MISSING: usize = 200;
/// Conditions and proofs of a row.
const MOST_SHOWN: usize = 4;

/// The table, strongest rows first. What is out of reach is counted in `reach.json` alone.
pub(super) fn table(reach: &Reach) -> ReachTable {
    let mut rows: Vec<&Row> = reach
        .rows
        .iter()
        .filter(|row| row.label != Label::NotReachable)
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.label));
    let left = rows.len().saturating_sub(MOST_ROWS);
    let mut unknown: Vec<Text> = reach
        .unknown
        .iter()
        .take(MOST_MISSING)
        .map(missing)
        .collect();
    if left > 0 {
        unknown.push(Text::new("reach-rows-left-out").with("count", left));
    }
    let not_reachable = reach
        .rows
        .iter()
        .filter(|row| row.label == Label::NotReachable);
    let not_reachable = not_reachable.count();
    if not_reachable > 0 {
        unknown.push(Text::new("reach-not-reachable-count").with("count", not_reachable));
    }
    ReachTable {
        rows: rows
            .into_iter()
            .take(MOST_ROWS)
            .map(|row| shown(reach, row))
            .collect(),
        unknown,
    }
}

fn shown(reach: &Reach, row: &Row) -> ReachRow {
    let identity = reach.identities.get(row.identity);
    let mut steps: Vec<Text> = identity
        .into_iter()
        .flat_map(|identity| &identity.how)
        .filter(|step| !step.from.is_empty())
        .map(|step| {
            Text::new("reach-step")
                .with("from", step.from.as_str())
                .with("to", step.to.as_str())
                .with("actions", step.actions.clone())
        })
        .collect();
    steps.extend(row.proofs.iter().map(proof));
    steps.truncate(MOST_SHOWN);
    let actions = match row.gate {
        Some(gate) => vec![gate.to_owned()],
        None => row.actions.iter().map(ToString::to_string).collect(),
    };
    ReachRow {
        identity: identity
            .map(|identity| identity.arn.clone())
            .unwrap_or_default(),
        resource: row.resource.to_string(),
        kind: row.kind.to_string(),
        label: row.label.name().to_owned(),
        actions,
        conditions: row
            .conditions
            .iter()
            .take(MOST_SHOWN)
            .map(condition)
            .collect(),
        proof: steps,
        first_at: (!row.first_at.is_empty()).then(|| row.first_at.to_string()),
        evidence: row.evidence.clone(),
    }
}

fn missing(missing: &Missing) -> Text {
    Text::new("reach-missing")
        .with("what", missing.what.as_str())
        .with("permission", missing.permission.as_str())
        .with("limits", missing.limits.as_str())
}

fn condition(condition: &Condition) -> Text {
    match condition {
        Condition::Key { key } => {
            let values: Vec<String> = key
                .changes
                .iter()
                .map(|change| change.when.clone())
                .collect();
            Text::new("reach-condition-key")
                .with("key", &*key.key)
                .with("values", values)
        }
        Condition::Policy { what, permission } => Text::new("reach-condition-policy")
            .with("what", what.as_str())
            .with("permission", permission.as_str()),
        Condition::Circumstance { code } => Text::new(format!("reach-circumstance-{code}")),
    }
}

fn proof(proof: &Proof) -> Text {
    let statements: Vec<String> = proof
        .statements
        .iter()
        .map(|statement| match &statement.sid {
            Some(sid) => format!("{} {}: {sid}", statement.effect, statement.policy),
            None => format!(
                "{} {}: {}",
                statement.effect, statement.policy, statement.number
            ),
        })
        .collect();
    let text = match statements.is_empty() {
        true => Text::new("reach-proof-none"),
        false => Text::new("reach-proof").with("statements", statements),
    };
    text.with("action", &*proof.action).with(
        "layer",
        Text::new(format!("reach-decision-{}", proof.decision.to_lowercase())),
    )
}
