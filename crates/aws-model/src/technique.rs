//! Technique ids of MITRE ATT&CK and MITRE ATLAS that the project's detections use.

use std::sync::OnceLock;

use crate::table;

/// A framework of techniques.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Framework {
    /// MITRE ATT&CK Enterprise.
    Attack,
    /// MITRE ATLAS.
    Atlas,
}

/// A technique or sub-technique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technique {
    /// Framework it belongs to.
    pub framework: Framework,
    /// Id in capitals, for example `T1562.008` or `AML.T0024.002`.
    pub id: &'static str,
    /// Name; a sub-technique's own name.
    pub name: &'static str,
    /// Tactics as in Sigma tags: lower case with hyphens, for example `defense-evasion`.
    pub tactics: Vec<&'static str>,
}

/// All techniques in the table, sorted by id.
pub fn techniques() -> &'static [Technique] {
    static TECHNIQUES: OnceLock<Vec<Technique>> = OnceLock::new();
    TECHNIQUES.get_or_init(|| {
        let mut techniques: Vec<Technique> =
            table::lines(table::TECHNIQUES).filter_map(read).collect();
        techniques.sort_by_key(|technique| technique.id);
        techniques
    })
}

/// The technique with this id, compared without case: `T1562.008`, `t1562.008`, `AML.T0024`.
///
/// The table holds what the detections use, not the whole frameworks: an absent id may exist.
pub fn technique(id: &str) -> Option<&'static Technique> {
    techniques()
        .iter()
        .find(|technique| technique.id.eq_ignore_ascii_case(id))
}

/// Version of the framework from which the table was made.
pub fn framework_version(framework: Framework) -> Option<&'static str> {
    let name = match framework {
        Framework::Attack => "attack",
        Framework::Atlas => "atlas",
    };
    let table = table::tables()
        .iter()
        .find(|table| table.text() == table::TECHNIQUES)?;
    table.header(name)
}

fn read(line: &'static str) -> Option<Technique> {
    let mut fields = line.split('\t');
    let (id, tactics, name) = (fields.next()?, fields.next()?, fields.next()?);
    let framework = if id.starts_with("AML.") {
        Framework::Atlas
    } else {
        Framework::Attack
    };
    Some(Technique {
        framework,
        id,
        name,
        tactics: tactics.split(',').collect(),
    })
}
