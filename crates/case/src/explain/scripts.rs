//! Code that a request carries: lifecycle scripts, entry points, arguments, environments.

use std::collections::BTreeSet;

use rempart_findings::visible;
use rempart_locale::{Locale, Text};
use rempart_scan::script::{self, Examination, Limits, Outcome, Verdict};
use rempart_trail::json::{Json, Kind};
use rempart_trail::record::fields::MemberState;
use rempart_trail::record::{Field, Record};

use super::lines::{safe, safe_up_to, values_at};
use super::{Script, what};

/// Lines of a script that are shown.
const MOST_LINES: usize = 40;
/// Characters of a line that are shown.
const LONGEST_LINE: usize = 300;
/// Problems of a script that are shown.
const MOST_PROBLEMS: usize = 20;
/// Scripts of a request that are examined.
const MOST_SCRIPTS: usize = 12;

/// Fields with a script in base64.
const ENCODED: [&str; 3] = [
    "onCreate.content",
    "onStart.content",
    "studioLifecycleConfigContent",
];

/// Fields with commands as lists of words. Entry point and arguments are one command.
const COMMANDS: [(&str, &str); 4] = [
    (
        "algorithmSpecification.containerEntrypoint",
        "algorithmSpecification.containerArguments",
    ),
    (
        "appSpecification.containerEntrypoint",
        "appSpecification.containerArguments",
    ),
    (
        "jupyterLabAppImageConfig.containerConfig.containerEntrypoint",
        "jupyterLabAppImageConfig.containerConfig.containerArguments",
    ),
    (
        "codeEditorAppImageConfig.containerConfig.containerEntrypoint",
        "codeEditorAppImageConfig.containerConfig.containerArguments",
    ),
];

/// Fields that map names to values.
const ENVIRONMENTS: [&str; 5] = [
    "environment",
    "primaryContainer.environment",
    "containers.environment",
    "jupyterLabAppImageConfig.containerConfig.containerEnvironmentVariables",
    "codeEditorAppImageConfig.containerConfig.containerEnvironmentVariables",
];

/// Fields with text in which code may stand.
const TEXTS: [&str; 1] = ["pipelineDefinition"];

/// Whether the section of scripts tells what the field holds.
pub(super) fn is_script_field(path: &str) -> bool {
    ENCODED.contains(&path)
        || TEXTS.contains(&path)
        || ENVIRONMENTS.contains(&path)
        || COMMANDS
            .iter()
            .any(|(entry, arguments)| *entry == path || *arguments == path)
}

/// The scripts of a SageMaker request, examined without being run.
pub(super) fn scripts(record: &Record<'_>, locale: &Locale) -> Vec<Script> {
    let (source, name) = what::names(record);
    if source != "sagemaker.amazonaws.com" {
        return Vec::new();
    }
    let request = record
        .get(Field::RequestParameters)
        .filter(|request| request.kind() == Kind::Object);
    let Some(request) = request else {
        return lost(record, &name, locale).into_iter().collect();
    };
    let found = candidates(request);
    let mut scripts: Vec<Script> = found
        .iter()
        .take(MOST_SCRIPTS)
        .map(|candidate| match candidate.is_base64 {
            true => encoded(candidate.path, &candidate.text, locale),
            false => plain(candidate.path, &candidate.text, locale),
        })
        .collect();
    if found.len() > MOST_SCRIPTS {
        let count = found.len() - MOST_SCRIPTS;
        let verdict = Text::new("explain-verdict-left-out").with("count", count);
        scripts.push(unread(locale.say(&verdict)));
    }
    scripts
}

/// A field that is to be examined.
struct Candidate {
    path: &'static str,
    text: String,
    is_base64: bool,
}

fn candidates(request: Json<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut add = |path, text: String, is_base64| {
        found.push(Candidate {
            path,
            text,
            is_base64,
        });
    };
    for path in ENCODED {
        for text in values_at(request, path)
            .into_iter()
            .filter_map(Json::as_str)
        {
            add(path, text.into_owned(), true);
        }
    }
    for (entry, arguments) in COMMANDS {
        let words: Vec<String> = [entry, arguments]
            .iter()
            .flat_map(|path| values_at(request, path))
            .filter_map(|value| value.scalar_text().map(std::borrow::Cow::into_owned))
            .collect();
        if !words.is_empty() {
            add(entry, words.join(" "), false);
        }
    }
    for path in ENVIRONMENTS {
        let lines: Vec<String> = values_at(request, path)
            .into_iter()
            .flat_map(Json::entries)
            .map(|(key, value)| {
                format!("{}={}", key.text(), value.scalar_text().unwrap_or_default())
            })
            .collect();
        if !lines.is_empty() {
            add(path, lines.join("\n"), false);
        }
    }
    for path in TEXTS {
        for text in values_at(request, path)
            .into_iter()
            .filter_map(Json::as_str)
        {
            add(path, text.into_owned(), false);
        }
    }
    found
}

fn unread(verdict: String) -> Script {
    Script {
        place: "requestParameters".to_owned(),
        decoded: Vec::new(),
        left_out: 0,
        verdict,
        verdict_id: Verdict::Unknown.id(),
        problems: Vec::new(),
        sha256: None,
    }
}

