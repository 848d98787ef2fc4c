//! Deciding tests and conditions for one record. Every field is looked up once and every test decided
//! once, however many rules ask.

use std::net::IpAddr;

use rempart_trail::record::{Field, Record};

use crate::derive::Derive;
use crate::fold::fold;
use crate::keywords::Keywords;
use crate::number::Decimal;
use crate::program::{Check, Node, Slot, Tables, TestId, TextRelation};
use crate::scratch::{Scalar, Scratch, SlotMemo};
use crate::times;
use crate::tree::{self, PathTrees};

/// One record under evaluation.
pub(crate) struct Evaluation<'e, 'r> {
    pub(crate) tables: &'e Tables,
    pub(crate) keywords: &'e Keywords,
    pub(crate) trees: &'e PathTrees,
    pub(crate) record: &'e Record<'r>,
    pub(crate) derive: &'e dyn Derive,
    pub(crate) scratch: &'e mut Scratch,
}

impl Evaluation<'_, '_> {
    /// Whether the condition holds.
    pub(crate) fn holds(&mut self, node: &Node) -> bool {
        match node {
            Node::Test(test) => self.test(*test),
            Node::Not(inner) => !self.holds(inner),
            Node::And(nodes) => nodes.iter().all(|node| self.holds(node)),
            Node::Or(nodes) => nodes.iter().any(|node| self.holds(node)),
        }
    }

    fn test(&mut self, id: TestId) -> bool {
        let memo = self
            .scratch
            .tests
            .get(id as usize)
            .copied()
            .unwrap_or_default();
        if memo >> 1 == self.scratch.epoch {
            return memo & 1 == 1;
        }
        let answer = self.decide(id);
        if let Some(memo) = self.scratch.tests.get_mut(id as usize) {
            *memo = self.scratch.epoch << 1 | u32::from(answer);
        }
        answer
    }

    fn decide(&mut self, id: TestId) -> bool {
        let tables = self.tables;
        let Some(test) = tables.tests.get(id as usize) else {
            return false;
        };
        match &test.check {
            Check::Keyword { what, literals } => {
                self.keywords
                    .found(what, literals.as_deref(), self.record, self.scratch)
            }
            Check::FieldRef { other, how, cased } => {
                let raw = self.record.raw();
                let mut others = self.with_values(*other, |memo| memo.texts(raw, usize::MAX));
                if !cased {
                    others = others.iter().map(|text| fold(text).into()).collect();
                }
                self.with_values(test.slot, |memo| {
                    memo.any(raw, &mut |scalar| refers(scalar, &others, *how, *cased))
                })
            }
            Check::Text(set) if set.is_expensive() => {
                let raw = self.record.raw();
                let mut answers = std::mem::take(&mut self.scratch.answers);
                let answer = self.with_values(test.slot, |memo| {
                    memo.any(raw, &mut |scalar| {
                        scalar
                            .text()
                            .is_some_and(|text| answers.get(id, text, |text| set.matches(text)))
                    })
                });
                self.scratch.answers = answers;
                answer
            }
            check => {
                let raw = self.record.raw();
                self.with_values(test.slot, |memo| decide(check, memo, raw))
            }
        }
    }

    /// Gives `use_memo` the values of a field.
    pub(crate) fn with_values<T>(
        &mut self,
        slot: Slot,
        use_memo: impl FnOnce(&SlotMemo) -> T,
    ) -> T {
        let epoch = self.scratch.epoch;
        let is_filled = |scratch: &Scratch| {
            scratch
                .slots
                .get(slot as usize)
                .is_some_and(|memo| memo.is_filled(epoch))
        };
        let field = self.tables.slots.get(slot as usize);
        let mut regular = false;
        if !is_filled(self.scratch)
            && let Some((member, _)) = field.and_then(|field| field.path.below_member())
        {
            regular = self.walk(member);
        }
        let (Some(memo), Some(field)) = (self.scratch.slots.get_mut(slot as usize), field) else {
            return use_memo(&SlotMemo::default());
        };
        if regular {
            memo.clear(epoch);
        } else {
            memo.fill(epoch, field, self.record, self.derive);
        }
        use_memo(memo)
    }

