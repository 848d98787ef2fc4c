//! `rempart store serve`.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rempart_server::{
    Front, Limits, Node, NodeError, NodeOptions, Replay, ServerOptions, StoreSettings, harden,
    serve,
};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::time::UtcTime;

use crate::arguments::{LogFormat, ReplayArgument, StoreServeArguments};
use crate::exit::Exit;
use crate::output;

/// Time for calls that are still in flight when the server has ended.
const AFTER_CALLS: Duration = Duration::from_secs(5);

pub(super) fn run(options: &StoreServeArguments) -> anyhow::Result<Exit> {
    log_to_stderr(options.log);
    let hardened = harden();
    if !hardened.no_core || !hardened.not_dumpable {
        tracing::warn!("the system may write pictures of this process's memory");
    }
    let mut node_options = node_options(&options.place)?;
    node_options.online.cache = options.cache << 20;
    node_options.replay = match options.refuse_replays {
        ReplayArgument::Allow => Replay::Allow,
        ReplayArgument::Writes => Replay::RefuseWrites,
        ReplayArgument::All => Replay::RefuseAll,
    };
    let (node, warnings) = Node::open(&node_options)?;
    for warning in &warnings {
        tracing::warn!(%warning, "rempart.yaml");
    }
    tracing::info!("built of {}", node_options.settings.summary());
    let background = node.begin()?;
    let tls = match (&options.certificate, &options.key) {
        (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
        _ if options.allow_plaintext => None,
        _ => {
            let folder = options.place.path.join("tls");
            Some((folder.join("certificate.pem"), folder.join("key.pem")))
        }
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    let server = ServerOptions {
        listen: options.listen,
        admin: options.admin,
        tls,
        allow_plaintext: options.allow_plaintext,
        limits: Limits::default(),
    };
    let threads = options.threads.map_or_else(
        || std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        usize::from,
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(256)
        .enable_all()
        .build()
        .context("cannot start")?;
    let front: Arc<Node> = Arc::clone(&node);
    let served = runtime.block_on(serve(front, &server, |address, admin| {
        tracing::info!("listening on {scheme}://{address}");
        if let Some(admin) = admin {
            tracing::info!("administration on http://{admin}");
        }
    }));
    // Calls that do not end must not keep the process: what is durable is kept.
    runtime.shutdown_timeout(AFTER_CALLS);
    drop(background);
    served?;
    if node.ready().is_err() {
        output::warning("audit records could not be kept to the end");
        return Ok(Exit::Findings);
    }
    Ok(Exit::Clean)
}

pub(super) fn node_options(place: &crate::arguments::StorePlace) -> Result<NodeOptions, NodeError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    Ok(NodeOptions {
        path: place.path.clone(),
        root: super::root(place),
        online: Default::default(),
        replay: Replay::Allow,
        settings: StoreSettings::of_store(&place.path, &variable)?,
    })
}

fn log_to_stderr(format: LogFormat) {
    let builder = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(LevelFilter::INFO)
        .with_timer(UtcTime::rfc_3339())
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    // Only tests have set another one before.
    match format {
        LogFormat::Text => builder.with_target(false).try_init().ok(),
        LogFormat::Json => builder.json().try_init().ok(),
    };
}
