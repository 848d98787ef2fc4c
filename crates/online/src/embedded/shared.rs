//! The files, and how they are opened anew while others read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::files::{EmbeddedOptions, Files};
use crate::engine::EngineError;

pub(super) struct Shared {
    pub(super) path: PathBuf,
    pub(super) options: EmbeddedOptions,
    /// None after the files did not open again.
    files: RwLock<Option<Arc<Files>>>,
}

impl Shared {
    pub(super) fn open(path: &Path, options: &EmbeddedOptions) -> Result<Self, EngineError> {
        Ok(Self {
            path: path.to_owned(),
            options: options.clone(),
            files: RwLock::new(Some(Arc::new(Files::open(path, options)?))),
        })
    }

    pub(super) fn files(&self) -> Result<Arc<Files>, EngineError> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        files.clone().ok_or_else(|| EngineError::Failed {
            place: self.path.display().to_string(),
            reason: "the files are closed: they did not open again after an error".to_owned(),
        })
    }

    /// Closes the files and opens them. Waits for those who read.
    pub(super) fn reopen(&self) -> Result<(), EngineError> {
        let mut place = self.files.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut old) = place.take() {
            // Who reads has a share of its own, and nobody gets another meanwhile.
            loop {
                match Arc::try_unwrap(old) {
                    Ok(files) => {
                        drop(files);
                        break;
                    }
                    Err(shared) => old = shared,
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        *place = Some(Arc::new(Files::open(&self.path, &self.options)?));
        Ok(())
    }
}
