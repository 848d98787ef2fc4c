//! Access keys, sessions of roles, and what a reload does to them.

use std::sync::{Arc, Mutex};

use rempart_audit::{Event, Sink};
use rempart_aws_wire::ServiceError;
use rempart_directory::{Authorizer as _, Caller, Live};
use serde_json::{Map, Value, json};

use super::{NOW, at, connection, house, text, user};

const SERVER: &str = "arn:aws:iam::111122223333:role/ml/Server";
const FOR_PERSON: &str = "arn:aws:iam::111122223333:role/ForPerson";
const PARTNER: &str = "arn:aws:iam::111122223333:role/Partner";

fn input(role: &str, more: Value) -> Map<String, Value> {
    let mut input = json!({"RoleArn": role, "RoleSessionName": "s1"});
    let members = input.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    members.clone()
}

pub(super) fn assume(
    live: &Live,
    caller: &Caller,
    role: &str,
    more: Value,
) -> Result<Value, ServiceError> {
    let connection = connection("203.0.113.9", NOW);
    live.sts(caller, &connection, "AssumeRole", &input(role, more))
}

/// The caller of the credentials of an answer.
pub(super) fn session(live: &Live, answer: &Value) -> Result<Arc<Caller>, ServiceError> {
    session_at(live, answer, NOW)
}

fn session_at(live: &Live, answer: &Value, now: i64) -> Result<Arc<Caller>, ServiceError> {
    let text = |name: &str| answer["Credentials"][name].as_str().unwrap();
    let (key, token) = (text("AccessKeyId"), text("SessionToken"));
    let credential = live.credential(key, Some(token), at(now))?;
    assert_eq!(*credential.secret, text("SecretAccessKey"));
    live.caller(key, &credential)
}

fn refused(result: Result<Value, ServiceError>) -> (String, String) {
    let error = result.unwrap_err();
    (error.code.to_string(), error.message)
}

fn tag(caller: &Caller, key: &str) -> Option<String> {
    let state = caller
        .context
        .get(&rempart_policy::context::KeyName::new(key))?;
    state.values().first().map(|value| value.to_string())
}

#[test]
fn a_session_is_the_role_with_what_was_passed() {
    let house = house();
    let admin = user(&house.live, "AKIAADMINADMINADMIN2");
    let more = json!({
        "Tags": [{"Key": "Project", "Value": "p1"}, {"Key": "team", "Value": "ads"}],
        "TransitiveTagKeys": ["Project"], "SourceIdentity": "alice", "DurationSeconds": 900,
    });
    let answer = assume(&house.live, &admin, SERVER, more).unwrap();
    assert!(
        answer["Credentials"]["AccessKeyId"]
            .as_str()
            .unwrap()
            .starts_with("ASIA")
    );
    assert_eq!(answer["Credentials"]["Expiration"], NOW + 900);
    assert_eq!(
        answer["AssumedRoleUser"]["Arn"],
        "arn:aws:sts::111122223333:assumed-role/Server/s1"
    );
    let caller = session(&house.live, &answer).unwrap();
    assert_eq!(tag(&caller, "aws:PrincipalTag/project").unwrap(), "p1");
    // A session tag takes the place of the role's.
    assert_eq!(tag(&caller, "aws:PrincipalTag/team").unwrap(), "ads");
    assert_eq!(tag(&caller, "aws:SourceIdentity").unwrap(), "alice");
    assert_eq!(tag(&caller, "aws:MultiFactorAuthPresent").unwrap(), "false");
    assert_eq!(
        tag(&caller, "aws:TokenIssueTime").unwrap(),
        "2026-01-15T12:00:00Z"
    );
    assert_eq!(
        tag(&caller, "aws:PrincipalOrgPaths").unwrap(),
        "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"
    );
    let identity = &caller.user_identity;
    assert_eq!(identity["type"], "AssumedRole");
    assert_eq!(identity["sessionContext"]["sessionIssuer"]["arn"], SERVER);
    assert_eq!(identity["sessionContext"]["sourceIdentity"], "alice");
    assert_eq!(
        identity["sessionContext"]["attributes"]["creationDate"],
        "2026-01-15T12:00:00Z"
    );
    let who = house.live.sts(
        &caller,
        &connection("::1", NOW),
        "GetCallerIdentity",
        &Map::new(),
    );
    assert_eq!(
        who.unwrap()["Arn"],
        "arn:aws:sts::111122223333:assumed-role/Server/s1"
    );

    // Chained: the transitive tag and the source identity go on, the other tag does not.
    let chained = assume(&house.live, &caller, FOR_PERSON, json!({})).unwrap();
    let chained = session(&house.live, &chained).unwrap();
    assert_eq!(tag(&chained, "aws:PrincipalTag/Project").unwrap(), "p1");
    assert_eq!(tag(&chained, "aws:PrincipalTag/team"), None);
    assert_eq!(tag(&chained, "aws:SourceIdentity").unwrap(), "alice");
    let (code, _) = refused(assume(
        &house.live,
        &caller,
        FOR_PERSON,
        json!({"SourceIdentity": "bob"}),
    ));
    assert_eq!(code, "AccessDenied");
    let again = json!({"Tags": [{"Key": "PROJECT", "Value": "p2"}]});
    let (code, message) = refused(assume(&house.live, &caller, FOR_PERSON, again));
    assert_eq!(code, "ValidationError");
    assert!(
        message.contains("conflicts with a transitive tag key"),
        "{message}"
    );
}

