//! `terraform show -json`: plans and states of format 1.x.
//!
//! A value that is unknown until the plan is applied but that the configuration takes from a resource
//! of the same plan (`role_arn = aws_iam_role.x.arn`) becomes a reference to that resource. The format
//! names what an expression refers to, not the expression: a reference is taken only for attributes
//! that hold identifiers and only when nothing else takes part. For a set of which nothing is known
//! but what it refers to, one unknown element more stands at its end.

mod configuration;
mod merge;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::assemble::assemble;
use super::map::TERRAFORM;
use super::text::{Lines, line_of};
use super::{Declared, MAX_LENGTH, Options, PlannedEstate, PlannedProblem, ReadError};
use configuration::Configuration;
use merge::{Merge, known};

/// Deepest nesting of modules.
const MAX_MODULES: usize = 100;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(default)]
    format_version: Option<String>,
    #[serde(default, borrow)]
    resource_changes: Option<Vec<&'a RawValue>>,
    #[serde(default, borrow)]
    values: Option<Values<'a>>,
    #[serde(default, borrow)]
    configuration: Option<&'a RawValue>,
    #[serde(default, borrow)]
    variables: Option<&'a RawValue>,
    #[serde(default, borrow)]
    prior_state: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Values<'a> {
    #[serde(default, borrow)]
    root_module: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Module<'a> {
    #[serde(default, borrow)]
    resources: Vec<&'a RawValue>,
    #[serde(default, borrow)]
    child_modules: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct ResourceChange {
    address: String,
    #[serde(default)]
    module_address: Option<String>,
    #[serde(default)]
    mode: Option<String>,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    index: Option<Value>,
    #[serde(default)]
    provider_name: Option<String>,
    #[serde(default)]
    deposed: Option<String>,
    change: Change,
}

#[derive(Deserialize)]
struct Change {
    actions: Vec<String>,
    #[serde(default)]
    after: Option<Map<String, Value>>,
    #[serde(default)]
    after_unknown: Option<Value>,
}

#[derive(Deserialize)]
struct StateResource {
    address: String,
    #[serde(default)]
    mode: Option<String>,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(default)]
    provider_name: Option<String>,
    #[serde(default)]
    values: Map<String, Value>,
}

/// The resource types of the provider that are read, with the kind of the estate that they are; none for types that are
/// parts of other resources.
pub fn covered_types() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    TERRAFORM.iter().map(|(name, map)| (name, map.kind))
}

/// Reads a plan or a state, the output of `terraform show -json`.
///
/// # Errors
/// When the file is neither; what is wrong with single resources is in
/// [`problems`](PlannedEstate::problems).
pub fn read(file: &str, bytes: &[u8], options: &Options) -> Result<PlannedEstate, ReadError> {
    let fail = |line: u64, reason: String| ReadError {
        file: file.to_owned(),
        line,
        reason,
    };
    if bytes.len() > MAX_LENGTH {
        return Err(fail(1, format!("longer than {MAX_LENGTH} bytes")));
    }
    let text =
        text(bytes).map_err(|offset| fail(line_of(bytes, offset), "not UTF-8".to_owned()))?;
    let document: Document<'_> = serde_json::from_str(&text).map_err(|error| {
        let line = u64::try_from(error.line()).unwrap_or(1).max(1);
        fail(line, format!("no Terraform plan: {error}"))
    })?;
    let version = document.format_version.as_deref().unwrap_or_default();
    if version.split('.').next() != Some("1") {
        let reason = if version.is_empty() {
            "no Terraform plan: format_version is missing\nhint: write it with `terraform show -json`"
                .to_owned()
        } else {
            format!("format_version {version} is not supported, only 1.x is")
        };
        return Err(fail(1, reason));
    }
    let mut reader = Reader {
        file,
        text: &text,
        lines: Lines::new(&text),
        declared: Vec::new(),
        estate: PlannedEstate::default(),
    };
    match (&document.resource_changes, &document.values) {
        (Some(changes), _) => reader.plan(&document, changes, options),
        (None, Some(values)) => reader.state(values),
        // A state or plan without any resource has neither.
        (None, None) if document.configuration.is_some() || version.starts_with("1.") => {}
        (None, None) => return Err(fail(1, "neither a plan nor a state".to_owned())),
    }
    Ok(reader.finish(&document, options))
}

