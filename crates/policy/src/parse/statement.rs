//! Statements: effect, actions, resources, conditions.

use super::{Reader, near};
use crate::document::{ConditionEntry, Effect, Operator, Patterns, PolicyKind, Spanned, Statement};
use crate::json::{Member, Node, Position, Value};

const ELEMENTS: [&str; 10] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Statement",
];

impl Reader {
    pub(super) fn statement(&mut self, node: &Node) -> Option<Statement> {
        let members = self.object(node, "a statement")?;
        for member in members {
            let name = &*member.key;
            if !ELEMENTS.iter().take(9).any(|element| *element == name) {
                let hint = near(name, &ELEMENTS);
                self.fault(
                    member.position,
                    format!("`{name}` is no element of a statement{hint}"),
                );
            }
        }
        let sid = member(members, "Sid").and_then(|member| self.sid(member));
        let effect = self.effect(node.position, members);
        let action = self.patterns(node.position, members, ["Action", "NotAction"], true);
        let resource = self.patterns(
            node.position,
            members,
            ["Resource", "NotResource"],
            self.kind.is_central(),
        );
        if self.kind == PolicyKind::RoleTrust
            && let Some(resource) = &resource
        {
            self.fault(
                resource.position,
                "a trust policy names no resource: it belongs to its role",
            );
        }
        if let Some(action) = &action {
            action.values.iter().for_each(|value| self.action(value));
        }
        if let Some(resource) = &resource {
            resource
                .values
                .iter()
                .for_each(|value| self.resource(value));
        }
        let principal = self.principals(node.position, members);
        let conditions = match member(members, "Condition") {
            Some(member) => self.conditions(&member.node),
            None => Vec::new(),
        };
        let statement = Statement {
            position: node.position,
            sid,
            effect: effect?,
            principal,
            action: action?,
            resource,
            conditions,
        };
        self.resource_control(&statement);
        Some(statement)
    }