#[test]
fn durations_have_bounds_and_chained_sessions_one_hour() {
    let house = house();
    let admin = user(&house.live, "AKIAADMINADMINADMIN2");
    let asked = |seconds: Value| json!({"DurationSeconds": seconds});
    for good in [900, 3_600, 7_200] {
        assert!(
            assume(&house.live, &admin, FOR_PERSON, asked(good.into())).is_ok(),
            "{good}"
        );
    }
    for bad in [
        json!(899),
        json!(7_201),
        json!(43_201),
        json!(-1),
        json!(1.5),
        json!("900"),
    ] {
        let (code, _) = refused(assume(&house.live, &admin, FOR_PERSON, asked(bad)));
        assert_eq!(code, "ValidationError");
    }
    let server = assume(&house.live, &admin, SERVER, json!({})).unwrap();
    let server = session(&house.live, &server).unwrap();
    assert!(assume(&house.live, &server, FOR_PERSON, asked(3_600.into())).is_ok());
    let (code, message) = refused(assume(
        &house.live,
        &server,
        FOR_PERSON,
        asked(3_601.into()),
    ));
    assert_eq!(code, "ValidationError");
    assert!(
        message.contains("when it is assumed by a role"),
        "{message}"
    );
}

#[test]
fn another_account_needs_trust_permission_and_the_external_id() {
    let house = house();
    let dev = user(&house.live, "AKIADEVDEVDEVDEVDEV2");
    let idle = user(&house.live, "AKIAIDLEIDLEIDLEIDLE");
    let word = || json!({"ExternalId": "a shared word"});
    // A space is no letter of external ids.
    assert_eq!(
        refused(assume(&house.live, &dev, PARTNER, word())).0,
        "ValidationError"
    );
    let text = text().replace("a shared word", "a-shared-word");
    let house = super::house_of(&text);
    let word = || json!({"ExternalId": "a-shared-word"});
    assert!(assume(&house.live, &dev, PARTNER, word()).is_ok());
    assert_eq!(
        refused(assume(&house.live, &dev, PARTNER, json!({}))).0,
        "AccessDenied"
    );
    let other = json!({"ExternalId": "another-word"});
    assert_eq!(
        refused(assume(&house.live, &dev, PARTNER, other)).0,
        "AccessDenied"
    );
    assert_eq!(
        refused(assume(&house.live, &idle, PARTNER, word())).0,
        "AccessDenied"
    );
    let visitor = user(&house.live, "AKIAVISITORVISITOR22");
    assert_eq!(
        refused(assume(&house.live, &visitor, PARTNER, word())).0,
        "AccessDenied"
    );
    // The trust policy does not let tags be passed.
    let tagged = json!({"ExternalId": "a-shared-word", "Tags": [{"Key": "a", "Value": "b"}]});
    let (code, message) = refused(assume(&house.live, &dev, PARTNER, tagged));
    assert_eq!(code, "AccessDenied");
    assert!(message.contains("sts:TagSession"), "{message}");
}

