//! The output as people and programs see it.

use rempart_findings::compliance::{ComplianceFormat, ComplianceOptions, write_summary};

use super::sample::{results, summary, written, written_with};

#[test]
fn table() {
    insta::assert_snapshot!(written(ComplianceFormat::Table, &results()), @r#"
    ── SCORE BY AREA ───────────────────────────────────────────────────────────────────────────────────

      area                           score decided     pass     fail  unknown    n/a  muted
      data-keys-secrets                50%     66%        1        1        1      1      0
      jobs                               –       –        0        0        0      0      0
      models-endpoints                   –    100%        0        1        0      0      0
      notebook-instances               33%     80%        1        2        1      0      1
      all                              42%     77%        2        4        2      1      1

      score = Σ weight × PASS / Σ weight × (PASS + FAIL), weights critical 10, high 5, medium 2, low 1,
      informational 0; decided = the part of what was asked that has an answer

    ── FAIL · CRITICAL · 1 result ──────────────────────────────────────────────────────────────────────

      [critical] DK-01 Bucket is not public
        found       Not so: Bucket is not public
        why         Why DK-01
        fix         Repair DK-01
        resources   1 resource
          · arn:aws:sagemaker:eu-west-1:111122223333:thing/data (111122223333/eu-west-1)
            The policy admits everybody
            DirectInternetAccess = "Enabled"

    ── FAIL · HIGH · 2 results ─────────────────────────────────────────────────────────────────────────

      [high] NB-01 Notebook instance has no direct internet access
        found       Direct internet access is on
        why         Data can leave through the service's own network, past every control of the VPC.
        fix         Stop the instance and create it again in a private subnet (AWS allows no change
                    here: re-create the resource)
        resources   2 resources
          · arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-1 (111122223333/eu-west-1)
            DirectInternetAccess = "Enabled"
          · lab (planned/eu-west-1, infra/main.tf:12 aws_sagemaker_notebook_instance.lab)
            DirectInternetAccess = "Enabled"

    ── INFORMATIONAL · 1 result, not counted as failures ───────────────────────────────────────────────

      [informational] EP-11 Endpoint captures data
        found       Not so: Endpoint captures data
        why         Why EP-11
        fix         Repair EP-11
        resources   1 resource
          · arn:aws:sagemaker:eu-west-1:111122223333:thing/ep-1 (111122223333/eu-west-1)
            DirectInternetAccess = "Enabled"

    ── UNKNOWN · 2 results ─────────────────────────────────────────────────────────────────────────────

      access_denied (needs the permission sagemaker:DescribeNotebookInstance)
        results     1
        controls    NB-01
        reason      DescribeNotebookInstance was refused
        resources   arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-3

      known_after_apply
        results     1
        controls    DK-01
        reason      bucket is known after apply
        resources   arn:aws:sagemaker:eu-west-1:111122223333:thing/plan

    ── MUTED · 1 result ────────────────────────────────────────────────────────────────────────────────

      [high] NB-01 Notebook instance has no direct internet access
          · arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-4 (111122223333/eu-west-1)
            accepted by ml-platform until 2027-01-31: closed network, ticket 12
            DirectInternetAccess = "Enabled"

    ── ACCOUNT OF THE RUN ──────────────────────────────────────────────────────────────────────────────

        program     rempart 0.1.0
        input       snapshots/today
        profile     default
        made        2026-11-28 04:00:00Z
        evidence    2026-11-28 03:00:00Z
        accounts    111122223333
        regions     eu-west-1
        idle        1 control had nothing to judge
                    JB-01
        permissions - sagemaker:DescribeNotebookInstance: NB-01 unknown
        bounds      - 1,200 of SageMaker:TrainingJob left out by a bound
        problems    - 111122223333/eu-west-1/s3/GetBucketPolicy.jsonl:7: unexpected end of line
        expired     - mutes.yaml:3: NB-03 111122223333 nb-*, ml-platform, until 2026-01-31: legacy
        unmatched   - mutes.yaml:9: NB-03 111122223333 nb-*, ml-platform: legacy
        frameworks  nist-800-53: 1 fail, 1 not assessed
                    requirements of the project: 2 fail
                    scp: 1 fail
                    security-hub: 1 fail

    3 failures (1 critical, 2 high), 1 informational, 2 unknown, 1 muted, 2 passed; 4 controls over 9
    resources, incomplete
    "#);
}

#[test]
fn table_verbose_narrow() {
    let options = ComplianceOptions {
        width: 64,
        verbose: true,
        ..ComplianceOptions::default()
    };
    let results = &results()[..1];
    let summary = summary(results);
    insta::assert_snapshot!(written_with(ComplianceFormat::Table, results, &summary, options), @r#"
    ── SCORE BY AREA ───────────────────────────────────────────────

      area                           score decided     fail  unknown
      jobs                               –       –        0        0
      notebook-instances                0%    100%        1        0
      all                               0%    100%        1        0

      score = Σ weight × PASS / Σ weight × (PASS + FAIL), weights
      critical 10, high 5, medium 2, low 1, informational 0; decided
      = the part of what was asked that has an answer

    ── FAIL · HIGH · 1 result ──────────────────────────────────────

      [high] NB-01 Notebook instance has no direct internet access
        found       Direct internet access is on
        why         Data can leave through the service's own
                    network, past every control of the VPC.
        fix         Stop the instance and create it again in a
                    private subnet (AWS allows no change here:
                    re-create the resource)
        cli         as follows
          aws sagemaker create-notebook-instance
          --direct-internet-access Disabled
        terraform   as follows
          resource "x" "y" {
            direct_internet_access = "Disabled"
          }
        answers     - scp: deny-notebook-internet
                    - security-hub: SageMaker.1
        resources   1 resource
          · arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-1
            (111122223333/eu-west-1)
            DirectInternetAccess = "Enabled"
            sagemaker:DescribeNotebookInstance
            111122223333/eu-west-1/sagemaker/DescribeNotebookInstanc
            e.jsonl:3
            sha256:ababababababababababababababababababababababababa
            bababababababab

    ── ACCOUNT OF THE RUN ──────────────────────────────────────────

        program     rempart 0.1.0
        input       snapshots/today
        profile     default
        made        2026-11-28 04:00:00Z
        evidence    2026-11-28 03:00:00Z
        accounts    111122223333
        regions     eu-west-1
        idle        1 control had nothing to judge
                    JB-01
        bounds      - 1,200 of SageMaker:TrainingJob left out by a
                      bound
        problems    - 111122223333/eu-west-1/s3/GetBucketPolicy.json
                      l:7: unexpected end of line
        expired     - mutes.yaml:3: NB-03 111122223333 nb-*,
                      ml-platform, until 2026-01-31: legacy
        unmatched   - mutes.yaml:9: NB-03 111122223333 nb-*,
                      ml-platform: legacy
        frameworks  nist-800-53: 2 not assessed
                    - not assessed: AU-2, SC-7
                    requirements of the project: 2 fail
                    - fail: R-002-11, R-004-07
                    scp: 1 fail
                    - fail: deny-notebook-internet
                    security-hub: 1 fail
                    - fail: SageMaker.1

    1 failure (1 high), 0 passed; 2 controls over 9 resources,
    incomplete
    "#);
}

#[test]
fn summary_alone() {
    let mut out = Vec::new();
    write_summary(
        &summary(&results()),
        &ComplianceOptions::default(),
        &mut out,
    )
    .unwrap();
    let alone = String::from_utf8(out).unwrap();
    let whole = written(ComplianceFormat::Table, &results());
    // It is the beginning and the end of the table.
    let (scores, account) = alone.split_once("── ACCOUNT").unwrap();
    assert!(whole.starts_with(scores));
    assert!(whole.ends_with(account));
    assert!(!alone.contains("FAIL ·"));
}

#[test]
fn csv() {
    insta::assert_snapshot!(written(ComplianceFormat::Csv, &results()[..3]), @r#"
    id,verdict,severity,area,control_id,control_title,resource_kind,resource_id,resource_arn,account,region,message,reason_code,reason,permission,address_source,address_line,address_name,mute_owner,mute_reason,mute_expires,excerpt,evidence,requirements,mappings,why,remediation,remediation_cli,remediation_terraform
    c-4773ffb4a7f628f67223d186811e5260,FAIL,high,notebook-instances,NB-01,Notebook instance has no direct internet access,AWS::SageMaker::NotebookInstance,nb-1,arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-1,111122223333,eu-west-1,Direct internet access is on,,,,,,,,,,"DirectInternetAccess = ""Enabled""",sagemaker:DescribeNotebookInstance 111122223333/eu-west-1/sagemaker/DescribeNotebookInstance.jsonl:3 sha256:abababababababababababababababababababababababababababababababab,"R-002-11
    R-004-07","scp: deny-notebook-internet
    security-hub: SageMaker.1","Data can leave through the service's own network, past every control of the VPC.",Stop the instance and create it again in a private subnet (AWS allows no change here: re-create the resource),aws sagemaker create-notebook-instance --direct-internet-access Disabled,"resource ""x"" ""y"" {
      direct_internet_access = ""Disabled""
    }"
    c-02f661ace4e688bc3cde67f57a9e3db1,PASS,high,notebook-instances,NB-01,Notebook instance has no direct internet access,AWS::SageMaker::NotebookInstance,nb-2,arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-2,111122223333,eu-west-1,,,,,,,,,,,"DirectInternetAccess = ""Enabled""",sagemaker:DescribeNotebookInstance 111122223333/eu-west-1/sagemaker/DescribeNotebookInstance.jsonl:3 sha256:abababababababababababababababababababababababababababababababab,"R-002-11
    R-004-07","scp: deny-notebook-internet
    security-hub: SageMaker.1",,,,
    c-208bc5236d69573ad40a4d556c46b2db,UNKNOWN,high,notebook-instances,NB-01,Notebook instance has no direct internet access,AWS::SageMaker::NotebookInstance,nb-3,arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-3,111122223333,eu-west-1,,access_denied,access_denied: DescribeNotebookInstance was refused (needs the permission sagemaker:DescribeNotebookInstance),sagemaker:DescribeNotebookInstance,,,,,,,,sagemaker:DescribeNotebookInstance 111122223333/eu-west-1/sagemaker/DescribeNotebookInstance.jsonl:3 sha256:abababababababababababababababababababababababababababababababab,"R-002-11
    R-004-07","scp: deny-notebook-internet
    security-hub: SageMaker.1",,,,
    "#);
}

#[test]
fn json_lines() {
    insta::assert_snapshot!(written(ComplianceFormat::JsonLines, &results()[2..3]), @r#"
    {"id":"c-208bc5236d69573ad40a4d556c46b2db","verdict":"UNKNOWN","severity":"high","area":"notebook-instances","control_id":"NB-01","control_title":"Notebook instance has no direct internet access","resource_kind":"AWS::SageMaker::NotebookInstance","resource_id":"nb-3","resource_arn":"arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-3","account":"111122223333","region":"eu-west-1","address":null,"message":"","reason_code":"access_denied","reason":"access_denied: DescribeNotebookInstance was refused (needs the permission sagemaker:DescribeNotebookInstance)","permission":"sagemaker:DescribeNotebookInstance","mute":null,"excerpt":[],"evidence":[{"source":"111122223333/eu-west-1/sagemaker/DescribeNotebookInstance.jsonl","line":3,"operation":"sagemaker:DescribeNotebookInstance","sha256":"abababababababababababababababababababababababababababababababab","at":"2026-11-28T03:00:00Z"}],"requirements":["R-002-11","R-004-07"],"mappings":{"cis-aws-5.0":[],"scp":["deny-notebook-internet"],"security-hub":["SageMaker.1"]},"why":null,"remediation":null}
    "#);
}

#[test]
fn junit() {
    insta::assert_snapshot!(written(ComplianceFormat::Junit, &results()[..4]), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="rempart posture">
    <testsuite name="notebook-instances" tests="4" failures="1" errors="1" skipped="1" time="0" timestamp="2026-11-28T04:00:00Z">
    <testcase classname="notebook-instances.NB-01" name="NB-01 arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-1" time="0"><failure type="high" message="Direct internet access is on">control: NB-01 Notebook instance has no direct internet access
    resource: AWS::SageMaker::NotebookInstance arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-1
    where: 111122223333/eu-west-1
    why: Data can leave through the service&#39;s own network, past every control of the VPC.
    read: DirectInternetAccess = &quot;Enabled&quot;
    evidence: sagemaker:DescribeNotebookInstance 111122223333/eu-west-1/sagemaker/DescribeNotebookInstance.jsonl:3 sha256:abababababababababababababababababababababababababababababababab
    fix: Stop the instance and create it again in a private subnet (AWS allows no change here: re-create the resource)
    cli: aws sagemaker create-notebook-instance --direct-internet-access Disabled
    </failure></testcase>
    <testcase classname="notebook-instances.NB-01" name="NB-01 arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-2" time="0"/>
    <testcase classname="notebook-instances.NB-01" name="NB-01 arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-3" time="0"><error type="access_denied" message="UNKNOWN: access_denied: DescribeNotebookInstance was refused (needs the permission sagemaker:DescribeNotebookInstance)"></error></testcase>
    <testcase classname="notebook-instances.NB-01" name="NB-01 arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-4" time="0"><skipped message="muted: Direct internet access is on; accepted by ml-platform until 2027-01-31: closed network, ticket 12"></skipped></testcase>
    </testsuite>
    <testsuite name="input" tests="2" failures="0" errors="1" skipped="1" time="0" timestamp="2026-11-28T04:00:00Z">
    <testcase classname="input" name="111122223333/eu-west-1/s3/GetBucketPolicy.jsonl" time="0"><error type="input" message="111122223333/eu-west-1/s3/GetBucketPolicy.jsonl:7: unexpected end of line"></error></testcase>
    <testcase classname="input" name="SageMaker:TrainingJob" time="0"><skipped message="1200 left out by a bound"></skipped></testcase>
    </testsuite>
    </testsuites>
    "#);
}
