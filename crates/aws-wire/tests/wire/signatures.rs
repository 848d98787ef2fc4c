//! Signatures: the published suite, and every way to be wrong.

use jiff::{SignedDuration, Timestamp};
use rempart_aws_wire::ServiceError;
use rempart_aws_wire::sign::{
    CLOCK_SKEW_SECONDS, KeyCache, NoSecret, Scope, Secret, Verified, verify,
};

use crate::botocore::{committed, now};
use crate::double::{Request, lines, lookup};

const SUITE: &str = include_str!("../data/sigv4-suite.jsonl");

fn suite_lookup(access_key: &str, _: Option<&str>) -> Result<Secret, NoSecret> {
    match access_key {
        "AKIDEXAMPLE" => Ok(Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")),
        _ => Err(NoSecret::Unknown),
    }
}

#[test]
fn published_suite() {
    let keys = KeyCache::default();
    let scope = Scope {
        region: "us-east-1",
        services: &["service"],
    };
    let mut refused = Vec::new();
    let lines = lines(SUITE);
    for line in &lines {
        let name = line["name"].as_str().unwrap();
        let now: Timestamp = line["time"].as_str().unwrap().parse().unwrap();
        let verified = Request::read(line).with(|incoming| {
            verify(incoming, &scope, &suite_lookup, &keys, now)
                .map(|verified| verified.token.map(|token| token.into_owned()))
        });
        match verified {
            Ok(token) => assert_eq!(token.as_deref(), line["token"].as_str(), "{name}"),
            Err(error) => refused.push(format!("{name}: {}", error.message)),
        }
    }
    assert!(lines.len() > 60);
    // A token that is added behind the signature is what an unsigned `x-amz-…` header is.
    let unsigned = "There were headers present in the request which were not signed";
    assert_eq!(refused, [format!("post-sts-header-after/header: {unsigned}"),
        "post-sts-header-after/query: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.".to_owned()]);
}

/// A signed PutRecord, header form.
fn put() -> Request {
    let line = committed()
        .into_iter()
        .find(|line| line["operation"] == "PutRecord");
    Request::read(&line.unwrap())
}

/// A presigned GetRecord, valid for a minute.
fn presigned() -> Request {
    let mut lines = committed().into_iter();
    let line = lines.find(|line| line["query"].as_str().unwrap().contains("X-Amz-Expires=60"));
    Request::read(&line.unwrap())
}

fn at(request: &Request, now: Timestamp) -> Result<(), ServiceError> {
    let scope = Scope {
        region: "eu-west-1",
        services: &["sagemaker"],
    };
    request.with(|incoming| {
        verify(incoming, &scope, &lookup, &KeyCache::default(), now).map(|_: Verified<'_>| ())
    })
}

fn code(request: &Request) -> String {
    at(request, now()).map_or_else(|error| error.code.into_owned(), |()| "ok".to_owned())
}

type Change = fn(&mut Request);

const INVALID: &str = "InvalidSignatureException";
const INCOMPLETE: &str = "IncompleteSignatureException";

#[test]
fn every_part_is_signed() {
    let good = put();
    assert_eq!(code(&good), "ok");
    let changes: [(&str, Change); 9] = [
        ("method", |r| r.method = "POST".into()),
        ("path", |r| r.path.push('x')),
        ("query", |r| r.query = "a=b".into()),
        ("body", |r| r.body[3] ^= 1),
        ("shorter body", |r| r.body.truncate(10)),
        ("content type", |r| r.header("content-type").push('x')),
        ("host", |r| r.header("host").push('x')),
        ("signature", |r| {
            let header = r.header("authorization");
            let last = if header.ends_with('0') { '1' } else { '0' };
            header.pop();
            header.push(last);
        }),
        ("date", |r| {
            *r.header("x-amz-date") = "20260102T030406Z".into()
        }),
    ];
    for (what, change) in changes {
        let mut request = good.clone();
        change(&mut request);
        assert_eq!(code(&request), INVALID, "{what}");
    }
    // What is not signed does not matter, and neither do blanks nor case of names.
    let mut same = good.clone();
    same.headers.push(("Accept".into(), "*/*".into()));
    *same.header("content-type") = "  application/json\t".into();
    for (name, _) in &mut same.headers {
        *name = name.to_uppercase();
    }
    assert_eq!(code(&same), "ok");
}

#[test]
fn forms_that_are_refused() {
    let replaced = |from: &str, to: &str| {
        let mut request = put();
        let header = request.header("authorization");
        assert!(header.contains(from), "{header}");
        *header = header.replace(from, to);
        code(&request)
    };
    assert_eq!(
        replaced("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        INCOMPLETE
    );
    assert_eq!(replaced("AWS4-HMAC-SHA256", "Bearer"), INCOMPLETE);
    assert_eq!(replaced("Credential=", "Credentials="), INCOMPLETE);
    assert_eq!(replaced("Signature=", "Signature"), INCOMPLETE);
    assert_eq!(
        replaced(", Signature=", ", Signature=aa, Signature="),
        INCOMPLETE
    );
    assert_eq!(replaced("/aws4_request", ""), INCOMPLETE);
    assert_eq!(replaced("/aws4_request", "/aws3_request"), INVALID);
    assert_eq!(replaced("/eu-west-1/", "/eu-west-2/"), INVALID);
    assert_eq!(replaced("/sagemaker/", "/kms/"), INVALID);
    assert_eq!(replaced("/20260102/", "/20260101/"), INVALID);
    assert_eq!(replaced("content-type;host;", "content-type;"), INVALID);
    assert_eq!(
        replaced("content-type;host;", "host;content-type;"),
        INCOMPLETE
    );
    assert_eq!(
        replaced("content-type;host;", "content-type;host;host;"),
        INCOMPLETE
    );
    assert_eq!(
        replaced("content-type;host;", "content-type;Host;"),
        INCOMPLETE
    );
    assert_eq!(
        replaced("content-type;host;", "content-type;host;missing;"),
        INCOMPLETE
    );
    assert_eq!(
        replaced("AKIAIOSFODNN7EXAMPLE", "AKIAUNKNOWN"),
        "UnrecognizedClientException"
    );
    assert_eq!(replaced("AKIAIOSFODNN7EXAMPLE", "AKIA.."), INCOMPLETE);

    let with = |change: fn(&mut Request)| {
        let mut request = put();
        change(&mut request);
        code(&request)
    };
    assert_eq!(
        with(|r| r.headers.retain(|(name, _)| name != "authorization")),
        "MissingAuthenticationTokenException"
    );
    assert_eq!(
        with(|r| r.headers.retain(|(name, _)| name != "x-amz-date")),
        INCOMPLETE
    );
    for name in ["authorization", "host", "x-amz-date"] {
        let mut request = put();
        let value = request.header(name).clone();
        request.headers.push((name.into(), value));
        assert_eq!(code(&request), INCOMPLETE, "{name}");
    }
    assert_eq!(
        with(|r| r.headers.push(("X-Amz-Extra".into(), "1".into()))),
        INVALID
    );
    assert_eq!(
        with(|r| r.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256".into()),
        INCOMPLETE
    );
    assert_eq!(
        with(|r| *r.header("x-amz-date") = "2026-01-02T03:04:05Z".into()),
        INCOMPLETE
    );
}

#[test]
fn declared_hashes() {
    // The suite has signed requests with a hash of the body.
    let line = lines(SUITE).into_iter().find(|line| {
        let headers = line["headers"].as_array().unwrap();
        headers
            .iter()
            .any(|header| header[0] == "x-amz-content-sha256")
    });
    let line = line.expect("the suite signs a body");
    let good = Request::read(&line);
    let message = |request: &Request| {
        let scope = Scope {
            region: "us-east-1",
            services: &["service"],
        };
        let now = line["time"].as_str().unwrap().parse().unwrap();
        request.with(|incoming| {
            verify(incoming, &scope, &suite_lookup, &KeyCache::default(), now)
                .map_or_else(|error| error.message, |_| "ok".to_owned())
        })
    };
    assert_eq!(message(&good), "ok");
    for declared in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"] {
        let mut request = good.clone();
        *request.header("x-amz-content-sha256") = declared.into();
        assert!(
            message(&request).contains("not signed as a whole"),
            "{declared}"
        );
    }
    let mut request = good.clone();
    request.body.push(b'x');
    assert!(message(&request).contains("not the SHA-256 of the body"));
}

#[test]
fn clocks() {
    let skew = SignedDuration::from_secs(CLOCK_SKEW_SECONDS);
    let second = SignedDuration::from_secs(1);
    let request = put();
    for time in [now() - skew, now() + skew] {
        at(&request, time).unwrap();
    }
    let late = at(&request, now() + skew + second).unwrap_err();
    assert_eq!(
        late.message,
        "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T031906Z - 15 min.)"
    );
    let early = at(&request, now() - skew - second).unwrap_err();
    assert_eq!(
        early.message,
        "Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T024904Z + 15 min.)"
    );
    for error in [late, early] {
        assert_eq!(error.code, INVALID);
    }

    let request = presigned();
    at(&request, now() + SignedDuration::from_secs(60)).unwrap();
    let late = at(&request, now() + SignedDuration::from_secs(61)).unwrap_err();
    assert!(late.message.starts_with("Signature expired: "), "{late}");
    assert!(at(&request, now() - skew - second).is_err());
}

#[test]
fn presigned_forms() {
    let good = presigned();
    assert_eq!(code(&good), "ok");
    let replaced = |from: &str, to: &str| {
        let mut request = presigned();
        assert!(request.query.contains(from));
        request.query = request.query.replace(from, to);
        code(&request)
    };
    assert_eq!(replaced("X-Amz-Expires=60", "X-Amz-Expires=61"), INVALID);
    for expires in [
        "0",
        "604801",
        "-1",
        "+60",
        "60.0",
        "",
        "99999999999999999999",
    ] {
        let expires = format!("X-Amz-Expires={expires}");
        assert_eq!(
            replaced("X-Amz-Expires=60", &expires),
            INCOMPLETE,
            "{expires}"
        );
    }
    assert_eq!(
        replaced("X-Amz-Expires=60", "X-Amz-Expires=60&X-Amz-Expires=60"),
        INCOMPLETE
    );
    assert_eq!(
        replaced("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=accept"),
        INCOMPLETE
    );
    assert_eq!(
        replaced("X-Amz-Signature=", "X-Amz-Signature=A"),
        INCOMPLETE
    );
    assert_eq!(replaced("&X-Amz-Date", "&X-Amz-Dat"), INCOMPLETE);
    assert_eq!(
        replaced("X-Amz-Credential=", "X-Amz-Credential=%zz"),
        INCOMPLETE
    );
    let mut request = good.clone();
    request.query.push_str("&FeatureName=x");
    assert_eq!(code(&request), INVALID);
    let mut request = good;
    request.body = b"{}".to_vec();
    assert_eq!(code(&request), INVALID);
}

#[test]
fn sessions() {
    let request = put();
    let scope = Scope {
        region: "eu-west-1",
        services: &["sagemaker"],
    };
    let with = |reason: NoSecret| {
        request.with(|incoming| {
            let lookup = |_: &str, _: Option<&str>| Err(reason);
            verify(incoming, &scope, &lookup, &KeyCache::default(), now()).unwrap_err()
        })
    };
    assert_eq!(with(NoSecret::Unknown).code, "UnrecognizedClientException");
    assert_eq!(with(NoSecret::Expired).code, "ExpiredTokenException");
}

#[test]
fn nothing_secret_is_printed() {
    let request = put();
    request.with(|incoming| {
        let scope = Scope {
            region: "eu-west-1",
            services: &["sagemaker"],
        };
        let claim = rempart_aws_wire::sign::claim(incoming, &scope, now()).unwrap();
        let signature = request
            .headers
            .iter()
            .find(|(name, _)| name == "authorization");
        let signature = signature.unwrap().1.rsplit('=').next().unwrap();
        let text = format!("{claim:?} {incoming:?}");
        assert!(
            !text.contains(signature) && !text.contains("quoted"),
            "{text}"
        );
    });
}