/// A script that was given but not recorded is unknown, never clean.
fn lost(record: &Record<'_>, name: &str, locale: &Locale) -> Option<Script> {
    const CARRIERS: [&str; 3] = [
        "CreateNotebookInstanceLifecycleConfig",
        "UpdateNotebookInstanceLifecycleConfig",
        "CreateStudioLifecycleConfig",
    ];
    let is_lost = matches!(
        record.state(Field::RequestParameters),
        MemberState::Absent | MemberState::Null | MemberState::Redacted
    );
    (is_lost && CARRIERS.contains(&name)).then(|| unread(locale.word("explain-verdict-lost")))
}

fn encoded(path: &str, field: &str, locale: &Locale) -> Script {
    let examination = script::examine_base64(field, &Limits::default());
    let report = script::problems_base64(field, &[]);
    let decoded = decode_base64(field);
    finish(path, decoded.as_deref(), &examination, &report, locale)
}

fn plain(path: &str, text: &str, locale: &Locale) -> Script {
    let examination = script::examine_text(text, &Limits::default());
    let report = script::problems(text.as_bytes(), &[]);
    finish(path, Some(text.as_bytes()), &examination, &report, locale)
}

fn finish(
    path: &str,
    decoded: Option<&[u8]>,
    examination: &Examination,
    report: &script::ScriptReport,
    locale: &Locale,
) -> Script {
    let text = decoded.map(String::from_utf8_lossy).unwrap_or_default();
    let all = text.lines().count();
    let secrets = lines_with_secrets(&text);
    let mask = locale.word("explain-masked");
    let shown = text
        .lines()
        .take(MOST_LINES)
        .zip(1..)
        .map(|(line, number)| {
            let line = line.replace('\t', "    ");
            match secrets.contains(&number) {
                true => masked(&line, &mask),
                false => safe_up_to(&line, LONGEST_LINE),
            }
        });
    let mut problems: Vec<String> = report
        .problems
        .iter()
        .take(MOST_PROBLEMS)
        .map(|problem| {
            let key = match (problem.line, problem.excerpt.is_empty()) {
                (Some(_), true) => "explain-problem-line-bare",
                (Some(_), false) => "explain-problem-line",
                (None, true) => "explain-problem-bare",
                (None, false) => "explain-problem",
            };
            let line = problem.line.map(|line| line.to_string());
            let text = Text::new(key)
                .with("line", line.unwrap_or_default())
                .with("kind", Text::new(format!("explain-class-{}", problem.kind)))
                .with("name", problem.name)
                .with("excerpt", safe(&problem.excerpt));
            locale.say(&text)
        })
        .collect();
    if report.problems.len() > MOST_PROBLEMS {
        let more = report.problems.len() - MOST_PROBLEMS;
        problems.push(locale.say(&Text::new("explain-more-problems").with("count", more)));
    }
    match &report.outcome {
        Outcome::Read => {}
        Outcome::Incomplete(_) => problems.push(locale.word("explain-script-incomplete")),
        Outcome::Undecodable(_) => problems.push(locale.word("explain-script-undecodable")),
    }
    Script {
        place: path.to_owned(),
        decoded: shown.collect(),
        left_out: all.saturating_sub(MOST_LINES),
        verdict: locale.word(&format!("explain-verdict-{}", examination.verdict.id())),
        verdict_id: examination.verdict.id(),
        problems,
        sha256: examination
            .decoded_sha256
            .as_deref()
            .map(|digest| visible(digest).into_owned()),
    }
}

/// Numbers of lines in which a secret stands. The explanation does not repeat secrets.
fn lines_with_secrets(text: &str) -> BTreeSet<usize> {
    let scan = rempart_scan::secrets::in_text(text);
    let real = scan.secrets.iter().filter(|secret| !secret.is_example());
    real.filter_map(|secret| {
        let rest = secret.location.strip_prefix("line ")?;
        let digits = rest.split(',').next()?;
        digits.trim().parse().ok()
    })
    .collect()
}

/// The line up to what is assigned in it.
fn masked(line: &str, mask: &str) -> String {
    let name = line.split_inclusive(['=', ':']).next();
    let name = name.filter(|name| name.ends_with(['=', ':']));
    format!(
        "{}{mask}",
        safe_up_to(name.unwrap_or_default(), LONGEST_LINE)
    )
}

/// Both alphabets, line breaks, and missing padding; `None` for anything else.
fn decode_base64(field: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(field.len() / 4 * 3);
    let mut bits = 0_u32;
    let mut count = 0_u32;
    for byte in field.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            decoded.push(u8::try_from(bits >> count & 0xff).unwrap_or_default());
        }
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        assert_eq!(masked("export KEY=abc", "[m]"), "export KEY=[m]");
        assert_eq!(masked("abc", "[m]"), "[m]");
        let text = "A=1\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEYa\n";
        assert_eq!(lines_with_secrets(text), BTreeSet::from([2]));
    }

    #[test]
    fn base64_is_decoded() {
        assert_eq!(decode_base64("aGVsbG8=").unwrap(), b"hello");
        assert_eq!(decode_base64("aGVs\nbG8").unwrap(), b"hello");
        assert_eq!(decode_base64("-_-_").unwrap(), [0xfb, 0xff, 0xbf]);
        assert!(decode_base64("a*b").is_none());
    }
}
