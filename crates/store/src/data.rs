//! The data plane: `PutRecord` and its siblings.
