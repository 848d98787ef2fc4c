//! The control plane: `CreateFeatureGroup` and its siblings.
