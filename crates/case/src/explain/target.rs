//! What the call was about.

use rempart_aws_model::{Arn, FieldForm, guarding_actions, key_fields};
use rempart_locale::Text;
use rempart_trail::json::{Json, Kind};
use rempart_trail::record::{Field, Record};

use super::lines::{Lines, listed, safe, shown, values_at};
use super::what;

/// Resources that are shown.
const MOST_RESOURCES: usize = 20;
/// Members of the request that are shown.
const MOST_MEMBERS: usize = 24;

/// The thing that the call was about, in a sentence.
pub(super) fn main(record: &Record<'_>) -> Option<String> {
    let resources = || {
        record
            .get(Field::Resources)
            .into_iter()
            .flat_map(Json::elements)
    };
    let arn = resources().find_map(arn_of);
    let name = rempart_hunt::derive::resource_name(record);
    let target = name.or(arn).or_else(|| first_identifier(record))?;
    let target = safe(&target);
    (!target.is_empty()).then_some(target)
}

fn arn_of(resource: Json<'_>) -> Option<String> {
    let arn = resource.get("ARN").or_else(|| resource.get("arn"))?;
    arn.as_str().map(std::borrow::Cow::into_owned)
}

fn first_identifier(record: &Record<'_>) -> Option<String> {
    let request = record.get(Field::RequestParameters)?;
    let found = request
        .entries()
        .find(|(key, value)| is_identifier(&key.text()) && value.kind() == Kind::String);
    found.and_then(|(_, value)| value.as_str().map(std::borrow::Cow::into_owned))
}

fn is_identifier(name: &str) -> bool {
    const ENDS: [&str; 7] = ["Name", "Arn", "ARN", "Id", "name", "arn", "Uri"];
    const WHOLE: [&str; 3] = ["key", "secretId", "id"];
    ENDS.iter().any(|end| name.ends_with(end)) || WHOLE.contains(&name)
}

pub(super) fn lines(record: &Record<'_>, lines: &mut Lines<'_>) {
    let resources = record.get(Field::Resources);
    let mut count = 0_usize;
    for resource in resources.into_iter().flat_map(Json::elements) {
        count += 1;
        if count <= MOST_RESOURCES {
            one(record, resource, lines);
        }
    }
    if count > MOST_RESOURCES {
        let more = Text::new("explain-more-resources").with("count", count - MOST_RESOURCES);
        lines.said("more", &more, None);
    }
    let Some(request) = record.get(Field::RequestParameters) else {
        return;
    };
    let scalars = request
        .entries()
        .filter(|(_, value)| !matches!(value.kind(), Kind::Object | Kind::Array | Kind::Null));
    let explained = super::fields::paths(record);
    let mut rest = scalars.filter(|(key, _)| !explained.contains(&&*key.text()));
    for (key, value) in rest.by_ref().take(MOST_MEMBERS) {
        lines.named(safe(&key.text()), shown(value), foreign(record, value));
    }
    lines.left_out(rest.count());
}

fn one(record: &Record<'_>, resource: Json<'_>, lines: &mut Lines<'_>) {
    let kind = resource
        .get("type")
        .and_then(Json::as_str)
        .unwrap_or_default();
    let arn =
        arn_of(resource).unwrap_or_else(|| String::from_utf8_lossy(resource.raw()).into_owned());
    let account = resource.get("accountId").and_then(Json::scalar_text);
    let own = record.recipient_account();
    let note = match (account, own) {
        (Some(account), Some(own)) if account != own && !account.is_empty() => {
            Some(Text::new("explain-note-resource-account").with("account", safe(&account)))
        }
        _ => None,
    };
    match kind.is_empty() {
        true => lines.fact("resource", &arn, note),
        false => lines.named(safe(&kind), safe(&arn), note),
    }
}

/// Says when an ARN in the request belongs to another account.
fn foreign(record: &Record<'_>, value: Json<'_>) -> Option<Text> {
    let text = value.as_str()?;
    let account = Arn::parse(&text).ok()?.account_id()?;
    let own = record.recipient_account()?;
    let is_foreign = account.as_str() != own;
    is_foreign.then(|| Text::new("explain-note-resource-account").with("account", account.as_str()))
}

/// The condition keys that this request filled: what a policy could have tested.
pub(super) fn conditions(record: &Record<'_>, lines: &mut Lines<'_>) {
    let (source, name) = what::names(record);
    let Some(request) = record.get(Field::RequestParameters) else {
        return;
    };
    if request.kind() != Kind::Object {
        return;
    }
    let guarding = guarding_actions(&source, &name);
    let Some(action) = guarding.last().and_then(|entry| entry.actions.first()) else {
        return;
    };
    for key in key_fields(action) {
        let mut values: Vec<String> = key
            .fields
            .iter()
            .flat_map(|field| values_at(request, &recorded_path(&field.path)))
            .map(shown)
            .collect();
        values.sort();
        values.dedup();
        if !values.is_empty() {
            let note = match key.form {
                FieldForm::Same => None,
                FieldForm::Arn => Some(Text::new("explain-note-key-arn")),
                FieldForm::Presence => Some(Text::new("explain-note-key-presence")),
            };
            lines.named(key.key.to_owned(), listed(&values), note);
        } else if let Some(default) = key.default
            && !key.fields.is_empty()
            && name.starts_with("Create")
        {
            let value = Text::new("explain-absent");
            let value = lines.locale().say(&value);
            let note = Text::new("explain-note-key-default").with("default", default);
            lines.named(key.key.to_owned(), value, Some(note));
        }
    }
}

/// A path of the API as CloudTrail writes it: first letters lowered, no marks of lists.
fn recorded_path(path: &str) -> String {
    let names = path.split('.').map(|name| {
        let name = name.trim_end_matches("[]").trim_end_matches("{}");
        let mut letters = name.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    names.collect::<Vec<_>>().join(".")
}