#[test]
fn a_role_that_is_not_there_is_refused_as_one_that_trusts_others() {
    let house = house();
    let visitor = user(&house.live, "AKIAVISITORVISITOR22");
    let missing = "arn:aws:iam::111122223333:role/Nowhere";
    let there = "arn:aws:iam::111122223333:role/OfflineStore";
    let absent = refused(assume(&house.live, &visitor, missing, json!({})));
    let closed = refused(assume(&house.live, &visitor, there, json!({})));
    assert_eq!(absent.0, "AccessDenied");
    assert_eq!(absent.1.replace("Nowhere", "OfflineStore"), closed.1);
    for odd in [
        "",
        "*",
        "arn:aws:iam::111122223333:role/*",
        "not an arn at all, but long enough",
    ] {
        assert!(
            assume(&house.live, &visitor, odd, json!({})).is_err(),
            "{odd}"
        );
    }
}

#[test]
fn session_policies_limit_and_never_give() {
    use rempart_aws_model::ActionName;
    use rempart_directory::{Authorizer, Question};
    use rempart_policy::{Particulars, ResourceFacts};
    let house = house();
    let admin = user(&house.live, "AKIAADMINADMINADMIN2");
    let group = "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fraud-scores";
    let may = |caller: &Caller, action: &str| {
        let action = ActionName::parse(action).unwrap();
        let question = Question {
            action: &action,
            resource: group,
            resource_account: None,
            keys: Vec::new(),
            via: None,
            resource_policy: None,
            grants: Vec::new(),
            resource_facts: ResourceFacts::default(),
            particulars: Particulars::default(),
        };
        house
            .live
            .may(caller, &connection("203.0.113.9", NOW), &question)
            .is_allowed()
    };
    let policy = |action: &str| {
        json!({"Policy": json!({"Version": "2012-10-17", "Statement":
            [{"Effect": "Allow", "Action": action, "Resource": "*"}]}).to_string()})
    };
    let open = |more: Value| {
        let answer = assume(&house.live, &admin, SERVER, more).unwrap();
        session(&house.live, &answer).unwrap()
    };
    assert!(may(&open(json!({})), "sagemaker:DescribeFeatureGroup"));
    let limited = open(policy("sagemaker:GetRecord"));
    assert!(may(&limited, "sagemaker:GetRecord"));
    assert!(!may(&limited, "sagemaker:DescribeFeatureGroup"));
    assert!(!may(
        &open(policy("sagemaker:PutRecord")),
        "sagemaker:PutRecord"
    ));
    let arn = |name: &str| json!({"PolicyArns": [{"arn": format!("arn:aws:iam::111122223333:policy/{name}")}]});
    let managed = open(arn("OnlyReading"));
    assert!(may(&managed, "sagemaker:GetRecord"));
    assert!(!may(&managed, "sagemaker:DescribeFeatureGroup"));
    let bad = [
        (arn("Nothing"), "MalformedPolicyDocument"),
        (
            json!({"Policy": "{\"Statement\": "}),
            "MalformedPolicyDocument",
        ),
        (
            json!({"Policy": " ".repeat(2_049)}),
            "MalformedPolicyDocument",
        ),
        (
            json!({"SerialNumber": "arn:aws:iam::111122223333:mfa/a", "TokenCode": "123456"}),
            "ValidationError",
        ),
        (
            json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}),
            "ValidationError",
        ),
        (json!({"TransitiveTagKeys": ["a"]}), "ValidationError"),
        (json!({"RoleSessionName": "a b"}), "ValidationError"),
        (json!({"Tags": "none"}), "ValidationError"),
    ];
    for (more, code) in bad {
        assert_eq!(
            refused(assume(&house.live, &admin, SERVER, more.clone())).0,
            code,
            "{more}"
        );
    }
    let many: Vec<Value> = (0..50)
        .map(|number| json!({"Key": format!("{number:0128}"), "Value": "v".repeat(256)}))
        .collect();
    let (code, _) = refused(assume(&house.live, &admin, SERVER, json!({"Tags": many})));
    assert_eq!(code, "PackedPolicyTooLarge");
    let root = user(&house.live, "AKIAROOTROOTROOTROOT");
    assert_eq!(
        refused(assume(&house.live, &root, SERVER, json!({}))).0,
        "AccessDenied"
    );
    let unknown = house.live.sts(
        &admin,
        &connection("::1", NOW),
        "GetSessionToken",
        &Map::new(),
    );
    assert_eq!(refused(unknown).0, "InvalidAction");
}

