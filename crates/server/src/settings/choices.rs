//! Fields with a few possible values, and the section `behaviour`, which is made of them.

use std::time::Duration;

use rempart_sigma::yaml::{Fields, Node, Problems, Yaml};
use rempart_store::control::{PermissionCheck, TableNaming};
use rempart_store::data::{EqualEventTime, Quotas, ReadControl};

use super::number::{flag, number};
use super::read::Found;
use super::{AuditSync, StoreSettings};

/// Takes one of the texts given, and gives what it stands for.
pub(super) fn choice<T: Copy>(
    fields: &mut Fields<'_>,
    problems: &mut impl Problems,
    name: &str,
    choices: &[(&str, T)],
) -> Option<T> {
    let node = fields.take(name)?;
    let given = node.scalar().unwrap_or_default();
    let found = choices.iter().find(|(text, _)| *text == given);
    if found.is_none() {
        let texts: Vec<&str> = choices.iter().map(|(text, _)| *text).collect();
        problems.problem(node.at, format!("`{name}` is {}", texts.join(" or ")));
    }
    found.map(|(_, value)| *value)
}

impl StoreSettings {
    /// Reads `behaviour`.
    pub(super) fn behave(&mut self, found: &mut Found<'_>, node: &Node) {
        let Some(mut all) = Fields::of(found, node, "`behaviour`") else {
            return;
        };
        let fields = &mut all;
        let data = &mut self.data;
        let equal = [
            ("overwrite", EqualEventTime::Overwrite),
            ("keep", EqualEventTime::Keep),
        ];
        set(
            &mut data.equal_event_time,
            choice(fields, found, "equalEventTime", &equal),
        );
        let control = [("deny", ReadControl::Deny), ("mask", ReadControl::Mask)];
        set(
            &mut data.read_control,
            choice(fields, found, "readControl", &control),
        );
        set(
            &mut data.nanosecond_event_times,
            flag(fields, found, "nanosecondEventTimes"),
        );
        set(
            &mut data.refuse_unknown_names,
            flag(fields, found, "refuseUnknownNames"),
        );
        set(
            &mut data.merged_row_offline,
            flag(fields, found, "mergedRowOffline"),
        );
        set(
            &mut data.flush.age,
            number(fields, found, "flushSeconds", 1..=899).map(Duration::from_secs),
        );
        set(
            &mut data.flush.rows,
            number(fields, found, "flushRows", 1..=10_000_000),
        );
        let check = [
            ("documented", PermissionCheck::Documented),
            ("effective", PermissionCheck::Effective),
        ];
        set(
            &mut self.create_permission_check,
            choice(fields, found, "createPermissionCheck", &check),
        );
        let naming = [
            ("underscores", TableNaming::Underscores),
            ("hyphens", TableNaming::Hyphens),
        ];
        set(
            &mut self.table_naming,
            choice(fields, found, "tableNaming", &naming),
        );
        let waits = [
            ("none", AuditSync::None),
            ("writes", AuditSync::Writes),
            ("all", AuditSync::All),
        ];
        set(
            &mut self.audit_sync,
            choice(fields, found, "auditSync", &waits),
        );
        if let Some(groups) = number(fields, found, "groupsPerAccount", 1..=1_000_000) {
            self.groups_per_account = Some(groups);
        }
        if let Some(node) = fields.take("quotas") {
            self.data.quotas = quotas(found, node);
        }
        all.finish(found);
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// `aws` for AWS's, `none`, or numbers of units per second.
fn quotas(found: &mut Found<'_>, node: &Node) -> Option<Quotas> {
    match (&node.value, node.scalar()) {
        (_, Some("aws")) => return Some(Quotas::default()),
        (_, Some("none")) => return None,
        (Yaml::Map(_), _) => {}
        _ => {
            let message = "`quotas` is aws, none, or a mapping of units per second";
            found.problem(node.at, message.to_owned());
            return None;
        }
    }
    let mut fields = Fields::of(found, node, "`quotas`")?;
    let mut quotas = Quotas::default();
    for (name, place) in [
        ("groupRead", &mut quotas.group_read),
        ("groupWrite", &mut quotas.group_write),
        ("identifierRead", &mut quotas.identifier_read),
        ("identifierWrite", &mut quotas.identifier_write),
    ] {
        set(place, number(&mut fields, found, name, 1..=1_000_000_000));
    }
    fields.finish(found);
    Some(quotas)
}
