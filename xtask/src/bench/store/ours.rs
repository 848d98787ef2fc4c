//! The store under test: a data directory of its own, a server, signed requests.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use anyhow::{Context, bail, ensure};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use serde_json::{Value, json};

use super::load::http;
use crate::bench::machine::command_text;

pub(super) const REGION: &str = "eu-west-1";
const ACCOUNT: &str = "111122223333";

/// The value of a feature: the same for every store that is compared.
pub(super) fn value(record: usize, feature: usize) -> String {
    let mixed = (record as u64)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(feature as u64)
        .wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (mixed >> 24).to_string()
}

/// Features of one record as the API takes them.
pub(super) fn record(number: usize, features: usize) -> Value {
    let mut list = vec![
        json!({"FeatureName": "id", "ValueAsString": format!("entity-{number}")}),
        json!({"FeatureName": "at", "ValueAsString": "2025-06-01T00:00:00Z"}),
    ];
    for feature in 0..features {
        list.push(json!({
            "FeatureName": format!("f{feature}"), "ValueAsString": value(number, feature)
        }));
    }
    Value::Array(list)
}

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    pub(super) address: SocketAddr,
    program: PathBuf,
    pub(super) data: PathBuf,
    credentials: Credentials,
}

impl Server {
    /// Makes a data directory and serves it.
    pub(super) fn start(program: &Path, data: &Path) -> anyhow::Result<Self> {
        Self::start_with(program, data, "")
    }

    /// The same with the text of a `store.yaml`.
    pub(super) fn start_with(program: &Path, data: &Path, settings: &str) -> anyhow::Result<Self> {
        let made = Command::new(program)
            .args(["store", "init"])
            .arg(data)
            .args(["--account", ACCOUNT, "--region", REGION, "--format", "json"])
            .output()?;
        ensure!(
            made.status.success(),
            "store init: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let made: Value = serde_json::from_slice(&made.stdout)?;
        let text = |name: &str| {
            let found = made.pointer(&format!("/credentials/0/{name}"));
            found
                .and_then(Value::as_str)
                .context("store init names no credentials")
        };
        let credentials = Credentials::new(
            text("accessKeyId")?,
            text("secretAccessKey")?,
            None,
            None,
            "bench",
        );
        if !settings.is_empty() {
            std::fs::write(data.join("store.yaml"), settings)?;
        }
        let (process, address) = serve(program, data)?;
        Ok(Self {
            process,
            address,
            program: program.to_owned(),
            data: data.to_owned(),
            credentials,
        })
    }

    /// Resident memory in MB.
    pub(super) fn resident(&self) -> anyhow::Result<f64> {
        self.memory("VmRSS:")
    }

    /// The most memory that was resident, in MB.
    pub(super) fn peak(&self) -> anyhow::Result<f64> {
        self.memory("VmHWM:")
    }

    /// From here on [`Self::peak`] tells of what comes.
    pub(super) fn forget_peak(&self) -> anyhow::Result<()> {
        let file = format!("/proc/{}/clear_refs", self.process.id());
        std::fs::write(&file, "5").context(file)
    }

    fn memory(&self, name: &str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line
            .and_then(|line| line.split_whitespace().next())
            .with_context(|| format!("no {name}"))?;
        Ok(kilobytes.parse::<f64>()? * 1024.0 / 1e6)
    }

    /// Seconds of processor that the server has used.
    pub(super) fn processor(&self) -> anyhow::Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name before the bracket may have spaces. User and system time are fields 14 and 15.
        let (_, fields) = text.rsplit_once(')').context("no stat")?;
        let fields = fields.split_whitespace().skip(11).take(2);
        let ticks: u64 = fields.map(|field| field.parse::<u64>().unwrap_or(0)).sum();
        let per_second: f64 = command_text("getconf", &["CLK_TCK"])?.parse()?;
        Ok(ticks as f64 / per_second)
    }

