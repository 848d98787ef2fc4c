//! What a request asks for: images, buckets, instances, names.

use std::collections::BTreeSet;

use rempart_trail::json::{Json, Kind};
use rempart_trail::record::{Field, Record};

use super::accounts::{ArnParts, registry_account};
use super::walk::{self, Place};

/// The state of `requestParameters`.
pub(super) fn state(record: &Record<'_>) -> &'static str {
    match record.get(Field::RequestParameters) {
        Some(value) if value.kind() == Kind::Object => {
            if value.entries().next().is_none() {
                "empty"
            } else {
                "present"
            }
        }
        Some(value) if value.is_null() => {
            if must_have_parameters(record) {
                "omitted"
            } else {
                "null"
            }
        }
        Some(_) => "present",
        None => {
            if must_have_parameters(record) {
                "omitted"
            } else {
                "absent"
            }
        }
    }
}

/// Whether the service's model requires members, so that a record without any lost them. A failed
/// call may have been refused for lacking them.
pub(super) fn must_have_parameters(record: &Record<'_>) -> bool {
    if record
        .get(Field::ErrorCode)
        .is_some_and(|code| !code.is_null())
    {
        return false;
    }
    let (Some(source), Some(name)) = (
        record.text(Field::EventSource),
        record.text(Field::EventName),
    ) else {
        return false;
    };
    let operation = rempart_aws_model::event_name(&source, &name).operation();
    let input = operation.and_then(|operation| operation.input());
    input.is_some_and(|input| input.members().any(|member| member.required))
}

/// Container images: values of the members in which requests name them.
pub(super) fn images(request: Json<'_>) -> Vec<String> {
    const MEMBERS: [&str; 6] = [
        "image",
        "trainingImage",
        "imageUri",
        "baseImage",
        "containerImage",
        "trainingRepositoryImage",
    ];
    collect(request, |place, text| {
        let is_image_member = MEMBERS
            .iter()
            .any(|member| place.key.eq_ignore_ascii_case(member));
        is_image_member || registry_account(text).is_some()
    })
}

/// Images from a registry that is no private ECR registry: public ECR, Docker Hub and others.
pub(super) fn public_images(request: Json<'_>) -> Vec<String> {
    images(request)
        .into_iter()
        .filter(|image| {
            !image.is_empty() && registry_account(image).is_none() && !image.starts_with("arn:")
        })
        .collect()
}

/// The repositories of images: without tag and digest.
pub(super) fn repositories(images: Vec<String>) -> Vec<String> {
    let repository = |image: &str| {
        let name = image.split('@').next().unwrap_or_default();
        let last = name.rfind('/').map_or(0, |slash| slash + 1);
        // A colon before the last slash belongs to the registry's port.
        let tag = name.get(last..).and_then(|base| base.find(':'));
        let end = tag.map_or(name.len(), |colon| last + colon);
        name.get(..end).unwrap_or_default().to_owned()
    };
    images
        .iter()
        .filter(|image| !image.starts_with("arn:"))
        .map(|image| repository(image))
        .filter(|repository| !repository.is_empty())
        .collect()
}

/// Every bucket that the request names.
pub(super) fn buckets(request: Json<'_>) -> Vec<String> {
    let mut found = BTreeSet::new();
    walk::scalars(request, &mut |place, text| {
        if let Some(bucket) = s3_bucket(text) {
            found.insert(bucket.to_owned());
        } else if place.key.eq_ignore_ascii_case("bucketName")
            || place.key.eq_ignore_ascii_case("s3BucketName")
        {
            found.insert(text.to_owned());
        }
    });
    found.into_iter().collect()
}

/// Buckets to which a SageMaker request writes.
pub(super) fn output_buckets(request: Json<'_>) -> Vec<String> {
    buckets_where(request, is_output)
}

/// Buckets from which a SageMaker request reads data, models or code.
pub(super) fn input_buckets(request: Json<'_>) -> Vec<String> {
    buckets_where(request, |place| !is_output(place))
}

fn buckets_where(request: Json<'_>, is_wanted: impl Fn(&Place<'_>) -> bool) -> Vec<String> {
    let mut found = BTreeSet::new();
    walk::scalars(request, &mut |place, text| {
        if let Some(bucket) = s3_bucket(text)
            && is_wanted(place)
        {
            found.insert(bucket.to_owned());
        }
    });
    found.into_iter().collect()
}

