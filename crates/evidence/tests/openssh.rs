//! Against the real `ssh-keygen`, and the commands of `docs/evidence.md` as they stand there.
//! `./test` installs what is needed; where it is missing a test says so and does nothing.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{check, entry, key, key_text, public_text, seal};
use rempart_evidence::{
    KeyError, MANIFEST_NAMESPACE, SignatureStatus, SigningKey, Verdict, append_note,
    check_signature,
};

const DOCUMENTATION: &str = include_str!("../../../docs/evidence.md");

fn missing(programs: &[&str]) -> bool {
    for program in programs {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {program}")])
            .output();
        if !found.is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: {program} is not installed");
            return true;
        }
    }
    false
}

fn run(directory: &Path, program: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read all of it may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn keygen(directory: &Path, arguments: &[&str]) {
    let output = run(directory, "ssh-keygen", arguments, b"");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

#[test]
fn ssh_keygen_signs_the_same_bytes() {
    if missing(&["ssh-keygen"]) {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    seal(&root, Some(&key()));
    private_file(&home.path().join("key"), &key_text(1));
    fs::copy(root.join("manifest.json"), home.path().join("copy")).unwrap();
    let sign = ["-Y", "sign", "-f", "key", "-n", MANIFEST_NAMESPACE, "copy"];
    keygen(home.path(), &sign);
    let theirs = fs::read_to_string(home.path().join("copy.sig")).unwrap();
    let ours = fs::read_to_string(root.join("manifest.json.sig")).unwrap();
    assert_eq!(ours, theirs);
}

#[test]
fn keys_of_ssh_keygen() {
    if missing(&["ssh-keygen"]) {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| fs::read(home.path().join(name)).unwrap();
    let make = |name: &str, kind: &str, passphrase: &str| {
        let arguments = ["-q", "-t", kind, "-C", "c", "-f", name, "-N", passphrase];
        keygen(home.path(), &arguments);
    };
    make("plain", "ed25519", "");
    make("locked", "ed25519", "open sesame");
    make("other", "ecdsa", "");
    let plain = SigningKey::from_openssh(&at("plain"), None).unwrap();
    let shown = run(home.path(), "ssh-keygen", &["-l", "-f", "plain.pub"], b"");
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains(&plain.fingerprint()), "{shown}");
    let locked = SigningKey::from_openssh(&at("locked"), None);
    assert!(matches!(locked, Err(KeyError::PassphraseNeeded)));
    SigningKey::from_openssh(&at("locked"), Some("open sesame")).unwrap();
    let other = SigningKey::from_openssh(&at("other"), None).unwrap_err();
    assert!(other.to_string().contains("-t ed25519"), "{other}");
    let public = SigningKey::from_openssh(&at("plain.pub"), None);
    assert!(matches!(public, Err(KeyError::Format(_))));

    fs::write(home.path().join("text"), "text").unwrap();
    let status = |namespace: &str, key: &str| {
        let _ = fs::remove_file(home.path().join("text.sig"));
        keygen(
            home.path(),
            &["-Y", "sign", "-f", key, "-n", namespace, "text"],
        );
        check_signature(&at("text.sig"), MANIFEST_NAMESPACE, b"text", None, None)
    };
    let good = status(MANIFEST_NAMESPACE, "plain");
    assert!(matches!(good, SignatureStatus::Valid(_)), "{good:?}");
    for (namespace, key) in [("file", "plain"), (MANIFEST_NAMESPACE, "other")] {
        let bad = status(namespace, key);
        assert!(matches!(bad, SignatureStatus::Invalid { .. }), "{bad:?}");
    }
}

/// A file that only its owner may read, as `ssh-keygen` wants it.
fn private_file(path: &Path, text: &str) {
    let file = fs::File::create(path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o600))
            .unwrap();
    }
    (&file).write_all(text.as_bytes()).unwrap();
}

/// The blocks of the documentation: language with what follows it, and text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let mut blocks = Vec::new();
    for part in DOCUMENTATION.split("\n```").skip(1).step_by(2) {
        blocks.push(part.split_once('\n').unwrap());
    }
    blocks
}

fn run_block(root: &Path, language: &str, text: &str) -> Output {
    match language {
        "python" => run(root, "python3", &["-"], text.as_bytes()),
        _ => run(root, "sh", &["-e"], text.as_bytes()),
    }
}

#[test]
fn the_commands_of_the_documentation() {
    if missing(&["ssh-keygen", "jq", "sha256sum", "python3"]) {
        return;
    }
    let languages: Vec<_> = blocks().iter().map(|block| block.0).collect();
    let expected = ["sh signed", "sh signed", "sh", "python", "sh signed"];
    assert_eq!(languages, expected);
    for signed in [false, true] {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("case");
        let key = key();
        let key = signed.then_some(&key);
        let allowed = format!("ana@example.com {}\n", public_text(1));
        fs::write(home.path().join("allowed_signers"), allowed).unwrap();
        seal(&root, key);
        append_note(&root, &entry("opened, « é »"), key).unwrap();
        append_note(&root, &entry("exported\n\u{1f600}"), key).unwrap();
        assert_eq!(check(&root).verdict, Verdict::Intact);
        for (language, text) in blocks() {
            if language == "sh signed" && !signed {
                continue;
            }
            let output = run_block(&root, language, text);
            assert!(output.status.success(), "{text}\n{output:?}");
        }
    }
}

#[test]
fn the_commands_of_the_documentation_notice_edits() {
    if missing(&["ssh-keygen", "jq", "sha256sum", "python3"]) {
        return;
    }
    let blocks = blocks();
    // Which file is altered, and the blocks that must fail then.
    let edits: [(&str, &[usize]); 6] = [
        ("manifest.json", &[0, 1, 3]),
        ("manifest.json.sig", &[0, 1]),
        ("answers/q01.txt", &[2, 3]),
        ("journal.jsonl", &[3]),
        ("extra", &[3]),
        ("journal.head", &[4]),
    ];
    for (file, failing) in edits {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("case");
        let allowed = format!("ana@example.com {}\n", public_text(1));
        fs::write(home.path().join("allowed_signers"), allowed).unwrap();
        seal(&root, Some(&key()));
        append_note(&root, &entry("opened"), Some(&key())).unwrap();
        let path = root.join(file);
        let mut bytes = fs::read(&path).unwrap_or_else(|_| b"x".to_vec());
        if path.exists() {
            // A digit or letter becomes another one: what is altered is still JSON.
            let at = bytes.iter().rposition(|byte| *byte == b'a').unwrap_or(0);
            bytes[at] = b'b';
        }
        fs::write(&path, bytes).unwrap();
        for place in failing {
            let (language, text) = blocks[*place];
            let output = run_block(&root, language, text);
            assert!(!output.status.success(), "{file}: {text}\n{output:?}");
        }
    }
}
