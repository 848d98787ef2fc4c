//! Names of actions.

use rempart_aws_model::{action_service, action_services, actions_of, nearest};

use super::view::View;
use super::{EMPTY_WILDCARD, Report, UNKNOWN_ACTION, UNKNOWN_SERVICE};

pub(crate) fn check(view: &View, report: &mut Report) {
    for value in &view.statement.action.values {
        let Some((prefix, name)) = value.text.split_once(':') else {
            continue;
        };
        if prefix == "*" {
            continue;
        }
        if action_service(prefix).is_none() {
            let near = nearest(prefix, action_services().map(|service| service.prefix()));
            let message = format!("no service has the prefix `{prefix}`");
            report.put(
                UNKNOWN_SERVICE,
                Some(view),
                value.position,
                message,
                meant(&near, ""),
            );
            continue;
        }
        let has_wildcard = name.contains(['*', '?']);
        let is_listed = view
            .patterns
            .iter()
            .any(|pattern| pattern.written == value && !pattern.actions.is_empty());
        if has_wildcard {
            if !is_listed && !view.statement.action.negated {
                let message = format!("no action of `{prefix}` matches `{}`", value.text);
                report.add(EMPTY_WILDCARD, view, value.position, message);
            }
            continue;
        }
        let mut actions = actions_of(prefix).iter();
        if actions.any(|action| action.name.eq_ignore_ascii_case(name)) {
            continue;
        }
        let near = nearest(name, actions_of(prefix).iter().map(|action| action.name));
        let message = format!(
            "the authorization reference does not list the action `{}`",
            value.text
        );
        report.put(
            UNKNOWN_ACTION,
            Some(view),
            value.position,
            message,
            meant(&near, &format!("{prefix}:")),
        );
    }
}

fn meant(near: &[&str], prefix: &str) -> Option<String> {
    let first = near.first()?;
    Some(format!("`{prefix}{first}` may be meant"))
}