/// The text of the file; UTF-16 is what PowerShell makes of redirected output.
fn text(bytes: &[u8]) -> Result<String, usize> {
    let utf16 = |bytes: &[u8], order: fn([u8; 2]) -> u16| {
        let (pairs, _) = bytes.as_chunks::<2>();
        let units = pairs.iter().map(|pair| order(*pair));
        char::decode_utf16(units)
            .collect::<Result<String, _>>()
            .map_err(|_| 0)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<String, usize> {
    std::str::from_utf8(bytes)
        .map(str::to_owned)
        .map_err(|error| error.valid_up_to())
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    lines: Lines,
    declared: Vec<Declared>,
    estate: PlannedEstate,
}

impl Reader<'_> {
    fn plan(&mut self, document: &Document<'_>, changes: &[&RawValue], options: &Options) {
        let parse =
            |raw: Option<&RawValue>| raw.map(|raw| serde_json::from_str::<Value>(raw.get()));
        let configuration = match parse(document.configuration) {
            Some(Ok(configuration)) => configuration,
            Some(Err(error)) => {
                self.problem(
                    document.configuration,
                    None,
                    format!("configuration: {error}"),
                );
                Value::Null
            }
            None => Value::Null,
        };
        let variables = parse(document.variables).and_then(Result::ok);
        let variables = variables.unwrap_or_default();
        let mut read = Vec::new();
        let mut addresses = Vec::new();
        for raw in changes {
            match serde_json::from_str::<ResourceChange>(raw.get()) {
                Ok(change) => {
                    addresses.push(change.address.clone());
                    read.push((*raw, change));
                }
                Err(error) => {
                    let address = address_of(raw);
                    self.problem(Some(raw), address, error.to_string());
                }
            }
        }
        let configuration = Configuration::new(&configuration, &variables, &addresses);
        for (raw, change) in read {
            self.change(raw, change, &configuration, options);
        }
    }

    fn change(
        &mut self,
        raw: &RawValue,
        change: ResourceChange,
        configuration: &Configuration<'_>,
        options: &Options,
    ) {
        let has = |action: &str| change.change.actions.iter().any(|one| one == action);
        let is_data = change.mode.as_deref() == Some("data");
        if is_data || !is_aws(change.provider_name.as_deref()) {
            let prefix = if is_data { "data." } else { "" };
            self.not_covered(format!("{prefix}{}", change.type_name));
            return;
        }
        // A deposed object is one that a replacement left behind, to be deleted.
        let is_removed = (has("delete") || has("forget")) && !has("create");
        if is_removed || change.deposed.is_some() {
            self.estate.removed.push(change.address);
            return;
        }
        let Some(after) = change.change.after else {
            let reason = "has no planned values";
            self.problem(Some(raw), Some(change.address), reason.to_owned());
            return;
        };
        let module = change.module_address.as_deref().unwrap_or_default();
        let key = format!("{}.{}", change.type_name, change.name);
        let own = configuration.resource(module, &key);
        let index = change.index.as_ref().map(Value::to_string);
        let is_new = has("create");
        let merge = Merge {
            configuration,
            module,
            index: index.as_deref(),
            new: is_new.then_some(change.type_name.as_str()),
        };
        let after_unknown = change.change.after_unknown.unwrap_or_default();
        let expressions = own.and_then(|own| own.get("expressions"));
        let values = merge.values(after, &after_unknown, expressions);
        let region = region_of(&values)
            .or_else(|| configuration.region(own))
            .or_else(|| options.region.clone());
        self.declared.push(Declared {
            address: change.address,
            type_name: change.type_name,
            values,
            line: Some(self.line(raw)),
            is_new,
            region,
            notes: Vec::new(),
        });
    }

    fn state(&mut self, values: &Values<'_>) {
        let mut modules: Vec<(&RawValue, usize)> = Vec::new();
        modules.extend(values.root_module.map(|root| (root, 0)));
        while let Some((raw, depth)) = modules.pop() {
            let module: Module<'_> = match serde_json::from_str(raw.get()) {
                Ok(module) => module,
                Err(error) => {
                    self.problem(Some(raw), address_of(raw), error.to_string());
                    continue;
                }
            };
            for resource in &module.resources {
                self.state_resource(resource);
            }
            if depth >= MAX_MODULES {
                let reason = format!("modules nest deeper than {MAX_MODULES} levels");
                self.problem(Some(raw), address_of(raw), reason);
                continue;
            }
            let children = module.child_modules.iter().rev();
            modules.extend(children.map(|child| (*child, depth + 1)));
        }
    }

    fn state_resource(&mut self, raw: &RawValue) {
        let resource: StateResource = match serde_json::from_str(raw.get()) {
            Ok(resource) => resource,
            Err(error) => {
                self.problem(Some(raw), address_of(raw), error.to_string());
                return;
            }
        };
        let is_data = resource.mode.as_deref() == Some("data");
        if is_data || !is_aws(resource.provider_name.as_deref()) {
            let prefix = if is_data { "data." } else { "" };
            self.not_covered(format!("{prefix}{}", resource.type_name));
            return;
        }
        let values = known(resource.values);
        self.declared.push(Declared {
            address: resource.address,
            type_name: resource.type_name,
            region: region_of(&values),
            values,
            line: Some(self.line(raw)),
            is_new: false,
            notes: Vec::new(),
        });
    }

    fn finish(self, document: &Document<'_>, options: &Options) -> PlannedEstate {
        let mut options = options.clone();
        let by_arn = || self.declared.iter().find_map(|one| account_of(&one.values));
        let account = options.account.take().or_else(by_arn);
        options.account = account.or_else(|| caller(document.prior_state));
        let mut estate = assemble(
            self.file,
            &self.declared,
            &TERRAFORM,
            &options,
            self.estate.problems,
        );
        for (type_name, count) in self.estate.not_covered {
            *estate.not_covered.entry(type_name).or_default() += count;
        }
        estate.removed = self.estate.removed;
        estate
    }

    fn not_covered(&mut self, type_name: String) {
        *self.estate.not_covered.entry(type_name).or_default() += 1;
    }

    fn problem(&mut self, raw: Option<&RawValue>, address: Option<String>, reason: String) {
        self.estate.problems.push(PlannedProblem {
            file: self.file.to_owned(),
            line: raw.map(|raw| self.line(raw)),
            address,
            reason,
        });
    }

    /// The line where a part of the text begins.
    fn line(&self, raw: &RawValue) -> u64 {
        let start = self.text.as_ptr().addr();
        let offset = raw.get().as_ptr().addr().saturating_sub(start);
        self.lines.of(offset)
    }
}

