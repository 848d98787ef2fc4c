//! What operators choose.

use std::collections::HashMap;
use std::sync::Arc;

use rempart_aws_model::AccountId;

/// Which permissions on an online key `CreateFeatureGroup` asks of its caller. AWS documents eleven;
/// whether it checks them all is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PermissionCheck {
    /// All eleven
    #[default]
    Documented,
    /// Those that the store uses
    Effective,
}

/// Who holds the grants of online stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// The service: with the built-in KMS
    Service,
    /// A principal, by ARN: the server's own role, with AWS KMS
    Principal(String),
}

/// How a table of the catalogue is named when nobody says. AWS's pages show both forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TableNaming {
    /// `<name with _ for ->_<epoch>`
    #[default]
    Underscores,
    /// `<name>-<epoch>`
    Hyphens,
}

/// Settings of the control plane.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Partition: `aws`.
    pub partition: Arc<str>,
    /// Region.
    pub region: Arc<str>,
    /// ARN of the service-owned key, for stores without a customer's key.
    pub service_key: String,
    /// Permissions asked of who creates a group.
    pub create_permission_check: PermissionCheck,
    /// Holder of grants.
    pub grantee: Grantee,
    /// Names of tables.
    pub table_naming: TableNaming,
    /// Owners of buckets that lie in another account than the groups that write to them.
    pub bucket_accounts: HashMap<String, AccountId>,
    /// Groups for each account (AWS: 100); `None` for no limit.
    pub groups_per_account: Option<usize>,
    /// Definitions in one answer of `DescribeFeatureGroup`.
    pub definitions_per_page: usize,
    /// Whether removals come before additions in one `UpdateFeatureMetadata`. AWS does not say.
    pub removals_first: bool,
}

impl Settings {
    /// The defaults, for a Region and a service-owned key.
    pub fn new(partition: &str, region: &str, service_key: &str) -> Self {
        Self {
            partition: partition.into(),
            region: region.into(),
            service_key: service_key.into(),
            create_permission_check: PermissionCheck::default(),
            grantee: Grantee::Service,
            table_naming: TableNaming::default(),
            bucket_accounts: HashMap::new(),
            groups_per_account: None,
            definitions_per_page: 2_500,
            removals_first: true,
        }
    }
}
