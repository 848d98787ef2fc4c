//! The feature groups of a store: on disk, and in memory where every call finds them.
//!
//! A change is in memory only after it is on disk, and readers see it from then on: a group that exists
//! is never missed.

mod disk;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use disk::Disk;
use jiff::Timestamp;
use rempart_online::GroupId;
use serde::{Deserialize, Serialize};

use crate::group::Group;

/// Why the registry could not do it.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Another process has the file
    #[error("{path}: in use by another process", path = .path.display())]
    InUse {
        /// The file
        path: PathBuf,
    },
    /// The file is damaged; it was left as it is
    #[error("{path}: damaged: {reason}", path = .path.display())]
    Damaged {
        /// The file
        path: PathBuf,
        /// What is wrong
        reason: String,
    },
    /// A later version of the program wrote the file
    #[error("{path}: format {found}, and this program reads {reads}", path = .path.display())]
    Format {
        /// The file
        path: PathBuf,
        /// Format of the file
        found: u64,
        /// Format that is read here
        reads: u64,
    },
    /// The disk failed; whether the change is on disk is not known, and it is not in effect
    #[error("{path}: {reason}", path = .path.display())]
    Failed {
        /// The file
        path: PathBuf,
        /// Why
        reason: String,
    },
    /// The account has a group of this name
    #[error("the account has a feature group of this name")]
    NameTaken,
    /// There is no such group
    #[error("there is no such feature group")]
    NoGroup,
    /// A change that may not be made: id, name, ARN, account and Region stay as they are
    #[error("a feature group keeps its id, name, ARN, account and Region")]
    Identity,
}

/// A grant that is perhaps made and perhaps to be retired: written down before either is begun, so that
/// a crash leaves no grant behind that nobody knows of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantDebt {
    /// ARN of the group that the grant is for.
    pub group_arn: String,
    /// When that group was made: names come again.
    pub created: Timestamp,
    /// ARN of the KMS key.
    pub kms_key: String,
    /// Name of the grant.
    pub name: String,
    /// Its id, once it is known.
    pub grant_id: Option<String>,
}

impl GrantDebt {
    fn is_of_same(&self, other: &Self) -> bool {
        (&self.name, self.created, &self.kms_key) == (&other.name, other.created, &other.kms_key)
    }
}

/// Groups in memory.
#[derive(Debug, Default)]
struct Groups {
    by_id: HashMap<GroupId, Arc<Group>>,
    /// By account, then by name: a look-up needs no text of its own.
    by_name: HashMap<Box<str>, HashMap<Box<str>, GroupId>>,
    buried: HashMap<GroupId, Arc<Group>>,
    debts: Vec<GrantDebt>,
}

/// The feature groups of a store. Calls that change something block on the disk.
#[derive(Debug)]
pub struct Registry {
    disk: Disk,
    groups: RwLock<Groups>,
    /// Held by whoever changes something, from reading the old state to publishing the new one.
    writer: Mutex<()>,
}

impl Registry {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// It cannot be opened, another process has it, or it is damaged.
    pub fn open(path: &Path) -> Result<Self, RegistryError> {
        let (disk, content) = Disk::open(path)?;
        let mut groups = Groups::default();
        for group in content.groups {
            if !groups.put(Arc::new(group)) {
                return Err(RegistryError::Damaged {
                    path: path.into(),
                    reason: "two feature groups of one name".into(),
                });
            }
        }
        for group in content.buried {
            groups.buried.insert(group.id, Arc::new(group));
        }
        groups.debts = content.debts;
        Ok(Self {
            disk,
            groups: RwLock::new(groups),
            writer: Mutex::new(()),
        })
    }

    /// A group by the account that owns it and its name, or by its ARN, whose account then counts.
    pub fn group(&self, account: &str, name_or_arn: &str) -> Option<Arc<Group>> {
        let Some(named) = GroupArn::parse(name_or_arn) else {
            return self.read().named(account, name_or_arn).cloned();
        };
        let group = self.read().named(named.account, named.name).cloned()?;
        // Partition and Region are the group's, or it is another one.
        (group.arn == name_or_arn).then_some(group)
    }

    /// A group by its number.
    pub fn by_id(&self, id: GroupId) -> Option<Arc<Group>> {
        self.read().by_id.get(&id).cloned()
    }

    /// All groups, by number.
    pub fn all(&self) -> Vec<Arc<Group>> {
        sorted(&self.read().by_id)
    }

    /// The groups of an account, by number.
    pub fn of_account(&self, account: &str) -> Vec<Arc<Group>> {
        let groups = self.read();
        let ids = groups
            .by_name
            .get(account)
            .into_iter()
            .flat_map(HashMap::values);
        let mut found: Vec<Arc<Group>> =
            ids.filter_map(|id| groups.by_id.get(id).cloned()).collect();
        found.sort_by_key(|group| group.id);
        found
    }

    /// Deleted groups that still have rows waiting for the offline store, by number.
    pub fn buried(&self) -> Vec<Arc<Group>> {
        sorted(&self.read().buried)
    }

    /// Adds a group under a number that no group had before; `group.id` is not looked at.
    ///
    /// # Errors
    /// The name is taken, or the disk failed.
    pub fn create(&self, mut group: Group) -> Result<Arc<Group>, RegistryError> {
        let _writer = self.lock();
        if self.read().named(&group.account, &group.name).is_some() {
            return Err(RegistryError::NameTaken);
        }
        group.id = self.disk.next_id()?;
        let group = Arc::new(group);
        self.disk.insert(&group)?;
        self.write().put(Arc::clone(&group));
        Ok(group)
    }

