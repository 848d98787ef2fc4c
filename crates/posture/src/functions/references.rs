//! References in the bodies of resources: to keys, buckets, subnets, security groups and VPCs.

use serde_json::Value as Json;

use super::buckets::{BUCKET, bucket_of};
use super::keys::KEY;
use crate::shape;

pub(super) const SUBNET: &str = "AWS::EC2::Subnet";
pub(super) const SECURITY_GROUP: &str = "AWS::EC2::SecurityGroup";
pub(super) const VPC: &str = "AWS::EC2::VPC";
/// Deepest member that is searched for references.
const DEEPEST: usize = 64;

/// A reference in the body of a resource.
pub(super) enum Reference {
    Key(String),
    Bucket(String),
    Subnet(String),
    SecurityGroup(String),
    Vpc(String),
    /// The value is not known, for this reason.
    Unknown(String),
}

/// The references in a body, with the members at which they stand.
pub(super) fn references(
    value: &Json,
    member: &str,
    depth: usize,
    found: &mut Vec<(Reference, String)>,
) {
    if depth > DEEPEST {
        return;
    }
    if let Some(reason) = rempart_estate::unknown_reason(value) {
        found.push((Reference::Unknown(reason.to_owned()), member.to_owned()));
        return;
    }
    match value {
        Json::String(text) => {
            if let Some(reference) = reference(text, member) {
                found.push((reference, member.to_owned()));
            }
        }
        Json::Array(list) => {
            let element = format!("{member}[]");
            for value in list {
                references(value, &element, depth + 1, found);
            }
        }
        Json::Object(object) => {
            for (name, value) in object {
                let path = match member {
                    "" => name.clone(),
                    _ => format!("{member}.{name}"),
                };
                references(value, &path, depth + 1, found);
            }
        }
        _ => {}
    }
}

fn reference(text: &str, member: &str) -> Option<Reference> {
    let last = member.rsplit('.').next().unwrap_or_default();
    if last.contains("Kms") {
        return Some(Reference::Key(text.to_owned()));
    }
    // Only what may be a name is copied: bodies hold long texts as well.
    if text.len() > 2048 {
        return None;
    }
    if text.starts_with("s3://") {
        return bucket_of(text).map(|name| Reference::Bucket(name.to_owned()));
    }
    let text = text.to_owned();
    if text.starts_with("subnet-") {
        Some(Reference::Subnet(text))
    } else if text.starts_with("sg-") {
        Some(Reference::SecurityGroup(text))
    } else if text.starts_with("vpc-") {
        Some(Reference::Vpc(text))
    } else {
        None
    }
}

/// What a member of which the value is not known may name: `None` stands for anything.
pub(super) fn may_name(kind: &str, member: &str) -> &'static [Option<&'static str>] {
    let last = member.rsplit('.').next().unwrap_or_default();
    let has = |part: &str| last.contains(part);
    if has("Kms") {
        &[Some(KEY)]
    } else if has("SecurityGroup") {
        &[Some(SECURITY_GROUP)]
    } else if has("Subnet") {
        &[Some(SUBNET), Some(VPC)]
    } else if has("VpcId") {
        &[Some(VPC)]
    } else if shape::holds_members(kind, member) {
        &[None]
    } else if (has("S3") || has("Uri") || has("DataUrl") || has("ArtifactUrl")) && !has("Image") {
        &[Some(BUCKET)]
    } else {
        &[]
    }
}
