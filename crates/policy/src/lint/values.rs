//! Values of conditions: types, wildcards, variables.

use rempart_aws_model::condition_key;

use super::view::View;
use super::{
    MALFORMED_VALUE, NO_VALUES, Report, SHORT_ARN, VARIABLE_BROKEN, VARIABLE_MISPLACED,
    VARIABLE_MULTI, VARIABLE_OLD_VERSION, WILDCARD_IN_EQUALS,
};
use crate::document::{BaseOperator, ConditionEntry, Family, Spanned, Version};
use crate::explain::malformed_values;
use crate::template::{Part, Template};

pub(crate) fn check(view: &View, report: &mut Report) {
    for entry in &view.statement.conditions {
        if entry.values.is_empty() {
            report.add(
                NO_VALUES,
                view,
                entry.key.position,
                format!("{} on `{}` lists no value", entry.operator, entry.key.text),
            );
        }
        types(view, entry, report);
        wildcards(view, entry, report);
        for value in &entry.values {
            let takes_variables =
                matches!(entry.operator.base.family(), Family::String | Family::Arn);
            variables(view, value, takes_variables, report);
        }
    }
    for value in view
        .statement
        .resource
        .iter()
        .flat_map(|resource| &resource.values)
    {
        variables(view, value, true, report);
    }
}

fn types(view: &View, entry: &ConditionEntry, report: &mut Report) {
    for value in malformed_values(entry) {
        // Reported as a variable that is not replaced.
        if view.version() == Version::V2012 && value.text.contains("${") {
            continue;
        }
        let what = match entry.operator.base.family() {
            Family::Numeric => "a number",
            Family::Date => "a date",
            Family::Bool => "true or false",
            Family::Address => "an address or range",
            _ => "base64",
        };
        report.add(
            MALFORMED_VALUE,
            view,
            value.position,
            format!(
                "`{}` is not {what}: {} compares nothing with it",
                value.text, entry.operator
            ),
        );
    }
    if entry.operator.base.family() != Family::Arn {
        return;
    }
    for value in &entry.values {
        let is_short = value.text.matches(':').count() < 5;
        if is_short && &*value.text != "*" && !value.text.contains("${") {
            report.add(
                SHORT_ARN,
                view,
                value.position,
                format!(
                    "`{}` has fewer than six parts: what it matches is not documented",
                    value.text
                ),
            );
        }
    }
}

fn wildcards(view: &View, entry: &ConditionEntry, report: &mut Report) {
    let like = match entry.operator.base {
        BaseOperator::StringEquals => "StringLike",
        BaseOperator::StringNotEquals => "StringNotLike",
        _ => return,
    };
    for value in &entry.values {
        let plain = value.text.replace("${*}", "").replace("${?}", "");
        // A question mark is part of many a text; a star hardly.
        if plain.contains('*') {
            report.advise(
                WILDCARD_IN_EQUALS,
                view,
                value.position,
                format!(
                    "{} takes the star in `{}` literally",
                    entry.operator, value.text
                ),
                format!("use {like} for patterns"),
            );
        }
    }
}

fn variables(view: &View, value: &Spanned, are_replaced: bool, report: &mut Report) {
    if !value.text.contains("${") {
        return;
    }
    let template = Template::parse(&value.text, Version::V2012);
    if view.version() == Version::V2008 {
        if template.is_variable() {
            report.advise(
                VARIABLE_OLD_VERSION,
                view,
                value.position,
                format!("`{}` is plain text without version 2012-10-17", value.text),
                "add \"Version\": \"2012-10-17\"",
            );
        }
        return;
    }
    if !are_replaced && template.is_variable() {
        report.add(
            VARIABLE_MISPLACED,
            view,
            value.position,
            format!(
                "no variable is replaced in `{}`: only String and Arn operators do",
                value.text
            ),
        );
        return;
    }
    for part in &template.parts {
        match part {
            Part::Text(text) if text.contains("${") => report.add(
                VARIABLE_BROKEN,
                view,
                value.position,
                format!(
                    "`{}` holds a variable without end or name: it is plain text",
                    value.text
                ),
            ),
            Part::Variable { key, .. }
                if condition_key(key.as_str()).is_some_and(|key| key.multivalued) =>
            {
                report.add(
                    VARIABLE_MULTI,
                    view,
                    value.position,
                    format!(
                        "`{}` has several values and cannot be a variable",
                        key.as_str()
                    ),
                );
            }
            _ => {}
        }
    }
}
