//! Where a script takes packages from, held against a list of hosts.

use std::sync::LazyLock;

use regex::Regex;

/// A source of packages that is not allowed.
#[derive(Debug)]
pub(super) struct Source {
    /// Line in the text, from 1.
    pub(super) line: usize,
    pub(super) name: &'static str,
    /// The command or setting.
    pub(super) excerpt: String,
}

/// The source is made of something that the text does not tell.
const UNDETERMINED: &str = "source-not-determined";

impl Source {
    pub(super) fn is_undetermined(&self) -> bool {
        self.name == UNDETERMINED
    }
}

/// Hosts that packages and programs may come from.
#[derive(Debug)]
pub(super) struct AllowedHosts {
    entries: Vec<(String, String)>,
}

impl AllowedHosts {
    pub(super) fn new(hosts: &[String]) -> Self {
        let entries = hosts.iter().map(|entry| {
            let entry = entry.trim();
            let entry = entry.split_once("://").map_or(entry, |(_, rest)| rest);
            let (host, path) = entry.split_once('/').unwrap_or((entry, ""));
            (
                host.to_ascii_lowercase(),
                path.trim_end_matches('/').to_owned(),
            )
        });
        Self {
            entries: entries.filter(|(host, _)| !host.is_empty()).collect(),
        }
    }

    /// Whether a host, and below it a path, is allowed.
    fn holds(&self, host: &str, path: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.entries.iter().any(|(wanted, below)| {
            let same_host = match wanted
                .strip_prefix('*')
                .or(wanted.strip_prefix('.').map(|_| wanted.as_str()))
            {
                Some(suffix) => {
                    suffix.starts_with('.') && host.len() > suffix.len() && host.ends_with(suffix)
                }
                None => *wanted == host,
            };
            let rest = path.strip_prefix(below.as_str());
            // `..` would lead out of the path.
            same_host
                && (below.is_empty()
                    || !path.contains("..")
                        && !path.contains('%')
                        && rest.is_some_and(|rest| {
                            rest.is_empty() || rest.starts_with(['/', '.', '@', '#', '?'])
                        }))
        })
    }

    /// Whether the host of an address is allowed; `None` when the address does
    /// not tell its host.
    fn judge(&self, address: &str) -> Option<bool> {
        let address = address.trim_matches(['"', '\'', '(', ')', ',', ';']);
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        let is_plain = !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        if !is_plain {
            return None;
        }
        Some(self.holds(host, path.trim_start_matches('/')))
    }

    /// True when all addresses in a text that say where something is fetched
    /// from are allowed, local or of the instance itself.
    pub(super) fn holds_all_urls(&self, text: &[u8]) -> bool {
        let text = String::from_utf8_lossy(text);
        URL.as_ref().is_some_and(|pattern| {
            pattern
                .find_iter(&text)
                .all(|url| is_local(url.as_str()) || self.judge(url.as_str()) == Some(true))
        })
    }
}

/// Whether a text holds the address of something to fetch.
pub(super) fn has_url(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    URL.as_ref().is_some_and(|pattern| pattern.is_match(&text))
}

/// Whether a command fetches from addresses only. `curl` also takes names of
/// hosts without a scheme, and variables hide any.
pub(super) fn names_only_urls(command: &str) -> bool {
    let fetch = command.split('|').next().unwrap_or_default();
    let mut words = fetch
        .split_whitespace()
        .filter(|word| !word.starts_with('-'));
    words.all(|word| {
        let is_variable =
            word.contains('$') && !word.starts_with("$(") && !word.starts_with("\"$(");
        let word = word.trim_start_matches(['"', '\'', '(', '<', '$']);
        let is_host = word.contains('.') && !word.starts_with(['/', '.']);
        !is_variable && (!is_host || word.contains("://"))
    })
}

/// The machine itself and its metadata.
fn is_local(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    matches!(
        host,
        "localhost" | "127.0.0.1" | "169.254.169.254" | "169.254.170.2"
    )
}

static URL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)\b(?:https?|ftp)://[^\s"'`<>|;)]+"#).ok());

/// What the value of a pattern is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    /// The address of a source, or its host.
    Address,
    /// A conda channel: an address or a name below conda.anaconda.org.
    Channel,
    /// A repository of GitHub: `owner/name`.
    GitHub,
    /// An archive of Launchpad: `ppa:owner/name`.
    Ppa,
}

struct Pattern {
    name: &'static str,
    value: Value,
    /// A word that the line holds.
    word: &'static str,
    regex: Regex,
}

