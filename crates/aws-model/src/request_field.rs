//! Fields of requests, and the condition keys that AWS fills from them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::authorization::{Action, ConditionKey};
use crate::shape::{Shape, ShapeKind};
use crate::table;

/// A field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    /// API names joined by points; `[]` follows a list, `{}` a map:
    /// `ProductionVariants[].InstanceType`.
    pub path: Box<str>,
    /// Whether every request of the operation has it.
    pub required: bool,
    /// Whether every request that has the structure around it has it.
    pub required_in_parent: bool,
    /// Kind of its value; of its elements for a list.
    pub kind: ShapeKind,
    /// Whether one request may give several values.
    pub is_repeated: bool,
}

/// How the value of a condition key follows from the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldForm {
    /// The key has the value of the field.
    Same,
    /// The field may hold a name, id or alias; the key holds the ARN.
    Arn,
    /// The key says whether the field is there.
    Presence,
}

/// A condition key with the fields of one action's request that fill it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFields {
    /// The condition key.
    pub key: &'static str,
    /// What the API assumes when the request omits the field. Whether AWS fills the key with it is
    /// not documented.
    pub default: Option<&'static str>,
    /// How the value follows.
    pub form: FieldForm,
    /// The fields; empty when the key describes a resource that exists already, or when the shape
    /// does not show the field.
    pub fields: Vec<FieldPath>,
}

/// Deepest nesting of fields that is looked into.
const DEEPEST: usize = 24;

/// All fields of the request of the operation with the action's name, in the order of the shape;
/// empty where the tables hold no shapes. Structures and lists are listed beside their members.
pub fn request_fields(action: &Action) -> &'static [FieldPath] {
    type Cache = BTreeMap<(&'static str, &'static str), Vec<FieldPath>>;
    static FIELDS: OnceLock<Cache> = OnceLock::new();
    let fields = FIELDS.get_or_init(|| {
        let mut all = Cache::new();
        for service in crate::services() {
            let Some(prefix) = service.action_prefix().filter(|_| service.has_shapes()) else {
                continue;
            };
            if prefix != "sagemaker" {
                continue;
            }
            for operation in service.operations() {
                if let Some(input) = operation.input() {
                    all.entry((prefix, operation.name()))
                        .or_insert_with(|| walk(input));
                }
            }
        }
        all
    });
    fields
        .get(&(action.prefix, action.name))
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// All fields of the request of an operation, whether an action guards it or not: as
/// [`request_fields`].
pub fn operation_fields(operation: &crate::Operation) -> Vec<FieldPath> {
    operation.input().map(walk).unwrap_or_default()
}

/// A line of the table.
struct KeyLine {
    key: &'static ConditionKey,
    default: Option<&'static str>,
    form: FieldForm,
    ends: Vec<&'static str>,
}

fn key_lines() -> &'static [KeyLine] {
    static LINES: OnceLock<Vec<KeyLine>> = OnceLock::new();
    LINES.get_or_init(|| {
        let lines = table::lines(table::REQUEST_KEYS).filter_map(|line| {
            let mut columns = line.split('\t');
            let mut column = || columns.next().unwrap_or_default();
            let (key, default, form, ends) = (column(), column(), column(), column());
            Some(KeyLine {
                key: crate::condition_key(key)?,
                default: (default != "-").then_some(default),
                form: match form {
                    "arn" => FieldForm::Arn,
                    "presence" => FieldForm::Presence,
                    _ => FieldForm::Same,
                },
                ends: ends.split(' ').collect(),
            })
        });
        lines.collect()
    })
}

/// The service condition keys that the action lists and that are filled from fields of its request.
pub fn key_fields(action: &Action) -> &'static [KeyFields] {
    type Cache = BTreeMap<(&'static str, &'static str), Vec<KeyFields>>;
    static FIELDS: OnceLock<Cache> = OnceLock::new();
    let fields = FIELDS.get_or_init(|| {
        let actions = crate::actions_of("sagemaker").iter();
        let entries = actions.map(|action| ((action.prefix, action.name), find_key_fields(action)));
        entries.collect()
    });
    fields
        .get(&(action.prefix, action.name))
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn find_key_fields(action: &Action) -> Vec<KeyFields> {
    // An update that omits a field leaves it as it is, except where it sends the whole.
    let is_whole = !action.name.starts_with("Update") || action.name.ends_with("Schedule");
    let listed = key_lines().iter().filter(|line| action.carries(line.key));
    listed
        .map(|line| KeyFields {
            key: line.key.name,
            default: line.default.filter(|_| is_whole),
            form: line.form,
            fields: request_fields(action)
                .iter()
                .filter(|field| line.ends.iter().any(|end| ends_with(&field.path, end)))
                .cloned()
                .collect(),
        })
        .collect()
}

/// Whether a field path ends in these names. `^` ties the end to the start of the path, a leading
/// `*` stands for any start of its first name. The marks of lists and maps may be left out.
pub fn ends_with(path: &str, end: &str) -> bool {
    if path.contains(['[', '{']) && !end.contains(['[', '{']) {
        let bare = path.replace("[]", "").replace("{}", "");
        return ends_with(&bare, end);
    }
    if let Some(whole) = end.strip_prefix('^') {
        return path == whole;
    }
    if let Some(open) = end.strip_prefix('*') {
        return path.ends_with(open);
    }
    match path.strip_suffix(end) {
        Some(before) => before.is_empty() || before.ends_with('.'),
        None => false,
    }
}