fn is_aws(provider: Option<&str>) -> bool {
    provider.is_none_or(|name| name.rsplit('/').next() == Some("aws"))
}

/// The address of a resource that cannot be read as a whole.
fn address_of(raw: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Addressed {
        address: String,
    }
    let addressed = serde_json::from_str::<Addressed>(raw.get());
    addressed.ok().map(|addressed| addressed.address)
}

/// Provider 6 writes the region of each resource.
fn region_of(values: &Map<String, Value>) -> Option<String> {
    let region = values.get("region")?.as_str()?;
    (!region.is_empty()).then(|| region.to_owned())
}

/// The account in the ARN of a resource that exists already.
fn account_of(values: &Map<String, Value>) -> Option<String> {
    let arn = values.get("arn")?.as_str()?;
    let mut parts = arn.split(':');
    let account = parts.nth(4)?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| account.to_owned())
}

/// The account that `data.aws_caller_identity` told.
fn caller(prior_state: Option<&RawValue>) -> Option<String> {
    let state: BTreeMap<String, Value> = serde_json::from_str(prior_state?.get()).ok()?;
    let resources = state.get("values")?.get("root_module")?.get("resources")?;
    let mut resources = resources.as_array()?.iter();
    let identity = resources
        .find(|one| one.get("type").and_then(Value::as_str) == Some("aws_caller_identity"))?;
    let account = identity.get("values")?.get("account_id")?.as_str()?;
    Some(account.to_owned())
}
