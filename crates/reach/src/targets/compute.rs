//! Compute that exists and has a role: what of it can be made to run code of somebody else.

use std::collections::BTreeMap;

use rempart_estate::{Estate, Resource};
use serde_json::Value;

/// A way to run code on a compute: every action on its resource is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// Action and ARN, or `None` for a resource that does not exist yet.
    pub(crate) needs: Vec<(&'static str, Option<String>)>,
    /// A circumstance that is needed, too.
    pub(crate) circumstance: Option<&'static str>,
}

/// A compute with its role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Compute {
    pub(crate) role: String,
    pub(crate) arn: String,
    pub(crate) ways: Vec<Way>,
}

/// All compute of an estate.
pub(crate) fn of(estate: &Estate) -> Vec<Compute> {
    let mut found = Vec::new();
    each(
        estate,
        "AWS::SageMaker::NotebookInstance",
        |resource, body, arn| {
            let role = at(body, "/RoleArn")?;
            let script = at(body, "/NotebookInstanceLifecycleConfigName").map(|name| {
                let place = &resource.place;
                format!(
                    "arn:aws:sagemaker:{}:{}:notebook-instance-lifecycle-config/{name}",
                    place.region, place.account
                )
            });
            let on = |name| (name, Some(arn.to_owned()));
            let mut ways = vec![
                way(vec![on("sagemaker:CreatePresignedNotebookInstanceUrl")]),
                way(vec![
                    on("sagemaker:StopNotebookInstance"),
                    on("sagemaker:UpdateNotebookInstance"),
                    on("sagemaker:StartNotebookInstance"),
                    ("sagemaker:CreateNotebookInstanceLifecycleConfig", None),
                ]),
            ];
            if script.is_some() {
                let mut swap = way(vec![(
                    "sagemaker:UpdateNotebookInstanceLifecycleConfig",
                    script,
                )]);
                swap.circumstance = Some("next-start");
                ways.push(swap);
            }
            found.push(Compute {
                role,
                arn: arn.to_owned(),
                ways,
            });
            Some(())
        },
    );
    let mut defaults: BTreeMap<String, (String, String)> = BTreeMap::new();
    each(estate, "AWS::SageMaker::Domain", |_, body, arn| {
        let role = at(body, "/DefaultUserSettings/ExecutionRole")?;
        defaults.insert(at(body, "/DomainId")?, (role, arn.to_owned()));
        Some(())
    });
    let mut profiles: BTreeMap<(String, String), String> = BTreeMap::new();
    each(estate, "AWS::SageMaker::UserProfile", |_, body, arn| {
        let domain = at(body, "/DomainId")?;
        let default = defaults.get(&domain);
        let role = at(body, "/UserSettings/ExecutionRole")
            .or_else(|| default.map(|(role, _)| role.clone()))?;
        if let Some(name) = at(body, "/UserProfileName") {
            profiles.insert((domain.clone(), name), role.clone());
        }
        let on = |name| (name, Some(arn.to_owned()));
        let mut swap = way(vec![
            on("sagemaker:UpdateUserProfile"),
            ("sagemaker:CreateStudioLifecycleConfig", None),
        ]);
        swap.circumstance = Some("next-start");
        let mut ways = vec![way(vec![on("sagemaker:CreatePresignedDomainUrl")]), swap];
        if let Some((_, domain)) = default {
            let mut swap = way(vec![
                ("sagemaker:UpdateDomain", Some(domain.clone())),
                ("sagemaker:CreateStudioLifecycleConfig", None),
            ]);
            swap.circumstance = Some("next-start");
            ways.push(swap);
        }
        found.push(Compute {
            role,
            arn: arn.to_owned(),
            ways,
        });
        Some(())
    });
    each(estate, "AWS::SageMaker::Space", |_, body, arn| {
        let domain = at(body, "/DomainId")?;
        let owner = at(body, "/OwnershipSettings/OwnerUserProfileName");
        let role = owner
            .and_then(|owner| profiles.get(&(domain.clone(), owner)).cloned())
            .or_else(|| defaults.get(&domain).map(|(role, _)| role.clone()))?;
        let on = |name| (name, Some(arn.to_owned()));
        let mut swap = way(vec![
            on("sagemaker:UpdateSpace"),
            ("sagemaker:CreateStudioLifecycleConfig", None),
        ]);
        swap.circumstance = Some("next-start");
        let ways = vec![way(vec![on("sagemaker:StartSession")]), swap];
        found.push(Compute {
            role,
            arn: arn.to_owned(),
            ways,
        });
        Some(())
    });
    each(estate, "AWS::SageMaker::Pipeline", |_, body, arn| {
        let role = at(body, "/RoleArn")?;
        let on = |name| (name, Some(arn.to_owned()));
        let mut waits = way(vec![on("sagemaker:UpdatePipeline")]);
        waits.circumstance = Some("next-start");
        let now = way(vec![
            on("sagemaker:UpdatePipeline"),
            on("sagemaker:StartPipelineExecution"),
        ]);
        found.push(Compute {
            role,
            arn: arn.to_owned(),
            ways: vec![now, waits],
        });
        Some(())
    });
    each(estate, "AWS::SageMaker::Model", |_, body, arn| {
        let role = at(body, "/ExecutionRoleArn")?;
        let mut ways = Vec::new();
        let first = body.pointer("/PrimaryContainer");
        let containers = first
            .into_iter()
            .chain(crate::picture::elements(body, "Containers"));
        for container in containers {
            if let Some(repository) = container
                .get("Image")
                .and_then(Value::as_str)
                .and_then(repository)
            {
                let on = |name| (name, Some(repository.clone()));
                let mut write = way(vec![
                    on("ecr:InitiateLayerUpload"),
                    on("ecr:UploadLayerPart"),
                    on("ecr:CompleteLayerUpload"),
                    on("ecr:PutImage"),
                ]);
                write.circumstance = Some("next-pull");
                ways.push(write);
            }
            if let Some(object) = container
                .get("ModelDataUrl")
                .and_then(Value::as_str)
                .and_then(object)
            {
                let mut write = way(vec![("s3:PutObject", Some(object))]);
                write.circumstance = Some("next-start");
                ways.push(write);
            }
        }
        if !ways.is_empty() {
            found.push(Compute {
                role,
                arn: arn.to_owned(),
                ways,
            });
        }
        Some(())
    });
    found
}

fn way(needs: Vec<(&'static str, Option<String>)>) -> Way {
    Way {
        needs,
        circumstance: None,
    }
}

fn each(estate: &Estate, kind: &str, mut add: impl FnMut(&Resource, &Value, &str) -> Option<()>) {
    for resource in estate.resources(kind) {
        if let (Ok(body), Some(arn)) = (estate.body(resource), &resource.arn) {
            add(resource, &body, arn);
        }
    }
}

fn at(body: &Value, path: &str) -> Option<String> {
    let text = body.pointer(path)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// The repository of an image of ECR.
fn repository(image: &str) -> Option<String> {
    let (host, name) = image.split_once('/')?;
    let mut parts = host.split('.');
    let account = parts.next()?;
    if (parts.next(), parts.next()) != (Some("dkr"), Some("ecr")) {
        return None;
    }
    let region = parts.next()?;
    let name = name.split(['@', ':']).next()?;
    Some(format!("arn:aws:ecr:{region}:{account}:repository/{name}"))
}

/// The ARN of an object from its URI.
pub(crate) fn object(uri: &str) -> Option<String> {
    let path = uri.strip_prefix("s3://")?;
    path.contains('/').then(|| format!("arn:aws:s3:::{path}"))
}
