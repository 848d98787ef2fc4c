//! `rempart store backup` and `restore`.

use rempart_server::{Copied, Node};

use super::serve::node_options;
use super::shown;
use crate::arguments::{StoreBackupArguments, StoreRestoreArguments};
use crate::exit::Exit;
use crate::output;

pub(super) fn backup(options: &StoreBackupArguments) -> anyhow::Result<Exit> {
    let copied = Node::backup(
        &node_options(&options.place)?,
        &options.to,
        options.without_rows,
    )?;
    said(copied, &shown(&options.to));
    output::hint("the root key is no part of it: keep it elsewhere. Erasures do not reach copies");
    Ok(Exit::Clean)
}

pub(super) fn restore(options: &StoreRestoreArguments) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        super::given_root(&options.place).is_some(),
        "the copy holds no root key: name it with --root-key or REMPART_ROOT_KEY"
    );
    let copied = Node::restore(&options.from, &node_options(&options.place)?)?;
    said(copied, &shown(&options.place.path));
    Ok(Exit::Clean)
}

fn said(copied: Copied, place: &str) {
    output::to_stderr(&format!(
        "{} files, {} bytes in {place}",
        copied.files, copied.bytes
    ));
}
