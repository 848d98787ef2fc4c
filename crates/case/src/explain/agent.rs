//! What a user agent says of itself. The client chooses it: nothing here is proved.

/// A user agent, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Agent {
    /// The key of the tool's name in words; `None` when the agent names itself.
    pub(super) kind: Option<&'static str>,
    /// Name as written.
    pub(super) tool: Option<String>,
    pub(super) version: Option<String>,
    pub(super) system: Option<String>,
    pub(super) language: Option<String>,
    /// The command or paginator that the SDK notes.
    pub(super) command: Option<String>,
    /// A distribution that is made for attacks.
    pub(super) is_attack_system: bool,
}

/// Agents of services and of the console, which no client sends by itself.
const SERVICES: [&str; 3] = [
    "AWS Internal",
    "console.amazonaws.com",
    "signin.amazonaws.com",
];
const ATTACK_SYSTEMS: [&str; 4] = ["kali", "parrot", "pentoo", "blackarch"];
/// Tokens that only wrap the name of the tool behind them.
const WRAPPERS: [&str; 2] = ["APN", "HashiCorp"];

pub(super) fn read(text: &str) -> Agent {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let lower = text.to_ascii_lowercase();
    let mut agent = Agent {
        is_attack_system: lower
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .any(|word| {
                let word = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
                ATTACK_SYSTEMS.contains(&word)
            }),
        ..Agent::default()
    };
    if SERVICES.contains(&text) {
        agent.kind = Some(match text {
            "AWS Internal" => "explain-agent-internal",
            _ => "explain-agent-console",
        });
        return agent;
    }
    if text.ends_with(".amazonaws.com") && !text.contains([' ', '/']) {
        agent.kind = Some("explain-agent-service");
        return agent;
    }
    if let Some(rest) = text.strip_prefix("Mozilla/") {
        browser(&mut agent, rest);
        return agent;
    }
    for token in text.split([' ', '(', ')', ';', ',']) {
        let Some((name, value)) = token.split_once('/') else {
            continue;
        };
        match name {
            "" | "ua" | "api" | "cfg" | "exec-env" | "m" => {}
            "os" => agent.system = Some(value.replace('#', " ")),
            "lang" => agent.language = Some(value.replace('#', " ")),
            "md" => metadata(&mut agent, value),
            "Linux" | "Darwin" | "Windows" if agent.system.is_none() => {
                agent.system = Some(format!("{name} {value}"));
            }
            "Python" | "Ruby" | "PHP" if agent.tool.is_some() && agent.language.is_none() => {
                agent.language = Some(format!("{name} {value}"));
            }
            _ if WRAPPERS.contains(&name) => {}
            _ if agent.tool.is_none() => {
                agent.tool = Some(name.to_owned());
                agent.version = Some(value.to_owned()).filter(|version| !version.is_empty());
            }
            _ => {}
        }
    }
    agent
}

fn metadata(agent: &mut Agent, value: &str) {
    let Some((name, value)) = value.split_once('#') else {
        return;
    };
    if name == "command" {
        agent.command = Some(value.to_owned());
    }
}

fn browser(agent: &mut Agent, rest: &str) {
    agent.kind = Some("explain-agent-browser");
    let system = rest
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    agent.system = system.map(|(system, _)| system.to_owned());
    for name in ["Edg", "OPR", "Firefox", "Chrome", "Version"] {
        let found = rest.split(' ').find_map(|token| {
            let (token, version) = token.split_once('/')?;
            (token == name).then(|| version.to_owned())
        });
        if let Some(version) = found {
            let name = match name {
                "Edg" => "Edge",
                "OPR" => "Opera",
                "Version" => "Safari",
                other => other,
            };
            agent.tool = Some(name.to_owned());
            agent.version = Some(version);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_of_every_age_are_read() {
        for (text, tool, version, system) in [
            (
                "aws-cli/2.17.0 Python/3.11.8 Linux/6.1.0 exe/x86_64",
                "aws-cli",
                "2.17.0",
                "Linux 6.1.0",
            ),
            (
                "aws-cli/2.22.0 md/awscrt#0.23 ua/2.0 os/linux#6.8.0-kali md/arch#x86_64 lang/python#3.12.6 md/command#sagemaker.list-models",
                "aws-cli",
                "2.22.0",
                "linux 6.8.0-kali",
            ),
            (
                "Boto3/1.34.1 md/Botocore#1.34.1 ua/2.0 os/macos#23.4",
                "Boto3",
                "1.34.1",
                "macos 23.4",
            ),
            (
                "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) aws-sdk-go-v2/1.30 ua/2.1 os/linux",
                "Terraform",
                "1.9.5",
                "linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36 Edg/125.1",
                "Edge",
                "125.1",
                "Windows NT 10.0; Win64; x64",
            ),
        ] {
            let agent = read(text);
            assert_eq!(agent.tool.as_deref(), Some(tool), "{text}");
            assert_eq!(agent.version.as_deref(), Some(version), "{text}");
            assert_eq!(agent.system.as_deref(), Some(system), "{text}");
        }
        let kali =
            read("aws-cli/2.22.0 ua/2.0 os/linux#6.8.0-kali1-amd64 md/command#iam.list-users");
        assert!(kali.is_attack_system);
        assert_eq!(kali.command.as_deref(), Some("iam.list-users"));
        assert_eq!(read("AWS Internal").kind, Some("explain-agent-internal"));
        assert_eq!(
            read("sagemaker.amazonaws.com").kind,
            Some("explain-agent-service")
        );
        assert_eq!(read(""), Agent::default());
    }
}
