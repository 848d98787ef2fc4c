//! All field paths below one top-level member, found in one walk over it.
//!
//! The walk knows nesting and lists only. Where a record is irregular (a key with a dot or an escape, a
//! key that is repeated) it gives up, and each path is looked up alone, by the rules of [`Path`].

use hashbrown::HashMap;
use rempart_trail::json::{Json, Kind};
use rempart_trail::record::{Field, Record};

use crate::lookup::{MAX_VALUES, Path};
use crate::program::{FieldSlot, Slot, count};

/// The paths that rules use, as trees by top-level member.
#[derive(Debug, Default)]
pub(crate) struct PathTrees {
    nodes: Vec<TreeNode>,
    roots: HashMap<usize, usize, foldhash::fast::FixedState>,
}

#[derive(Debug, Default)]
struct TreeNode {
    slot: Option<Slot>,
    /// Where each key leads, and its number among the children
    children: HashMap<Box<[u8]>, (usize, u32), foldhash::fast::FixedState>,
}

impl PathTrees {
    pub(crate) fn new(slots: &[FieldSlot]) -> Self {
        let mut trees = Self::default();
        for (slot, field) in (0u32..).zip(slots) {
            if !field.derived {
                trees.insert(slot, &field.path);
            }
        }
        trees
    }

    fn insert(&mut self, slot: Slot, path: &Path) {
        let Some((root, rest)) = path.below_member() else {
            return;
        };
        let mut place = match self.roots.get(&(root as usize)) {
            Some(place) => *place,
            None => {
                self.nodes.push(TreeNode::default());
                self.roots.insert(root as usize, self.nodes.len() - 1);
                self.nodes.len() - 1
            }
        };
        for key in rest.split('.') {
            let next = self.nodes.len();
            let Some(node) = self.nodes.get_mut(place) else {
                return;
            };
            let number = count(node.children.len());
            let (child, _) = *node
                .children
                .entry(key.as_bytes().into())
                .or_insert((next, number));
            if child == next {
                self.nodes.push(TreeNode::default());
            }
            place = child;
        }
        if let Some(node) = self.nodes.get_mut(place) {
            node.slot = Some(slot);
        }
    }

    /// Calls `found` with every value below the member and the slot that it belongs to, in the order of
    /// the record. Says whether the member is regular; if not, what was found is not to be used.
    pub(crate) fn walk<'a>(
        &self,
        record: &Record<'a>,
        member: Field,
        found: &mut dyn FnMut(Slot, Json<'a>),
    ) -> bool {
        let (Some(value), Some(root)) = (record.get(member), self.roots.get(&(member as usize)))
        else {
            return true;
        };
        let mut walk = Walk {
            trees: self,
            found,
            left: MAX_VALUES,
        };
        walk.below(value, *root)
    }
}

struct Walk<'t, 'f, 'a> {
    trees: &'t PathTrees,
    found: &'f mut dyn FnMut(Slot, Json<'a>),
    left: usize,
}

impl<'a> Walk<'_, '_, 'a> {
    fn below(&mut self, value: Json<'a>, place: usize) -> bool {
        match value.kind() {
            Kind::Array => value.elements().all(|element| self.below(element, place)),
            Kind::Object => self.members(value, place),
            _ => true,
        }
    }

    fn members(&mut self, object: Json<'a>, place: usize) -> bool {
        let trees = self.trees;
        let Some(node) = trees.nodes.get(place) else {
            return true;
        };
        if node.children.is_empty() {
            return true;
        }
        let mut seen = 0u128;
        for (key, value) in object.entries() {
            let key = key.bytes();
            if key.iter().any(|byte| matches!(byte, b'.' | b'\\')) {
                return false;
            }
            let Some((child, number)) = node.children.get(key) else {
                continue;
            };
            // Beyond 128 children repetition cannot be told; such nodes do not occur in real packs.
            let Some(bit) = 1u128.checked_shl(*number) else {
                return false;
            };
            if seen & bit != 0 {
                return false;
            }
            seen |= bit;
            if let Some(slot) = trees.nodes.get(*child).and_then(|node| node.slot) {
                self.end(slot, value);
            }
            if !self.below(value, *child) {
                return false;
            }
        }
        true
    }

    fn end(&mut self, slot: Slot, value: Json<'a>) {
        if value.kind() == Kind::Array && value.elements().next().is_some() {
            for element in value.elements() {
                if self.left == 0 {
                    return;
                }
                self.end(slot, element);
            }
            return;
        }
        if self.left > 0 {
            self.left -= 1;
            (self.found)(slot, value);
        }
    }
}

/// Whether the record has a top-level member whose name holds a dot, which would win over nesting.
pub(crate) fn has_dotted_member(record: &Record<'_>) -> bool {
    // A record whose length is accounted for by its documented members, written without white space,
    // has no other members.
    let (mut members, mut length) = (0, 0);
    for field in Field::ALL {
        if let Some(value) = record.get(*field) {
            members += 1;
            length += field.name().len() + value.raw().len() + r#""":,"#.len();
        }
    }
    if members > 0 && length + 1 == record.raw().len() {
        return false;
    }
    record
        .json()
        .entries()
        .any(|(key, _)| key.bytes().iter().any(|byte| matches!(byte, b'.' | b'\\')))
}