#[test]
fn forged_and_expired_tokens_and_inactive_keys_are_refused() {
    let house = house();
    let admin = user(&house.live, "AKIAADMINADMINADMIN2");
    let answer = assume(&house.live, &admin, SERVER, json!({"DurationSeconds": 900})).unwrap();
    let key = answer["Credentials"]["AccessKeyId"].as_str().unwrap();
    let token = answer["Credentials"]["SessionToken"].as_str().unwrap();
    let code = |key: &str, token: Option<&str>, now: i64| {
        house
            .live
            .credential(key, token, at(now))
            .unwrap_err()
            .code
            .to_string()
    };
    assert!(
        house
            .live
            .credential(key, Some(token), at(NOW + 899))
            .is_ok()
    );
    assert_eq!(code(key, Some(token), NOW + 900), "ExpiredTokenException");
    // Remembered or not, a token is good for its access key alone.
    assert_eq!(
        code("ASIAAAAAAAAAAAAAAAAA", Some(token), NOW),
        "UnrecognizedClientException"
    );
    assert_eq!(
        code("AKIAADMINADMINADMIN2", Some(token), NOW),
        "UnrecognizedClientException"
    );
    assert_eq!(code(key, None, NOW), "UnrecognizedClientException");
    for at in [0, 10, token.len() - 1] {
        let mut forged = token.to_owned().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        assert_eq!(code(key, Some(&forged), NOW), "UnrecognizedClientException");
    }
    assert_eq!(code(key, Some(""), NOW), "UnrecognizedClientException");
    assert_eq!(
        code(key, Some(&"A".repeat(100_000)), NOW),
        "UnrecognizedClientException"
    );
    assert_eq!(
        code("AKIAADMINADMINOLDOLD", None, NOW),
        "UnrecognizedClientException"
    );
    assert_eq!(
        code("AKIAUNKNOWN", None, NOW),
        "UnrecognizedClientException"
    );
}

#[test]
fn sessions_survive_a_restart_and_another_node_and_end_with_their_role() {
    let first = house();
    let admin = user(&first.live, "AKIAADMINADMINADMIN2");
    let answer = assume(&first.live, &admin, SERVER, json!({})).unwrap();
    // Another node: the same root key, secrets sealed anew.
    let second = house();
    let before = session(&second.live, &answer).unwrap();
    second.live.reload().unwrap();
    let after = session(&second.live, &answer).unwrap();
    assert_eq!(before.session, after.session);
    assert!(!Arc::ptr_eq(&before, &after), "it is resolved anew");

    let over = |text: String| {
        std::fs::write(&second.path, text).unwrap();
        second.live.reload().unwrap();
        session(&second.live, &answer).unwrap_err().code.to_string()
    };
    assert_eq!(
        over(text().replace("name: Server", "name: Other")),
        "UnrecognizedClientException"
    );
    // Made anew under its old name: another role.
    let anew = "name: Server\n        id: AROAANOTHERROLEALTOGETHER";
    assert_eq!(
        over(text().replace("name: Server", anew)),
        "UnrecognizedClientException"
    );
    std::fs::write(&second.path, text()).unwrap();
    second.live.reload().unwrap();
    assert!(session(&second.live, &answer).is_ok());
}

