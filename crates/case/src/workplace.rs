//! Which role a notebook, profile or space runs as, and who may work in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_estate::Estate;

use crate::index::{FactKind, Index};

/// One place of work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Workplace {
    /// Domain id; empty for notebooks and other resources.
    pub(crate) domain: Arc<str>,
    /// Profile, space, notebook or other resource; empty for the default of a domain.
    pub(crate) name: Arc<str>,
    /// ARN of the role.
    pub(crate) role: Arc<str>,
}

/// All of them, as logs and snapshots say.
#[derive(Debug, Default)]
pub(crate) struct Workplaces(BTreeSet<Workplace>);

impl Workplaces {
    pub(crate) fn of(index: &Index, estates: &[Estate]) -> Self {
        let mut places = BTreeSet::new();
        for fact in &index.facts {
            let (domain, name, role) = match &fact.kind {
                FactKind::Profile {
                    domain,
                    profile,
                    role,
                } => (Arc::clone(domain), profile, role),
                FactKind::RoleGiven { resource, role, .. } => ("".into(), resource, role),
                _ => continue,
            };
            if !role.is_empty() {
                places.insert(Workplace {
                    domain,
                    name: Arc::clone(name),
                    role: Arc::clone(role),
                });
            }
        }
        for estate in estates {
            of_estate(estate, &mut places);
        }
        Self(places)
    }

    /// Roles as which a profile, space or resource runs; the default of its domain where it has none.
    pub(crate) fn roles_of(&self, domain: &str, name: &str) -> Vec<Arc<str>> {
        let of = |name: &str| -> Vec<Arc<str>> {
            let found = self.0.iter().filter(|place| {
                *place.name == *name && (domain.is_empty() || *place.domain == *domain)
            });
            found.map(|place| Arc::clone(&place.role)).collect()
        };
        let mut roles = of(name);
        if roles.is_empty() && !domain.is_empty() {
            roles = of("");
        }
        roles.sort();
        roles.dedup();
        roles
    }

    /// Profiles and notebooks that run as a role.
    pub(crate) fn of_role(&self, role: &str) -> impl Iterator<Item = &Workplace> {
        let name = role.rsplit('/').next().unwrap_or(role).to_owned();
        self.0
            .iter()
            .filter(move |place| place.role.rsplit('/').next() == Some(name.as_str()))
    }
}

fn of_estate(estate: &Estate, places: &mut BTreeSet<Workplace>) {
    const KINDS: [(&str, &str, &[&str]); 3] = [
        (
            "AWS::SageMaker::UserProfile",
            "UserProfileName",
            &["UserSettings", "ExecutionRole"],
        ),
        (
            "AWS::SageMaker::Domain",
            "",
            &["DefaultUserSettings", "ExecutionRole"],
        ),
        (
            "AWS::SageMaker::NotebookInstance",
            "NotebookInstanceName",
            &["RoleArn"],
        ),
    ];
    for (kind, name, role) in KINDS {
        for resource in estate.resources(kind) {
            let Ok(body) = estate.body(resource) else {
                continue;
            };
            let text = |path: &[&str]| {
                let found = path.iter().try_fold(&*body, |at, name| at.get(*name));
                found
                    .and_then(|found| found.as_str())
                    .unwrap_or_default()
                    .to_owned()
            };
            let role = text(role);
            if !role.is_empty() {
                places.insert(Workplace {
                    domain: text(&["DomainId"]).into(),
                    name: text(&[name]).into(),
                    role: role.into(),
                });
            }
        }
    }
}
