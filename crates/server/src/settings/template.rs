//! The first `store.yaml` of a store.

/// The file that `init` writes: the defaults, and what else there is.
pub(crate) fn template() -> &'static str {
    include_str!("template.yaml")
}
