//! The engine of the online store, as the settings name it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rempart_online::{EmbeddedEngine, EmbeddedOptions, Engine, RedisEngine, RedisOptions};
use ring::digest::{SHA256, digest};

use super::NodeError;
use super::backup::hex;
use crate::settings::{OnlineSettings, RedisSettings};

/// Rows, queue and notes of the embedded engine.
const EMBEDDED: &str = "online";
/// Queue and notes beside Redis.
const BESIDE_REDIS: &str = "queue";

/// The engine, and the directory of its files.
///
/// # Errors
/// It does not open, or the store has rows in another engine.
pub(super) fn open(
    store: &Path,
    settings: &OnlineSettings,
    sizes: &EmbeddedOptions,
) -> Result<(Arc<dyn Engine>, PathBuf), NodeError> {
    let (name, other, is) = match settings {
        OnlineSettings::Embedded => (EMBEDDED, BESIDE_REDIS, "redis"),
        OnlineSettings::Redis(_) => (BESIDE_REDIS, EMBEDDED, "embedded"),
    };
    let other = store.join(other);
    if other.exists() {
        return Err(NodeError::failed(
            other.display(),
            format!(
                "this store was begun with `engine: {is}`, where its rows are: another engine would find none. \
                 Change store.yaml back"
            ),
        ));
    }
    let directory = store.join(name);
    let engine: Arc<dyn Engine> = match settings {
        OnlineSettings::Embedded => Arc::new(EmbeddedEngine::open(&directory, sizes)?),
        OnlineSettings::Redis(redis) => {
            let options = redis_options(store, redis)?;
            Arc::new(RedisEngine::open(&options, &directory, sizes)?)
        }
    };
    Ok((engine, directory))
}

fn redis_options(store: &Path, settings: &RedisSettings) -> Result<RedisOptions, NodeError> {
    let root_certificates = match &settings.certificates {
        None => None,
        Some(file) => {
            let path = store.join(file);
            let read = fs::read(&path);
            Some(read.map_err(|error| NodeError::failed(path.display(), error))?)
        }
    };
    let prefix = match &settings.prefix {
        Some(prefix) => prefix.clone(),
        None => own_prefix(store)?,
    };
    Ok(RedisOptions {
        addresses: settings.addresses.clone(),
        is_cluster: settings.is_cluster,
        root_certificates,
        prefix,
        connections: settings.connections,
        timeout: settings.timeout,
        replicas: settings.replicas,
        ..RedisOptions::default()
    })
}

/// A prefix that no other store has: it follows from the salt.
fn own_prefix(store: &Path) -> Result<String, NodeError> {
    let path = store.join("salt");
    let salt = fs::read(&path).map_err(|error| NodeError::failed(path.display(), error))?;
    let digest = digest(&SHA256, &salt);
    let short = digest.as_ref().first_chunk::<6>().copied();
    Ok(format!("rempart:{}", hex(&short.unwrap_or_default())))
}
