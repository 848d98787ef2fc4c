//! `rempart controls`, and the controls that a command asks.

pub(crate) mod lint;
pub(crate) mod list;
pub(crate) mod test;

use std::path::Path;

use rempart_posture::{AREAS, Control, ControlSet, content, read};

use crate::arguments::ControlSelection;
use crate::output;

/// The controls of a path, or those that ship with rempart.
fn files_of(path: Option<&Path>) -> anyhow::Result<Vec<(String, String)>> {
    match path {
        Some(path) => Ok(content::files_of(path)?),
        None => Ok(content::built_in_files()),
    }
}

/// All controls that can be used. What cannot is named on standard error; the rest works.
pub(super) fn load(selection: &ControlSelection) -> anyhow::Result<ControlSet> {
    let mut own = Vec::new();
    for directory in &selection.directories {
        own.extend(content::files_of(directory)?);
    }
    let own = read(&own);
    let mut set = if selection.no_builtin_controls {
        ControlSet::default()
    } else {
        let mut set = read(&content::built_in_files());
        set.controls
            .retain(|control| own.control(&control.id).is_none());
        set
    };
    set.controls.extend(own.controls);
    set.controls.sort_by(|left, right| left.id.cmp(&right.id));
    set.faults.extend(own.faults);
    for fault in &set.faults {
        output::warning(&format!("control left out: {fault}"));
    }
    anyhow::ensure!(
        !set.controls.is_empty(),
        "no controls: give --controls DIR together with --no-builtin-controls"
    );
    Ok(set)
}

/// The controls that the user chose.
pub(super) fn chosen<'s>(
    set: &'s ControlSet,
    selection: &ControlSelection,
) -> anyhow::Result<Vec<&'s Control>> {
    for name in &selection.control {
        let known = AREAS.contains(&name.as_str()) || set.control(name).is_some();
        anyhow::ensure!(
            known,
            "`{name}` is no control and no area\nhint: `rempart controls list` shows them"
        );
    }
    if let Some(framework) = &selection.framework {
        let known = set
            .controls
            .iter()
            .any(|control| control.mappings.contains_key(framework));
        let mut names: Vec<&str> = set
            .controls
            .iter()
            .flat_map(|control| control.mappings.keys().map(String::as_str))
            .collect();
        names.sort_unstable();
        names.dedup();
        anyhow::ensure!(
            known,
            "no control answers a requirement of `{framework}`\nhint: {} are known",
            names.join(", ")
        );
    }
    let wanted = |control: &&Control| {
        let named = selection.control.is_empty()
            || selection
                .control
                .iter()
                .any(|name| *name == control.id || *name == control.area);
        let in_framework = selection
            .framework
            .as_ref()
            .is_none_or(|framework| control.mappings.contains_key(framework));
        let severe = selection
            .min_severity
            .is_none_or(|least| control.severity >= least);
        named && in_framework && severe
    };
    Ok(set.controls.iter().filter(wanted).collect())
}
