//! Scripts, commands, environment values and secrets inside a request.

use std::hash::{DefaultHasher, Hash, Hasher};

use rempart_trail::json::{Json, Kind};
use rempart_trail::record::{Field, Record};

use super::{request, walk};
use rempart_scan::script::{self, Examination, Limits, State, Verdict};

/// What the scripts of one record hold; the strongest of several counts.
#[derive(Debug, Default)]
pub(super) struct ScriptSummary {
    pub(super) state: Option<&'static str>,
    pub(super) verdict: Option<&'static str>,
    pub(super) level: Option<&'static str>,
    pub(super) classes: Vec<String>,
    pub(super) indicators: Vec<String>,
}

/// Classes and level of commands in a request.
#[derive(Debug, Default)]
pub(super) struct CommandSummary {
    pub(super) level: Option<&'static str>,
    pub(super) classes: Vec<String>,
}

/// Tells one record's scripts from another's.
pub(super) fn script_key(record: &Record<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    record.raw().hash(&mut hasher);
    hasher.finish()
}

/// Examines the scripts that a call carries in base64: lifecycle configurations of notebooks and
/// Studio.
pub(super) fn summarise_scripts(record: &Record<'_>) -> ScriptSummary {
    let Some(name) = record.text(Field::EventName) else {
        return ScriptSummary::default();
    };
    const CARRIERS: [&str; 3] = [
        "CreateNotebookInstanceLifecycleConfig",
        "UpdateNotebookInstanceLifecycleConfig",
        "CreateStudioLifecycleConfig",
    ];
    let is_sagemaker = record
        .text(Field::EventSource)
        .is_some_and(|source| source == "sagemaker.amazonaws.com");
    if !is_sagemaker || !CARRIERS.contains(&&*name) {
        return ScriptSummary::default();
    }
    let scripts = script_fields(record);
    if scripts.is_empty() {
        // An update may leave the scripts as they are; one without any parameters lost them.
        let is_lost = request::state(record) == "omitted";
        let lost = ScriptSummary {
            state: Some("omitted"),
            verdict: Some("unknown"),
            ..ScriptSummary::default()
        };
        return if is_lost {
            lost
        } else {
            ScriptSummary::default()
        };
    }
    let limits = Limits::default();
    let examinations: Vec<Examination> = scripts
        .iter()
        .map(|content| script::examine_base64(content, &limits))
        .collect();
    summary_of(&examinations)
}

fn script_fields(record: &Record<'_>) -> Vec<String> {
    let Some(request) = record.get(Field::RequestParameters) else {
        return Vec::new();
    };
    let mut scripts = Vec::new();
    for list in ["onCreate", "onStart"] {
        let entries = request.get(list).into_iter().flat_map(Json::elements);
        scripts.extend(
            entries
                .filter_map(|entry| entry.get("content")?.as_str())
                .map(|text| text.into_owned()),
        );
    }
    let studio = request
        .get("studioLifecycleConfigContent")
        .and_then(Json::as_str);
    scripts.extend(studio.map(|text| text.into_owned()));
    scripts
}

fn summary_of(examinations: &[Examination]) -> ScriptSummary {
    let state = |examination: &Examination| match examination.state {
        State::Decoded => 0,
        State::Truncated { .. } => 1,
        State::Undecodable { .. } => 2,
    };
    let worst_state = examinations
        .iter()
        .max_by_key(|examination| state(examination));
    let gravity = |examination: &Examination| match examination.verdict {
        Verdict::Clean => 0,
        Verdict::Unknown => 1,
        Verdict::Suspicious => 2,
        Verdict::Malicious => 3,
    };
    let worst = examinations
        .iter()
        .max_by_key(|examination| gravity(examination));
    let commands = commands_of(examinations);
    let indicators = examinations
        .iter()
        .flat_map(|examination| &examination.indicators);
    ScriptSummary {
        state: worst_state.map(|examination| examination.state.id()),
        verdict: worst.map(|examination| examination.verdict.id()),
        level: commands.level,
        classes: commands.classes,
        indicators: indicators
            .map(|found| format!("{} ({}, line {})", found.name, found.layer, found.line))
            .collect(),
    }
}

