//! Jobs of cron and units of systemd: which of them deserve a look.

use std::sync::LazyLock;

use regex::Regex;

use super::Examination;
use super::explore::LayerText;
use super::sources::{AllowedHosts, has_url};

/// A job that is a problem.
#[derive(Debug)]
pub(super) struct Job {
    /// Number of the text it stands in.
    pub(super) text: usize,
    /// Line in that text, from 1.
    pub(super) line: usize,
    pub(super) name: &'static str,
    pub(super) excerpt: String,
}

/// An entry of a table of cron: when, and what.
static ENTRY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let field = r"[*0-9][-*/,0-9]{0,40}";
    let named = r"[*0-9A-Za-z][-*/,0-9A-Za-z]{0,40}";
    Regex::new(&format!(
        r#"(?:^|["'\s(])(@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)|(?:{field}[ \t]+){{3}}{named}[ \t]+{named})[ \t]+([^\n]+)"#
    ))
    .ok()
});

/// What a unit of systemd starts.
static START: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\bExecStart\w*\s*=\s*([^\n]+)").ok());

/// What no ordinary job does: fetch, listen, decode, run what it is handed, or
/// run from a directory that everybody can write to.
static ODD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"/dev/(?:tcp|udp|shm)/|(?:^|\s)/tmp/\S|\b(?:nc|ncat|netcat|socat|telnet|ssh|scp|ftp)\s|\b(?:base64|xxd|openssl\s+enc)\b|\bpython[\d.]*\s+-c|\b(?:perl|ruby|node|php)\s+-[er]\b|\beval\b|\|\s*(?:sudo\s+)?(?:\S*/)?(?:ba|z|da|k)?sh\b",
    )
    .ok()
});

/// Installs a table of cron that stands elsewhere.
static INSTALLS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"\bcrontab\s+(?:-u\s+\S+\s+)?(?:-(?:\s|$|["')])|[^\s\-|;&>"')])|/etc/cron|/var/spool/cron"#).ok()
});

const WORDS: [&str; 4] = ["crontab", "cron-file", "cron-reboot", "systemd-unit"];

/// The jobs of a script that are a problem.
pub(super) fn problems(
    examination: &Examination,
    texts: &[LayerText],
    allowed: &AllowedHosts,
) -> Vec<Job> {
    let found = &examination.indicators;
    if !found.iter().any(|found| WORDS.contains(&found.name)) {
        return Vec::new();
    }
    let (Some(entry), Some(start)) = (ENTRY.as_ref(), START.as_ref()) else {
        return Vec::new();
    };
    let mut jobs = Vec::new();
    let mut entries = 0;
    let mut installed = None;
    for (number, text) in texts.iter().enumerate() {
        let whole = String::from_utf8_lossy(&text.text);
        for (index, line) in whole.lines().enumerate() {
            if line.trim_start().starts_with('#') {
                continue;
            }
            let mut job = |name, excerpt: &str| {
                jobs.push(Job {
                    text: number,
                    line: index + 1,
                    name,
                    excerpt: excerpt.to_owned(),
                });
            };
            if let Some((when, command)) = parts(entry, line) {
                entries += 1;
                if when == "@reboot" {
                    job("cron-reboot", line);
                } else if is_odd(command, allowed) {
                    job("cron-job", line);
                }
            }
            if let Some(command) = start.captures(line).and_then(|found| found.get(1))
                && is_odd(command.as_str(), allowed)
            {
                job("systemd-unit", line);
            }
            if installed.is_none()
                && INSTALLS
                    .as_ref()
                    .is_some_and(|pattern| pattern.is_match(line))
            {
                installed = Some((number, index + 1, line.to_owned()));
            }
        }
    }
    if entries == 0
        && let Some((text, line, excerpt)) = installed
    {
        let name = "cron-entry-not-visible";
        jobs.push(Job {
            text,
            line,
            name,
            excerpt,
        });
    }
    jobs
}

fn parts<'l>(entry: &Regex, line: &'l str) -> Option<(&'l str, &'l str)> {
    let found = entry.captures(line)?;
    let (when, command) = (found.get(1)?.as_str(), found.get(2)?.as_str());
    (when.contains(['*', '@'])).then_some((when, command))
}

fn is_odd(command: &str, allowed: &AllowedHosts) -> bool {
    if ODD.as_ref().is_none_or(|pattern| pattern.is_match(command)) {
        return true;
    }
    let fetches = command.contains("curl ") || command.contains("wget ");
    let command = command.as_bytes();
    !allowed.holds_all_urls(command) || fetches && !has_url(command)
}
