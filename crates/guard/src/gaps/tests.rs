use super::*;

/// The operations with a gap of this triage, sorted.
fn operations(feature: &str, triage: Triage) -> Vec<String> {
    let report = report();
    let of = report
        .gaps
        .iter()
        .filter(|gap| gap.feature == feature && gap.triage == triage);
    let mut names: Vec<String> = of.map(|gap| gap.operation.to_string()).collect();
    names.sort();
    names
}

fn covered(feature: &str) -> usize {
    let report = report();
    let of = report.coverage.iter().find(|of| of.feature == feature);
    of.map_or(0, |of| of.covered.len())
}

/// The table of the reference guide, as the models of September 2026 give it.
#[test]
fn network_gaps_are_known() {
    assert_eq!(covered("vpc"), 19);
    assert_eq!(
        operations("vpc", Triage::Real),
        [
            "CreateAIBenchmarkJob",
            "CreateCompilationJob",
            "CreateInferenceRecommendationsJob",
            "CreateLabelingJob",
            "CreateOptimizationJob",
            "CreateWorkforce",
            "UpdateWorkforce",
        ]
    );
    assert_eq!(
        operations("vpc", Triage::NoAction),
        ["CreateTrainingSession"]
    );
    assert_eq!(
        operations("vpc", Triage::OtherKey),
        ["CreateUserProfile", "UpdateUserProfile"]
    );
}

#[test]
fn key_gaps_are_known() {
    assert_eq!(covered("volume-key"), 16);
    assert_eq!(
        operations("volume-key", Triage::Real),
        [
            "CreateCluster",
            "CreateCompilationJob",
            "CreateDeviceFleet",
            "CreateDomain",
            "CreateEdgePackagingJob",
            "CreateFlowDefinition",
            "CreateInferenceExperiment",
            "CreateInferenceRecommendationsJob",
            "CreateMlflowApp",
            "CreateModelCard",
            "CreateOptimizationJob",
            "CreatePartnerApp",
            "CreateUserProfile",
            "UpdateCluster",
            "UpdateDeviceFleet",
            "UpdateDomain",
            "UpdateInferenceExperiment",
            "UpdateUserProfile",
        ]
    );
    assert_eq!(
        operations("volume-key", Triage::NoAction),
        [
            "CreateInferenceRouter",
            "CreateTrainingSession",
            "UpdateInferenceRouter"
        ]
    );
    assert_eq!(
        operations("volume-key", Triage::OtherKey),
        [
            "CreateFeatureGroup",
            "CreateFeatureGroup",
            "CreateUserProfile",
            "UpdateDomain",
            "UpdateUserProfile"
        ]
    );
    assert_eq!(
        operations("volume-key", Triage::Inner),
        [
            "CreateAlgorithm",
            "CreateModelPackage",
            "CreateModelPackage"
        ]
    );
    // The action has the key, but other fields of the request name keys as well.
    assert_eq!(
        operations("volume-key", Triage::Unclear),
        [
            "CreateEndpointConfig",
            "CreateProcessingJob",
            "CreateTransformJob"
        ]
    );
}

#[test]
fn instance_gaps_are_known() {
    assert_eq!(covered("instance-type"), 23);
    assert_eq!(
        operations("instance-type", Triage::Real),
        [
            "BatchAddClusterNodes",
            "CreateAIRecommendationJob",
            "CreateComputeQuota",
            "CreateInferenceComponent",
            "CreateInferenceExperiment",
            "CreateInferenceRecommendationsJob",
            "CreateOptimizationJob",
            "StopInferenceExperiment",
            "UpdateComputeQuota",
            "UpdateInferenceComponent",
            "UpdateInferenceExperiment",
        ]
    );
    assert_eq!(
        operations("instance-type", Triage::Declarative),
        [
            "CreateAlgorithm",
            "CreateDomain",
            "CreateInferenceRecommendationsJob",
            "CreateModelPackage",
            "CreateUserProfile",
            "UpdateDomain",
            "UpdateModelPackage",
            "UpdateUserProfile",
        ]
    );
    assert_eq!(
        operations("instance-type", Triage::Inner),
        ["CreateAlgorithm", "CreateModelPackage"]
    );
}

#[test]
fn switches_have_no_gap() {
    assert_eq!((covered("isolation"), covered("in-transit")), (11, 11));
    let report = report();
    for feature in [
        "isolation",
        "in-transit",
        "root-access",
        "internet",
        "imds",
        "app-network",
        "remote-debug",
    ] {
        assert!(covered(feature) > 0, "{feature}");
        let mut gaps = report.gaps.iter();
        assert!(gaps.all(|gap| gap.feature != feature), "{feature}");
    }
    assert_eq!(
        operations("lifecycle", Triage::Real),
        [
            "CreateCluster",
            "CreateNotebookInstanceLifecycleConfig",
            "CreateStudioLifecycleConfig",
            "UpdateCluster",
            "UpdateNotebookInstanceLifecycleConfig",
        ]
    );
}