fn commands_of(examinations: &[Examination]) -> CommandSummary {
    let classes = examinations
        .iter()
        .flat_map(Examination::classes)
        .map(|class| class.id().to_owned());
    CommandSummary {
        level: examinations
            .iter()
            .filter_map(|examination| examination.level)
            .max()
            .map(script::Level::id),
        classes: classes.collect(),
    }
}

/// Examines container entry points, arguments, environment values and pipeline definitions.
pub(super) fn entry_points(record: &Record<'_>) -> CommandSummary {
    let Some(request) = record.get(Field::RequestParameters) else {
        return CommandSummary::default();
    };
    let mut texts = Vec::new();
    walk::objects(request, &mut |object| {
        for (key, value) in object.entries() {
            match &*key.text().to_ascii_lowercase() {
                // The words of a command line make one text, in which tricks across words show.
                "containerentrypoint" | "containerarguments" | "arguments" | "command" | "args" => {
                    texts.push(joined(value));
                }
                "environment" | "environmentvariables" | "containerenvironmentvariables" => {
                    texts.extend(
                        value
                            .entries()
                            .filter_map(|(_, value)| value.as_str())
                            .map(|text| text.into_owned()),
                    );
                }
                "pipelinedefinition" => texts.extend(value.as_str().map(|text| text.into_owned())),
                _ => {}
            }
        }
    });
    let limits = Limits {
        api_limit: None,
        ..Limits::default()
    };
    let examinations: Vec<Examination> = texts
        .iter()
        .filter(|text| !text.trim().is_empty())
        .map(|text| script::examine_text(text, &limits))
        .collect();
    commands_of(&examinations)
}

fn joined(value: Json<'_>) -> String {
    if value.kind() != Kind::Array {
        return value.scalar_text().unwrap_or_default().into_owned();
    }
    let words: Vec<_> = value.elements().filter_map(Json::scalar_text).collect();
    words.join(" ")
}

/// Kinds of secrets anywhere in the request. The values are not kept.
pub(super) fn secret_kinds(record: &Record<'_>) -> Vec<String> {
    let Some(request) = record.get(Field::RequestParameters) else {
        return Vec::new();
    };
    let mut kinds = Vec::new();
    walk::scalars(request, &mut |place, text| {
        // The key belongs to the pattern: `password: …` says more than the value alone.
        let assignment = format!("{}={text}", place.key);
        kinds.extend(
            script::secrets(&assignment)
                .into_iter()
                .map(|kind| kind.id().to_owned()),
        );
    });
    kinds
}

/// Variables of a container's environment that change what is loaded or where packages come from.
pub(super) fn risky_environment(record: &Record<'_>) -> Vec<String> {
    const RISKY: [&str; 14] = [
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "LD_AUDIT",
        "BASH_ENV",
        "ENV",
        "PYTHONSTARTUP",
        "PYTHONPATH",
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "SAGEMAKER_SUBMIT_DIRECTORY",
        "NODE_OPTIONS",
    ];
    let Some(request) = record.get(Field::RequestParameters) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    walk::objects(request, &mut |object| {
        for (key, value) in object.entries() {
            let key = key.text().to_ascii_lowercase();
            if key != "environment" && !key.ends_with("environmentvariables") {
                continue;
            }
            for (name, value) in value.entries() {
                let name = name.text().to_ascii_uppercase();
                let value = value.scalar_text().unwrap_or_default();
                if RISKY.contains(&name.as_str()) && !is_usual(&name, &value) {
                    found.push(name);
                }
            }
        }
    });
    found
}

/// Values that the framework containers and the SDK set themselves.
fn is_usual(name: &str, value: &str) -> bool {
    match name {
        "LD_LIBRARY_PATH" | "PYTHONPATH" => value.split(':').all(|path| {
            ["/opt/", "/usr/", "/lib"]
                .iter()
                .any(|safe| path.starts_with(safe))
        }),
        "PIP_INDEX_URL" | "PIP_EXTRA_INDEX_URL" => {
            value.starts_with("https://pypi.org/")
                || value.contains(".codeartifact.") && value.contains(".amazonaws.com/")
        }
        // The SDK points it at the bucket or directory of the job's own source.
        "SAGEMAKER_SUBMIT_DIRECTORY" => value.starts_with("s3://") || value.starts_with("/opt/ml/"),
        _ => false,
    }
}
