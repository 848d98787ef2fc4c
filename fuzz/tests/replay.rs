//! Every committed input of every target, on stable Rust.

use std::fs;
use std::path::Path;

use rempart_fuzz::TARGETS;

fn replay(name: &str) {
    let target = TARGETS.iter().find(|target| target.0 == name);
    let (_, run) = target.expect("the target is listed");
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let mut inputs: Vec<_> = fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} is empty", directory.display());
    for input in inputs {
        // Shown only when the run fails: it names the input.
        println!("{}", input.display());
        run(&fs::read(&input).unwrap());
    }
}

macro_rules! replays {
    ($($name:ident),+) => { $(
        #[test]
        fn $name() {
            replay(stringify!($name));
        }
    )+ };
}

replays!(
    cloudformation_template,
    control_file,
    digest_document,
    digest_keys,
    directory_file,
    estate_answer,
    evidence_journal,
    evidence_manifest,
    evidence_signers,
    explain_record,
    guard_property,
    guard_record,
    hunt,
    json,
    keys_ciphertext,
    keys_envelope,
    lake_file,
    policy_document,
    policy_glob,
    policy_scenario,
    prove_policy,
    read,
    rule_record,
    scan_secrets,
    script,
    sigma,
    store_record,
    terraform_plan,
    wire_request,
    wire_signature
);

#[test]
fn every_corpus_belongs_to_a_target() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let listed: Vec<_> = TARGETS.iter().map(|target| target.0).collect();
    assert_eq!(names, listed);
}
