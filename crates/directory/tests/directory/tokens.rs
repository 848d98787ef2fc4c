//! Tokens that say for whom a session acts. The tokens of `tests/data/tokens.json` were signed by OpenSSL
//! with keys that are not kept.

use serde_json::{Value, json};

use super::sessions::{assume, session};
use super::{House, house_of, text, user};

const ROLE: &str = "arn:aws:iam::111122223333:role/ForPerson";

fn data() -> Value {
    serde_json::from_str(include_str!("../data/tokens.json")).unwrap()
}

fn house() -> House {
    let keys = data()["keys"].to_string();
    house_of(&format!(
        "{}\ntokenIssuers:\n  - name: staff\n    issuer: https://login.example.com\n    audiences: [rempart]\n    keys: {keys}\n",
        text()
    ))
}

fn context(token: &str) -> Value {
    json!({"ProvidedContexts": [{
        "ProviderArn": "arn:aws:iam::aws:contextProvider/staff", "ContextAssertion": token,
    }]})
}

#[test]
fn the_person_behind_a_session_is_in_its_identity() {
    let house = house();
    let admin = user(&house.live, "AKIAADMINADMINADMIN2");
    for name in ["rs256", "es256", "list of audiences"] {
        let data = data();
        let token = data["good"][name].as_str().unwrap();
        let answer = assume(&house.live, &admin, ROLE, context(token)).unwrap();
        let caller = session(&house.live, &answer).unwrap();
        assert_eq!(
            caller.user_identity["onBehalfOf"]["userId"], "alice",
            "{name}"
        );
        let issuer = &caller.user_identity["onBehalfOf"]["identityStoreArn"];
        assert_eq!(issuer, "https://login.example.com", "{name}");
    }
    // Without a token nobody is named.
    let answer = assume(&house.live, &admin, ROLE, json!({})).unwrap();
    let caller = session(&house.live, &answer).unwrap();
    assert!(caller.user_identity.get("onBehalfOf").is_none());
}

#[test]
fn every_other_token_is_refused() {
    let house = house();
    let admin = user(&house.live, "AKIAADMINADMINADMIN2");
    let data = data();
    for (name, token) in data["bad"].as_object().unwrap() {
        let error =
            assume(&house.live, &admin, ROLE, context(token.as_str().unwrap())).unwrap_err();
        assert_eq!(error.code, "InvalidIdentityToken", "{name}: {error}");
    }
    let good = data["good"]["rs256"].as_str().unwrap();
    for at in (0..good.len()).step_by(7) {
        let mut forged = good.to_owned().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        assert!(
            assume(&house.live, &admin, ROLE, context(&forged)).is_err(),
            "letter {at}"
        );
    }
    let other = json!({"ProvidedContexts": [{
        "ProviderArn": "arn:aws:iam::aws:contextProvider/other", "ContextAssertion": good,
    }]});
    assert_eq!(
        assume(&house.live, &admin, ROLE, other).unwrap_err().code,
        "ValidationError"
    );
    // A role that does not allow sts:SetContext.
    let server = "arn:aws:iam::111122223333:role/ml/Server";
    let error = assume(&house.live, &admin, server, context(good)).unwrap_err();
    assert_eq!(error.code, "AccessDenied");
    assert!(error.message.contains("sts:SetContext"), "{error}");
}
