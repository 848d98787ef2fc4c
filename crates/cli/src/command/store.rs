//! `rempart store`.

mod audit;
mod backup;
mod erase;
mod operate;
mod serve;

use std::path::Path;

use rempart_server::{Node, RootSource};
use serde_json::json;

use crate::arguments::{
    StoreCommand, StoreCredentialArguments, StoreFormat, StoreInitArguments, StorePlace,
};
use crate::command::print;
use crate::exit::Exit;
use crate::output;

/// Variables that hold a root key, or a passphrase for one.
const ROOT_KEY: &str = "REMPART_ROOT_KEY";
const PASSPHRASE: &str = "REMPART_PASSPHRASE";

pub(crate) fn run(command: &StoreCommand) -> anyhow::Result<Exit> {
    match command {
        StoreCommand::Init(options) => init(options),
        StoreCommand::Credential(options) => credential(options),
        StoreCommand::Serve(options) => serve::run(options),
        StoreCommand::Erase(options) => erase::run(options),
        StoreCommand::Audit(options) => audit::run(options),
        StoreCommand::Backup(options) => backup::backup(options),
        StoreCommand::Restore(options) => backup::restore(options),
        other => operate::run(other),
    }
}

/// Where the root key of a store comes from; `None` when nothing names one.
fn given_root(place: &StorePlace) -> Option<RootSource> {
    if let Some(path) = &place.root_key {
        return Some(RootSource::File(path.clone()));
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(value) = variable(ROOT_KEY) {
        return Some(RootSource::Environment(ROOT_KEY.to_owned(), value.into()));
    }
    variable(PASSPHRASE).map(|text| RootSource::Passphrase(text.into()))
}

fn root(place: &StorePlace) -> RootSource {
    given_root(place).unwrap_or_else(|| RootSource::File(place.path.join("root.key")))
}

fn init(options: &StoreInitArguments) -> anyhow::Result<Exit> {
    let given = given_root(&options.place);
    let path = &options.place.path;
    let made = Node::init(path, &options.account, &options.region, given.as_ref())?;
    let key = &made.administrator;
    if options.format == StoreFormat::Json {
        let text = json!({
            "directory": path,
            "rootKey": made.root_key,
            "credentials": [{
                "user": format!("arn:aws:iam::{}:user/admin", options.account),
                "accessKeyId": key.access_key_id,
                "secretAccessKey": key.secret_access_key.as_str(),
            }],
        });
        return print(format!("{text}\n").as_bytes());
    }
    let shown = path.display();
    let text = format!(
        "export AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}\nexport AWS_DEFAULT_REGION={}\n",
        key.access_key_id,
        key.secret_access_key.as_str(),
        options.region,
    );
    output::to_stderr(&format!(
        "A store in {shown}. The secret of its administrator is shown this once:"
    ));
    let exit = print(text.as_bytes())?;
    if let Some(root_key) = &made.root_key {
        output::to_stderr(&format!(
            "The root key is {}: without it nothing opens, and with it everything does. Keep a copy elsewhere.",
            root_key.display()
        ));
    }
    output::hint(&format!("rempart store serve {shown} --allow-plaintext"));
    Ok(exit)
}

fn credential(options: &StoreCredentialArguments) -> anyhow::Result<Exit> {
    let key = Node::credential(&options.place.path, &root(&options.place))?;
    let text = match options.format {
        StoreFormat::Json => {
            let text = json!({
                "accessKeyId": key.access_key_id,
                "secretAccessKey": key.secret_access_key.as_str(),
                "sealed": key.sealed,
            });
            format!("{text}\n")
        }
        StoreFormat::Text => {
            output::to_stderr(&format!(
                "The secret of {}, shown this once: {}",
                key.access_key_id,
                key.secret_access_key.as_str()
            ));
            format!(
                "accessKeys:\n  - id: {}\n    secret: {}\n",
                key.access_key_id, key.sealed
            )
        }
    };
    print(text.as_bytes())
}

/// The text of a path, for messages.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