#[rustfmt::skip]
const TABLE: &[(&str, Value, &str, &str)] = &[
    ("pip-index", Value::Address, "index-url", r#"--(?:extra-)?index-url[ =]\s*["']?(\S+)"#),
    ("pip-index", Value::Address, "pip", r#"\bpip[\d.]*\s[^\n;|&]*\s-i[ =]?\s*["']?(\S+)"#),
    ("pip-index", Value::Address, "index", r#"\buv\s[^\n;|&]*\s--(?:default-)?index[ =]\s*["']?(?:\w+=)?(\S+)"#),
    ("pip-links", Value::Address, "pip", r#"\bpip[\d.]*\s[^\n;|&]*\s(?:--find-links|-f)[ =]\s*["']?(\w+://\S+)"#),
    ("pip-trusted-host", Value::Address, "trusted-host", r#"--trusted-host[ =]\s*["']?(\S+)"#),
    ("pip-index", Value::Address, "config", r#"\bpip[\d.]*\s+config\s+(?:--\S+\s+)*set\s+\S*\.(?:(?:extra-)?index-url|find-links|trusted-host)\s+["']?(\S+)"#),
    ("pip-index", Value::Address, "=", r#"^\s*(?:(?:extra-)?index-url|find-links|trusted-host)\s*=\s*["']?(\S+)"#),
    ("pip-index", Value::Address, "_", r#"\b(?:PIP_(?:EXTRA_)?INDEX_URL|PIP_FIND_LINKS|PIP_TRUSTED_HOST|UV_(?:EXTRA_|DEFAULT_)?INDEX(?:_URL)?)["'\]]*\s*[=,]\s*["']?(\S+)"#),
    ("pip-from-url", Value::Address, "install", r#"\b(?:pip[\d.]*|pipx|uv)\s[^\n;|&]*?\binstall\b[^\n;|&]*?[\s@"'](?:git|hg|svn|bzr)\+(\w+://\S+)"#),
    ("pip-from-url", Value::Address, "install", r#"\b(?:pip[\d.]*|pipx|uv)\s+(?:\S+\s+)*?install\b(?:\s+(?:-[^\s=]+|[^\s;|&-][^\s;|&:]*))*?\s+(?:-[rcet]\s+)?["']?(?:[\w.\[\]-]+\s*@\s*)?(https?://\S+)"#),
    ("conda-channel", Value::Channel, "a", r#"\b(?:conda|mamba|micromamba)\s[^\n;|&]*?\s(?:-c|--channel)[ =]\s*["']?(\S+)"#),
    ("conda-channel", Value::Channel, "channels", r#"\b(?:conda|mamba|micromamba)\s+config\s[^\n;|&]*--(?:add|append|prepend)\s+channels\s+["']?(\S+)"#),
    ("conda-from-url", Value::Address, "install", r#"\b(?:conda|mamba|micromamba)\s+install\b[^\n;|&]*?\s(https?://\S+)"#),
    ("npm-registry", Value::Address, "registry", r#"--registry[ =]\s*["']?(\S+)"#),
    ("npm-registry", Value::Address, "registry", r#"\b(?:npm|yarn|pnpm|jlpm)\s+config\s+set\s+(?:@[\w-]+:)?registry[ =]\s*["']?(\S+)"#),
    ("npm-registry", Value::Address, "registry", r#"^\s*(?:@[\w-]+:)?registry\s*=\s*["']?(\S+)"#),
    ("npm-registry", Value::Address, "REGISTRY", r#"(?i)\bnpm_config_registry\s*=\s*["']?(\S+)"#),
    ("npm-from-url", Value::Address, "install", r#"\b(?:npm|yarn|pnpm|jlpm|labextension)\s+(?:i|install|add)\b[^\n;|&]*?\s["']?(?:git\+)?(https?://\S+)"#),
    ("npm-from-url", Value::Address, "git+", r#"\b(?:npm|yarn|pnpm|jlpm|labextension)\s+(?:i|install|add)\b[^\n;|&]*?\sgit\+(\w+://\S+)"#),
    ("apt-source", Value::Address, "deb", r#"\bdeb(?:-src)?\s+(?:\[[^\]\n]*\]\s*)?(\w+://\S+)"#),
    ("apt-source", Value::Address, "add-apt-repository", r#"\badd-apt-repository\s[^\n;|&]*?["']?(https?://\S+)"#),
    ("apt-source", Value::Ppa, "ppa:", r#"\badd-apt-repository\s[^\n;|&]*?["']?(ppa:\S+)"#),
    ("yum-source", Value::Address, "add-repo", r#"--add-repo[ =]\s*["']?(\S+)"#),
    ("yum-source", Value::Address, "=", r#"^\s*(?:baseurl|mirrorlist|metalink)\s*=\s*(\S+)"#),
    ("yum-from-url", Value::Address, "://", r#"\b(?:yum|dnf|rpm)\s[^\n;|&]*?\s["']?(https?://\S+)"#),
    ("r-repository", Value::Address, "repos", r#"\brepos\s*=\s*(?:c\s*\(\s*)?(?:\w+\s*=\s*)?["'](\w+://[^"']+)"#),
    ("r-from-url", Value::Address, "install_", r#"\binstall_(?:url|git)\s*\(\s*["'](\w+://[^"']+)"#),
    ("r-from-github", Value::GitHub, "install_github", r#"\binstall_github\s*\(\s*["']([^"']+)"#),
];

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let compiled = TABLE.iter().filter_map(|(name, value, word, regex)| {
        let regex = Regex::new(regex).ok()?;
        Some(Pattern {
            name,
            value: *value,
            word,
            regex,
        })
    });
    compiled.collect()
});

/// Longest line that is looked at; a longer one is cut into pieces that
/// overlap.
const LINE: usize = 16 << 10;
/// Sources listed of one text.
pub(super) const MOST: usize = 200;

/// All sources in a text that are not allowed.
pub(super) fn find(text: &str, allowed: &AllowedHosts) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for (line, number) in logical_lines(text) {
        if line.trim_start().starts_with('#') || sources.len() >= MOST {
            continue;
        }
        for piece in pieces(&line) {
            let upper = piece.to_ascii_uppercase();
            for pattern in PATTERNS.iter() {
                if !piece.contains(pattern.word) && !upper.contains(pattern.word) {
                    continue;
                }
                for found in pattern.regex.captures_iter(piece) {
                    let Some(value) = found.get(1) else {
                        continue;
                    };
                    let name = match judge(pattern.value, value.as_str(), allowed) {
                        Some(true) => continue,
                        Some(false) => pattern.name,
                        None => UNDETERMINED,
                    };
                    let excerpt = found.get(0).map_or("", |whole| whole.as_str()).trim();
                    let is_new = !sources.iter().any(|source| {
                        source.line == number && source.excerpt.ends_with(value.as_str())
                    });
                    if is_new {
                        sources.push(Source {
                            line: number,
                            name,
                            excerpt: excerpt.to_owned(),
                        });
                    }
                }
            }
        }
    }
    sources
}

fn judge(kind: Value, value: &str, allowed: &AllowedHosts) -> Option<bool> {
    let value = value.trim_matches(['"', '\'', ',', ')']);
    match kind {
        Value::Address => {
            // A directory of the machine.
            if value.starts_with(['/', '.']) || value.starts_with("file:") {
                return Some(true);
            }
            allowed
                .judge(value)
                .map(|is_allowed| is_allowed || is_local(value))
        }
        Value::Channel if value.contains("://") => allowed.judge(value),
        Value::Channel if value.contains(['$', '{', '`']) => None,
        Value::Channel if value == "defaults" => Some(allowed.holds("repo.anaconda.com", "pkgs")),
        Value::Channel if value.starts_with(['/', '.']) => Some(true),
        Value::Channel => {
            Some(allowed.holds("conda.anaconda.org", value) || allowed.holds(value, ""))
        }
        Value::GitHub if value.contains(['$', '{', '`']) => None,
        Value::GitHub => Some(allowed.holds("github.com", value)),
        Value::Ppa => {
            Some(allowed.holds("ppa.launchpadcontent.net", value.trim_start_matches("ppa:")))
        }
    }
}

/// Lines, those that end in a backslash joined with the next: text, number of
/// the first line.
fn logical_lines(text: &str) -> impl Iterator<Item = (String, usize)> {
    let mut lines = text.lines().enumerate();
    std::iter::from_fn(move || {
        let (number, first) = lines.next()?;
        let mut whole = first.to_owned();
        while whole.ends_with('\\') {
            whole.pop();
            match lines.next() {
                Some((_, next)) => whole.push_str(next),
                None => break,
            }
        }
        Some((whole, number + 1))
    })
}

/// A long line in pieces that overlap by a quarter.
fn pieces(line: &str) -> Vec<&str> {
    if line.len() <= LINE {
        return vec![line];
    }
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < line.len() {
        let mut end = (start + LINE).min(line.len());
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        pieces.extend(line.get(start..end));
        let mut next = start + LINE * 3 / 4;
        while next < line.len() && !line.is_char_boundary(next) {
            next += 1;
        }
        start = next;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), TABLE.len());
        assert!(URL.is_some());
    }

    #[test]
    fn hosts() {
        let list = ["pypi.org", "*.corp.example", "github.com/aws-samples/"].map(String::from);
        let allowed = AllowedHosts::new(&list);
        for (address, expected) in [
            ("https://pypi.org/simple", Some(true)),
            ("https://PyPI.org:443/simple", Some(true)),
            ("pypi.org", Some(true)),
            ("https://pypi.org.evil.example/simple", Some(false)),
            ("https://pypi.org@evil.example/simple", Some(false)),
            ("https://evil.example\\@pypi.org/simple", Some(false)),
            ("https://evil.example/?x=https://pypi.org", Some(false)),
            ("https://pip.corp.example/x", Some(true)),
            ("https://corp.example/x", Some(false)),
            ("https://xcorp.example/x", Some(false)),
            ("https://github.com/aws-samples/x.git", Some(true)),
            ("https://github.com/aws-samples-evil/x.git", Some(false)),
            ("https://github.com/aws-samples/../evil/x.git", Some(false)),
            ("https://$HOST/simple", None),
            ("$INDEX", None),
        ] {
            assert_eq!(allowed.judge(address), expected, "{address}");
        }
        assert_eq!(
            AllowedHosts::new(&[]).judge("https://pypi.org"),
            Some(false)
        );
    }
}
