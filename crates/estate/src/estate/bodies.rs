//! Bodies on demand, and the few that are kept at hand.

use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use serde_json::Value;

use super::build::entry_at;
use super::{Estate, EvidenceRef};
use crate::answer::{Outcome, hexadecimal};
use crate::decode::decode;
use crate::gap::Gap;
use crate::scan::{Entry, Location};
use crate::snapshot::open::body_at;

/// Bytes of bodies that are kept decoded; values take several times as much.
const CACHE_BYTES: usize = 16 << 20;

/// Where answers come from.
#[derive(Debug)]
pub(crate) struct SourceFile {
    name: String,
    path: Option<PathBuf>,
}

impl SourceFile {
    pub(crate) fn memory(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            path: None,
        }
    }

    pub(crate) fn file(path: &Path) -> Self {
        Self {
            name: path.display().to_string(),
            path: Some(path.to_owned()),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Opened for each body: a snapshot may have more files than a process may keep open.
    fn open(&self) -> Result<File, String> {
        let path = self.path.as_deref().ok_or_else(|| "no file".to_owned())?;
        File::open(path).map_err(|error| format!("{}: {error}", self.name))
    }
}

/// What a decoded value is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum CacheKey {
    Answer(u32),
    /// The body of a resource.
    Element(usize),
    /// Pages merged.
    Merged(Vec<u32>),
}

/// Decoded values, in two generations: what is not asked for while the young one fills is dropped.
#[derive(Debug, Default)]
pub(super) struct Cache {
    young: HashMap<CacheKey, (Arc<Value>, usize), RandomState>,
    old: HashMap<CacheKey, (Arc<Value>, usize), RandomState>,
    bytes: usize,
}

impl Cache {
    fn get(&mut self, key: &CacheKey) -> Option<Arc<Value>> {
        if let Some((value, _)) = self.young.get(key) {
            return Some(Arc::clone(value));
        }
        let (value, size) = self.old.remove(key)?;
        self.insert(key.clone(), Arc::clone(&value), size);
        Some(value)
    }

    fn insert(&mut self, key: CacheKey, value: Arc<Value>, size: usize) {
        if self.bytes.saturating_add(size) > CACHE_BYTES / 2 {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes = self.bytes.saturating_add(size);
        self.young.insert(key, (value, size));
    }
}

impl Estate {
    pub(super) fn cached(
        &self,
        key: CacheKey,
        make: impl FnOnce() -> Result<(Value, usize), Gap>,
    ) -> Result<Arc<Value>, Gap> {
        if let Ok(mut cache) = self.cache.lock()
            && let Some(value) = cache.get(&key)
        {
            return Ok(value);
        }
        let (value, size) = make()?;
        let value = Arc::new(value);
        if let Ok(mut cache) = self.cache.lock() {
            cache.insert(key, Arc::clone(&value), size);
        }
        Ok(value)
    }

    /// The decoded body of an entry that is `ok`; `{}` for one that is absent.
    pub(super) fn decoded(&self, number: u32) -> Result<Arc<Value>, Gap> {
        let Some(entry) = entry_at(&self.entries, number) else {
            return Err(Gap::Unresolvable {
                reference: number.to_string(),
            });
        };
        match entry.outcome {
            Outcome::Ok => {}
            Outcome::Absent if !self.is_not_ready(entry) => {
                return Ok(Arc::new(Value::Object(serde_json::Map::new())));
            }
            _ => return Err(self.gap_of(entry)),
        }
        self.cached(CacheKey::Answer(number), || {
            let operation = self.operation_of(entry);
            let failed = |reason: String| Gap::Failed {
                operation: operation.to_owned(),
                reason,
            };
            let bytes = self.bytes_of(entry).map_err(failed)?;
            let value = decode(operation, &bytes).map_err(|error| failed(error.reason))?;
            Ok((value, bytes.len()))
        })
    }

    fn bytes_of<'e>(&self, entry: &'e Entry) -> Result<Cow<'e, [u8]>, String> {
        if let Location::Memory(bytes) = &entry.location {
            return Ok(Cow::Borrowed(bytes));
        }
        let position = usize::try_from(entry.source).unwrap_or(usize::MAX);
        let source = self.sources.get(position);
        let source = source.ok_or_else(|| "no source".to_owned())?;
        let bytes = body_at(&source.open()?, &entry.location, entry.sha256)?;
        Ok(Cow::Owned(bytes))
    }

    pub(super) fn operation_of(&self, entry: &Entry) -> &str {
        let position = usize::try_from(entry.operation).unwrap_or(usize::MAX);
        self.operations.get(position).map_or("", String::as_str)
    }

    /// Where the entry is kept.
    pub(super) fn evidence(&self, entry: &Entry) -> EvidenceRef {
        let position = usize::try_from(entry.source).unwrap_or(usize::MAX);
        let source = self.sources.get(position).map(SourceFile::name);
        EvidenceRef {
            source: source.unwrap_or_default().to_owned(),
            line: entry.line,
            operation: self.operation_of(entry).to_owned(),
            sha256: hexadecimal(&entry.sha256),
            at: entry.at.as_deref().map(str::to_owned),
        }
    }

    /// Whether AWS said that a report is not finished.
    fn is_not_ready(&self, entry: &Entry) -> bool {
        let codes = ["ReportNotPresent", "ReportExpired", "ReportInProgress"];
        entry.outcome == Outcome::Absent && codes.contains(&code(entry))
    }

    /// Why an entry without answer has none.
    pub(super) fn gap_of(&self, entry: &Entry) -> Gap {
        let operation = self.operation_of(entry).to_owned();
        let rare = entry.rare.as_deref();
        match entry.outcome {
            Outcome::Denied => Gap::AccessDenied {
                action: rare
                    .and_then(|rare| rare.permission.clone())
                    .unwrap_or(operation),
            },
            Outcome::Throttled => Gap::Throttled { operation },
            Outcome::NotInRegion => {
                let service = operation.split(':').next().unwrap_or_default().to_owned();
                Gap::NotInRegion { service }
            }
            Outcome::NotEvaluated => Gap::NotEvaluated { operation },
            Outcome::Absent if self.is_not_ready(entry) => Gap::NotReady {
                operation,
                code: code(entry).to_owned(),
            },
            Outcome::Gone => Gap::Unresolvable {
                reference: format!("{operation} {}", entry.parameters),
            },
            Outcome::Ok | Outcome::Absent | Outcome::Failed => {
                let error = rare.and_then(|rare| rare.error.as_ref());
                let status = rare.map_or(0, |rare| rare.status);
                let reason = match error {
                    Some(error) => format!("{}: {}", error.code, error.message),
                    None => format!("status {status}"),
                };
                Gap::Failed { operation, reason }
            }
        }
    }
}

/// Error code of the entry.
pub(super) fn code(entry: &Entry) -> &str {
    let error = entry.rare.as_ref().and_then(|rare| rare.error.as_ref());
    error.map_or("", |error| &error.code)
}
