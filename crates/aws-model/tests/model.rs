//! Facts that the tables must hold, and lookups that must find nothing.

use rempart_aws_model::{
    AccessLevel, ConditionKeyType, Framework, SageMakerField, ShapeKind, ThreatCategory, action,
    action_services, actions_of, aliases_of, categories_of, condition_key, enum_values,
    event_source, event_sources, framework_version, nonexistent_api_hint, operations_with_field,
    service, services, sources_of, tables, technique, techniques,
};

const FIELDS: &str = include_str!("corpus/sagemaker-fields.txt");

/// The expected lists were drawn up separately, by shape name where this crate goes by member name.
#[test]
fn sagemaker_operations_by_field() {
    let fields = [
        ("role", SageMakerField::Role),
        ("security-groups", SageMakerField::SecurityGroups),
        ("network-isolation", SageMakerField::NetworkIsolation),
        (
            "inter-container-encryption",
            SageMakerField::InterContainerEncryption,
        ),
        ("container-image", SageMakerField::ContainerImage),
    ];
    let mut counts = Vec::new();
    for (name, field) in fields {
        let line = FIELDS
            .lines()
            .find(|line| line.split(' ').next() == Some(name))
            .unwrap();
        let mut words = line.split(' ').skip(1);
        let count: usize = words.next().unwrap().parse().unwrap();
        let expected: Vec<&str> = words.collect();
        let actual: Vec<&str> = operations_with_field(field)
            .iter()
            .map(|operation| operation.name())
            .collect();
        assert_eq!(actual, expected, "{name}");
        assert_eq!(actual.len(), count, "{name}");
        counts.push(count);
    }
    assert_eq!(counts, [47, 28, 11, 11, 17]);
}

#[test]
fn services_and_operations() {
    assert!(services().len() > 400);
    let sagemaker = service("sagemaker").unwrap();
    assert_eq!(sagemaker.operations().len(), 425);
    assert_eq!(sagemaker.action_prefix(), Some("sagemaker"));
    assert_eq!(
        service("cloudwatch").unwrap().action_prefix(),
        Some("cloudwatch")
    );
    assert_eq!(
        service("service-quotas").unwrap().action_prefix(),
        Some("servicequotas")
    );
    assert!(sagemaker.operation("CreateModel").is_some());
    assert!(sagemaker.operation("createModel").is_none());
    assert!(sagemaker.operation("").is_none());
    assert!(service("").is_none());
    assert!(!sagemaker.operation("CreateModel").unwrap().read_only());
    assert!(sagemaker.operation("DescribeModel").unwrap().read_only());
    assert!(sagemaker.operation("Search").unwrap().read_only());
    assert!(
        !sagemaker
            .operation("CreatePresignedDomainUrl")
            .unwrap()
            .read_only()
    );
}

#[test]
fn shapes_recurse_without_end_but_lookups_end() {
    let search = service("sagemaker")
        .unwrap()
        .operation("Search")
        .unwrap()
        .input()
        .unwrap();
    let expression = search.member("SearchExpression").unwrap().shape;
    let nested = expression.member("SubExpressions").unwrap().shape;
    assert_eq!(nested.kind(), ShapeKind::List);
    assert_eq!(nested.element().unwrap().name(), expression.name());
    let deep = vec!["searchExpression"; 1]
        .into_iter()
        .chain(vec!["subExpressions"; 500])
        .collect::<Vec<_>>()
        .join(".");
    let outcome = rempart_aws_model::request_path("sagemaker.amazonaws.com", "Search", &deep);
    assert_eq!(
        outcome,
        rempart_aws_model::PathCheck::Unchecked(rempart_aws_model::Unchecked::TooDeep)
    );
}

