//! Help, exit codes, refused arguments.

use super::support::{hunt, rempart, run};

#[test]
fn help_names_the_commands() {
    let help = run(&["-h"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    insta::assert_snapshot!(help.out, @r"
    Security for machine learning on AWS SageMaker

    Usage: rempart [OPTIONS] <COMMAND>

    Commands:
      hunt         Find attacks on SageMaker in CloudTrail logs
      case         Investigate an incident: the fifteen questions of the playbook, answered from
                   evidence
      rules        List, check and test detection rules
      collect      Read the ML estate of accounts into a snapshot, every answer kept as evidence
      estate       Compare and check snapshots
      posture      Check an estate against every control: a snapshot, a Terraform plan or a template
      controls     List, check and test controls
      policy       Decide requests against AWS policies, and check policies
      guard        Prove guardrails, try them on real traffic, generate them
      trail        Verify CloudTrail log files, explain single records
      store        A feature store with KMS encryption, grants and access control, for unmodified AWS
                   clients
      completions  Print a completion script for a shell
      man          Print the manual page
      help         Print this message or the help of the given subcommand(s)

    Options:
          --color <WHEN>  When to use colours; NO_COLOR is respected [default: auto] [possible values:
                          auto, always, never]
      -h, --help          Print help (see more with '--help')
      -V, --version       Print version
    ");
}

#[test]
fn help_of_hunt_names_every_option() {
    let help = run(&["hunt", "-h"]);
    assert_eq!(help.code, 0);
    insta::assert_snapshot!(help.out, @r"
    Find attacks on SageMaker in CloudTrail logs

    Usage: rempart hunt [OPTIONS] <PATH>...

    Arguments:
      <PATH>...  Files, directories, s3://bucket/prefix, or - for standard input

    Options:
          --color <WHEN>             When to use colours; NO_COLOR is respected [default: auto]
                                     [possible values: auto, always, never]
          --rules <DIR>              Use the Sigma rules below this file or directory as well; may be
                                     repeated
          --no-builtin-rules         Do not use the rules that ship with rempart
          --format <FORMAT>          How to write the findings [default: table]
      -o, --output <FILE>            Write the findings to a file instead of standard output
          --min-severity <SEVERITY>  Leave out findings below this severity
          --from <TIME>              Only events at or after this time: 2026-03-01 or
                                     2026-03-01T12:00:00Z
          --to <TIME>                Only events before this time
          --account <ID>             Only events recorded by this account; may be repeated
          --region <REGION>          Only events of this Region; may be repeated
          --principal <TEXT>         Only events whose principal (ARN, name, principal id, access key)
                                     contains this text; may be repeated
          --own-account <ID>         An account of yours that is not foreign wherever it appears; may be
                                     repeated [alias: --trusted-account]
          --guardrails <FILE>...     Name these guardrails (service and resource control policies, or
                                     directories of them) in the findings that they would have stopped,
                                     instead of those that ship with rempart
          --no-guardrails            Do not look for guardrails that would have stopped the findings
          --exempt-account <ID>      An account that guardrails do not concern, such as the management
                                     account; may be repeated [alias: --management-account]
          --stats <FILE>             Write the account of every record, per source, as JSON
          --threads <N>              Threads; all cores by default
          --no-progress              Show no progress
      -v, --verbose                  List every event and reference of a finding
          --state-limit <MIB>        Memory for correlations and history, in MiB [default: 96]
          --record-limit <MIB>       Largest record that is read, in MiB [default: 16]
          --inflate-limit <GIB>      Most that one source may inflate to, in GiB [default: 64]
      -h, --help                     Print help (see more with '--help')

    Exit codes: 0 nothing found, 1 findings, 2 the work could not be done, or nothing was found and part
    of the input could not be examined
    ");
}

#[test]
fn help_of_guard_names_its_questions() {
    let help = run(&["guard", "-h"]);
    assert_eq!(help.code, 0);
    insta::assert_snapshot!(help.out, @r"
    Prove guardrails, try them on real traffic, generate them

    Usage: rempart guard [OPTIONS] <COMMAND>

    Commands:
      prove            Prove for every possible request that guardrails stop what they must and nothing
                       else
      compare          What a change of guardrails allows or denies, for every possible request
      generate         Write the guardrails with your own subnets, keys, addresses and instance types
      replay           What proposed policies would have denied in CloudTrail logs
      gaps             What no condition key can enforce: SageMaker's fields without a key, and
                       operations without an action
      least-privilege  The smallest identity policy that allows what a user or role was observed to do
      help             Print this message or the help of the given subcommand(s)

    Options:
          --color <WHEN>  When to use colours; NO_COLOR is respected [default: auto] [possible values:
                          auto, always, never]
      -h, --help          Print help (see more with '--help')
    ");
    assert!(
        run(&["guard", "gaps", "--help"])
            .out
            .contains("Exit code: 0")
    );
}

#[test]
fn help_of_least_privilege_names_every_option() {
    let help = run(&["guard", "least-privilege", "-h"]);
    assert_eq!(help.code, 0);
    insta::assert_snapshot!(help.out, @r"
    The smallest identity policy that allows what a user or role was observed to do

    Usage: rempart guard least-privilege [OPTIONS] --trail <PATH>... --principal <ARN>

    Options:
          --color <WHEN>       When to use colours; NO_COLOR is respected [default: auto] [possible
                               values: auto, always, never]
          --trail <PATH>...    CloudTrail files, directories or s3://bucket/prefix; they are read twice
          --principal <ARN>    ARN of the user, or of the role with all its sessions
          --current <FILE>...  The identity policies in force, to compare with: documents, or
                               directories of them
          --generalise <HOW>   How far resources are generalised [default: names] [possible values:
                               none, names, types]
          --condition <KEY>    Demand the observed values of this condition key where every call had it;
                               may be repeated
          --format <FORMAT>    How to show the report [default: table] [possible values: table, json]
          --out <FILE>         Write the policy to a file; several policies to FILE-1.json, FILE-2.json
                               and so on
          --threads <N>        Threads; all cores by default
          --no-progress        Show no progress
      -h, --help               Print help (see more with '--help')

    Without --out the policy is part of the output. Every call that went through is decided again with
    the new policy alone.

    Exit codes: 0 done and proved, 1 something observed is not covered, or --current is not proved to
    allow as much, 2 the work could not be done
    ");
}

#[test]
fn no_finding_is_zero_and_a_finding_is_one() {
    let clean = hunt(&["small.json", "--principal", "nobody"]);
    assert_eq!((clean.code, clean.out.as_str()), (0, ""));
    assert_eq!(hunt(&["small.json"]).code, 1);
}

#[test]
fn work_that_cannot_be_done_is_two() {
    let missing = hunt(&["not-there.json"]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    insta::assert_snapshot!(missing.err, @r"
    warning: not-there.json: No such file or directory (os error 2)
    error: nothing to hunt in: no file was found
    hint: give CloudTrail files (.json, .json.gz), a directory of them, s3://bucket/prefix, or - for standard input
    ");

    let folder = tempfile::tempdir().unwrap();
    let empty = hunt(&[folder.path().to_str().unwrap()]);
    assert_eq!(empty.code, 2);
    assert!(empty.err.contains("no file was found"), "{}", empty.err);

    let notes = folder.path().join("notes.txt");
    std::fs::write(&notes, "buy milk").unwrap();
    let unreadable = hunt(&[notes.to_str().unwrap()]);
    assert_eq!(unreadable.code, 2);
    assert!(
        unreadable.err.contains("unknown format"),
        "{}",
        unreadable.err
    );
}

#[test]
fn nothing_found_in_a_part_of_the_input_is_not_clean() {
    let part = hunt(&["small.json", "not-there.json", "--principal", "nobody"]);
    assert_eq!(part.code, 2);
    assert!(
        part.err.contains("not-there.json: No such file"),
        "{}",
        part.err
    );
    assert!(part.err.contains("not all of the input could be examined"));

    // What was found in the readable part is a finding all the same.
    let part = hunt(&["small.json", "not-there.json"]);
    assert_eq!(part.code, 1);
    assert!(
        part.err.contains("not-there.json: No such file"),
        "{}",
        part.err
    );

    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.json");
    let text = std::fs::read(super::support::fixtures().join("small.json")).unwrap();
    std::fs::write(&cut, &text[..900]).unwrap();
    let cut = hunt(&[cut.to_str().unwrap()]);
    assert_eq!(cut.code, 2, "{}", cut.err);
}

#[test]
fn bad_arguments_are_refused_with_a_reason() {
    let refused = |arguments: &[&str]| {
        let refused = hunt(arguments);
        assert_eq!(
            (refused.code, refused.out.as_str()),
            (2, ""),
            "{arguments:?}"
        );
        refused.err.lines().next().unwrap().to_owned()
    };
    insta::assert_snapshot!(refused(&["small.json", "--from", "yesterday"]), @"error: invalid value 'yesterday' for '--from <TIME>': a date (2026-03-01) or a time with zone (2026-03-01T12:00:00Z) is needed");
    insta::assert_snapshot!(refused(&["small.json", "--to", "2026-03-01T12:00:00"]), @"error: invalid value '2026-03-01T12:00:00' for '--to <TIME>': a date (2026-03-01) or a time with zone (2026-03-01T12:00:00Z) is needed");
    insta::assert_snapshot!(refused(&["small.json", "--from", "2026-03-02", "--to", "2026-03-01"]), @"error: --from must be before --to");
    insta::assert_snapshot!(refused(&["small.json", "--from", "2026-03-02", "--to", "2026-03-02"]), @"error: --from must be before --to");
    insta::assert_snapshot!(refused(&["small.json", "--account", "1234"]), @"error: invalid value '1234' for '--account <ID>': an account id has 12 digits");
    insta::assert_snapshot!(refused(&["small.json", "--min-severity", "urgent"]), @"error: invalid value 'urgent' for '--min-severity <SEVERITY>': one of informational, low, medium, high, critical is needed");
    insta::assert_snapshot!(refused(&["small.json", "--format", "xml"]), @"error: invalid value 'xml' for '--format <FORMAT>': one of table, jsonl, csv, ocsf, sarif, html is needed");
    insta::assert_snapshot!(refused(&["small.json", "--threads", "0"]), @"error: invalid value '0' for '--threads <N>': 0 is not in 1..=1024");
    insta::assert_snapshot!(refused(&["small.json", "--rules", "not-there"]), @"error: not-there: No such file or directory (os error 2): No such file or directory (os error 2)");
    insta::assert_snapshot!(refused(&["small.json", "--output", "no/such/folder/x"]), @"error: cannot write no/such/folder/x: No such file or directory (os error 2)");
    insta::assert_snapshot!(refused(&["small.json", "--nonsense"]), @"error: unexpected argument '--nonsense' found");
    assert_eq!(run(&["hunt"]).code, 2);
    assert_eq!(run(&[]).code, 2);
    let none = run(&["hunt", "--no-builtin-rules", "small.json"]);
    assert_eq!(none.code, 2);
    insta::assert_snapshot!(none.err, @"error: no rules: give --rules DIR together with --no-builtin-rules");
}

#[test]
fn completions_are_made_for_each_shell() {
    for (shell, sign) in [
        ("bash", "complete -F _rempart"),
        ("zsh", "#compdef rempart"),
        ("fish", "complete -c rempart"),
    ] {
        let script = run(&["completions", shell]);
        assert_eq!(script.code, 0);
        assert!(script.out.contains(sign), "{shell}");
        assert!(script.out.contains("min-severity"), "{shell}");
    }
    assert_eq!(run(&["completions", "cmd"]).code, 2);
}

#[test]
fn the_manual_page_describes_every_command() {
    let page = run(&["man"]);
    assert_eq!(page.code, 0);
    assert!(page.out.contains(".TH rempart 1"));
    for part in [
        "REMPART HUNT",
        "REMPART RULES LINT",
        "min\\-severity",
        "navigator",
    ] {
        assert!(page.out.contains(part), "{part}");
    }
}

#[test]
fn the_version_is_told() {
    let version = run(&["--version"]);
    assert_eq!(
        version.out,
        concat!("rempart ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn colours_are_for_terminals_or_on_demand() {
    let table = [
        "hunt",
        "--no-builtin-rules",
        "--rules",
        "sigma",
        "small.json",
    ];
    let plain = run(&table);
    assert!(!plain.out.contains('\u{1b}'));
    let mut forced = rempart();
    forced.args(table).args(["--color", "always"]);
    assert!(super::support::finish(forced).out.contains('\u{1b}'));
    let mut quiet = rempart();
    quiet
        .args(table)
        .args(["--color", "auto"])
        .env("NO_COLOR", "1")
        .env("CLICOLOR_FORCE", "1");
    assert!(!super::support::finish(quiet).out.contains('\u{1b}'));
}
