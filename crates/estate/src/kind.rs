//! Kinds of resources: which operations tell about them, and how they are named.

#[cfg(test)]
pub(crate) mod check;
mod compose;
mod table;
mod template;

use std::sync::OnceLock;

use hashbrown::HashMap;

use crate::decode::Heads;
use crate::path::Path;
pub(crate) use table::ARN;
pub(crate) use template::{Filling, Template};

/// Members that say whether a list goes on.
pub(crate) const PAGING_MEMBERS: [&str; 8] = [
    "NextToken",
    "nextToken",
    "NextMarker",
    "Marker",
    "ContinuationToken",
    "NextContinuationToken",
    "IsTruncated",
    "Truncated",
];

const TABLE: &str = include_str!("../data/kinds.txt");

/// A kind of resource. The table is `data/kinds.txt`.
#[derive(Debug)]
pub struct Kind {
    name: &'static str,
    global: bool,
    unique: bool,
    /// Names of the variables that its sources fill.
    variables: Vec<&'static str>,
    pub(crate) sources: Vec<Source>,
    pub(crate) facets: Vec<Facet>,
    pub(crate) id: Template,
    pub(crate) arn: Option<Template>,
    pub(crate) also: Vec<Template>,
    pub(crate) via: Vec<(&'static str, Path)>,
    pub(crate) region: Option<usize>,
    /// For a kind that stands for several: all that have a facet of this operation.
    pub(crate) every: Option<&'static str>,
}

/// An operation whose answers tell that resources of the kind exist.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) operation: &'static str,
    pub(crate) role: Role,
    /// Parameters that name the resource.
    pub(crate) parameters: Vec<(Path, usize)>,
    /// Where the variables stand in the body, or in each element.
    pub(crate) values: Vec<(Path, usize)>,
    /// Asked once for each resource of this kind.
    pub(crate) per: Option<&'static str>,
}

impl Source {
    fn add_heads(&self, heads: &mut Heads) {
        for member in PAGING_MEMBERS {
            heads.add(member);
        }
        match &self.role {
            Role::Items(path) | Role::List(path) | Role::Search(_, path, _) => {
                heads.extend(path.head());
            }
            Role::Describe => heads.extend(self.values.iter().filter_map(|(path, _)| path.head())),
            Role::Covers | Role::Seen => {}
        }
    }
}

#[derive(Debug)]
pub(crate) enum Role {
    /// One answer, one resource.
    Describe,
    /// The resources are elements of the answer.
    Items(Path),
    /// The answer lists the resources.
    List(Path),
    /// As `List`, but only its completeness counts.
    Covers,
    /// Any answer proves that the resource exists.
    Seen,
    /// `sagemaker:Search`: type of the records, path, members that are left out.
    Search(&'static str, Path, Vec<&'static str>),
}

/// An operation whose answers with certain parameters are about a resource.
#[derive(Debug)]
pub(crate) struct Facet {
    pub(crate) operation: &'static str,
    /// Parameter, and what it may hold.
    pub(crate) parameters: Vec<(Path, Vec<Term>)>,
}

/// What a parameter may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Id,
    Arn,
    Variable(usize),
}

impl Kind {
    /// Its name, such as `AWS::SageMaker::Model` or `SageMaker:TrainingJob`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether its resources belong to an account, not to a region.
    pub fn is_global(&self) -> bool {
        self.global
    }

    /// Whether an id names the same thing whatever the account.
    pub(crate) fn is_unique(&self) -> bool {
        self.unique
    }

