//! Statements into documents within AWS's quota.

use rempart_policy::document::PolicyKind;
use rempart_policy::lint::quota;
use serde_json::{Value, json};

use super::draft::Statement;

/// Documents that together hold all statements, each no longer than a managed policy may be. White
/// space is counted, though IAM leaves it out: names of S3 objects may hold some.
pub(super) fn documents(statements: &[Statement]) -> Vec<Value> {
    let most = quota(PolicyKind::Identity);
    let frame = length(&document(&[]));
    let room = most.saturating_sub(frame);
    let mut documents: Vec<Vec<Value>> = Vec::new();
    let mut used = usize::MAX;
    for statement in statements.iter().flat_map(|of| pieces(of, room)) {
        let statement = statement.to_json();
        // And the comma.
        let needed = length(&statement) + 1;
        if used.saturating_add(needed) > room {
            documents.push(Vec::new());
            used = 0;
        }
        if let Some(last) = documents.last_mut() {
            last.push(statement);
            used += needed;
        }
    }
    documents.iter().map(|of| document(of)).collect()
}

/// The statement, cut until every piece fits.
fn pieces(statement: &Statement, room: usize) -> Vec<Statement> {
    let mut whole = Vec::new();
    let mut pending = vec![statement.clone()];
    while let Some(mut piece) = pending.pop() {
        if length(&piece.to_json()) < room {
            whole.push(piece);
            continue;
        }
        let mut other = piece.clone();
        if piece.resources.len() > 1 {
            other.resources = halved(&mut piece.resources);
        } else if piece.actions.len() > 1 {
            other.actions = halved(&mut piece.actions);
        } else {
            // One action and one ARN are shorter than any quota; the reader of the document would
            // find out otherwise.
            whole.push(piece);
            continue;
        }
        // The first half comes out first.
        pending.push(other);
        pending.push(piece);
    }
    whole
}

/// Takes the second half away.
fn halved<T: Ord + Clone>(of: &mut std::collections::BTreeSet<T>) -> std::collections::BTreeSet<T> {
    match of.iter().nth(of.len() / 2).cloned() {
        Some(middle) => of.split_off(&middle),
        None => std::collections::BTreeSet::new(),
    }
}

pub(super) fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn length(value: &Value) -> usize {
    value.to_string().chars().count()
}
