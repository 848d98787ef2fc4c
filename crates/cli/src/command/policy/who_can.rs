//! `rempart policy who-can`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use rempart_findings::visible;
use rempart_policy::account::Inventory;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::who_can::{Ability, Capability, who_can};
use rempart_policy::{CompiledPolicy, Known, Policies, Reference};

use super::{json_files, read_text};
use crate::arguments::{DecideFormat, WhoCanArguments};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &WhoCanArguments) -> anyhow::Result<Exit> {
    let loaded = load(&arguments.policies)?;
    let mut inventory = loaded.inventory;
    inventory.management_accounts = arguments.management_account.clone();
    anyhow::ensure!(
        !inventory.identities().is_empty(),
        "no users or roles in {}: put the output of `aws iam get-account-authorization-details` there",
        arguments.policies.display()
    );
    // What was not exported may still limit: the answer says what it leaves out.
    if inventory.resource(&arguments.resource).is_none() {
        output::warning(&format!(
            "no policy of {} in {}: taken as having none; put it into resources/ if it has one",
            arguments.resource,
            arguments.policies.display()
        ));
    }
    if matches!(&inventory.service_control, Known::Is(levels) if levels.is_empty()) {
        output::warning("no scps/ in the export: taken as limited by none");
    }
    let capabilities = who_can(
        &inventory,
        &arguments.action,
        &arguments.resource,
        arguments.resource_account,
        &mut Reference::new(),
    );
    let count = |ability: Ability| {
        capabilities
            .iter()
            .filter(|capability| capability.ability == ability)
            .count()
    };
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    let mut shown: Vec<&Capability> = capabilities
        .iter()
        .filter(|capability| arguments.all || capability.ability != Ability::Cannot)
        .collect();
    shown.sort_by(|left, right| {
        (left.ability, &left.principal).cmp(&(right.ability, &right.principal))
    });
    for capability in shown {
        match arguments.format {
            DecideFormat::Jsonl => {
                writeln!(stdout, "{}", serde_json::to_string(capability)?)?;
            }
            DecideFormat::Text => write_capability(&mut stdout, capability)?,
        }
    }
    stdout.flush()?;
    output::to_stderr(&format!(
        "{} principals: {} can, {} can under conditions, {} cannot be told, {} cannot",
        capabilities.len(),
        count(Ability::Can),
        count(Ability::CanIf),
        count(Ability::Unknown),
        count(Ability::Cannot)
    ));
    if loaded.unreadable > 0 || count(Ability::Unknown) > 0 {
        return Ok(Exit::CouldNot);
    }
    Ok(Exit::Clean)
}

fn write_capability(stdout: &mut dyn Write, capability: &Capability) -> anyhow::Result<()> {
    let ability = match capability.ability {
        Ability::Can => "can",
        Ability::CanIf => "can if",
        Ability::Unknown => "unknown",
        Ability::Cannot => "cannot",
    };
    writeln!(stdout, "{ability:<8} {}", visible(&capability.principal))?;
    if let Some(reason) = &capability.reason {
        writeln!(stdout, "         because {}", visible(reason))?;
    }
    for statement in &capability.statements {
        let name = match &statement.sid {
            Some(sid) => format!("`{sid}`"),
            None => format!("number {}", statement.number),
        };
        let line = format!(
            "{} {name} of `{}` ({}), {}",
            statement.effect, statement.policy, statement.layer, statement.position
        );
        writeln!(stdout, "         {}", visible(&line))?;
    }
    for condition in &capability.conditions {
        for change in &condition.changes {
            let mut line = format!("{} {}", condition.key, change.when);
            for companion in &change.together_with {
                line.push_str(&format!(", with {} {}", companion.key, companion.when));
            }
            let word = match capability.ability {
                Ability::CanIf => "if",
                _ => "unless",
            };
            let outcome = match capability.ability {
                Ability::CanIf | Ability::Can => String::new(),
                _ => format!(": {}", change.decision),
            };
            writeln!(stdout, "         {word} {}{outcome}", visible(&line))?;
        }
    }
    Ok(())
}

pub(crate) struct Loaded {
    pub(crate) inventory: Inventory,
    unreadable: usize,
}

/// Reads a directory of exported policies; a file that cannot be read is named, and the others
/// count.
pub(crate) fn load(directory: &Path) -> anyhow::Result<Loaded> {
    let mut loaded = Loaded {
        inventory: Inventory::default(),
        unreadable: 0,
    };
    let mut scps = BTreeMap::new();
    let mut rcps = BTreeMap::new();
    for path in json_files(directory)? {
        let relative = path.strip_prefix(directory).unwrap_or(&path);
        let folders: Vec<String> = relative
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        let text = read_text(&path)?;
        let folder = folders.first().map(String::as_str).unwrap_or_default();
        let problems = match (folder, folders.get(1)) {
            ("scps", Some(level)) => {
                let level = level_of(&folders, level);
                add_policy(
                    &text,
                    relative,
                    PolicyKind::ServiceControl,
                    level,
                    &mut scps,
                )
            }
            ("rcps", Some(level)) => {
                let level = level_of(&folders, level);
                add_policy(
                    &text,
                    relative,
                    PolicyKind::ResourceControl,
                    level,
                    &mut rcps,
                )
            }
            ("resources", Some(_)) => loaded.inventory.add_resources(&text),
            _ => loaded.inventory.add_details(&text),
        };
        match problems {
            Ok(problems) => {
                loaded.unreadable += problems.len();
                for problem in problems {
                    output::warning(&format!("{}: {problem}", path.display()));
                }
            }
            Err(error) => {
                loaded.unreadable += 1;
                output::error(&format!("{}: {error}", path.display()));
            }
        }
    }
    loaded.inventory.service_control = levels(scps);
    loaded.inventory.resource_control = levels(rcps);
    Ok(loaded)
}

type Levels = BTreeMap<String, Vec<Option<std::sync::Arc<CompiledPolicy>>>>;

/// A policy directly in `scps/` makes one level with its neighbours.
fn level_of(folders: &[String], level: &str) -> String {
    if folders.len() > 2 {
        level.to_owned()
    } else {
        String::new()
    }
}

fn add_policy(
    text: &str,
    path: &Path,
    kind: PolicyKind,
    level: String,
    levels: &mut Levels,
) -> Result<Vec<String>, rempart_policy::account::InventoryError> {
    let policies = levels.entry(level).or_default();
    match Policy::parse(text, kind) {
        Ok(policy) => {
            let name = path.display().to_string();
            let compiled = CompiledPolicy::new(&name, std::sync::Arc::new(policy));
            policies.push(Some(std::sync::Arc::new(compiled)));
            Ok(Vec::new())
        }
        Err(error) => {
            policies.push(None);
            Ok(vec![error.to_string()])
        }
    }
}

/// A policy that could not be read makes the layer unknown: it may deny anything.
fn levels(levels: Levels) -> Known<Vec<Policies>> {
    let whole: Option<Vec<Policies>> = levels
        .into_values()
        .map(|policies| policies.into_iter().collect())
        .collect();
    whole.map_or(Known::Unknown, Known::Is)
}
