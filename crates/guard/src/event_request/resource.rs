//! The resources of a request.

use rempart_aws_model::{AccountId, Arn};
use rempart_trail::json::Json;
use rempart_trail::record::{Field, Record};

use super::parameters::Parameters;
use super::plan::ActionPlan;
use super::resource_form::{Place, ResourceForm};

/// Most resources of one request that are looked at one by one; one that is not known stands for more.
const MOST_RESOURCES: usize = 16;

/// A resource, or what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resource {
    /// The ARN, perhaps with wildcards for what is not known.
    pub(super) arn: String,
    pub(super) is_partial: bool,
    /// Whose it is, where that is known.
    pub(super) account: Option<AccountId>,
}

impl Resource {
    /// Nothing is known.
    pub(super) fn unknown() -> Self {
        Self {
            arn: "**".to_owned(),
            is_partial: true,
            account: None,
        }
    }

    /// The resource of an action that has none.
    fn everything() -> Self {
        Self {
            arn: "*".to_owned(),
            is_partial: false,
            account: None,
        }
    }
}

/// The resources that the call concerns; at least one.
pub(super) fn of(
    action: &ActionPlan,
    record: &Record<'_>,
    parameters: &Parameters<'_>,
) -> Vec<Resource> {
    if !action.has_resources {
        return vec![Resource::everything()];
    }
    if action.is_s3 {
        return vec![of_s3(action, record, parameters)];
    }
    let place = Place::of(record);
    let has_required = action.resources.iter().any(|form| form.required);
    let mut found: Vec<Resource> = Vec::new();
    // Required resources that the record does not name, as far as they are known.
    let mut missing: Vec<Resource> = Vec::new();
    let forms = action.resources.iter();
    for form in forms.filter(|form| form.required || !has_required) {
        let named = named_arns(form, record, parameters);
        if !named.is_empty() {
            for resource in named {
                add(&mut found, resource);
            }
            continue;
        }
        // SageMaker's names without an ARN are names of the caller's account; elsewhere only a
        // whole ARN tells whose a resource is.
        let is_own = action.is_sagemaker;
        let Some(filled) = form.fill(&place, parameters, is_own, action.is_sagemaker) else {
            // An ARN of another form: what it means for this one is not known.
            if has_required {
                missing.push(Resource::unknown());
            }
            continue;
        };
        let account = place.account.filter(|_| is_own);
        let resource = Resource {
            arn: filled.arn,
            is_partial: filled.is_partial,
            account,
        };
        if !filled.is_partial || filled.has_name {
            add(&mut found, resource);
        } else if has_required {
            missing.push(resource);
        }
    }
    match (found.is_empty(), missing.len()) {
        (true, 1) => missing,
        // Where nothing is required the request may also be authorised on `*`; of several that are
        // required some may be alternatives: nothing is known.
        (true, _) => vec![Resource::unknown()],
        // The call may concern those as well, and a statement about them must not be passed over.
        (false, _) => {
            missing
                .into_iter()
                .for_each(|resource| add(&mut found, resource));
            found
        }
    }
}

fn add(found: &mut Vec<Resource>, resource: Resource) {
    let is_known = |found: &[Resource], resource: &Resource| {
        found.iter().any(|known| known.arn == resource.arn)
    };
    let resource = match found.len() {
        length if length < MOST_RESOURCES => resource,
        _ if is_known(found, &resource) => return,
        _ => Resource::unknown(),
    };
    if !is_known(found, &resource) {
        found.push(resource);
    }
}

/// The resource of one of several actions that a call needs. KMS lists the keys of `ReEncrypt` in the
/// order of its actions, the source first ("ReEncrypt" in the KMS Developer Guide).
pub(super) fn in_order(
    action: &ActionPlan,
    record: &Record<'_>,
    number: usize,
    count: usize,
) -> Resource {
    let fits = |arn: &str| action.resources.iter().any(|form| form.fits(arn));
    let mut named = listed(record).filter_map(|resource| {
        let arn = resource.get("ARN")?.as_str()?;
        let account = owner(resource).or_else(|| account_of(&arn));
        fits(&arn).then(|| exact(arn.into_owned(), account))
    });
    let all: Vec<Resource> = named.by_ref().take(count + 1).collect();
    if all.len() != count {
        return Resource::unknown();
    }
    all.into_iter()
        .nth(number)
        .unwrap_or_else(Resource::unknown)
}

/// ARNs of the form that the record names: in `resources`, in the parameters, in the answer.
fn named_arns(
    form: &ResourceForm,
    record: &Record<'_>,
    parameters: &Parameters<'_>,
) -> Vec<Resource> {
    let mut found = Vec::new();
    for resource in listed(record) {
        let arn = resource.get("ARN").or_else(|| resource.get("arn"));
        let Some(arn) = arn.and_then(Json::as_str).filter(|arn| form.fits(arn)) else {
            continue;
        };
        let account = owner(resource).or_else(|| account_of(&arn));
        add(&mut found, exact(arn.into_owned(), account));
    }
    if !found.is_empty() {
        return found;
    }
    let answer = record.get(Field::ResponseElements);
    for object in [parameters.known(), answer].into_iter().flatten() {
        let texts = object.entries().filter_map(|(_, value)| value.as_str());
        if let Some(arn) = texts.into_iter().find(|text| form.fits(text)) {
            let account = account_of(&arn);
            return vec![exact(arn.into_owned(), account)];
        }
    }
    found
}

/// An ARN as it is written.
fn exact(arn: String, account: Option<AccountId>) -> Resource {
    Resource {
        arn,
        is_partial: false,
        account,
    }
}

fn listed<'a>(record: &Record<'a>) -> impl Iterator<Item = Json<'a>> {
    record
        .get(Field::Resources)
        .into_iter()
        .flat_map(|resources| resources.elements())
}

fn owner(resource: Json<'_>) -> Option<AccountId> {
    let account = resource.get("accountId")?.scalar_text()?;
    AccountId::parse(&account).ok()
}

fn account_of(arn: &str) -> Option<AccountId> {
    Arn::parse(arn).ok()?.account_id()
}

/// S3 records the bucket and the key under names of its own, and its ARNs name no account.
fn of_s3(action: &ActionPlan, record: &Record<'_>, parameters: &Parameters<'_>) -> Resource {
    let bucket = parameters.text("bucketName").filter(|name| {
        // Access points and directory buckets have other ARNs.
        !name.contains([':', '/', '*', '?']) && !name.contains("--") && !name.ends_with("-s3alias")
    });
    let (Some(bucket), Some(partition)) = (bucket, Place::of(record).partition) else {
        return Resource::unknown();
    };
    let bucket = format!("arn:{partition}:s3:::{bucket}");
    let fits = |arn: &str| action.resources.iter().any(|form| form.fits(arn));
    let mut of_bucket = listed(record).filter(|resource| {
        let arn = resource.get("ARN").and_then(Json::as_str);
        arn.is_some_and(|arn| arn == bucket)
    });
    let account = of_bucket.find_map(owner);
    if !fits(&bucket) {
        let key = parameters.text("key");
        let object = format!("{bucket}/{}", key.as_deref().unwrap_or("**"));
        return match fits(&object) {
            true => Resource {
                arn: object,
                is_partial: key.is_none(),
                account,
            },
            false => Resource::unknown(),
        };
    }
    exact(bucket, account)
}
