//! From material to case.

use crate::material::{Evidence, Material};
use crate::model::{Case, FORMAT, Inputs, Scope};
use crate::view::View;
use crate::{answers, deadlines, indicators, overview, timeline};

/// The case: timeline, answers, indicators, legal periods. `id` names it, `tool` is program and version.
#[must_use]
pub fn assemble(
    material: &Material,
    scope: &Scope,
    inputs: Inputs,
    id: String,
    tool: String,
) -> Case {
    let view = View::new(material);
    let mut evidence = Evidence::default();
    let steps = timeline::steps(&view, &mut evidence);
    let answers = answers::all(&view, &steps, &mut evidence);
    let indicators = indicators::indicators(&view, &mut evidence);
    let overview = overview::overview(&view, &steps, &mut evidence);
    let deadlines = deadlines::deadlines(&view, scope, &overview, &indicators);
    Case {
        format: FORMAT,
        id,
        tool,
        scope: scope.clone(),
        inputs,
        overview,
        sessions: material.sessions.clone(),
        links: material.links.clone(),
        steps,
        answers,
        indicators,
        coverage: material.coverage.clone(),
        integrity: material.integrity.clone(),
        deadlines,
        evidence: evidence.items,
    }
}
