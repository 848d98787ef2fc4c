//! ARN patterns of the authorization reference, as forms to compare with and to fill in.

use rempart_aws_model::{AccountId, Region};
use rempart_trail::record::{Field, Record};

use super::parameters::Parameters;

/// The ARN pattern of a resource type.
#[derive(Debug)]
pub(super) struct ResourceForm {
    pub(super) required: bool,
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    Partition,
    Region,
    Account,
    /// A name that the request may give
    Name(Box<str>),
}

/// Partition, Region and account of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) partition: Option<&'static str>,
    pub(super) region: Option<String>,
    pub(super) account: Option<AccountId>,
}

/// A form that was filled in: how much of it is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) arn: String,
    pub(super) is_partial: bool,
    /// Whether some name of it was in the request.
    pub(super) has_name: bool,
}

impl Place {
    pub(super) fn of(record: &Record<'_>) -> Self {
        let region = record.text(Field::AwsRegion).unwrap_or_default();
        let parsed = Region::parse(&region).ok();
        let account = record.recipient_account();
        Self {
            partition: parsed.as_ref().and_then(Region::partition),
            region: parsed.map(|_| region.into_owned()),
            account: account.and_then(|account| AccountId::parse(&account).ok()),
        }
    }

    /// An ARN in this place.
    pub(super) fn arn(&self, service: &str, resource: &str) -> Option<String> {
        let (partition, region, account) =
            (self.partition?, self.region.as_deref()?, self.account?);
        Some(format!(
            "arn:{partition}:{service}:{region}:{account}:{resource}"
        ))
    }
}

impl ResourceForm {
    /// Reads `arn:${Partition}:sagemaker:${Region}:${Account}:training-job/${TrainingJobName}`.
    pub(super) fn new(pattern: &str, required: bool) -> Self {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            if !before.is_empty() {
                parts.push(Part::Text(before.into()));
            }
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            parts.push(match name {
                "Partition" => Part::Partition,
                "Region" => Part::Region,
                "Account" => Part::Account,
                name => Part::Name(name.into()),
            });
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.into()));
        }
        Self { required, parts }
    }

    /// Whether an ARN is of this form. A name holds neither slash nor colon, except a last one that
    /// may hold a path.
    pub(super) fn fits(&self, arn: &str) -> bool {
        let mut rest = arn;
        let mut parts = self.parts.iter().peekable();
        while let Some(part) = parts.next() {
            match part {
                Part::Text(text) => match rest.strip_prefix(&**text) {
                    Some(behind) => rest = behind,
                    None => return false,
                },
                Part::Name(name) if parts.peek().is_none() => {
                    let may_hold_path = name.ends_with("WithPath") || name.ends_with("ObjectName");
                    return !rest.is_empty() && (may_hold_path || !rest.contains(['/', ':']));
                }
                _ => {
                    let end = rest.find(['/', ':']).unwrap_or(rest.len());
                    rest = rest.get(end..).unwrap_or_default();
                }
            }
        }
        rest.is_empty()
    }

    /// The ARN with the names of the request; what is not known is `*`, or `?` for a letter whose
    /// case is not known. `None` when a name is an ARN itself.
    pub(super) fn fill(
        &self,
        place: &Place,
        parameters: &Parameters<'_>,
        is_own: bool,
        lowers_names: bool,
    ) -> Option<Filled> {
        let mut arn = String::new();
        let (mut is_partial, mut has_name) = (false, false);
        let mut push = |text: Option<&str>| match text {
            Some(text) => arn.push_str(text),
            None => {
                is_partial = true;
                arn.push('*');
            }
        };
        for part in &self.parts {
            match part {
                Part::Text(text) => push(Some(text)),
                Part::Partition => push(place.partition),
                Part::Region => push(place.region.as_deref()),
                Part::Account => {
                    let account = place.account.filter(|_| is_own);
                    push(account.as_ref().map(AccountId::as_str));
                }
                Part::Name(name) => {
                    let value = parameters.text(name);
                    if value
                        .as_deref()
                        .is_some_and(|value| value.starts_with("arn:"))
                    {
                        return None;
                    }
                    // Wildcards would be read as such, and separators as more parts.
                    let value = value.filter(|value| !value.contains(['*', '?', ':', '/']));
                    has_name |= value.is_some();
                    push(value.as_deref());
                }
            }
        }
        let has_capitals = lowers_names && arn.bytes().any(|byte| byte.is_ascii_uppercase());
        if has_capitals {
            is_partial = true;
            arn = arn.replace(|letter: char| letter.is_ascii_uppercase(), "?");
        }
        Some(Filled {
            arn,
            is_partial,
            has_name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_told_apart_by_form() {
        let pipeline = "arn:${Partition}:sagemaker:${Region}:${Account}:pipeline/${PipelineName}";
        let pipeline = ResourceForm::new(pipeline, true);
        let execution = "arn:${Partition}:sagemaker:${Region}:${Account}:pipeline/${PipelineName}/execution/${RandomString}";
        let execution = ResourceForm::new(execution, true);
        let object = ResourceForm::new("arn:${Partition}:s3:::${BucketName}/${ObjectName}", false);
        let bucket = ResourceForm::new("arn:${Partition}:s3:::${BucketName}", false);
        let run = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/p/execution/x";
        assert!(execution.fits(run) && !pipeline.fits(run));
        assert!(pipeline.fits("arn:aws:sagemaker:eu-west-1:111122223333:pipeline/p"));
        assert!(!pipeline.fits("arn:aws:sagemaker:eu-west-1:111122223333:endpoint/p"));
        assert!(object.fits("arn:aws:s3:::b/a/b") && !bucket.fits("arn:aws:s3:::b/a"));
        assert!(bucket.fits("arn:aws:s3:::b") && !object.fits("arn:aws:s3:::b"));
        let role = ResourceForm::new(
            "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}",
            true,
        );
        assert!(role.fits("arn:aws:iam::111122223333:role/service-role/R"));
    }
}
