use rempart_trail::identity::{Identity, IdentityKind, IdentityState};
use rempart_trail::record::Record;
use rempart_trail::time::EventTime;

fn with<T>(identity: &str, look: impl FnOnce(Identity<'_>) -> T) -> T {
    let text = format!(r#"{{"userIdentity":{identity}}}"#);
    let record = Record::parse(text.as_bytes()).unwrap();
    look(Identity::of(&record))
}

#[test]
fn every_type_is_known() {
    let known = [
        ("Root", IdentityKind::Root),
        ("IAMUser", IdentityKind::IamUser),
        ("AssumedRole", IdentityKind::AssumedRole),
        ("Role", IdentityKind::Role),
        ("FederatedUser", IdentityKind::FederatedUser),
        ("SAMLUser", IdentityKind::SamlUser),
        ("WebIdentityUser", IdentityKind::WebIdentityUser),
        ("Directory", IdentityKind::Directory),
        ("AWSAccount", IdentityKind::AwsAccount),
        ("AWSService", IdentityKind::AwsService),
        ("IdentityCenterUser", IdentityKind::IdentityCenterUser),
        ("Unknown", IdentityKind::UnknownToCloudTrail),
        ("Robot", IdentityKind::Unknown("Robot".to_owned())),
    ];
    for (text, kind) in known {
        assert_eq!(with(&format!(r#"{{"type":"{text}"}}"#), |i| i.kind()), kind);
    }
}

#[test]
fn identities_may_be_missing_in_five_ways() {
    for (text, state) in [
        ("null", IdentityState::Null),
        ("{}", IdentityState::Empty),
        (
            r#"{"accountId":"1","invokedBy":"x.amazonaws.com"}"#,
            IdentityState::Present,
        ),
        ("\"x\"", IdentityState::NotAnObject),
        ("[]", IdentityState::NotAnObject),
    ] {
        with(text, |identity| {
            assert_eq!(identity.state(), state);
            assert_eq!(identity.kind(), IdentityKind::Absent);
            assert_eq!((identity.mfa(), identity.arn()), (None, None));
        });
    }
    let record = Record::parse(b"{}").unwrap();
    assert_eq!(Identity::of(&record).state(), IdentityState::Absent);
}

#[test]
fn every_field_is_found() {
    let text = r#"{
        "type":"AssumedRole","principalId":"AROAEXAMPLE:Sage:Maker",
        "arn":"arn:aws:sts::111122223333:assumed-role/Exec/SageMaker","accountId":"111122223333",
        "accessKeyId":"ASIAEXAMPLE","userName":"u","invokedBy":"sagemaker.amazonaws.com",
        "invokedByDelegate":{"accountId":"444455556666"},"credentialId":"c","identityProvider":"p",
        "sessionContext":{
            "sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/service-role/Exec","accountId":"111122223333","userName":"Exec"},
            "webIdFederationData":{"federatedProvider":"idp","attributes":{"aud":"x"}},
            "attributes":{"creationDate":"2025-07-29T17:17:10Z","mfaAuthenticated":"false"},
            "sourceIdentity":"alice","assumedRoot":"true","signInSessionArn":"arn:aws:signin:eu-west-1:1:session/x","ec2RoleDelivery":"2.0"},
        "onBehalfOf":{"userId":"2801","identityStoreArn":"arn:aws:identitystore::1:identitystore/d-1"},
        "inScopeOf":{"sourceArn":"arn:s","sourceAccount":"1","issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:c"}
    }"#;
    with(text, |identity| {
        let found = [
            identity.principal_id(),
            identity.arn(),
            identity.account_id(),
            identity.access_key_id(),
            identity.user_name(),
            identity.invoked_by(),
            identity.delegate_account_id(),
            identity.credential_id(),
            identity.identity_provider(),
            identity.source_identity(),
            identity.sign_in_session_arn(),
            identity.ec2_role_delivery(),
            identity.session_name(),
        ];
        let found: Vec<_> = found.into_iter().map(Option::unwrap).collect();
        assert_eq!(
            found,
            [
                "AROAEXAMPLE:Sage:Maker",
                "arn:aws:sts::111122223333:assumed-role/Exec/SageMaker",
                "111122223333",
                "ASIAEXAMPLE",
                "u",
                "sagemaker.amazonaws.com",
                "444455556666",
                "c",
                "p",
                "alice",
                "arn:aws:signin:eu-west-1:1:session/x",
                "2.0",
                "Sage:Maker",
            ]
        );
        assert_eq!(
            (identity.mfa(), identity.assumed_root()),
            (Some(false), Some(true))
        );
        assert_eq!(
            identity.session_created(),
            EventTime::parse("2025-07-29T17:17:10Z")
        );
        let issuer = identity.session_issuer().unwrap();
        assert_eq!(
            issuer.arn().unwrap(),
            "arn:aws:iam::111122223333:role/service-role/Exec"
        );
        assert_eq!(
            (issuer.kind().unwrap(), issuer.user_name().unwrap()),
            ("Role".into(), "Exec".into())
        );
        assert_eq!(issuer.principal_id().unwrap(), "AROAEXAMPLE");
        assert_eq!(issuer.account_id().unwrap(), "111122223333");
        let person = identity.on_behalf_of().unwrap();
        assert_eq!(person.user_id().unwrap(), "2801");
        assert!(person.identity_store_arn().is_some());
        let scope = identity.in_scope_of().unwrap();
        assert_eq!(scope.source_arn().unwrap(), "arn:s");
        assert_eq!(scope.source_account().unwrap(), "1");
        assert_eq!(scope.issuer_type().unwrap(), "AWS::Lambda::Function");
        assert_eq!(scope.credentials_issued_to().unwrap(), "arn:c");
        let web = identity.web_id_federation().unwrap();
        assert_eq!(web.federated_provider().unwrap(), "idp");
        assert!(web.attributes().unwrap().get("aud").is_some());
    });
}

#[test]
fn empty_objects_and_texts_say_nothing() {
    with(
        r#"{"type":"IAMUser","accessKeyId":"","sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"mfaAuthenticated":"true","creationDate":"20260302T100000Z"}}}"#,
        |identity| {
            assert_eq!(identity.access_key_id(), None);
            assert!(identity.session_issuer().is_none() && identity.web_id_federation().is_none());
            assert_eq!(identity.mfa(), Some(true));
            assert_eq!(
                identity.session_created(),
                EventTime::parse("2026-03-02T10:00:00Z")
            );
        },
    );
}

#[test]
fn session_names_come_from_the_arn_when_need_be() {
    let arn = r#"{"arn":"arn:aws:sts::1:assumed-role/R/alice@example.com"}"#;
    assert_eq!(
        with(arn, |i| i.session_name().unwrap().into_owned()),
        "alice@example.com"
    );
    assert_eq!(
        with(
            r#"{"arn":"arn:aws:iam::1:user/alice","principalId":"AIDA1"}"#,
            |i| i.session_name().is_none()
        ),
        true
    );
}