    /// The operation whose answer is the resource's body.
    pub fn primary(&self) -> Option<&'static str> {
        let source = self
            .sources
            .iter()
            .find(|source| matches!(source.role, Role::Describe | Role::Items(_)));
        source.map(|source| source.operation)
    }

    /// Whether the body is one element of the primary operation's answer, not the whole answer.
    pub fn is_element(&self) -> bool {
        self.sources
            .iter()
            .any(|source| matches!(source.role, Role::Items(_)))
    }

    /// Path of the resources in the primary operation's answer; none when the body is the answer.
    pub fn items_paths(&self) -> impl Iterator<Item = String> {
        self.sources.iter().filter_map(|source| match &source.role {
            Role::Items(path) => Some(path.to_string()),
            _ => None,
        })
    }

    /// The operations of which one must be complete for the resources of a place to be known.
    pub fn listings(&self) -> Vec<&'static str> {
        let of = |wanted: fn(&Role) -> bool| -> Vec<&'static str> {
            let mut operations: Vec<_> = self
                .sources
                .iter()
                .filter(|source| wanted(&source.role))
                .map(|source| source.operation)
                .collect();
            operations.dedup();
            operations
        };
        let lists = of(|role| matches!(role, Role::List(_) | Role::Covers));
        if !lists.is_empty() {
            return lists;
        }
        let items = of(|role| matches!(role, Role::Items(_)));
        if !items.is_empty() {
            return items;
        }
        of(|role| matches!(role, Role::Describe | Role::Seen))
    }

    /// For a name that stands for several kinds: the operation that answers about all of them.
    pub fn every(&self) -> Option<&'static str> {
        self.every
    }

    /// Other operations that answer about one resource.
    pub fn facet_operations(&self) -> impl Iterator<Item = &'static str> {
        self.facets.iter().map(|facet| facet.operation)
    }

    pub(crate) fn variable_names(&self) -> &[&'static str] {
        &self.variables
    }
}

/// Every kind, in the order of the table.
pub fn kinds() -> &'static [Kind] {
    &tables().kinds
}

/// The kind with this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    let position = tables().by_name.get(name)?;
    tables().kinds.get(*position)
}

/// What an operation means for kinds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Use {
    /// Position of the kind and of its source.
    Source(usize, usize),
    /// Position of the kind and of its facet.
    Facet(usize, usize),
}

/// The uses of an operation.
pub(crate) fn uses(operation: &str) -> &'static [Use] {
    tables().uses.get(operation).map_or(&[], Vec::as_slice)
}

/// Members at the top of an operation's answer that tell about resources, and how the list goes on.
pub(crate) fn heads(operation: &str) -> &'static Heads {
    static PAGING: OnceLock<Heads> = OnceLock::new();
    let heads = tables().heads.get(operation);
    heads.unwrap_or_else(|| {
        PAGING.get_or_init(|| {
            let mut heads = Heads::default();
            heads.extend(PAGING_MEMBERS);
            heads
        })
    })
}

/// Position of a kind in [`kinds`].
pub(crate) fn position(name: &str) -> Option<usize> {
    tables().by_name.get(name).copied()
}

/// Positions of the kind with this name, or of the kinds that it stands for.
pub(crate) fn members(name: &str) -> Vec<usize> {
    let Some(position) = position(name) else {
        return Vec::new();
    };
    let every = kinds().get(position).and_then(|kind| kind.every);
    let Some(operation) = every else {
        return vec![position];
    };
    let has = |kind: &Kind| kind.facets.iter().any(|facet| facet.operation == operation);
    let counted = kinds().iter().enumerate();
    counted
        .filter(|(_, kind)| has(kind))
        .map(|(position, _)| position)
        .collect()
}

struct Tables {
    kinds: Vec<Kind>,
    by_name: HashMap<&'static str, usize, foldhash::fast::RandomState>,
    uses: HashMap<&'static str, Vec<Use>, foldhash::fast::RandomState>,
    heads: HashMap<&'static str, Heads, foldhash::fast::RandomState>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let kinds = table::read(TABLE);
        let mut by_name = HashMap::default();
        let mut uses: HashMap<_, Vec<Use>, _> = HashMap::default();
        let mut heads: HashMap<_, Heads, _> = HashMap::default();
        for (position, kind) in kinds.iter().enumerate() {
            by_name.insert(kind.name, position);
            for (number, source) in kind.sources.iter().enumerate() {
                let used = uses.entry(source.operation).or_default();
                used.push(Use::Source(position, number));
                source.add_heads(heads.entry(source.operation).or_default());
            }
            for (number, facet) in kind.facets.iter().enumerate() {
                let used = uses.entry(facet.operation).or_default();
                used.push(Use::Facet(position, number));
            }
        }
        Tables {
            kinds,
            by_name,
            uses,
            heads,
        }
    })
}
