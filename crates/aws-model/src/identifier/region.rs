//! Partitions and regions.

use std::sync::OnceLock;

use super::{excerpt, text_traits};
use crate::table;

/// Longest text that can be a region.
const LONGEST: usize = 32;

/// A region name of the shape `eu-west-1`. Whether it exists is another question: see
/// [`Region::is_known`], because new regions appear more often than releases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(Box<str>);

/// Why a text is no region.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a region: {reason}")]
pub struct RegionError {
    text: String,
    reason: &'static str,
}

/// A partition with its regions, from the table.
#[derive(Debug)]
pub struct Partition {
    name: &'static str,
    regions: Vec<(&'static str, &'static str)>,
}

impl Region {
    /// Reads two or more parts of lower-case letters and a number, joined by hyphens.
    ///
    /// # Errors
    /// Any other text; the error names the part at fault.
    pub fn parse(text: &str) -> Result<Self, RegionError> {
        let fail = |reason| RegionError {
            text: excerpt(text),
            reason,
        };
        if text.len() > LONGEST {
            return Err(fail("it is too long"));
        }
        let (words, number) = text
            .rsplit_once('-')
            .ok_or_else(|| fail("it has no hyphen"))?;
        if number.is_empty()
            || number.len() > 2
            || !number.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(fail("it must end in a number"));
        }
        if !words.contains('-') {
            return Err(fail("it must have at least two words before the number"));
        }
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        if !words.split('-').all(is_word) {
            return Err(fail("its words must be lower-case letters"));
        }
        Ok(Self(text.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the table of regions has it.
    pub fn is_known(&self) -> bool {
        self.entry().is_some()
    }

    /// Place for people, for example `Europe (Ireland)`; `None` for an unknown region.
    pub fn description(&self) -> Option<&'static str> {
        self.entry().map(|(_, description)| description)
    }

    /// Partition of a known region.
    pub fn partition(&self) -> Option<&'static str> {
        self.entry().map(|(partition, _)| partition)
    }

    fn entry(&self) -> Option<(&'static str, &'static str)> {
        partitions().iter().find_map(|partition| {
            let (_, description) = partition
                .regions
                .iter()
                .find(|(name, _)| *name == self.as_str())?;
            Some((partition.name, *description))
        })
    }
}

text_traits!(Region, RegionError);

/// The known partitions.
pub fn partitions() -> &'static [Partition] {
    static PARTITIONS: OnceLock<Vec<Partition>> = OnceLock::new();
    PARTITIONS.get_or_init(|| {
        let read = |(name, body): (&'static str, &'static str)| Partition {
            name,
            regions: body
                .lines()
                .filter_map(|line| line.split_once('\t'))
                .collect(),
        };
        table::sections(table::REGIONS).map(read).collect()
    })
}

impl Partition {
    /// Name as in ARNs, for example `aws-us-gov`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Names and places of its regions.
    pub fn regions(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.regions.iter().copied()
    }
}