    /// What the server says of itself.
    pub(super) fn status(&self) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(
            &self.command(&["status", "--format", "json"])?,
        )?)
    }

    /// Rows of a group that wait for the offline store.
    pub(super) fn queued(&self, group: &str) -> anyhow::Result<u64> {
        let status = self.status()?;
        let groups = status.get("groups").and_then(Value::as_array);
        let end = format!("/{group}");
        groups
            .into_iter()
            .flatten()
            .find(|one| {
                let arn = one.get("arn").and_then(Value::as_str);
                arn.is_some_and(|arn| arn.ends_with(&end))
            })
            .and_then(|one| one.get("queued")?.as_u64())
            .with_context(|| format!("the status has no group {group}"))
    }

    /// A command of `rempart store` on the data directory.
    pub(super) fn command(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let (first, rest) = arguments.split_first().context("no command")?;
        let output = Command::new(&self.program)
            .args(["store", first])
            .arg(&self.data)
            .args(rest)
            .output()?;
        if !output.status.success() {
            bail!("store {first}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// A signed request of the data plane.
    pub(super) fn data(&self, method: &str, target: &str, body: &[u8]) -> anyhow::Result<Vec<u8>> {
        let headers: &[(&str, &str)] = if body.is_empty() {
            &[]
        } else {
            &[("content-type", "application/json")]
        };
        self.signed("sagemaker", method, target, headers, body)
    }

    /// A call of a JSON 1.1 service, made and answered.
    pub(super) fn call(&self, service: &str, target: &str, input: &Value) -> anyhow::Result<Value> {
        use std::io::{Read as _, Write as _};
        let body = input.to_string().into_bytes();
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target),
        ];
        let mut request = self.signed(service, "POST", "/", &headers, &body)?;
        let end = request
            .windows(4)
            .position(|part| part == b"\r\n\r\n")
            .context("no head")?;
        request.splice(end..end, b"\r\nconnection: close".iter().copied());
        let mut stream = std::net::TcpStream::connect(self.address)?;
        stream.write_all(&request)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let text = String::from_utf8_lossy(&answer);
        let (head, body) = text.split_once("\r\n\r\n").context("no answer")?;
        ensure!(head.starts_with("HTTP/1.1 200"), "{target}: {text}");
        Ok(if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(body)?
        })
    }

    fn signed(
        &self,
        service: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> anyhow::Result<Vec<u8>> {
        let identity = self.credentials.clone().into();
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Double;
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(service)
            .time(SystemTime::now())
            .settings(settings)
            .build()?;
        let host = self.address.to_string();
        let url = format!("http://{host}{target}");
        let signable = SignableRequest::new(
            method,
            url,
            headers.iter().copied(),
            SignableBody::Bytes(body),
        )?;
        let (instructions, _) = sign(signable, &parameters.into())?.into_parts();
        let (added, _) = instructions.into_parts();
        let mut all = vec![("host".to_owned(), host)];
        all.extend(
            headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        all.extend(
            added
                .into_iter()
                .map(|header| (header.name().to_owned(), header.value().to_owned())),
        );
        Ok(http(method, target, &all, body))
    }

    /// Creates a group with an online store, and an offline store if asked for.
    pub(super) fn create(&self, name: &str, features: usize, offline: bool) -> anyhow::Result<()> {
        let mut definitions = vec![
            json!({"FeatureName": "id", "FeatureType": "String"}),
            json!({"FeatureName": "at", "FeatureType": "String"}),
        ];
        for feature in 0..features {
            definitions
                .push(json!({"FeatureName": format!("f{feature}"), "FeatureType": "Integral"}));
        }
        let key = self.call("kms", "TrentService.CreateKey", &json!({}))?;
        let key = key.pointer("/KeyMetadata/Arn").context("no key")?.clone();
        let mut input = json!({
            "FeatureGroupName": name,
            "RecordIdentifierFeatureName": "id",
            "EventTimeFeatureName": "at",
            "FeatureDefinitions": definitions,
            "OnlineStoreConfig": {"EnableOnlineStore": true, "SecurityConfig": {"KmsKeyId": key}},
        });
        if offline && let Some(input) = input.as_object_mut() {
            input.insert(
                "OfflineStoreConfig".to_owned(),
                json!({"S3StorageConfig": {"S3Uri": "s3://sagemaker-bench/store"},
                       "DisableGlueTableCreation": true}),
            );
            input.insert(
                "RoleArn".to_owned(),
                json!(format!("arn:aws:iam::{ACCOUNT}:role/OfflineStore")),
            );
        }
        self.call("sagemaker", "SageMaker.CreateFeatureGroup", &input)?;
        Ok(())
    }

    /// Ends the server in good order.
    pub(super) fn stop(&mut self) -> anyhow::Result<()> {
        Command::new("kill")
            .arg(self.process.id().to_string())
            .status()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing can be done when it is gone already.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn serve(program: &Path, data: &Path) -> anyhow::Result<(Child, SocketAddr)> {
    let mut process = Command::new(program)
        .args(["store", "serve"])
        .arg(data)
        .args(["--listen", "127.0.0.1:0", "--allow-plaintext"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(process.stderr.take().context("no stderr")?).lines();
    let mut seen = String::new();
    for line in lines.by_ref() {
        let line = line?;
        if let Some((_, rest)) = line.split_once("listening on http://") {
            let address: String = rest
                .chars()
                .take_while(|sign| sign.is_ascii_digit() || matches!(sign, '.' | ':'))
                .collect();
            // What comes later is read and dropped, so that the server never waits for us.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok((process, address.parse()?));
        }
        seen.push_str(&line);
        seen.push('\n');
    }
    bail!("the store does not serve:\n{seen}")
}
