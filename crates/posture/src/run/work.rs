//! The work of a run, in units that can be done at the same time.

use std::collections::{BTreeMap, BTreeSet};

use rempart_estate::{Estate, Gap, Place, Resource};

use super::{RunOptions, is_global};
use crate::control::Scope;

/// Resources in one unit: enough that handing over costs nothing, few enough that threads end together.
const RESOURCES: usize = 128;

/// A unit of work.
pub(super) enum Unit<'w> {
    /// All controls about this account or Region.
    Places(&'w Place),
    /// Resources of a kind that could not be listed in a place.
    Listing(&'w str, &'w Place, &'w Gap),
    /// Resources of a kind.
    Resources(&'w str, &'w [&'w Resource]),
}

/// All work of a run.
pub(super) struct Work<'e> {
    places: BTreeSet<Place>,
    unlisted: Vec<(String, Place, Gap)>,
    resources: BTreeMap<String, Vec<&'e Resource>>,
}

impl<'e> Work<'e> {
    pub(super) fn of(estate: &'e Estate, options: &RunOptions<'_>) -> Self {
        let mut places: BTreeSet<Place> = estate.places().iter().cloned().collect();
        // An account is judged once, whether or not a service without Regions was asked.
        let accounts: Vec<Place> = places.iter().map(Place::global).collect();
        places.extend(accounts);
        let of_resources = options
            .controls
            .iter()
            .filter(|control| control.scope == Scope::Resource);
        let kinds: BTreeSet<&str> = of_resources.map(|control| control.kind.as_str()).collect();
        let mut unlisted = Vec::new();
        let mut resources = BTreeMap::new();
        for kind in kinds {
            for place in &places {
                if options.planned || is_global(kind) != place.is_global() {
                    continue;
                }
                if let Some(gap) = estate.listing(kind, place) {
                    unlisted.push((kind.to_owned(), place.clone(), gap));
                }
            }
            resources.insert(kind.to_owned(), estate.resources(kind).collect());
        }
        if options.planned {
            places.clear();
        }
        Self {
            places,
            unlisted,
            resources,
        }
    }

    pub(super) fn units(&self) -> Vec<Unit<'_>> {
        let mut units: Vec<Unit<'_>> = self.places.iter().map(Unit::Places).collect();
        units.extend(
            self.unlisted
                .iter()
                .map(|(kind, place, gap)| Unit::Listing(kind, place, gap)),
        );
        for (kind, resources) in &self.resources {
            units.extend(
                resources
                    .chunks(RESOURCES)
                    .map(|chunk| Unit::Resources(kind, chunk)),
            );
        }
        units
    }
}