fn is_output(place: &Place<'_>) -> bool {
    const OUTPUT_MEMBERS: [&str; 12] = [
        "s3OutputPath",
        "s3OutputLocation",
        "destinationS3Uri",
        "s3FailurePath",
        "artifactStoreUri",
        "s3ArtifactPath",
        "outputS3Uri",
        "s3OutputUri",
        "resolvedOutputS3Uri",
        "localPath",
        "checkpointConfig",
        "tensorBoardOutputConfig",
    ];
    if OUTPUT_MEMBERS.iter().any(|member| place.is_under(member)) {
        return true;
    }
    let parent = place.parent.to_ascii_lowercase();
    parent.contains("output") || parent == "s3storageconfig"
}

/// The bucket of `s3://bucket/key`, an S3 ARN, or an S3 HTTPS address.
fn s3_bucket(text: &str) -> Option<&str> {
    if let Some(rest) = text
        .strip_prefix("s3://")
        .or_else(|| text.strip_prefix("arn:aws:s3:::"))
    {
        return rest.split('/').next().filter(|bucket| !bucket.is_empty());
    }
    let rest = text.strip_prefix("https://")?;
    let (host, path) = rest.split_once('/')?;
    if !host.ends_with(".amazonaws.com") && !host.ends_with(".amazonaws.com.cn") {
        return None;
    }
    if host.starts_with("s3.") || host.starts_with("s3-") {
        return path.split('/').next().filter(|bucket| !bucket.is_empty());
    }
    host.split_once(".s3").map(|(bucket, _)| bucket)
}

/// SageMaker and EC2 instance types.
pub(super) fn instance_types(request: Json<'_>) -> Vec<String> {
    collect(request, |place, text| {
        let key = place.key.to_ascii_lowercase();
        key.contains("instancetype") && text != "system" && text.contains('.')
    })
}

/// Whether an instance type is of an accelerator family; `None` when the request names no type.
pub(super) fn is_accelerated(request: Json<'_>) -> Option<bool> {
    let types = instance_types(request);
    if types.is_empty() {
        return None;
    }
    Some(
        types
            .iter()
            .any(|instance_type| is_accelerator_type(instance_type)),
    )
}

/// `ml.p4d.24xlarge`, `g5.xlarge`, `ml.trn1.32xlarge`, `ml.inf2.xlarge`, `dl1.24xlarge`.
fn is_accelerator_type(instance_type: &str) -> bool {
    let bare = instance_type.strip_prefix("ml.").unwrap_or(instance_type);
    let family = bare
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let letters: String = family
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    matches!(
        letters.as_str(),
        "p" | "g" | "gr" | "trn" | "inf" | "dl" | "vt" | "f"
    )
}

/// The largest instance count.
pub(super) fn instance_count(request: Json<'_>) -> Option<i64> {
    let mut largest: Option<i64> = None;
    walk::scalars(request, &mut |place, text| {
        let key = place.key.to_ascii_lowercase();
        let is_count = key.ends_with("instancecount")
            || matches!(
                key.as_str(),
                "maxcount" | "nodecount" | "incrementtargetcountby"
            );
        if let Ok(count) = text.parse::<i64>()
            && is_count
        {
            largest = Some(largest.map_or(count, |largest| largest.max(count)));
        }
    });
    largest
}

