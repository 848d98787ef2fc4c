//! The organisation: its root, its units, and which accounts are where.

use std::collections::BTreeMap;
use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_policy::context::KeyState;
use rempart_policy::document::PolicyKind;
use rempart_policy::lint::Severity;
use rempart_sigma::yaml::{Fields, Node, Position, Yaml};

use super::Reader;
use super::policies::Managed;
use crate::model::{Account, Organization, Policies};

/// Deepest nesting of units (Organizations User Guide, "Quotas").
const DEEPEST: usize = 5;

/// The organisation with its units.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) organization: Option<Organization>,
    /// Id of the root, for paths.
    root: Option<String>,
    of_root: Levels,
    units: BTreeMap<String, Unit>,
    /// The unit of an account, and where that is said.
    members: BTreeMap<AccountId, (String, Position)>,
    at: Position,
}

/// A level of policies of each kind, where one is written.
#[derive(Default)]
struct Levels {
    service_control: Option<Policies>,
    resource_control: Option<Policies>,
}

struct Unit {
    parent: Option<String>,
    at: Position,
    levels: Levels,
}

/// What the organisation says of an account.
#[derive(Default)]
pub(super) struct Placed {
    pub(super) service_control: Vec<Policies>,
    pub(super) resource_control: Vec<Policies>,
    pub(super) is_management: bool,
    pub(super) path: Option<KeyState>,
}

impl Tree {
    /// What is above an account.
    pub(super) fn place(&self, account: AccountId) -> Placed {
        let Some(organization) = &self.organization else {
            return Placed::default();
        };
        let mut units = Vec::new();
        let mut next = self.members.get(&account).map(|(unit, _)| unit);
        while let Some(id) = next
            && units.len() < DEEPEST
        {
            let Some(unit) = self.units.get(id) else {
                break;
            };
            units.push((id, unit));
            next = unit.parent.as_ref();
        }
        units.reverse();
        let mut placed = Placed {
            is_management: organization.management_account == Some(account),
            path: self.root.as_ref().map(|root| {
                let mut path = format!("{}/{root}/", organization.id);
                for (id, _) in &units {
                    path.push_str(id);
                    path.push('/');
                }
                KeyState::Several(Arc::new([path.into()]))
            }),
            ..Placed::default()
        };
        let levels = units.iter().map(|(_, unit)| &unit.levels);
        for level in std::iter::once(&self.of_root).chain(levels) {
            placed.service_control.extend(level.service_control.clone());
            placed
                .resource_control
                .extend(level.resource_control.clone());
        }
        placed
    }
}

impl<'n> Reader<'_> {
    pub(super) fn organization(&mut self, node: Option<&'n Node>, managed: &Managed<'n>) -> Tree {
        let mut tree = Tree::default();
        let Some(node) = node else {
            return tree;
        };
        let Some(mut fields) = Fields::of(self, node, "`organization`") else {
            return tree;
        };
        tree.at = node.at;
        let id = fields.text(self, "id").unwrap_or_default();
        if !id.starts_with("o-") || id.contains(['/', '*', '?']) {
            self.problem(node.at, "`id` of the organization begins with o-");
        }
        let management = fields.text(self, "managementAccount");
        let management_account = management.and_then(|text| self.account_id(node.at, &text));
        tree.organization = Some(Organization {
            id: id.into(),
            management_account,
        });
        tree.root = fields.text(self, "root");
        tree.of_root = self.level(&mut fields, managed);
        for item in fields.list(self, "units") {
            self.unit(item, managed, &mut tree);
        }
        fields.finish(self);
        self.parents(&tree);
        tree
    }

    fn unit(&mut self, node: &'n Node, managed: &Managed<'n>, tree: &mut Tree) {
        let Some(mut fields) = Fields::of(self, node, "a unit") else {
            return;
        };
        let id = fields.text(self, "id").unwrap_or_default();
        if !id.starts_with("ou-") || id.contains(['/', '*', '?']) {
            self.problem(node.at, "`id` of a unit begins with ou-");
        }
        // For people only.
        fields.text(self, "name");
        let parent = fields.text(self, "parent");
        for account in fields.texts(self, "accounts") {
            if let Some(account) = self.account_id(node.at, &account) {
                let place = (id.clone(), node.at);
                if tree.members.insert(account, place).is_some() {
                    self.problem(node.at, format!("account {account} is in two units"));
                }
            }
        }
        let levels = self.level(&mut fields, managed);
        fields.finish(self);
        let unit = Unit {
            parent,
            at: node.at,
            levels,
        };
        if tree.units.insert(id.clone(), unit).is_some() {
            self.problem(node.at, format!("unit {id} is there twice"));
        }
    }

    /// The level of a root or unit. One that is not written lets everything through, as
    /// `FullAWSAccess` does, which AWS attaches everywhere.
    fn level(&mut self, fields: &mut Fields<'n>, managed: &Managed<'n>) -> Levels {
        let mut read = |reader: &mut Self, name: &str, kind| {
            let node = fields.take(name)?;
            let Yaml::List(items) = &node.value else {
                reader.problem(node.at, format!("`{name}` must be a list of policies"));
                return None;
            };
            reader.warn_of_empty(node.at, name, items.len());
            Some(reader.policies(items, kind, managed))
        };
        Levels {
            service_control: read(self, "serviceControlPolicies", PolicyKind::ServiceControl),
            resource_control: read(self, "resourceControlPolicies", PolicyKind::ResourceControl),
        }
    }

    pub(super) fn warn_of_empty(&mut self, at: Position, name: &str, policies: usize) {
        if policies == 0 && name == "serviceControlPolicies" {
            self.warning(
                at,
                Severity::Warning,
                "a level without any service control policy allows nothing: name FullAWSAccess, or leave the level out",
            );
        }
    }

    /// Parents exist, and no unit is above itself.
    fn parents(&mut self, tree: &Tree) {
        for (id, unit) in &tree.units {
            let mut depth = 0;
            let mut next = unit.parent.as_ref();
            while let Some(parent) = next {
                depth += 1;
                if depth > DEEPEST || parent == id {
                    self.problem(
                        unit.at,
                        format!("unit {id} is above itself, or deeper than {DEEPEST} units"),
                    );
                    break;
                }
                let Some(above) = tree.units.get(parent) else {
                    self.problem(unit.at, format!("there is no unit {parent}"));
                    break;
                };
                next = above.parent.as_ref();
            }
        }
    }

    /// Accounts that the organisation names are in the file.
    pub(super) fn known_accounts(&mut self, tree: &Tree, accounts: &BTreeMap<AccountId, Account>) {
        for (account, (unit, at)) in &tree.members {
            if !accounts.contains_key(account) {
                let text = format!("account {account} of unit {unit} is not in `accounts`");
                self.warning(*at, Severity::Hint, text);
            }
        }
        // A management account that holds nothing here need not be in the file.
        if tree.organization.is_none() && !tree.members.is_empty() {
            self.problem(tree.at, "units belong to an organization");
        }
    }

    pub(super) fn account_id(&mut self, at: Position, text: &str) -> Option<AccountId> {
        match AccountId::parse(text) {
            Ok(account) => Some(account),
            Err(error) => {
                self.problem(at, error.to_string());
                None
            }
        }
    }
}
