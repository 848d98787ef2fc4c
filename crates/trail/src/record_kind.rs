//! What sort of record a record is.

use crate::record::{Field, Record};

/// The kinds of `eventType`, recognised by content where that field is missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// A call of an API.
    ApiCall,
    /// Something that a service did by itself.
    ServiceEvent,
    /// An action in the console that is no API call.
    ConsoleAction,
    /// A sign-in, a switch of roles, or what belongs to them.
    SignIn,
    /// Activity at a VPC endpoint. Written `AwsVpceEvent` or `AwsVpceEvents`.
    NetworkActivity,
    /// The start or the end of unusual activity.
    Insight,
    /// Counts of data events over a window of time. It proves no single action.
    Aggregated,
    /// An `eventType` that is not known.
    Unknown(String),
}

/// The values of `eventCategory`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Category {
    /// Control plane.
    Management,
    /// Data plane.
    Data,
    /// VPC endpoints.
    NetworkActivity,
    /// CloudTrail Insights.
    Insight,
    /// Aggregated data events.
    Aggregated,
    /// Another value.
    Unknown(String),
}

/// A category, and whether the record says so itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CategoryOf {
    /// The category.
    pub category: Category,
    /// True when the record has no `eventCategory`, as before version 1.07.
    pub derived: bool,
}

/// Types of resources on which old records log data events.
const DATA_RESOURCE_TYPES: [&str; 8] = [
    "AWS::S3::Object",
    "AWS::S3::AccessPoint",
    "AWS::S3ObjectLambda::AccessPoint",
    "AWS::S3Outposts::Object",
    "AWS::DynamoDB::Stream",
    "AWS::SageMaker::ExperimentTrialComponent",
    "AWS::EC2::Snapshot",
    "AWS::ManagedBlockchain::Node",
];

impl RecordKind {
    /// The kind of a record.
    #[must_use]
    pub fn of(record: &Record<'_>) -> Self {
        let Some(event_type) = record.text(Field::EventType) else {
            return Self::without_type(record);
        };
        match &*event_type {
            "AwsApiCall" => Self::ApiCall,
            "AwsServiceEvent" => Self::ServiceEvent,
            "AwsConsoleAction" => Self::ConsoleAction,
            "AwsConsoleSignIn" => Self::SignIn,
            "AwsVpceEvent" | "AwsVpceEvents" => Self::NetworkActivity,
            "AwsCloudTrailInsight" => Self::Insight,
            "AwsAggregatedEvent" => Self::Aggregated,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// Whether a record of this kind stands for one action. Insights and aggregates do not.
    #[must_use]
    pub const fn is_single_action(&self) -> bool {
        !matches!(self, Self::Insight | Self::Aggregated)
    }

    fn without_type(record: &Record<'_>) -> Self {
        if record.get(Field::InsightDetails).is_some() {
            return Self::Insight;
        }
        if record.get(Field::TimeWindow).is_some() && record.get(Field::Summary).is_some() {
            return Self::Aggregated;
        }
        if record.text(Field::EventCategory).as_deref() == Some("NetworkActivity") {
            return Self::NetworkActivity;
        }
        if record.text(Field::EventSource).as_deref() == Some("signin.amazonaws.com") {
            return Self::SignIn;
        }
        Self::ApiCall
    }
}

impl CategoryOf {
    /// The category of a record. Where the record does not say, `managementEvent` decides, then the
    /// kind, then the types of its resources.
    #[must_use]
    pub fn of(record: &Record<'_>) -> Self {
        if let Some(category) = record.text(Field::EventCategory) {
            let category = match &*category {
                "Management" => Category::Management,
                "Data" => Category::Data,
                "NetworkActivity" => Category::NetworkActivity,
                "Insight" => Category::Insight,
                "Aggregated" => Category::Aggregated,
                other => Category::Unknown(other.to_owned()),
            };
            return Self {
                category,
                derived: false,
            };
        }
        Self {
            category: derived(record),
            derived: true,
        }
    }
}

fn derived(record: &Record<'_>) -> Category {
    match RecordKind::of(record) {
        RecordKind::NetworkActivity => return Category::NetworkActivity,
        RecordKind::Insight => return Category::Insight,
        RecordKind::Aggregated => return Category::Aggregated,
        _ => {}
    }
    match record.flag(Field::ManagementEvent) {
        Some(true) => return Category::Management,
        Some(false) => return Category::Data,
        None => {}
    }
    let has_data_resource = record.get(Field::Resources).is_some_and(|resources| {
        resources.elements().any(|resource| {
            resource
                .get("type")
                .and_then(|kind| kind.as_str())
                .is_some_and(|kind| DATA_RESOURCE_TYPES.contains(&&*kind))
        })
    });
    let is_invocation = record.text(Field::EventSource).as_deref() == Some("lambda.amazonaws.com")
        && record
            .text(Field::EventName)
            .is_some_and(|name| name.starts_with("Invoke"));
    if has_data_resource || is_invocation {
        Category::Data
    } else {
        Category::Management
    }
}