#[test]
fn operations_without_an_action_are_named() {
    let report = report();
    let of = |service: &str| -> Vec<&str> {
        let of = report.without_action.iter();
        of.filter(|operation| &*operation.service == service)
            .map(|operation| &*operation.operation)
            .collect()
    };
    assert_eq!(
        of("sagemaker"),
        [
            "CreateClusterExtension",
            "CreateInferenceRouter",
            "CreateTrainingSession",
            "DeleteClusterExtension",
            "DeleteEndpointPolicy",
            "DeleteInferenceRouter",
            "DeleteTrainingSession",
            "DescribeClusterExtension",
            "DescribeClusterOperation",
            "DescribeInferenceRouter",
            "DescribeTrainingSession",
            "GetEndpointPolicy",
            "ListClusterExtensionVersions",
            "ListClusterExtensions",
            "ListClusterOperations",
            "ListInferenceRouters",
            "ListTrainingSessions",
            "PutEndpointPolicy",
            "StopTrainingSession",
            "UpdateClusterExtension",
            "UpdateInferenceRouter",
        ]
    );
    // Their runtimes have none either.
    assert_eq!(of("sagemaker-inference-router-runtime").len(), 2);
    assert_eq!(of("sagemakertrainingsessionruntime").len(), 6);
}

#[test]
fn the_triage_is_whole_and_up_to_date() {
    let report = report();
    let untriaged: Vec<&Gap> = report.untriaged().collect();
    assert!(untriaged.is_empty(), "{untriaged:#?}");
    assert!(report.closed.is_empty(), "{:?}", report.closed);
    assert_eq!(triage::judgements().len(), triage::lines().count());
    assert!(triage::reviewed().is_some());
    for gap in &report.gaps {
        assert!(!gap.fields.is_empty() && !gap.remedy.is_empty());
        assert_eq!(gap.other_key.is_some(), gap.triage == Triage::OtherKey);
        // What is not known of a listed key is not called a gap that is certain, save Canvas.
        let is_canvas = gap.fields.iter().all(|field| field.contains("Canvas"));
        if gap.triage == Triage::Real && gap.action_lists_key {
            assert!(is_canvas || gap.feature == "lifecycle", "{gap:?}");
        }
    }
}

#[test]
fn a_new_field_shows_up_untriaged() {
    let mut all = candidates();
    let card = all
        .iter_mut()
        .find(|candidate| &*candidate.operation == "CreateModelCard");
    let card = card.expect("an operation");
    card.fields.push("RenderConfig.VpcConfig.Subnets".into());
    // A field beside one that was judged was not judged with it.
    card.fields.push("RenderConfig.KmsKeyId".into());
    let report = report_of(&all);
    let new: Vec<(&str, &str, &[Box<str>])> = report
        .untriaged()
        .map(|gap| (gap.feature, &*gap.operation, &*gap.fields))
        .collect();
    assert_eq!(
        new,
        [
            (
                "vpc",
                "CreateModelCard",
                &["RenderConfig.VpcConfig.Subnets".into()][..]
            ),
            (
                "volume-key",
                "CreateModelCard",
                &["RenderConfig.KmsKeyId".into()][..]
            ),
        ]
    );
}

#[test]
fn a_gap_closes_when_the_action_gains_the_key() {
    let mut all = candidates();
    for candidate in &mut all {
        if &*candidate.operation == "CreateLabelingJob"
            && let Some(keys) = &mut candidate.keys
        {
            let fields = candidate.fields.iter();
            let of_vpc = fields.filter(|path| path.contains("VpcConfig.")).cloned();
            keys.push(("sagemaker:VpcSubnets", of_vpc.collect()));
        }
    }
    let report = report_of(&all);
    assert_eq!(report.closed, ["vpc CreateLabelingJob"]);
    assert_eq!(report.coverage[0].covered.len(), 20);
}

#[test]
fn a_judgement_falls_with_the_other_key() {
    let mut all = candidates();
    for candidate in &mut all {
        if &*candidate.operation == "CreateUserProfile"
            && let Some(keys) = &mut candidate.keys
        {
            keys.retain(|(key, _)| *key != "sagemaker:VpcSecurityGroupIds");
        }
    }
    let report = report_of(&all);
    let untriaged: Vec<&str> = report.untriaged().map(|gap| &*gap.operation).collect();
    assert_eq!(untriaged, ["CreateUserProfile"]);
}
