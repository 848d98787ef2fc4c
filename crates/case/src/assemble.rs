//! The case from its material.
use crate::material::{Evidence, Material};
use crate::model::{Case, FORMAT, Inputs, Overview, Scope};
/// Temporary.
pub fn assemble(
    material: &Material,
    scope: &Scope,
    inputs: Inputs,
    id: String,
    tool: String,
) -> Case {
    let _ = Evidence::default();
    Case {
        format: FORMAT,
        id,
        tool,
        scope: scope.clone(),
        inputs,
        overview: Overview::default(),
        sessions: material.sessions.clone(),
        links: material.links.clone(),
        steps: Vec::new(),
        answers: Vec::new(),
        indicators: Vec::new(),
        coverage: material.coverage.clone(),
        integrity: material.integrity.clone(),
        deadlines: Vec::new(),
        evidence: Default::default(),
    }
}