fn walk(input: Shape) -> Vec<FieldPath> {
    let mut fields = Vec::new();
    let mut open = Vec::new();
    members(input, "", true, false, &mut open, &mut fields);
    fields
}

/// Adds the members of a structure. A structure that holds itself is entered once on each way.
fn members(
    shape: Shape,
    prefix: &str,
    required: bool,
    is_repeated: bool,
    open: &mut Vec<&'static str>,
    fields: &mut Vec<FieldPath>,
) {
    let name = shape.name().unwrap_or_default();
    if open.contains(&name) || open.len() >= DEEPEST {
        return;
    }
    open.push(name);
    for member in shape.members() {
        let mut path = if prefix.is_empty() {
            member.name.to_owned()
        } else {
            format!("{prefix}.{}", member.name)
        };
        let mut shape = member.shape;
        let is_required = required && member.required;
        let is_list = matches!(shape.kind(), ShapeKind::List | ShapeKind::Map);
        let mut is_nested = false;
        let own_path = path.clone();
        while let ShapeKind::List | ShapeKind::Map = shape.kind() {
            path.push_str(if shape.kind() == ShapeKind::List {
                "[]"
            } else {
                "{}"
            });
            let Some(element) = shape.element() else {
                break;
            };
            shape = element;
            is_nested = true;
        }
        fields.push(FieldPath {
            path: own_path.into(),
            required: is_required,
            required_in_parent: member.required,
            kind: shape.kind(),
            is_repeated: is_repeated || is_list,
        });
        if shape.kind() == ShapeKind::Structure {
            members(
                shape,
                &path,
                is_required && !is_nested,
                is_repeated || is_nested,
                open,
                fields,
            );
        }
    }
    open.pop();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{action, actions_of, condition_key};

    fn fields_of(name: &str, key: &str) -> KeyFields {
        let action = action(name).expect("an action");
        let mut found = key_fields(action).iter();
        found
            .find(|entry| entry.key == key)
            .expect("listed")
            .clone()
    }

    fn paths(entry: &KeyFields) -> Vec<&str> {
        entry.fields.iter().map(|field| &*field.path).collect()
    }

    #[test]
    fn keys_are_filled_from_the_fields_that_aws_names() {
        let subnets = fields_of("sagemaker:CreateNotebookInstance", "sagemaker:VpcSubnets");
        assert_eq!(paths(&subnets), ["SubnetId"]);
        let volume = fields_of("sagemaker:CreateTrainingJob", "sagemaker:VolumeKmsKeyArn");
        assert_eq!(paths(&volume), ["ResourceConfig.VolumeKmsKeyId"]);
        let output = fields_of("sagemaker:CreateTrainingJob", "sagemaker:OutputKmsKeyArn");
        assert_eq!(paths(&output), ["OutputDataConfig.KmsKeyId"]);
        let types = fields_of(
            "sagemaker:CreateNotebookInstance",
            "sagemaker:InstanceTypes",
        );
        assert!(types.fields.iter().all(|field| field.required));
        let types = fields_of("sagemaker:CreateEndpointConfig", "sagemaker:InstanceTypes");
        assert!(paths(&types).contains(&"ProductionVariants[].InstanceType"));
        let internet = fields_of(
            "sagemaker:CreateNotebookInstance",
            "sagemaker:DirectInternetAccess",
        );
        assert_eq!(internet.default, Some("Enabled"));
        let root = fields_of("sagemaker:UpdateNotebookInstance", "sagemaker:RootAccess");
        assert_eq!(root.default, None);
    }

    /// What a shape cannot show is listed here, so that a new model is looked at.
    #[test]
    fn keys_without_a_field_are_known_ones() {
        let mut without = Vec::new();
        for action in actions_of("sagemaker") {
            for entry in key_fields(action) {
                if entry.fields.is_empty() {
                    without.push(format!("{} {}", action.name, entry.key));
                }
            }
        }
        assert_eq!(
            without,
            [
                "CreateApp sagemaker:OwnerUserProfileArn",
                "CreateApp sagemaker:SpaceSharingType",
                "CreateJob sagemaker:OutputKmsKeyArn",
                "CreateJob sagemaker:VpcSecurityGroupIds",
                "CreateJob sagemaker:VpcSubnets",
                "DeleteApp sagemaker:OwnerUserProfileArn",
                "DeleteApp sagemaker:SpaceSharingType",
                "DeleteSpace sagemaker:OwnerUserProfileArn",
                "DeleteSpace sagemaker:SpaceSharingType",
                "UpdateSpace sagemaker:OwnerUserProfileArn",
                "UpdateSpace sagemaker:SpaceSharingType",
            ]
        );
    }

    #[test]
    fn every_line_names_a_key_that_some_action_lists() {
        for line in table::lines(table::REQUEST_KEYS) {
            let name = line.split('\t').next().unwrap_or_default();
            let key = condition_key(name).unwrap_or_else(|| panic!("{name}"));
            let mut actions = actions_of("sagemaker").iter();
            assert!(actions.any(|action| action.carries(key)), "{name}");
        }
    }
}