#[test]
fn a_file_with_a_mistake_is_not_taken_and_a_deactivated_key_ends_at_once() {
    let house = house();
    let credential = house
        .live
        .credential("AKIADEVDEVDEVDEVDEV2", None, at(NOW))
        .unwrap();
    assert!(
        house
            .live
            .caller("AKIADEVDEVDEVDEVDEV2", &credential)
            .is_ok()
    );
    std::fs::write(&house.path, "accounts: [").unwrap();
    assert!(house.live.reload().is_err());
    assert!(
        house
            .live
            .caller("AKIADEVDEVDEVDEVDEV2", &credential)
            .is_ok()
    );

    let text = text();
    let at_key = text.find("{id: AKIADEV").unwrap();
    let end = at_key + text[at_key..].find('}').unwrap();
    let mut inactive = text.clone();
    inactive.insert_str(end, ", status: Inactive");
    std::fs::write(&house.path, inactive).unwrap();
    house.live.reload().unwrap();
    // The secret was looked up before: it does not help.
    assert!(
        house
            .live
            .caller("AKIADEVDEVDEVDEVDEV2", &credential)
            .is_err()
    );
    assert!(
        house
            .live
            .credential("AKIADEVDEVDEVDEVDEV2", None, at(NOW))
            .is_err()
    );
}

#[derive(Debug, Default)]
struct Kept(Mutex<Vec<Event>>);

impl Sink for Kept {
    fn record(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

#[test]
fn calls_are_recorded_without_secrets() {
    let house = house();
    let kept = Kept::default();
    let admin = user(&house.live, "AKIAADMINADMINADMIN2");
    let connection = connection("203.0.113.9", NOW);
    let more = json!({"Tags": [{"Key": "team", "Value": "ads"}]});
    let recorded = |role: &str, more: &Value| {
        let input = input(role, more.clone());
        house
            .live
            .sts_recorded(&kept, &admin, &connection, "AssumeRole", &input)
    };
    let answer = recorded(SERVER, &more).unwrap();
    recorded("arn:aws:iam::111122223333:role/OfflineStore", &json!({})).unwrap_err();
    let events = kept.0.lock().unwrap();
    assert_eq!(events.len(), 2);
    let event = &events[0];
    assert_eq!(
        (event.source, &*event.name),
        ("sts.amazonaws.com", "AssumeRole")
    );
    assert_eq!(event.user_identity["userName"], "admin");
    let parameters = event.parameters.as_ref().unwrap();
    assert_eq!(parameters["roleArn"], SERVER);
    assert_eq!(parameters["tags"], json!([{"key": "team", "value": "ads"}]));
    assert_eq!(&*event.resources[0].arn, SERVER);
    let logged = format!("{event:?}");
    for secret in ["SecretAccessKey", "SessionToken"] {
        assert!(!logged.contains(answer["Credentials"][secret].as_str().unwrap()));
    }
    assert_eq!(events[1].failure.as_ref().unwrap().code, "AccessDenied");
    assert!(events[1].response.is_none());
}

#[test]
fn nothing_shows_a_secret() {
    let house = house();
    let admin = user(&house.live, "AKIAADMINADMINADMIN2");
    let credential = house
        .live
        .credential("AKIAADMINADMINADMIN2", None, at(NOW))
        .unwrap();
    let answer = assume(&house.live, &admin, SERVER, json!({})).unwrap();
    let server = session(&house.live, &answer).unwrap();
    let shown = format!("{:?} {admin:?} {credential:?} {server:?}", house.live);
    assert!(!shown.contains("secret of"));
    assert!(!shown.contains(answer["Credentials"]["SecretAccessKey"].as_str().unwrap()));
    assert!(!shown.contains(answer["Credentials"]["SessionToken"].as_str().unwrap()));
}

#[test]
fn a_service_assumes_no_role_that_does_not_trust_it() {
    let house = house();
    assert!(house.live.operator(SERVER).is_some());
    assert!(house.live.role(SERVER, "flush").is_none());
}