    fn sid(&mut self, member: &Member) -> Option<Spanned> {
        let text = self.string(&member.node, "`Sid`")?;
        if self.kind.is_central() && !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.fault(
                member.node.position,
                format!("the Sid `{text}` may hold letters and digits only"),
            );
        }
        Some(spanned(text, member.node.position))
    }

    fn effect(&mut self, position: Position, members: &[Member]) -> Option<Effect> {
        let Some(member) = member(members, "Effect") else {
            self.fault(position, "the statement has no `Effect`");
            return None;
        };
        match self.string(&member.node, "`Effect`")? {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            other => {
                self.fault(
                    member.node.position,
                    format!("there is no effect `{other}`: Allow or Deny is meant"),
                );
                None
            }
        }
    }

    fn patterns(
        &mut self,
        position: Position,
        members: &[Member],
        [name, negated_name]: [&str; 2],
        needed: bool,
    ) -> Option<Patterns> {
        let (plain, negated) = (member(members, name), member(members, negated_name));
        let member = match (plain, negated) {
            (Some(_), Some(other)) => {
                self.fault(
                    other.position,
                    format!("the statement has both `{name}` and `{negated_name}`"),
                );
                return None;
            }
            (None, None) => {
                if needed {
                    self.fault(
                        position,
                        format!("the statement has neither `{name}` nor `{negated_name}`"),
                    );
                }
                return None;
            }
            (Some(member), None) | (None, Some(member)) => member,
        };
        let values = self.texts(&member.node, &format!("`{}`", member.key))?;
        if values.is_empty() {
            self.fault(
                member.node.position,
                format!("`{}` is an empty list", member.key),
            );
        }
        Some(Patterns {
            negated: plain.is_none(),
            values,
            position: member.position,
        })
    }

    /// A string or a list of strings.
    pub(super) fn texts(&mut self, node: &Node, what: &str) -> Option<Vec<Spanned>> {
        match &node.value {
            Value::String(text) => Some(vec![spanned(text, node.position)]),
            Value::Array(nodes) => {
                let mut values = Vec::with_capacity(nodes.len());
                for node in nodes {
                    let text = self.string(node, &format!("each value of {what}"))?;
                    values.push(spanned(text, node.position));
                }
                Some(values)
            }
            other => {
                let kind = other.kind();
                self.fault(
                    node.position,
                    format!("{what} must be a string or a list of strings, not {kind}"),
                );
                None
            }
        }
    }

    /// `*`, or a service prefix without wildcards, a colon, and a name that may have some.
    fn action(&mut self, value: &Spanned) {
        let text = &*value.text;
        if matches!(text, "*" | "*:*") {
            return;
        }
        let reason = match text.split_once(':') {
            None => "an action is written `service:Name`",
            Some((prefix, _)) if prefix.contains(['*', '?']) => {
                "the service of an action takes no wildcard"
            }
            Some((prefix, name)) => {
                let in_prefix = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
                let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"*?-_".contains(&byte);
                let is_action = !prefix.is_empty()
                    && !name.is_empty()
                    && prefix.bytes().all(in_prefix)
                    && name.bytes().all(in_name);
                if is_action {
                    return;
                }
                "an action is written `service:Name` with letters, digits and wildcards"
            }
        };
        self.fault(value.position, format!("`{text}`: {reason}"));
    }

    /// `*`, or an ARN pattern. A star that ends a part may stand for further parts.
    fn resource(&mut self, value: &Spanned) {
        let text = &*value.text;
        if text == "*" {
            return;
        }
        let is_whole = text.bytes().filter(|byte| *byte == b':').count() >= 5;
        let reason = if !text.starts_with("arn:") {
            "a resource is `*` or an ARN"
        } else if !is_whole && !text.split(':').any(|part| part.ends_with('*')) {
            "an ARN has six parts"
        } else if text
            .split(':')
            .nth(2)
            .is_some_and(|service| service.contains('?') || (service.contains('*') && is_whole))
        {
            "the service of an ARN takes no wildcard"
        } else {
            return;
        };
        self.fault(value.position, format!("`{text}`: {reason}"));
    }

    fn conditions(&mut self, node: &Node) -> Vec<ConditionEntry> {
        let mut entries = Vec::new();
        let Some(operators) = self.object(node, "`Condition`") else {
            return entries;
        };
        for operator_member in operators {
            let name = &*operator_member.key;
            let Some(operator) = Operator::parse(name) else {
                self.fault(
                    operator_member.position,
                    format!("there is no condition operator `{name}`"),
                );
                continue;
            };
            let what = format!("the keys of `{name}`");
            let Some(keys) = self.object(&operator_member.node, &what) else {
                continue;
            };
            for key in keys {
                if let Some(entry) = self.condition(operator, operator_member.position, key) {
                    entries.push(entry);
                }
            }
        }
        entries
    }

    fn condition(
        &mut self,
        operator: Operator,
        operator_position: Position,
        member: &Member,
    ) -> Option<ConditionEntry> {
        let key = &*member.key;
        if key.is_empty() || !key.contains(':') {
            self.fault(
                member.position,
                format!("`{key}` is no condition key: keys are written `prefix:Name`"),
            );
            return None;
        }
        let mut values = Vec::new();
        match &member.node.value {
            Value::Array(nodes) => {
                for node in nodes {
                    values.push(self.scalar(node, key)?);
                }
            }
            _ => values.push(self.scalar(&member.node, key)?),
        }
        if operator.base == crate::document::BaseOperator::Null {
            for value in &values {
                if !value.text.eq_ignore_ascii_case("true")
                    && !value.text.eq_ignore_ascii_case("false")
                {
                    self.fault(
                        value.position,
                        format!("`Null` takes true or false, not `{}`", value.text),
                    );
                }
            }
        }
        Some(ConditionEntry {
            operator,
            operator_position,
            key: spanned(key, member.position),
            values,
        })
    }

    /// A value of a condition: strings, numbers and booleans alike.
    fn scalar(&mut self, node: &Node, key: &str) -> Option<Spanned> {
        let text: &str = match &node.value {
            Value::String(text) | Value::Number(text) => text,
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            other => {
                let kind = other.kind();
                self.fault(
                    node.position,
                    format!("a value of `{key}` must be a string, number or boolean, not {kind}"),
                );
                return None;
            }
        };
        Some(spanned(text, node.position))
    }

    /// Customers write RCPs that deny; the one that allows is AWS's own (Organizations User Guide,
    /// "RCP syntax").
    fn resource_control(&mut self, statement: &Statement) {
        if self.kind != PolicyKind::ResourceControl {
            return;
        }
        let is_star = |patterns: &Patterns| {
            !patterns.negated && patterns.values.iter().any(|value| &*value.text == "*")
        };
        let is_aws_own = is_star(&statement.action)
            && statement.resource.as_ref().is_some_and(is_star)
            && statement.conditions.is_empty();
        if statement.effect == Effect::Allow && !is_aws_own {
            self.fault(
                statement.position,
                "a resource control policy can only deny",
            );
        }
        let everyone = |principal: &crate::document::PrincipalElement| {
            !principal.negated
                && principal
                    .entries
                    .iter()
                    .all(|(_, value)| &*value.text == "*")
        };
        if let Some(principal) = &statement.principal
            && !everyone(principal)
        {
            self.fault(
                principal.position,
                "the principal of a resource control policy is `*`",
            );
        }
    }
}

pub(super) fn member<'a>(members: &'a [Member], name: &str) -> Option<&'a Member> {
    members.iter().find(|member| &*member.key == name)
}

fn spanned(text: &str, position: Position) -> Spanned {
    Spanned {
        text: text.into(),
        position,
    }
}
