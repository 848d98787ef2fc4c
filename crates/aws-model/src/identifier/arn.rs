//! Amazon resource names.

use super::account::AccountId;
use super::region::{Region, partitions};
use super::{excerpt, text_traits};

/// Longest text that is taken for an ARN, in bytes; AWS's own limits are below.
const LONGEST: usize = 4096;

/// An ARN without wildcards in its first five parts: `arn:partition:service:region:account:resource`.
///
/// Equality is exact. SageMaker writes the resource part in lower case whatever the case of the
/// resource's name, so compare its names with [`Arn::names_resource`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    text: Box<str>,
    /// Ends of partition, service, region and account.
    ends: [u16; 4],
}

/// Why a text is no ARN; each variant names the part at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// The text does not begin with `arn:`.
    #[error("`{0}` is not an ARN: it does not begin with `arn:`")]
    Prefix(String),
    /// There are fewer than six parts.
    #[error("`{0}` is not an ARN: it has fewer than six parts")]
    Parts(String),
    /// The partition is none of the known ones.
    #[error("unknown partition `{0}` in an ARN")]
    Partition(String),
    /// The service is empty or holds a character that no service has.
    #[error("`{0}` is not a service in an ARN")]
    Service(String),
    /// The region is neither empty nor of a region's shape.
    #[error("`{0}` is not a region in an ARN")]
    Region(String),
    /// The account is neither empty, `aws`, nor twelve digits.
    #[error("`{0}` is not an account in an ARN")]
    Account(String),
    /// The resource is empty.
    #[error("an ARN must name a resource")]
    Resource,
    /// The text is longer than any ARN.
    #[error("`{0}` is not an ARN: it is too long")]
    TooLong(String),
}

impl Arn {
    /// Reads an ARN. The resource part is kept verbatim.
    ///
    /// # Errors
    /// The variant of [`ArnError`] that names the first part at fault.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        if text.len() > LONGEST {
            return Err(ArnError::TooLong(excerpt(text)));
        }
        let rest = text
            .strip_prefix("arn:")
            .ok_or_else(|| ArnError::Prefix(excerpt(text)))?;
        let mut parts = rest.splitn(5, ':');
        let mut part = || parts.next().ok_or_else(|| ArnError::Parts(excerpt(text)));
        let (partition, service, region, account, resource) =
            (part()?, part()?, part()?, part()?, part()?);
        if !partitions().iter().any(|known| known.name() == partition) {
            return Err(ArnError::Partition(excerpt(partition)));
        }
        let in_service =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if service.is_empty() || !service.bytes().all(in_service) {
            return Err(ArnError::Service(excerpt(service)));
        }
        if !region.is_empty() && Region::parse(region).is_err() {
            return Err(ArnError::Region(excerpt(region)));
        }
        if !account.is_empty() && account != "aws" && AccountId::parse(account).is_err() {
            return Err(ArnError::Account(excerpt(account)));
        }
        if resource.is_empty() {
            return Err(ArnError::Resource);
        }
        let mut end = "arn".len();
        let ends = [partition, service, region, account].map(|part| {
            end += 1 + part.len();
            // The text is no longer than `LONGEST`.
            u16::try_from(end).unwrap_or(u16::MAX)
        });
        Ok(Self {
            text: text.into(),
            ends,
        })
    }

    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Partition, for example `aws`.
    pub fn partition(&self) -> &str {
        self.part(0)
    }

    /// Service, for example `sagemaker`.
    pub fn service(&self) -> &str {
        self.part(1)
    }

    /// Region; empty for global services.
    pub fn region(&self) -> &str {
        self.part(2)
    }

    /// Account; empty for S3 buckets, `aws` for what AWS owns.
    pub fn account(&self) -> &str {
        self.part(3)
    }

    /// The account as an identifier; `None` when it is empty or `aws`.
    pub fn account_id(&self) -> Option<AccountId> {
        AccountId::parse(self.account()).ok()
    }

    /// Everything after the account, verbatim.
    pub fn resource(&self) -> &str {
        let [.., end] = self.ends;
        self.text.get(usize::from(end) + 1..).unwrap_or_default()
    }

    /// What stands before the first `/` or `:` of the resource; `None` when there is neither. An S3
    /// object has no type: its resource begins with the bucket.
    pub fn resource_type(&self) -> Option<&str> {
        if self.service() == "s3" && self.region().is_empty() {
            return None;
        }
        self.resource()
            .split_once(['/', ':'])
            .map(|(resource_type, _)| resource_type)
    }

    /// What follows the type; the whole resource when there is no type.
    pub fn resource_id(&self) -> &str {
        match self.resource_type() {
            Some(resource_type) => self
                .resource()
                .get(resource_type.len() + 1..)
                .unwrap_or_default(),
            None => self.resource(),
        }
    }

    /// Whether the resource has this type and name, where the name is compared without ASCII case.
    pub fn names_resource(&self, resource_type: &str, name: &str) -> bool {
        self.resource_type() == Some(resource_type) && self.resource_id().eq_ignore_ascii_case(name)
    }

    /// Whether two ARNs are equal except for the ASCII case of their resource part.
    pub fn same_resource(&self, other: &Self) -> bool {
        self.ends == other.ends && self.text.eq_ignore_ascii_case(&other.text)
    }

    fn part(&self, index: usize) -> &str {
        let end = |index: usize| self.ends.get(index).copied().map_or(0, usize::from);
        let start = if index == 0 {
            "arn".len()
        } else {
            end(index - 1)
        };
        self.text.get(start + 1..end(index)).unwrap_or_default()
    }
}

text_traits!(Arn, ArnError);