#[test]
fn every_shape_resolves() {
    for service in services().iter().filter(|service| service.has_shapes()) {
        for operation in service.operations() {
            for side in [operation.input(), operation.output()]
                .into_iter()
                .flatten()
            {
                for member in side.members() {
                    let mut shape = member.shape;
                    while let Some(element) = shape.element() {
                        shape = element;
                    }
                    if shape.kind() == ShapeKind::Enum {
                        assert!(
                            shape.enum_values().next().is_some(),
                            "{} {}",
                            operation.name(),
                            member.name
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn enumerations() {
    let source = "sagemaker.amazonaws.com";
    let root_access = enum_values(source, "CreateNotebookInstance", "rootAccess").unwrap();
    assert_eq!(root_access, ["Enabled", "Disabled"]);
    let instances =
        enum_values(source, "CreateTrainingJob", "resourceConfig.instanceType").unwrap();
    assert!(instances.contains(&"ml.p5.48xlarge"));
    assert_eq!(enum_values(source, "CreateTrainingJob", "roleArn"), None);
    assert_eq!(enum_values(source, "CreateTrainingJob", "nothing"), None);
    assert_eq!(enum_values("x", "y", "z"), None);
}

#[test]
fn event_sources_cover_every_service_once_or_more() {
    for service in services() {
        let held = event_sources().any(|source| {
            source
                .services()
                .iter()
                .any(|held| held.id() == service.id())
        });
        assert!(held, "{} is under no event source", service.id());
    }
    for source in event_sources() {
        assert!(source.name().ends_with(".amazonaws.com"));
        assert!(event_source(source.name()).is_some());
    }
    assert!(event_source("sagemaker").is_none());
    assert!(event_source("SAGEMAKER.AMAZONAWS.COM").is_none());
    assert_eq!(
        event_source("sagemaker.amazonaws.com")
            .unwrap()
            .services()
            .first()
            .unwrap()
            .id(),
        "sagemaker"
    );
}

#[test]
fn hand_made_event_tables_name_what_exists() {
    for table in tables() {
        assert!(table.text().starts_with("# "), "{}", table.file_name());
        assert!(table.header("source").is_some(), "{}", table.file_name());
        assert!(!table.text().contains('\r'), "{}", table.file_name());
    }
    let text = |name: &str| {
        tables()
            .iter()
            .find(|table| table.file_name() == name)
            .unwrap()
            .text()
    };
    for line in text("event-sources.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let listed = line.split(' ').nth(1).unwrap();
        for id in listed.split(',').filter(|id| !matches!(*id, "=" | "-")) {
            assert!(
                service(id).is_some(),
                "event-sources.txt names the unknown service {id}"
            );
        }
        assert!(
            event_source(&format!(
                "{}.amazonaws.com",
                line.split(' ').next().unwrap()
            ))
            .is_some()
        );
    }
    for line in text("event-aliases.txt")
        .lines()
        .filter(|line| !line.starts_with(['#', '@']))
    {
        let mut words = line.split(' ');
        let source = event_source(&format!("{}.amazonaws.com", words.next().unwrap())).unwrap();
        let api_name = words.next().unwrap();
        assert!(source.operation(api_name).is_some(), "{line}");
        let names: Vec<&str> = words.collect();
        assert!(!names.is_empty() && !names.contains(&api_name), "{line}");
        assert_eq!(aliases_of(source.name(), api_name), names);
    }
    for line in text("other-events.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words.len(), 3, "{line}");
        assert!(
            matches!(words[2], "sign-in" | "console" | "service"),
            "{line}"
        );
        assert!(
            event_source(&format!("{}.amazonaws.com", words[0])).is_some(),
            "{line}"
        );
    }
}

#[test]
fn aliases() {
    assert_eq!(
        aliases_of("s3.amazonaws.com", "ListObjectsV2"),
        ["ListObjects"]
    );
    assert_eq!(
        aliases_of("lambda.amazonaws.com", "CreateFunction"),
        ["CreateFunction20150331", "CreateFunction20150331v2"]
    );
    let cloudfront = aliases_of("cloudfront.amazonaws.com", "CreateDistribution");
    assert!(cloudfront.contains(&"CreateDistribution2020_05_31".to_owned()));
    assert!(aliases_of("cloudfront.amazonaws.com", "Nothing").is_empty());
    assert!(aliases_of("sagemaker.amazonaws.com", "CreateModel").is_empty());
}

#[test]
fn names_without_source_may_be_ambiguous() {
    let names = |name: &str| {
        sources_of(name)
            .iter()
            .map(|source| source.name())
            .collect::<Vec<_>>()
    };
    assert!(names("CreateDomain").contains(&"sagemaker.amazonaws.com"));
    assert!(names("CreateDomain").contains(&"datazone.amazonaws.com"));
    assert_eq!(names("ConsoleLogin"), ["signin.amazonaws.com"]);
    assert_eq!(
        names("CreatePresignedDomainUrl"),
        ["sagemaker.amazonaws.com"]
    );
    assert!(names("NoSuchCall").is_empty());
}

#[test]
fn apis_that_do_not_exist_have_a_hint() {
    for name in [
        "GetModelPackageModelMetrics",
        "PutModelPackageModelMetrics",
        "UpdateEndpointConfig",
    ] {
        assert!(nonexistent_api_hint(name).is_some(), "{name}");
        assert!(sources_of(name).is_empty(), "{name}");
    }
    assert!(
        nonexistent_api_hint("updateendpointconfig")
            .unwrap()
            .contains("CreateEndpointConfig")
    );
    assert!(nonexistent_api_hint("PassRole").is_some());
    assert!(nonexistent_api_hint("CreateNotebookInstanceLifeCycleConfig").is_some());
    assert_eq!(
        nonexistent_api_hint("CreateNotebookInstanceLifecycleConfig"),
        None
    );
    assert_eq!(nonexistent_api_hint("CreateModel"), None);
    assert_eq!(nonexistent_api_hint(""), None);
}

#[test]
fn actions_and_condition_keys() {
    let create = action("sagemaker:CreateModel").unwrap();
    assert_eq!(create.level, AccessLevel::Write);
    assert_eq!(
        create
            .resources
            .first()
            .map(|resource| (resource.name, resource.required)),
        Some(("model", true))
    );
    assert!(create.condition_keys.contains(&"sagemaker:VpcSubnets"));
    assert_eq!(action("SAGEMAKER:createmodel"), Some(create));
    assert_eq!(action("iam:PassRole").unwrap().name, "PassRole");
    assert_eq!(
        action("iam:PutRolePolicy").unwrap().level,
        AccessLevel::PermissionsManagement
    );
    assert_eq!(
        action("sagemaker:AddTags").unwrap().level,
        AccessLevel::Tagging
    );
    assert!(action("sagemaker:*").is_none());
    assert!(action("*:*").is_none());
    assert!(action("sagemaker").is_none());
    assert!(actions_of("sagemaker").len() > 440);
    assert!(actions_of("*").is_empty());
    assert!(action_services().count() > 450);

    let key = |name: &str| condition_key(name).map(|key| (key.value_type, key.multivalued));
    assert_eq!(
        key("aws:SourceIp"),
        Some((ConditionKeyType::IpAddress, false))
    );
    assert_eq!(
        key("AWS:sourceip"),
        Some((ConditionKeyType::IpAddress, false))
    );
    assert_eq!(
        key("aws:MultiFactorAuthPresent"),
        Some((ConditionKeyType::Bool, false))
    );
    assert_eq!(
        key("aws:PrincipalArn"),
        Some((ConditionKeyType::Arn, false))
    );
    assert_eq!(key("aws:TagKeys"), Some((ConditionKeyType::String, true)));
    assert_eq!(
        key("aws:RequestTag/team"),
        Some((ConditionKeyType::String, false))
    );
    assert_eq!(
        key("aws:PrincipalTag/team"),
        Some((ConditionKeyType::String, false))
    );
    assert_eq!(
        key("sagemaker:VpcSubnets"),
        Some((ConditionKeyType::String, true))
    );
    assert_eq!(
        key("sagemaker:NetworkIsolation"),
        Some((ConditionKeyType::Bool, false))
    );
    assert_eq!(
        key("kms:ViaService").map(|(kind, _)| kind),
        Some(ConditionKeyType::String)
    );
    assert!(key("kms:EncryptionContext:team").is_some());
    assert_eq!(key("kms:EncryptionContext:"), None);
    assert!(key("events:Metadata/stage/Matcher").is_some());
    assert_eq!(key("codebuild:fileSystemLocations/x.size"), None);
    assert!(key("sagemaker:ResourceTag/team").is_some());
    assert!(key("saml:aud").is_some());
    assert!(key("token.actions.githubusercontent.com:repository").is_some());
    assert_eq!(key("aws:NoSuchKey"), None);
    assert_eq!(key("aws:RequestTag/"), None);
    assert_eq!(key("nocolon"), None);
}

#[test]
fn categories() {
    let of = |service_id: &str, name: &str| {
        categories_of(service(service_id).unwrap().operation(name).unwrap())
    };
    assert!(of("sagemaker", "CreateTrainingJob").contains(&ThreatCategory::Cryptojacking));
    assert_eq!(
        of("sagemaker", "CreatePresignedDomainUrl"),
        [ThreatCategory::CredentialTheft]
    );
    assert_eq!(
        of("sagemaker", "ListDomains"),
        [ThreatCategory::Reconnaissance]
    );
    assert_eq!(
        of("sagemaker-featurestore-runtime", "GetRecord"),
        [ThreatCategory::Exfiltration]
    );
    assert!(of("sagemaker-metrics", "BatchPutMetrics").contains(&ThreatCategory::LogTampering));
    assert!(of("iam", "CreateUser").is_empty());
    for service in services()
        .iter()
        .filter(|service| service.id().starts_with("sagemaker"))
    {
        for operation in service.operations() {
            assert!(!categories_of(operation).is_empty(), "{}", operation.name());
        }
    }
    for category in ThreatCategory::ALL {
        assert_eq!(ThreatCategory::from_id(category.id()), Some(category));
    }
    assert_eq!(ThreatCategory::from_id("other"), None);
}

#[test]
fn technique_table() {
    assert_eq!(framework_version(Framework::Attack), Some("18.1"));
    assert_eq!(framework_version(Framework::Atlas), Some("5.6.0"));
    let logs = technique("t1562.008").unwrap();
    assert_eq!(
        (logs.framework, logs.name),
        (Framework::Attack, "Disable or Modify Cloud Logs")
    );
    assert_eq!(logs.tactics, ["defense-evasion"]);
    assert_eq!(technique("aml.t0024.002").unwrap().name, "Extract AI Model");
    assert!(technique("T9999").is_none());
    assert!(technique("").is_none());
    let mut ids: Vec<&str> = techniques().iter().map(|technique| technique.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), techniques().len());
    for technique in techniques() {
        assert!(
            !technique.name.is_empty() && technique.tactics.iter().all(|tactic| !tactic.is_empty())
        );
        if let Some((parent, _)) = technique
            .id
            .rsplit_once('.')
            .filter(|(parent, _)| *parent != "AML")
        {
            assert!(
                techniques().iter().any(|other| other.id == parent),
                "{} lacks its parent",
                technique.id
            );
        }
    }
}