/// The user profile that the tags of a request claim.
pub(super) fn claimed_user_profile(request: Json<'_>) -> Option<String> {
    const TAG: &str = "sagemaker:user-profile-arn";
    let tags = request.get("tags")?;
    if let Some(value) = tags.get(TAG) {
        return value.as_str().map(|text| text.into_owned());
    }
    let tag = tags.elements().find(|tag| {
        tag.get("key")
            .and_then(Json::as_str)
            .is_some_and(|key| key == TAG)
    })?;
    tag.get("value")?.as_str().map(|text| text.into_owned())
}

/// The name of the SageMaker resource that a call is about, lower case as in its ARN.
#[must_use]
pub fn resource_name(record: &Record<'_>) -> Option<String> {
    /// Members that name a resource; the first that a request holds counts.
    const NAMES: [&str; 29] = [
        "notebookInstanceName",
        "trainingJobName",
        "processingJobName",
        "transformJobName",
        "hyperParameterTuningJobName",
        "autoMLJobName",
        "inferenceComponentName",
        "endpointName",
        "endpointConfigName",
        "modelName",
        "modelPackageName",
        "modelPackageGroupName",
        "pipelineName",
        "featureGroupName",
        "notebookInstanceLifecycleConfigName",
        "studioLifecycleConfigName",
        "userProfileName",
        "spaceName",
        "appName",
        "domainId",
        "domainName",
        "clusterName",
        "imageName",
        "monitoringScheduleName",
        "codeRepositoryName",
        "hubContentName",
        "compilationJobName",
        "jobName",
        "trialComponentName",
    ];
    let request = record.get(Field::RequestParameters);
    let named = request.into_iter().flat_map(Json::entries);
    let named = named.filter_map(|(key, value)| {
        let key = key.text();
        let rank = NAMES.iter().position(|name| *name == &*key)?;
        Some((rank, value.as_str()?))
    });
    let first = named.min_by_key(|(rank, _)| *rank);
    let name = first.map(|(_, name)| name.to_lowercase());
    name.or_else(|| invoked_endpoint(record))
}

/// The endpoint of a data event, which may have lost its request.
fn invoked_endpoint(record: &Record<'_>) -> Option<String> {
    let name = record.get(Field::EventName)?.plain_str()?;
    if !name.starts_with("InvokeEndpoint") {
        return None;
    }
    let resources = record.get(Field::Resources)?;
    resources.elements().find_map(|resource| {
        let arn = resource.get("ARN")?.as_str()?;
        let parts = ArnParts::split(&arn)?;
        let endpoint = parts.resource.strip_prefix("endpoint/")?;
        (parts.service == "sagemaker").then(|| endpoint.to_lowercase())
    })
}

/// Whether a quota request is about accelerated instances. The quota's name is not in the request:
/// it is in the answer, and some callers give it as text.
pub(super) fn asks_for_accelerator_quota(record: &Record<'_>, request: Json<'_>) -> Option<bool> {
    if record.text(Field::EventSource)? != "servicequotas.amazonaws.com" {
        return None;
    }
    let mut names = Vec::new();
    let answer = record.get(Field::ResponseElements);
    for value in [Some(request), answer].into_iter().flatten() {
        walk::scalars(value, &mut |place, text| {
            if place.key.eq_ignore_ascii_case("quotaName") {
                names.push(text.to_owned());
            }
        });
    }
    if names.is_empty() {
        return None;
    }
    Some(names.iter().any(|name| {
        name.split_whitespace().any(is_accelerator_type)
            || name.contains("P instances")
            || name.contains("G and VT")
    }))
}

fn collect(request: Json<'_>, is_wanted: impl Fn(&Place<'_>, &str) -> bool) -> Vec<String> {
    let mut found = BTreeSet::new();
    walk::scalars(request, &mut |place, text| {
        if is_wanted(place, text) {
            found.insert(text.to_owned());
        }
    });
    found.into_iter().collect()
}
