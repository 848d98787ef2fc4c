//! Hosts by region.

use std::sync::OnceLock;

use crate::Region;
use crate::table;

/// Where calls of a service in a region go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name.
    pub host: String,
    /// Region in the scope of the signature. Global services sign for one fixed region.
    pub signing_region: String,
}

/// What calls need to know about a partition.
#[derive(Debug)]
pub struct PartitionEndpoints {
    /// Name, for example `aws-cn`.
    pub name: &'static str,
    /// End of its host names.
    pub dns_suffix: &'static str,
    /// Region that answers for the whole partition.
    pub global_region: &'static str,
    /// Start of the names of its regions; empty for the partition of all others.
    pub region_prefix: &'static str,
}

/// A host that differs from the pattern.
#[derive(Debug)]
pub struct Host {
    /// Partition or region for which it holds.
    pub place: &'static str,
    /// The host, with `{region}` where the region stands.
    pub pattern: &'static str,
    /// Fixed region of the signature.
    pub signing_region: Option<&'static str>,
}

/// The partition of a region, by the table of regions or, for a new region, by the start of its
/// name.
pub fn partition_endpoints(region: &str) -> &'static PartitionEndpoints {
    let known = Region::parse(region).ok();
    let known = known.as_ref().and_then(Region::partition);
    let is_it = |partition: &&PartitionEndpoints| match known {
        Some(name) => partition.name == name,
        None => !partition.region_prefix.is_empty() && region.starts_with(partition.region_prefix),
    };
    let partitions = all_partition_endpoints();
    let rest = partitions.iter().find(|p| p.region_prefix.is_empty());
    partitions
        .iter()
        .find(is_it)
        .or(rest)
        .unwrap_or(&COMMERCIAL)
}

/// All partitions.
pub fn all_partition_endpoints() -> &'static [PartitionEndpoints] {
    static PARTITIONS: OnceLock<Vec<PartitionEndpoints>> = OnceLock::new();
    PARTITIONS.get_or_init(|| {
        let body = table::sections(table::API_CALLS)
            .find(|(head, _)| *head == "*")
            .map_or("", |(_, body)| body);
        body.lines()
            .filter_map(|line| line.strip_prefix('p'))
            .map(|line| {
                let mut fields = line.split('\t');
                let mut field = || fields.next().unwrap_or_default();
                PartitionEndpoints {
                    name: field(),
                    dns_suffix: field(),
                    global_region: field(),
                    region_prefix: field(),
                }
            })
            .collect()
    })
}

const COMMERCIAL: PartitionEndpoints = PartitionEndpoints {
    name: "aws",
    dns_suffix: "amazonaws.com",
    global_region: "us-east-1",
    region_prefix: "",
};

impl Host {
    pub(crate) fn read(place: &'static str, text: &'static str) -> Self {
        let (pattern, signing_region) = match text.split_once('\t') {
            Some((pattern, region)) => (pattern, Some(region)),
            None => (text, None),
        };
        Self {
            place,
            pattern,
            signing_region,
        }
    }
}

pub(crate) fn endpoint(prefix: &str, hosts: &[Host], region: &str) -> Endpoint {
    let partition = partition_endpoints(region);
    let at = |place: &str| hosts.iter().find(|host| host.place == place);
    match at(region).or_else(|| at(partition.name)) {
        Some(host) => Endpoint {
            host: host.pattern.replace("{region}", region),
            signing_region: host.signing_region.unwrap_or(region).to_owned(),
        },
        None => Endpoint {
            host: format!("{prefix}.{region}.{}", partition.dns_suffix),
            signing_region: region.to_owned(),
        },
    }
}
