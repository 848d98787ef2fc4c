//! What these logs could not show, said from the logs themselves.
//!
//! Logs without a kind of event never prove that nothing of the kind happened: it may not have been
//! recorded. Each category names the kinds of events on which its detections rest.

use rempart_findings::{Category, CategoryCoverage, Coverage, Visibility};

use crate::facts::Facts;

/// A kind of event and the words for its absence.
struct Need {
    is_present: fn(&Facts) -> bool,
    absent: &'static str,
}

const SAGEMAKER: Need = Need {
    is_present: |facts| has(facts, "sagemaker.amazonaws.com"),
    absent: "no SageMaker management event: either SageMaker was not used, or these logs do not hold it",
};
const S3_DATA: Need = Need {
    is_present: |facts| facts.data.contains_key("s3.amazonaws.com"),
    absent: "no S3 data event: reads and writes of training data and model artifacts were not recorded",
};
const ENDPOINT_DATA: Need = Need {
    is_present: |facts| {
        facts
            .sagemaker_data
            .keys()
            .any(|name| name.starts_with("InvokeEndpoint"))
    },
    absent: "no endpoint data event (AWS::SageMaker::Endpoint): invocations were not recorded",
};
const FEATURE_DATA: Need = Need {
    is_present: |facts| {
        facts
            .sagemaker_data
            .keys()
            .any(|name| name.contains("Record"))
    },
    absent: "no feature store data event (AWS::SageMaker::FeatureGroup): records read and written were not recorded",
};
const KMS: Need = Need {
    is_present: |facts| has(facts, "kms.amazonaws.com"),
    absent: "no KMS event: uses of and changes to keys are not visible (trails can exclude KMS)",
};
const IAM: Need = Need {
    is_present: |facts| has(facts, "iam.amazonaws.com"),
    absent: "no IAM event: IAM is recorded in us-east-1 only, see whether that Region's logs are here",
};
const STS: Need = Need {
    is_present: |facts| has(facts, "sts.amazonaws.com"),
    absent: "no STS event: where sessions come from is not visible",
};
const SIGN_IN: Need = Need {
    is_present: |facts| has(facts, "signin.amazonaws.com"),
    absent: "no console sign-in event: sign-ins of people are not visible",
};
const LOG_SERVICES: Need = Need {
    is_present: |facts| {
        let services = [
            "cloudtrail",
            "logs",
            "monitoring",
            "config",
            "guardduty",
            "securityhub",
            "events",
        ];
        services
            .iter()
            .any(|service| has(facts, &format!("{service}.amazonaws.com")))
    },
    absent: "no event of CloudTrail, CloudWatch, Config, GuardDuty or Security Hub: changes to them are not visible",
};
const WRITES: Need = Need {
    is_present: |facts| facts.writing > 0 || facts.read_only == 0,
    absent: "only calls that read: the trail or the export leaves out calls that change something",
};
const EC2: Need = Need {
    is_present: |facts| has(facts, "ec2.amazonaws.com"),
    absent: "no EC2 event: security groups, routes and endpoints are not visible",
};
const ECR: Need = Need {
    is_present: |facts| has(facts, "ecr.amazonaws.com"),
    absent: "no ECR event: pushed images and repository policies are not visible",
};

const fn needs(category: Category) -> &'static [Need] {
    match category {
        Category::Exfiltration => &[SAGEMAKER, S3_DATA, ENDPOINT_DATA, FEATURE_DATA, KMS],
        Category::Poisoning => &[SAGEMAKER, WRITES, S3_DATA, FEATURE_DATA, ECR],
        Category::ResourceMisuse => &[SAGEMAKER, WRITES, STS],
        Category::DenialOfService => &[SAGEMAKER, WRITES, ENDPOINT_DATA, KMS],
        Category::ConfigurationChange => &[SAGEMAKER, WRITES, IAM, EC2, KMS],
        Category::LogTampering => &[LOG_SERVICES, WRITES, SAGEMAKER],
        Category::Malware => &[SAGEMAKER, WRITES, ECR, S3_DATA],
        Category::CredentialTheft => &[STS, SIGN_IN, IAM, SAGEMAKER],
        Category::Cryptojacking => &[SAGEMAKER, WRITES],
    }
}

/// A pause of an account and Region that is worth naming, in hours.
const LONG_PAUSE_HOURS: i64 = 24;
const MOST_PAUSES: usize = 5;

/// Says for each category how much of it these logs could show.
#[must_use]
pub fn coverage(facts: &Facts, longest_learning: i64) -> Coverage {
    let categories = Category::ALL
        .into_iter()
        .map(|category| category_coverage(category, facts))
        .collect();
    Coverage {
        categories,
        notes: notes(facts, longest_learning),
    }
}

fn category_coverage(category: Category, facts: &Facts) -> CategoryCoverage {
    let needs = needs(category);
    let absent: Vec<&Need> = needs
        .iter()
        .filter(|need| !(need.is_present)(facts))
        .collect();
    // The first need of each category carries most of its detections.
    let lacks_first = needs.first().is_some_and(|need| !(need.is_present)(facts));
    let visible = match absent.len() {
        0 => Visibility::Full,
        count if count == needs.len() || lacks_first && facts.writing == 0 => Visibility::None,
        _ => Visibility::Partial,
    };
    CategoryCoverage {
        category,
        visible,
        reasons: absent
            .into_iter()
            .map(|need| need.absent.to_owned())
            .collect(),
    }
}

fn notes(facts: &Facts, longest_learning: i64) -> Vec<String> {
    let mut notes = Vec::new();
    let regions = facts.regions();
    if let [region] = regions.as_slice() {
        notes.push(format!(
            "all records are of one Region, {region}: activity in other Regions is not visible"
        ));
    }
    if !regions.is_empty() && !regions.iter().any(|region| region == "us-east-1") {
        notes.push("no record of us-east-1, where IAM and other global services log".to_owned());
    }
    if let Some((first, last)) = facts.span {
        let days = (last - first) / 86_400;
        if last - first < longest_learning {
            notes.push(format!(
                "the logs span {days} days; 'never before' detections need up to {} days of history and stay silent without it",
                longest_learning / 86_400
            ));
        }
    }
    if facts.without_time > 0 {
        notes.push(format!(
            "{} records carry no readable time and take part in no rule",
            facts.without_time
        ));
    }
    notes.extend(pauses(facts));
    notes
}

/// Long times without any record between records of the same account and Region.
fn pauses(facts: &Facts) -> Vec<String> {
    let mut found: Vec<(i64, String)> = Vec::new();
    for ((account, region), hours) in &facts.hours {
        let longest = hours
            .iter()
            .zip(hours.iter().skip(1))
            .map(|(before, after)| (after - before - 1, *before))
            .max();
        let Some((length, before)) = longest else {
            continue;
        };
        if length >= LONG_PAUSE_HOURS {
            let from = rempart_trail::time::EventTime((before + 1) * 3600);
            found.push((
                length,
                format!("no record of {account} in {region} for {length} hours from {from}"),
            ));
        }
    }
    found.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    let more = found.len().saturating_sub(MOST_PAUSES);
    let mut lines: Vec<String> = found
        .into_iter()
        .take(MOST_PAUSES)
        .map(|(_, line)| line)
        .collect();
    if more > 0 {
        lines.push(format!(
            "{more} further pauses of {LONG_PAUSE_HOURS} hours and more"
        ));
    }
    lines
}

fn has(facts: &Facts, source: &str) -> bool {
    facts.management.contains_key(source)
}
