//! What the environment gives. The test runs itself once more, with an environment of its own.

use std::process::Stdio;

use rempart_aws_client::{Class, Client, Settings, SettingsError};

use crate::server::{Scripted, Server};
use crate::support::call;

const CHILD: &str = "REMPART_TEST_CHILD";

#[tokio::test]
async fn profile_region_and_endpoint() {
    if std::env::var_os(CHILD).is_some() {
        return child().await.expect("settings");
    }
    let server = Server::start(|_, _| Scripted::ok("{}")).await;
    let directory = tempfile::tempdir().expect("a directory");
    let config = directory.path().join("config");
    let text = "[profile audit]\nregion = eu-central-1\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = profile-secret\n";
    std::fs::write(&config, text).expect("a file");
    let status = tokio::process::Command::new(std::env::current_exe().expect("a program"))
        .args([
            "--exact",
            "environment::profile_region_and_endpoint",
            "--nocapture",
        ])
        .env_clear()
        .env(CHILD, "1")
        .env("AWS_CONFIG_FILE", &config)
        .env("AWS_SHARED_CREDENTIALS_FILE", directory.path().join("none"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_ENDPOINT_URL_SAGEMAKER", &server.url)
        .stdout(Stdio::null())
        .status()
        .await
        .expect("a child");
    assert!(status.success());
    let received = server.received();
    assert_eq!(received.len(), 1);
    let authorization = received[0].header("authorization");
    assert!(
        authorization.contains("Credential=AKIDPROFILE/"),
        "{authorization}"
    );
    assert!(
        authorization.contains("/eu-central-1/sagemaker/"),
        "{authorization}"
    );
}

async fn child() -> Result<(), SettingsError> {
    let settings = Settings::from_environment(Some("audit"), None).await?;
    assert_eq!(settings.region.as_deref(), Some("eu-central-1"));
    let client = Client::new(settings);
    let mut domains = call("sagemaker:ListDomains");
    domains.region = client.region().expect("a region").to_owned();
    let reply = client.call(&domains).await.expect("a reply");
    assert_eq!(reply.class, Class::Ok, "{:?}", reply.error);
    Ok(())
}
