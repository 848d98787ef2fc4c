//! Commands that a running server carries out, or this process when none runs.

use std::io;

use anyhow::bail;
use rempart_server::{Command, Node, RowFormat, send};

use super::serve::node_options;
use crate::arguments::{RowFormatArgument, StoreCommand, StoreFormat, StorePlace};
use crate::exit::Exit;

pub(super) fn run(command: &StoreCommand) -> anyhow::Result<Exit> {
    let (place, wanted) = match command {
        StoreCommand::Status(options) => {
            let json = options.format == StoreFormat::Json;
            (&options.place, Command::Status { json })
        }
        StoreCommand::Flush(options) => {
            let group = options.group.clone();
            (&options.place, Command::Flush { group })
        }
        StoreCommand::Repair(options) => {
            let (group, principal) = (options.group.clone(), options.principal.arn.clone());
            (&options.place, Command::Repair { group, principal })
        }
        StoreCommand::Rotate(options) => {
            let (group, principal) = (options.group.clone(), options.principal.arn.clone());
            let key = options.to_key.clone();
            (
                &options.place,
                Command::Rotate {
                    group,
                    key,
                    principal,
                },
            )
        }
        StoreCommand::Reconcile(options) => {
            let principal = options.principal.arn.clone();
            (&options.place, Command::Reconcile { principal })
        }
        StoreCommand::Hold(options) => (
            &options.place,
            Command::Hold {
                group: options.group.clone(),
                identifier: options.record.clone(),
                lift: options.lift,
                principal: options.principal.arn.clone(),
            },
        ),
        StoreCommand::Query(options) => (
            &options.place,
            Command::Query {
                sql: options.sql.clone(),
                format: rows(options.format),
                principal: options.principal.arn.clone(),
            },
        ),
        StoreCommand::AsOf(options) => (
            &options.place,
            Command::AsOf {
                // The server that runs may have another working directory.
                spine: std::path::absolute(&options.spine)?,
                identifier: options.identifier.clone(),
                time: options.time.clone(),
                groups: options.group.clone(),
                format: rows(options.format),
                principal: options.principal.arn.clone(),
            },
        ),
        StoreCommand::Ddl(options) => {
            let group = options.group.clone();
            (&options.place, Command::Ddl { group })
        }
        StoreCommand::Init(_)
        | StoreCommand::Credential(_)
        | StoreCommand::Serve(_)
        | StoreCommand::Erase(_)
        | StoreCommand::Backup(_)
        | StoreCommand::Restore(_)
        | StoreCommand::Audit(_) => bail!("this is no command of a running store"),
    };
    carry_out(place, &wanted, &mut io::stdout().lock())
}

fn rows(format: RowFormatArgument) -> RowFormat {
    match format {
        RowFormatArgument::Table => RowFormat::Table,
        RowFormatArgument::Csv => RowFormat::Csv,
        RowFormatArgument::Jsonl => RowFormat::Jsonl,
        RowFormatArgument::Parquet => RowFormat::Parquet,
    }
}

/// Asks the server that runs on the store, or opens the store.
pub(super) fn carry_out(
    place: &StorePlace,
    command: &Command,
    output: &mut dyn io::Write,
) -> anyhow::Result<Exit> {
    let exit = match send(&place.path, command, output)? {
        Some(remote) => {
            if let Some(error) = remote.error {
                bail!("{error}");
            }
            remote.exit
        }
        None => {
            let (node, _) = Node::open(&node_options(place)?)?;
            node.execute(command, output)?.exit
        }
    };
    output.flush()?;
    Ok(if exit == 0 {
        Exit::Clean
    } else {
        Exit::Findings
    })
}