    /// Changes a group. The change is made on a copy, written, and then seen by all; when `change` fails
    /// nothing happens. Changes of one group come one after the other.
    ///
    /// # Errors
    /// There is no such group, `change` failed, or the disk did.
    pub fn update<T, E: From<RegistryError>>(
        &self,
        id: GroupId,
        change: impl FnOnce(&mut Group) -> Result<T, E>,
    ) -> Result<T, E> {
        let _writer = self.lock();
        let old = self.by_id(id).ok_or(RegistryError::NoGroup)?;
        let mut new = Group::clone(&old);
        let answer = change(&mut new)?;
        if new == *old {
            return Ok(answer);
        }
        if !is_same(&old, &new) {
            return Err(RegistryError::Identity.into());
        }
        self.disk.replace(&new)?;
        self.write().by_id.insert(id, Arc::new(new));
        Ok(answer)
    }

    /// Takes a group away: its name is free, and it stays among the buried until [`Registry::forget`].
    ///
    /// # Errors
    /// There is no such group, or the disk failed.
    pub fn bury(&self, id: GroupId) -> Result<(), RegistryError> {
        let _writer = self.lock();
        let group = self.by_id(id).ok_or(RegistryError::NoGroup)?;
        self.disk.bury(&group)?;
        let mut groups = self.write();
        groups.take(&group);
        groups.buried.insert(id, group);
        Ok(())
    }

    /// Takes a group away that never came to be, or the last trace of a buried one.
    ///
    /// # Errors
    /// There is no such group, or the disk failed.
    pub fn forget(&self, id: GroupId) -> Result<(), RegistryError> {
        let _writer = self.lock();
        let found = {
            let groups = self.read();
            let living = groups.by_id.get(&id).cloned();
            living.or_else(|| groups.buried.get(&id).cloned())
        };
        let group = found.ok_or(RegistryError::NoGroup)?;
        self.disk.forget(id)?;
        let mut groups = self.write();
        if groups.buried.remove(&id).is_none() {
            groups.take(&group);
        }
        Ok(())
    }

    /// Grants that are perhaps to be retired.
    pub fn debts(&self) -> Vec<GrantDebt> {
        self.read().debts.clone()
    }

    /// Writes down that a grant is about to be made or retired, in place of what was written down for the
    /// same group and key.
    ///
    /// # Errors
    /// The disk failed.
    pub fn owe(&self, debt: GrantDebt) -> Result<(), RegistryError> {
        let _writer = self.lock();
        self.disk.owe(&debt)?;
        let debts = &mut self.write().debts;
        debts.retain(|other| !other.is_of_same(&debt));
        debts.push(debt);
        Ok(())
    }

    /// Strikes out what is written down for a group and key: the grant is in use by its group, or gone.
    ///
    /// # Errors
    /// The disk failed.
    pub fn settle(&self, debt: &GrantDebt) -> Result<(), RegistryError> {
        let _writer = self.lock();
        self.disk.settle(debt)?;
        self.write().debts.retain(|other| !other.is_of_same(debt));
        Ok(())
    }

    // A lock is only poisoned by a panic between two steps that cannot panic; the state is whole.
    fn read(&self) -> RwLockReadGuard<'_, Groups> {
        self.groups.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Groups> {
        self.groups.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Groups {
    fn named(&self, account: &str, name: &str) -> Option<&Arc<Group>> {
        let id = self.by_name.get(account)?.get(name)?;
        self.by_id.get(id)
    }

    /// Whether number and name were free.
    fn put(&mut self, group: Arc<Group>) -> bool {
        let names = self
            .by_name
            .entry(group.account.as_str().into())
            .or_default();
        let was_free = names.insert(group.name.as_str().into(), group.id).is_none();
        self.by_id.insert(group.id, group).is_none() && was_free
    }

    fn take(&mut self, group: &Group) {
        self.by_id.remove(&group.id);
        if let Some(names) = self.by_name.get_mut(group.account.as_str()) {
            names.remove(group.name.as_str());
        }
    }
}

/// The ARN of a feature group, in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupArn<'a> {
    /// `aws`, `aws-cn`…
    pub partition: &'a str,
    /// Region.
    pub region: &'a str,
    /// Account.
    pub account: &'a str,
    /// Name of the group.
    pub name: &'a str,
}

impl<'a> GroupArn<'a> {
    /// The parts; `None` for any other text.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let partition = parts.next()?;
        let service = parts.next()?;
        let region = parts.next()?;
        let account = parts.next()?;
        let name = parts.next()?.strip_prefix("feature-group/")?;
        (service == "sagemaker").then_some(Self {
            partition,
            region,
            account,
            name,
        })
    }
}

fn sorted(groups: &HashMap<GroupId, Arc<Group>>) -> Vec<Arc<Group>> {
    let mut all: Vec<Arc<Group>> = groups.values().cloned().collect();
    all.sort_by_key(|group| group.id);
    all
}

fn is_same(old: &Group, new: &Group) -> bool {
    (old.id, &old.name, &old.arn, &old.account, &old.region)
        == (new.id, &new.name, &new.arn, &new.account, &new.region)
}
