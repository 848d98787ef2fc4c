//! Against a running AWS double. `./test` starts one and names it in `REMPART_MOTO`:
//!
//! ```text
//! moto_server -p 5055
//! REMPART_MOTO=http://127.0.0.1:5055 cargo test -p rempart-aws-client
//! ```

use rempart_aws_client::{Class, Client, Credentials, Reply, Role, Settings};

use crate::support::{call, code};

fn client() -> Option<Client> {
    let Ok(endpoint) = std::env::var("REMPART_MOTO") else {
        eprintln!("skipped: REMPART_MOTO is not set");
        return None;
    };
    let keys = Credentials::new("AKIDMOTO", "secret", None, None, "test");
    let mut settings = Settings::with_credentials(keys, "eu-west-1");
    settings.endpoints.all = Some(endpoint);
    Some(Client::new(settings))
}

type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

async fn ask(client: &Client, name: &str, parameters: &[(&str, &str)]) -> Reply {
    let mut call = call(name);
    for (name, value) in parameters {
        call = call.with(name, *value);
    }
    client.call(&call).await.expect("a reply")
}

/// One call of every protocol.
#[tokio::test]
async fn all_protocols() {
    let Some(client) = client() else { return };
    let cases: [Case; 8] = [
        (
            "sts:GetCallerIdentity",
            &[],
            "<Account>123456789012</Account>",
        ),
        ("ec2:DescribeVpcEndpoints", &[], "<vpcEndpointSet"),
        (
            "ec2:DescribeSecurityGroups",
            &[],
            "<groupName>default</groupName>",
        ),
        ("iam:GetAccountSummary", &[], "<key>Users</key>"),
        ("sagemaker:ListDomains", &[], "\"Domains\""),
        ("cloudwatch:DescribeAlarms", &[], "MetricAlarms"),
        ("guardduty:ListDetectors", &[], "detectorIds"),
        ("s3:ListBuckets", &[], "<ListAllMyBucketsResult"),
    ];
    for (name, parameters, expected) in cases {
        let reply = ask(&client, name, parameters).await;
        let text = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.class, Class::Ok, "{name}: {:?} {text}", reply.error);
        assert!(text.contains(expected), "{name}: {text}");
    }
}

#[tokio::test]
async fn what_is_not_there() {
    let Some(client) = client() else { return };
    let account = [("AccountId", "123456789012")];
    let reply = ask(&client, "s3control:GetPublicAccessBlock", &account).await;
    assert_eq!(
        (reply.class, reply.status),
        (Class::Absent, 404),
        "{:?}",
        reply.error
    );
    let reply = ask(&client, "iam:GetAccountPasswordPolicy", &[]).await;
    assert_eq!(reply.class, Class::Absent, "{:?}", reply.error);
    let reply = ask(
        &client,
        "s3:GetBucketPolicy",
        &[("Bucket", "no-such-bucket-1")],
    )
    .await;
    assert_eq!((reply.class, code(&reply)), (Class::Gone, "NoSuchBucket"));
    let reply = ask(
        &client,
        "s3:HeadObject",
        &[("Bucket", "no-such-bucket-1"), ("Key", "a b/c")],
    )
    .await;
    assert_eq!(reply.class, Class::Gone, "{:?}", reply.error);
    let reply = ask(
        &client,
        "kms:DescribeKey",
        &[("KeyId", "00000000-0000-0000-0000-000000000000")],
    )
    .await;
    assert_eq!(reply.class, Class::Gone, "{:?}", reply.error);
    let reply = ask(&client, "sagemaker:DescribeModel", &[("ModelName", "none")]).await;
    assert_eq!(reply.class, Class::Gone, "{:?}", reply.error);
    let reply = ask(&client, "organizations:DescribeOrganization", &[]).await;
    assert_eq!(reply.class, Class::Absent, "{:?}", reply.error);
}

#[tokio::test]
async fn pages_of_all_regions() {
    let Some(client) = client() else { return };
    let call = call("iam:GetAccountAuthorizationDetails").with("MaxItems", 100);
    let mut pages = client.pages(&call);
    let mut count = 0;
    while let Some(page) = pages.next().await.expect("a page") {
        assert_eq!(page.reply.class, Class::Ok, "{:?}", page.reply.error);
        count += 1;
    }
    assert!(count >= 1);
}

#[tokio::test]
async fn the_account_of_a_role() {
    let Some(client) = client() else { return };
    let role = Role::new("arn:aws:iam::111122223333:role/reader", "run-1");
    let reply = ask(&client.assume(role), "sts:GetCallerIdentity", &[]).await;
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    assert_eq!(reply.class, Class::Ok, "{:?}", reply.error);
    assert!(text.contains("111122223333"), "{text}");
    assert!(text.contains("run-1"), "{text}");
}
