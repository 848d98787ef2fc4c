//! Condition keys that SageMaker fills from fields of the request.

use std::sync::Arc;

use rempart_aws_model::{Arn, FieldForm, FieldPath, KeyFields, condition_key};
use rempart_policy::context::KeyState;
use rempart_trail::json::{Json, Kind};
use rempart_trail::record::Record;
use rempart_trail::record::fields::{MemberState, state_of};

use super::parameters::{Parameters, lowered, member};
use super::plan::ActionPlan;
use super::resource_form::Place;

/// Most values of one key that are looked at.
const MOST_VALUES: usize = 1_000;

/// Where the value of a key is found in a record.
#[derive(Debug)]
pub(super) struct FieldPlan {
    paths: Vec<Path>,
    form: FieldForm,
    /// What the API assumes when the field is omitted; whether the key then has it is not documented.
    default: Option<&'static str>,
    is_multivalued: bool,
    /// What a bare name in the field names.
    named: Named,
}

#[derive(Debug)]
struct Path {
    steps: Vec<Step>,
    required: bool,
}

#[derive(Debug)]
struct Step {
    api_name: Box<str>,
    recorded: Box<str>,
}

/// The resource that a bare name in a field stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// A KMS key, by its id
    Key,
    /// A resource of SageMaker of this type
    Resource(&'static str),
    /// Not told by the name alone
    Unknown,
}

/// What the fields hold.
enum Values {
    Some(Vec<String>),
    Omitted,
    Unknown,
}

impl FieldPlan {
    pub(super) fn new(fields: &KeyFields) -> Self {
        Self {
            paths: fields.fields.iter().map(Path::new).collect(),
            form: fields.form,
            default: match fields.form {
                FieldForm::Presence => Some("false"),
                FieldForm::Same | FieldForm::Arn => fields.default,
            },
            is_multivalued: condition_key(fields.key).is_some_and(|key| key.multivalued),
            named: match fields.key {
                "sagemaker:ModelArn" => Named::Resource("model"),
                "sagemaker:NotebookInstanceLifecycleConfigArns" => {
                    Named::Resource("notebook-instance-lifecycle-config")
                }
                key if key.ends_with("KmsKeyArn") => Named::Key,
                _ => Named::Unknown,
            },
        }
    }

    /// One field by itself.
    pub(super) fn of_path(field: &FieldPath) -> Self {
        Self {
            paths: vec![Path::new(field)],
            form: FieldForm::Same,
            default: None,
            is_multivalued: true,
            named: Named::Unknown,
        }
    }

    /// The texts in the fields.
    pub(super) fn texts(&self, parameters: &Parameters<'_>) -> Vec<String> {
        match parameters.known().map(|object| self.values(object)) {
            Some(Values::Some(texts)) => texts,
            _ => Vec::new(),
        }
    }

    /// The state of the key; `None` when the request does not have it.
    pub(super) fn state(
        &self,
        action: &ActionPlan,
        record: &Record<'_>,
        parameters: &Parameters<'_>,
    ) -> Option<KeyState> {
        match (self.recorded(action, parameters), self.form) {
            (Values::Unknown, _) => Some(KeyState::Unknown),
            (Values::Omitted, _) => self.default.map(|_| KeyState::Unknown),
            (Values::Some(_), FieldForm::Presence) => Some(KeyState::Single("true".into())),
            (Values::Some(values), FieldForm::Same) => Some(self.of_values(values)),
            (Values::Some(values), FieldForm::Arn) => {
                let place = Place::of(record);
                let arns = values.iter().map(|value| self.arn(value, &place));
                Some(match arns.collect::<Option<Vec<String>>>() {
                    Some(arns) => self.of_values(arns),
                    None => KeyState::Unknown,
                })
            }
        }
    }

    /// The value that an unknown key may have if it is there at all, when nothing but that is not
    /// known: the request omits the field, and the API assumes this.
    pub(super) fn assumed(
        &self,
        action: &ActionPlan,
        parameters: &Parameters<'_>,
    ) -> Option<KeyState> {
        let default: Arc<str> = self.default?.into();
        let is_omitted = matches!(self.recorded(action, parameters), Values::Omitted);
        is_omitted.then(|| match self.is_multivalued {
            true => KeyState::Several([default].into()),
            false => KeyState::Single(default),
        })
    }

