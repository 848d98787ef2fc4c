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

/// What a category rests on. Without any of the essential kinds it cannot be seen at all; without some
/// of the others only in part.
struct Rests {
    essential: &'static [Need],
    helpful: &'static [Need],
    /// Whether its detections are about calls that change something.
    needs_writes: bool,
}

const fn rests(category: Category) -> Rests {
    let (essential, helpful, needs_writes): (&[Need], &[Need], bool) = match category {
        Category::Exfiltration => (
            &[SAGEMAKER, S3_DATA, ENDPOINT_DATA, FEATURE_DATA],
            &[KMS],
            false,
        ),
        Category::Poisoning => (&[SAGEMAKER, S3_DATA, FEATURE_DATA], &[ECR], true),
        Category::ResourceMisuse => (&[SAGEMAKER], &[STS], true),
        Category::DenialOfService => (&[SAGEMAKER, ENDPOINT_DATA], &[KMS], true),
        Category::ConfigurationChange => (&[SAGEMAKER, IAM, EC2], &[KMS], true),
        Category::LogTampering => (&[LOG_SERVICES], &[SAGEMAKER], true),
        Category::Malware => (&[SAGEMAKER, ECR], &[S3_DATA], true),
        Category::CredentialTheft => (&[STS, SIGN_IN, IAM], &[SAGEMAKER], false),
        Category::Cryptojacking => (&[SAGEMAKER], &[], true),
    };
    Rests {
        essential,
        helpful,
        needs_writes,
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
    let rests = rests(category);
    let is_absent = |need: &&Need| !(need.is_present)(facts);
    let lacks_writes = rests.needs_writes && is_absent(&&WRITES);
    let cannot_be_seen = lacks_writes || rests.essential.iter().all(|need| is_absent(&need));
    let absent = rests
        .essential
        .iter()
        .chain(rests.helpful)
        .filter(is_absent);
    let mut reasons: Vec<String> = absent.map(|need| need.absent.to_owned()).collect();
    if lacks_writes {
        reasons.insert(0, WRITES.absent.to_owned());
    }
    let visible = match (cannot_be_seen, reasons.is_empty()) {
        (true, _) => Visibility::None,
        (false, true) => Visibility::Full,
        (false, false) => Visibility::Partial,
    };
    CategoryCoverage {
        category,
        visible,
        reasons,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn visibility(coverage: &Coverage, category: Category) -> Visibility {
        coverage
            .categories
            .iter()
            .find(|entry| entry.category == category)
            .unwrap()
            .visible
    }

    fn facts(management: &[&str]) -> Facts {
        let management = management
            .iter()
            .map(|service| (format!("{service}.amazonaws.com"), 5))
            .collect();
        Facts {
            management,
            writing: 3,
            read_only: 7,
            ..Facts::default()
        }
    }

    #[test]
    fn without_sagemaker_events_its_misuse_cannot_be_seen() {
        let coverage = coverage(&facts(&["iam", "sts", "cloudtrail"]), 0);
        assert_eq!(
            visibility(&coverage, Category::Cryptojacking),
            Visibility::None
        );
        assert_eq!(
            visibility(&coverage, Category::ResourceMisuse),
            Visibility::None
        );
        assert_eq!(
            visibility(&coverage, Category::ConfigurationChange),
            Visibility::Partial
        );
        assert_eq!(
            visibility(&coverage, Category::LogTampering),
            Visibility::Partial
        );
    }

    #[test]
    fn reads_alone_show_no_change() {
        let mut facts = facts(&["sagemaker", "iam", "sts"]);
        facts.writing = 0;
        let coverage = coverage(&facts, 0);
        assert_eq!(visibility(&coverage, Category::Poisoning), Visibility::None);
        assert_eq!(
            visibility(&coverage, Category::Exfiltration),
            Visibility::Partial
        );
    }

    #[test]
    fn a_category_with_all_its_events_is_fully_visible() {
        let coverage = coverage(&facts(&["sagemaker", "sts"]), 0);
        assert_eq!(
            visibility(&coverage, Category::ResourceMisuse),
            Visibility::Full
        );
    }

    #[test]
    fn long_pauses_and_short_histories_are_named() {
        let mut facts = facts(&["sagemaker"]);
        let place = ("111122223333".to_owned(), "eu-west-1".to_owned());
        facts.hours.insert(place, [0, 1, 50, 51].into());
        facts.span = Some((0, 52 * 3600));
        let notes = coverage(&facts, 14 * 86_400).notes.join("\n");
        assert!(
            notes.contains("for 48 hours from 1970-01-01T02:00:00Z"),
            "{notes}"
        );
        assert!(notes.contains("up to 14 days of history"), "{notes}");
        assert!(notes.contains("one Region, eu-west-1"), "{notes}");
    }
}