    /// Looks up all fields below a member at once; says whether that could be done.
    fn walk(&mut self, member: Field) -> bool {
        let epoch = self.scratch.epoch;
        let known = self
            .scratch
            .members
            .get(member as usize)
            .copied()
            .unwrap_or_default();
        if known >> 1 == epoch {
            return known & 1 == 1;
        }
        if self.scratch.dotted.0 != epoch {
            self.scratch.dotted = (epoch, tree::has_dotted_member(self.record));
        }
        let base = self.record.raw().as_ptr() as usize;
        let slots = &mut self.scratch.slots;
        let mut touched: Option<(Slot, Slot)> = None;
        let regular = !self.scratch.dotted.1
            && self.trees.walk(self.record, member, &mut |slot, value| {
                let start = (value.raw().as_ptr() as usize).saturating_sub(base);
                if let Some(memo) = slots.get_mut(slot as usize) {
                    memo.add(epoch, start, value.raw().len());
                }
                let (first, last) = touched.unwrap_or((slot, slot));
                touched = Some((first.min(slot), last.max(slot)));
            });
        if !regular && let Some((first, last)) = touched {
            // What was found so far is void for every field below the member.
            for (memo, field) in slots
                .iter_mut()
                .zip(&self.tables.slots)
                .take(last as usize + 1)
                .skip(first as usize)
            {
                if field
                    .path
                    .below_member()
                    .is_some_and(|(other, _)| other == member)
                {
                    memo.forget();
                }
            }
        }
        if let Some(known) = self.scratch.members.get_mut(member as usize) {
            *known = epoch << 1 | u32::from(regular);
        }
        regular
    }
}

/// Decides a test that looks at one field only.
pub(crate) fn decide(check: &Check, memo: &SlotMemo, raw: &[u8]) -> bool {
    match check {
        Check::Exists => memo.is_present(),
        Check::Null => {
            !memo.is_present() || memo.any(raw, &mut |scalar| matches!(scalar, Scalar::Null))
        }
        Check::Text(set) => memo.any(raw, &mut |scalar| {
            scalar.text().is_some_and(|text| set.matches(text))
        }),
        Check::Number { text, value } => memo.any(raw, &mut |scalar| match scalar {
            Scalar::Text(found) => **found == **text,
            Scalar::Number(found) => **found == **text || same_number(found, text, value),
            _ => false,
        }),
        Check::Bool(flag) => memo.any(raw, &mut |scalar| match scalar {
            Scalar::Bool(found) => found == flag,
            Scalar::Text(found) => found.eq_ignore_ascii_case(if *flag { "true" } else { "false" }),
            _ => false,
        }),
        Check::Regex(regex) => memo.any(raw, &mut |scalar| {
            scalar.text().is_some_and(|text| regex.is_match(text))
        }),
        Check::Compare { how, value } => memo.any(raw, &mut |scalar| {
            let number = match scalar {
                Scalar::Text(text) | Scalar::Number(text) => Decimal::parse(text),
                _ => None,
            };
            number.is_some_and(|number| how.accepts(number.compare(value)))
        }),
        Check::Cidr(networks) => memo.any(raw, &mut |scalar| {
            let Some(address) = scalar.text().and_then(|text| text.parse::<IpAddr>().ok()) else {
                return false;
            };
            let address = address.to_canonical();
            networks.iter().any(|network| network.contains(&address))
        }),
        Check::TimePart { part, how, value } => memo.any(raw, &mut |scalar| {
            let Scalar::Text(text) = scalar else {
                return false;
            };
            times::part(text, *part)
                .and_then(|number| Decimal::parse(&number.to_string()))
                .is_some_and(|number| how.accepts(number.compare(value)))
        }),
        // These need more than one field.
        Check::Keyword { .. } | Check::FieldRef { .. } => false,
    }
}

fn same_number(found: &str, text: &str, value: &Decimal) -> bool {
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // Integers without leading zeros are equal only if their texts are.
    if is_plain(found) && is_plain(text) {
        return false;
    }
    Decimal::parse(found).is_some_and(|found| found.compare(value).is_eq())
}

fn refers(scalar: &Scalar<'_>, others: &[Box<str>], how: TextRelation, cased: bool) -> bool {
    let Some(text) = scalar.text() else {
        return false;
    };
    let text = if cased { text.into() } else { fold(text) };
    others.iter().any(|other| match how {
        TextRelation::Equal => *text == **other,
        TextRelation::StartsWith => text.starts_with(&**other),
        TextRelation::EndsWith => text.ends_with(&**other),
        TextRelation::Contains => text.contains(&**other),
    })
}