    fn recorded(&self, action: &ActionPlan, parameters: &Parameters<'_>) -> Values {
        // The key describes a resource that exists already, or the shape does not show its field.
        if self.paths.is_empty() {
            return Values::Unknown;
        }
        match parameters {
            Parameters::Known(object) => self.values(*object),
            Parameters::None if !action.requires_parameters => Values::Omitted,
            Parameters::None | Parameters::Unknown => Values::Unknown,
        }
    }

    fn of_values(&self, mut values: Vec<String>) -> KeyState {
        values.sort_unstable();
        values.dedup();
        if self.is_multivalued {
            let values: Vec<Arc<str>> = values.into_iter().map(Into::into).collect();
            return KeyState::Several(values.into());
        }
        match values.as_slice() {
            [value] => KeyState::Single(value.as_str().into()),
            // Which of several values a key with one value takes is not documented.
            _ => KeyState::Unknown,
        }
    }

    fn values(&self, object: Json<'_>) -> Values {
        let mut found = Vec::new();
        let mut is_whole = true;
        for path in &self.paths {
            let before = found.len();
            is_whole &= collect(object, &path.steps, &mut found);
            // A field that every request has was left out of the record.
            is_whole &= !path.required || found.len() > before;
        }
        if !is_whole || found.len() > MOST_VALUES {
            Values::Unknown
        } else if found.is_empty() {
            Values::Omitted
        } else {
            Values::Some(found)
        }
    }

    /// The ARN that a value is, or that follows from it exactly.
    fn arn(&self, value: &str, place: &Place) -> Option<String> {
        if value.starts_with("arn:") {
            return Arn::parse(value).is_ok().then(|| value.to_owned());
        }
        match self.named {
            Named::Key if is_key_id(value) => place.arn("kms", &format!("key/{value}")),
            // Names with capitals are lower case in ARNs of SageMaker, but not in every place.
            Named::Resource(kind) if is_plain_name(value) => {
                place.arn("sagemaker", &format!("{kind}/{value}"))
            }
            _ => None,
        }
    }
}

impl Path {
    fn new(field: &FieldPath) -> Self {
        let steps = field.path.split('.').map(|step| {
            let api_name = step.trim_end_matches("[]").trim_end_matches("{}");
            Step {
                api_name: api_name.into(),
                recorded: lowered(api_name).into(),
            }
        });
        Self {
            steps: steps.collect(),
            required: field.required,
        }
    }
}

/// Adds the texts below a path; false when something there is hidden or is no scalar.
fn collect(value: Json<'_>, steps: &[Step], found: &mut Vec<String>) -> bool {
    if found.len() > MOST_VALUES {
        return false;
    }
    if value.kind() == Kind::Array {
        let mut is_whole = true;
        for element in value.elements() {
            is_whole &= collect(element, steps, found);
        }
        return is_whole;
    }
    let Some((step, rest)) = steps.split_first() else {
        return take(value, found);
    };
    match value.kind() {
        Kind::Object => match member(value, &step.api_name, &step.recorded) {
            Some(inner) => collect(inner, rest, found),
            None => true,
        },
        _ => state_of(value) != MemberState::Redacted,
    }
}

fn take(value: Json<'_>, found: &mut Vec<String>) -> bool {
    match state_of(value) {
        MemberState::Redacted => return false,
        MemberState::Null | MemberState::Empty | MemberState::Absent => return true,
        MemberState::Present => {}
    }
    match value.scalar_text() {
        Some(text) => found.push(text.into_owned()),
        // A structure: that it is there is all that is asked.
        None => found.push(String::new()),
    }
    true
}

/// `1234abcd-12ab-34cd-56ef-1234567890ab` or `mrk-` with 32 digits.
fn is_key_id(text: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.strip_prefix("mrk-") {
        Some(digits) => digits.len() == 32 && is_hex(digits),
        None => {
            let lengths: Vec<usize> = text.split('-').map(str::len).collect();
            lengths == [8, 4, 4, 4, 12] && text.split('-').all(is_hex)
        }
    }
}

fn is_plain_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_plain)
}
