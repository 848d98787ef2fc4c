//! The output as people and programs see it.

use rempart_findings::{
    Format, Framework, LayerHeader, Report, WriteOptions, scores_of_findings, write_layer,
    write_report,
};

use super::sample::{findings, logging_stopped, written, written_with};

#[test]
fn table() {
    insta::assert_snapshot!(written(Format::Table, &findings()), @r#"
    ── CRITICAL · 1 finding ────────────────────────────────────────────────────────────────────────────

      Credential theft

      [critical] Execution role used from two networks
        who         arn:aws:sts::111122223333:assumed-role/SageMakerExecution/SageMaker
        also        arn:aws:iam::111122223333:user/bob
        from        203.0.113.77, sagemaker.amazonaws.com
        with        aws-cli/2.17.0 md/command#cloudtrail.stop-logging
        where       111122223333, eu-west-1
        when        2026-03-02 08:15:00Z to 2026-03-02 09:45:30Z
        what        1,204 events, some failed
        resources   model-bucket
        why         One access key was used from two unrelated networks within minutes.
        next        - Revoke the sessions of the role
        limits      - S3 data events of bucket logs were not recorded
                    - equal timestamps: the order of the events is not provable
                    - 2 of 1,204 events are listed as evidence
        techniques  T1552.005
        events      1d5a1f…000001, 1d5a1f…000002, 1d5a1f…000003, 1d5a1f…000004, and 2 more
        rule        11111111-5d6f-4d0e-9a55-0f6b4b5d9a11, by Jo Müller, "Q", licence DRL-1.1
        finding     f-a0247b8abccb66039c0bc0905cc92f97

    ── HIGH · 1 finding ────────────────────────────────────────────────────────────────────────────────

      Log tampering

      [high] CloudTrail logging was stopped
        who         arn:aws:sts::111122223333:assumed-role/DataScientist/alice
        from        198.51.100.10
        with        aws-cli/2.17.0 md/command#cloudtrail.stop-logging
        where       111122223333, eu-west-1
        when        2026-03-02 10:00:00Z
        what        1 event, succeeded
        resources   arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail
        why         alice stopped the trail org-trail in 111122223333/eu-west-1. From that moment
                    nothing the trail covers is recorded.
        next        - Start the trail again and check what happened while it was stopped
                    - Treat all activity of the same credentials as suspect
        may be      - Decommissioning of a trail announced in a change ticket
        guardrails  deny-stop-logging
        techniques  T1562.008, AML.T0031
        events      0c5a1f…000001
        rule        7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10, by Rempart project, licence MIT OR Apache-2.0,
                    https://example.org/rules/cloudtrail_logging_stopped.yml
        finding     f-2ea42b360741618280a47b2c17f42f84

    ── LOW · 1 finding ─────────────────────────────────────────────────────────────────────────────────

      Credential theft

      [low] Presigned URL for another profile
        who         unknown
        where       111122223333
        when        not recorded
        what        1 event, failed: an attempt
        why         A URL was asked for.
        may be      - Decommissioning of a trail announced in a change ticket
        rule        rule-3, by Rempart project, licence MIT OR Apache-2.0,
                    https://example.org/rules/cloudtrail_logging_stopped.yml
        finding     f-ea684353f58bb6204aeb38ae58c6ada7

    ── WHAT THE LOGS COULD SHOW ────────────────────────────────────────────────────────────────────────

      full     Log tampering
      partial  Data and model exfiltration  no data events of AWS::S3::Object in the input; no events
                                            from us-east-1, where global services record
      none     Cryptojacking                no SageMaker events in the input
      management events only

    ── ACCOUNT OF THE RUN ──────────────────────────────────────────────────────────────────────────────

        program     rempart 0.1.0, 71 rules
        records     read 12,400 records from 2 sources: 12,345 kept, 50 duplicates (1 with differing
                    bytes), 3 filtered out, 2 unreadable, 0 not CloudTrail
        size        1.2 MiB read, 9.4 MiB after decompression
        period      2026-03-01 00:00:00Z to 2026-03-02 23:59:59Z
        accounts    111122223333
        regions     eu-west-1, us-east-1
        incomplete  - one source could not be read to its end
        problems    - logs/cut.json.gz at byte 4096: unexpected end of file

    3 findings (1 critical, 1 high, 1 low) in 12,345 records from 2 sources, 2026-03-01 00:00:00Z to
    2026-03-02 23:59:59Z, incomplete
    "#);
}

#[test]
fn table_verbose_narrow() {
    let options = WriteOptions {
        width: 60,
        verbose: true,
        ..WriteOptions::default()
    };
    insta::assert_snapshot!(written_with(Format::Table, &[logging_stopped()], &options), @r"
    ── HIGH · 1 finding ────────────────────────────────────────

      Log tampering

      [high] CloudTrail logging was stopped
        who         arn:aws:sts::111122223333:assumed-role/DataS
                    cientist/alice
        from        198.51.100.10
        with        aws-cli/2.17.0
                    md/command#cloudtrail.stop-logging
        where       111122223333, eu-west-1
        when        2026-03-02 10:00:00Z
        what        1 event, succeeded
        resources   arn:aws:cloudtrail:eu-west-1:111122223333:tr
                    ail/org-trail
        why         alice stopped the trail org-trail in
                    111122223333/eu-west-1. From that moment
                    nothing the trail covers is recorded.
        next        - Start the trail again and check what
                      happened while it was stopped
                    - Treat all activity of the same credentials
                      as suspect
        may be      - Decommissioning of a trail announced in a
                      change ticket
        guardrails  deny-stop-logging
        techniques  T1562.008, AML.T0031
        events      0c5a1f0e-0000-4000-8000-000000000001
        evidence    - logs/111122223333 CloudTrail
                      eu-west-1.json.gz record 3 sha256
                      030303030303030303030303030303030303030303
                      0303030303030303030303
        rule        7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10, by
                    Rempart project, licence MIT OR Apache-2.0,
                    https://example.org/rules/cloudtrail_logging
                    _stopped.yml
        finding     f-2ea42b360741618280a47b2c17f42f84

    ── WHAT THE LOGS COULD SHOW ────────────────────────────────

      full     Log tampering
      partial  Data and model exfiltration  no data events of
                                            AWS::S3::Object in
                                            the input; no
                                            events from
                                            us-east-1, where
                                            global services
                                            record
      none     Cryptojacking                no SageMaker events
                                            in the input
      management events only

    ── ACCOUNT OF THE RUN ──────────────────────────────────────

        program     rempart 0.1.0, 71 rules
        records     read 12,400 records from 2 sources: 12,345
                    kept, 50 duplicates (1 with differing
                    bytes), 3 filtered out, 2 unreadable, 0 not
                    CloudTrail
        size        1.2 MiB read, 9.4 MiB after decompression
        period      2026-03-01 00:00:00Z to 2026-03-02 23:59:59Z
        accounts    111122223333
        regions     eu-west-1, us-east-1
        incomplete  - one source could not be read to its end
        problems    - logs/cut.json.gz at byte 4096: unexpected
                      end of file

    3 findings (1 critical, 1 high, 1 low) in 12,345 records
    from 2 sources, 2026-03-01 00:00:00Z to 2026-03-02
    23:59:59Z, incomplete
    ");
}

#[test]
fn table_without_findings() {
    let report = Report {
        findings: &[],
        coverage: None,
        summary: None,
    };
    let mut out = Vec::new();
    write_report(Format::Table, &report, &WriteOptions::default(), &mut out).unwrap();
    assert_eq!(out, b"no findings\n\n");
}

#[test]
fn json_lines() {
    insta::assert_snapshot!(written(Format::JsonLines, &findings()), @r#"
    {"id":"f-2ea42b360741618280a47b2c17f42f84","severity":"high","category":"log-tampering","rule_id":"7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10","rule_title":"CloudTrail logging was stopped","rule_author":"Rempart project","rule_license":"MIT OR Apache-2.0","rule_reference":"https://example.org/rules/cloudtrail_logging_stopped.yml","rule_references":["https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html"],"rule_level":"high","techniques":["T1562.008","AML.T0031"],"outcome":"succeeded","principal":"arn:aws:sts::111122223333:assumed-role/DataScientist/alice","principals":["arn:aws:sts::111122223333:assumed-role/DataScientist/alice"],"source_ip":"198.51.100.10","source_ips":["198.51.100.10"],"user_agent":"aws-cli/2.17.0 md/command#cloudtrail.stop-logging","user_agents":["aws-cli/2.17.0 md/command#cloudtrail.stop-logging"],"account":"111122223333","accounts":["111122223333"],"region":"eu-west-1","regions":["eu-west-1"],"resources":["arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail"],"first_time":"2026-03-02T10:00:00Z","last_time":"2026-03-02T10:00:00Z","event_count":1,"event_ids":["0c5a1f0e-0000-4000-8000-000000000001"],"evidence":[{"source":"logs/111122223333 CloudTrail eu-west-1.json.gz","index":3,"sha256":"0303030303030303030303030303030303030303030303030303030303030303","event_id":"0c5a1f0e-0000-4000-8000-000000000001","time":"2026-03-02T10:00:00Z","event_name":"StopLogging","event_source":"cloudtrail.amazonaws.com"}],"evidence_truncated":false,"order_not_provable":false,"explanation":"alice stopped the trail org-trail in 111122223333/eu-west-1. From that moment nothing the trail covers is recorded.","next_steps":["Start the trail again and check what happened while it was stopped","Treat all activity of the same credentials as suspect"],"false_positives":["Decommissioning of a trail announced in a change ticket"],"notes":[],"guardrails":["deny-stop-logging"]}
    {"id":"f-a0247b8abccb66039c0bc0905cc92f97","severity":"critical","category":"credential-theft","rule_id":"11111111-5d6f-4d0e-9a55-0f6b4b5d9a11","rule_title":"Execution role used from two networks","rule_author":"Jo Müller, \"Q\"","rule_license":"DRL-1.1","rule_reference":null,"rule_references":[],"rule_level":"critical","techniques":["T1552.005"],"outcome":"mixed","principal":"arn:aws:sts::111122223333:assumed-role/SageMakerExecution/SageMaker","principals":["arn:aws:sts::111122223333:assumed-role/SageMakerExecution/SageMaker","arn:aws:iam::111122223333:user/bob"],"source_ip":"203.0.113.77","source_ips":["203.0.113.77","sagemaker.amazonaws.com"],"user_agent":"aws-cli/2.17.0 md/command#cloudtrail.stop-logging","user_agents":["aws-cli/2.17.0 md/command#cloudtrail.stop-logging"],"account":"111122223333","accounts":["111122223333"],"region":"eu-west-1","regions":["eu-west-1"],"resources":["model-bucket"],"first_time":"2026-03-02T08:15:00Z","last_time":"2026-03-02T09:45:30Z","event_count":1204,"event_ids":["1d5a1f0e-0000-4000-8000-000000000001","1d5a1f0e-0000-4000-8000-000000000002","1d5a1f0e-0000-4000-8000-000000000003","1d5a1f0e-0000-4000-8000-000000000004","1d5a1f0e-0000-4000-8000-000000000005","1d5a1f0e-0000-4000-8000-000000000006"],"evidence":[{"source":"logs/111122223333 CloudTrail eu-west-1.json.gz","index":11,"sha256":"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b","event_id":"1d5a1f0e-0000-4000-8000-000000000001","time":"2026-03-02T08:15:00Z","event_name":"GetObject","event_source":"s3.amazonaws.com"},{"source":"logs/111122223333 CloudTrail eu-west-1.json.gz","index":12,"sha256":"0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c","event_id":"1d5a1f0e-0000-4000-8000-000000000002","time":"2026-03-02T08:15:09Z","event_name":"ListObjects","event_source":"s3.amazonaws.com"}],"evidence_truncated":true,"order_not_provable":true,"explanation":"One access key was used from two unrelated networks within minutes.","next_steps":["Revoke the sessions of the role"],"false_positives":[],"notes":["S3 data events of bucket logs were not recorded"],"guardrails":[]}
    {"id":"f-ea684353f58bb6204aeb38ae58c6ada7","severity":"low","category":"credential-theft","rule_id":"rule-3","rule_title":"Presigned URL for another profile","rule_author":"Rempart project","rule_license":"MIT OR Apache-2.0","rule_reference":"https://example.org/rules/cloudtrail_logging_stopped.yml","rule_references":["https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html"],"rule_level":"medium","techniques":[],"outcome":"failed","principal":"unknown","principals":[],"source_ip":null,"source_ips":[],"user_agent":null,"user_agents":[],"account":"111122223333","accounts":["111122223333"],"region":null,"regions":[],"resources":[],"first_time":null,"last_time":null,"event_count":1,"event_ids":[],"evidence":[{"source":"-","index":0,"sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}],"evidence_truncated":false,"order_not_provable":false,"explanation":"A URL was asked for.","next_steps":[],"false_positives":["Decommissioning of a trail announced in a change ticket"],"notes":[],"guardrails":[]}
    "#);
}

#[test]
fn csv() {
    insta::assert_snapshot!(written(Format::Csv, &findings()).replace("\r\n", "<CRLF>\n"), @r#"
    id,severity,category,outcome,rule_title,principal,source_ip,user_agent,account,region,resources,first_time,last_time,event_count,explanation,next_steps,false_positives,notes,guardrails,techniques,event_ids,evidence,evidence_truncated,order_not_provable,rule_id,rule_author,rule_license,rule_reference,rule_references,rule_level<CRLF>
    f-2ea42b360741618280a47b2c17f42f84,high,log-tampering,succeeded,CloudTrail logging was stopped,arn:aws:sts::111122223333:assumed-role/DataScientist/alice,198.51.100.10,aws-cli/2.17.0 md/command#cloudtrail.stop-logging,111122223333,eu-west-1,arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail,2026-03-02T10:00:00Z,2026-03-02T10:00:00Z,1,alice stopped the trail org-trail in 111122223333/eu-west-1. From that moment nothing the trail covers is recorded.,"Start the trail again and check what happened while it was stopped
    Treat all activity of the same credentials as suspect",Decommissioning of a trail announced in a change ticket,,deny-stop-logging,"T1562.008
    AML.T0031",0c5a1f0e-0000-4000-8000-000000000001,logs/111122223333 CloudTrail eu-west-1.json.gz#3 sha256:0303030303030303030303030303030303030303030303030303030303030303,false,false,7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10,Rempart project,MIT OR Apache-2.0,https://example.org/rules/cloudtrail_logging_stopped.yml,https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html,high<CRLF>
    f-a0247b8abccb66039c0bc0905cc92f97,critical,credential-theft,mixed,Execution role used from two networks,"arn:aws:sts::111122223333:assumed-role/SageMakerExecution/SageMaker
    arn:aws:iam::111122223333:user/bob","203.0.113.77
    sagemaker.amazonaws.com",aws-cli/2.17.0 md/command#cloudtrail.stop-logging,111122223333,eu-west-1,model-bucket,2026-03-02T08:15:00Z,2026-03-02T09:45:30Z,1204,One access key was used from two unrelated networks within minutes.,Revoke the sessions of the role,,S3 data events of bucket logs were not recorded,,T1552.005,"1d5a1f0e-0000-4000-8000-000000000001
    1d5a1f0e-0000-4000-8000-000000000002
    1d5a1f0e-0000-4000-8000-000000000003
    1d5a1f0e-0000-4000-8000-000000000004
    1d5a1f0e-0000-4000-8000-000000000005
    1d5a1f0e-0000-4000-8000-000000000006","logs/111122223333 CloudTrail eu-west-1.json.gz#11 sha256:0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b
    logs/111122223333 CloudTrail eu-west-1.json.gz#12 sha256:0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",true,true,11111111-5d6f-4d0e-9a55-0f6b4b5d9a11,"Jo Müller, ""Q""",DRL-1.1,,,critical<CRLF>
    f-ea684353f58bb6204aeb38ae58c6ada7,low,credential-theft,failed,Presigned URL for another profile,unknown,,,111122223333,,,,,1,A URL was asked for.,,Decommissioning of a trail announced in a change ticket,,,,,'-#0 sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,false,false,rule-3,Rempart project,MIT OR Apache-2.0,https://example.org/rules/cloudtrail_logging_stopped.yml,https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html,medium<CRLF>
    "#);
}

#[test]
fn html() {
    let page = written(Format::Html, &[logging_stopped()]);
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    let (before, hash) = head.split_once("sha256-").unwrap();
    let head = format!("{before}sha256-HASH{}", hash.split_at(44).1);
    insta::assert_snapshot!(format!("{head}<style></style>{body}"), @r##"
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-HASH'; base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="referrer" content="no-referrer">
    <meta name="color-scheme" content="light dark">
    <title>Rempart findings</title>
    <style></style>
    </head>
    <body>
    <header class="top">
    <h1>Rempart findings</h1>
    <p>3 findings (1 critical, 1 high, 1 low) in 12,345 records from 2 sources, 2026-03-01 00:00:00Z to 2026-03-02 23:59:59Z, incomplete</p>
    <nav><a href="#timeline">Timeline</a><a href="#principals">Principals</a><a href="#findings">Findings</a><a href="#coverage">Coverage</a><a href="#account">Account of the run</a><a href="#rules">Rules and licences</a></nav>
    </header>
    <main>
    <div class="warning" role="note"><strong>This report is incomplete</strong><ul>
    <li><bdi>one source could not be read to its end</bdi></li>
    </ul></div>
    <h2 id="summary">Summary</h2>
    <div class="cards">
    <div class="card sev critical zero"><b>0</b><span>critical</span></div>
    <div class="card sev high"><b>1</b><span>high</span></div>
    <div class="card sev medium zero"><b>0</b><span>medium</span></div>
    <div class="card sev low zero"><b>0</b><span>low</span></div>
    <div class="card sev informational zero"><b>0</b><span>informational</span></div>
    </div>
    <div class="cards">
    <div class="card"><b>1</b><span>principal with findings</span></div>
    <div class="card"><b>12,345</b><span>records examined</span></div>
    <div class="card"><b>1</b><span>account</span></div>
    <div class="card"><b>71</b><span>rules</span></div>
    </div>
    <h2 id="timeline">Timeline</h2>
    <div class="scroll" tabindex="0"><svg class="timeline" viewBox="0 0 1080 354" role="img" aria-label="Findings over time by category">
    <text x="12" y="340">from 2026-03-02 UTC</text>
    <line class="rule" x1="319.6" x2="319.6" y1="14" y2="320"/><text x="319.6" y="340" text-anchor="middle">09:59:15</text>
    <line class="rule" x1="424.2" x2="424.2" y1="14" y2="320"/><text x="424.2" y="340" text-anchor="middle">09:59:30</text>
    <line class="rule" x1="528.9" x2="528.9" y1="14" y2="320"/><text x="528.9" y="340" text-anchor="middle">09:59:45</text>
    <line class="rule" x1="633.5" x2="633.5" y1="14" y2="320"/><text x="633.5" y="340" text-anchor="middle">10:00:00</text>
    <line class="rule" x1="738.1" x2="738.1" y1="14" y2="320"/><text x="738.1" y="340" text-anchor="middle">10:00:15</text>
    <line class="rule" x1="842.8" x2="842.8" y1="14" y2="320"/><text x="842.8" y="340" text-anchor="middle">10:00:30</text>
    <line class="rule" x1="947.4" x2="947.4" y1="14" y2="320"/><text x="947.4" y="340" text-anchor="middle">10:00:45</text>
    <line class="rule" x1="1052.0" x2="1052.0" y1="14" y2="320"/><text x="1052.0" y="340" text-anchor="middle">10:01:00</text>
    <text class="lane" x="12" y="35">Data and model exfiltration</text><text x="203" y="35" text-anchor="end"></text><line class="rule" x1="215" x2="1052" y1="31" y2="31"/>
    <text class="lane" x="12" y="69">Data poisoning</text><text x="203" y="69" text-anchor="end"></text><line class="rule" x1="215" x2="1052" y1="65" y2="65"/>
    <text class="lane" x="12" y="103">Resource misuse</text><text x="203" y="103" text-anchor="end"></text><line class="rule" x1="215" x2="1052" y1="99" y2="99"/>
    <text class="lane" x="12" y="137">Denial of service</text><text x="203" y="137" text-anchor="end"></text><line class="rule" x1="215" x2="1052" y1="133" y2="133"/>
    <text class="lane" x="12" y="171">Configuration changes</text><text x="203" y="171" text-anchor="end"></text><line class="rule" x1="215" x2="1052" y1="167" y2="167"/>
    <text class="lane" x="12" y="205">Log tampering</text><text x="203" y="205" text-anchor="end">1</text><line class="rule" x1="215" x2="1052" y1="201" y2="201"/>
    <a href="#finding-1" class="high"><circle cx="633.5" cy="201" r="6"><title>2026-03-02 10:00:00Z [high] CloudTrail logging was stopped: arn:aws:sts::111122223333:assumed-role/DataScientist/alice</title></circle></a>
    <text class="lane" x="12" y="239">Malware deployment</text><text x="203" y="239" text-anchor="end"></text><line class="rule" x1="215" x2="1052" y1="235" y2="235"/>
    <text class="lane" x="12" y="273">Credential theft</text><text x="203" y="273" text-anchor="end"></text><line class="rule" x1="215" x2="1052" y1="269" y2="269"/>
    <text class="lane" x="12" y="307">Cryptojacking</text><text x="203" y="307" text-anchor="end"></text><line class="rule" x1="215" x2="1052" y1="303" y2="303"/>
    </svg></div>
    <p class="legend"><span class="badge critical">critical</span> <span class="badge high">high</span> <span class="badge medium">medium</span> <span class="badge low">low</span> <span class="badge informational">informational</span></p>
    <h2 id="principals">Principals</h2>
    <section class="person"><div class="head"><span class="badge high">high</span><h3><bdi class="mono">arn:aws:sts::111122223333:assumed-role/DataScientist/alice</bdi></h3><span class="soft">1 finding</span></div>
    <ol class="steps">
    <li><span class="when">2026-03-02 10:00:00Z</span><span class="badge high">high</span> <a href="#finding-1"><bdi>CloudTrail logging was stopped</bdi></a></li>
    </ol></section>
    <h2 id="findings">Findings</h2>
    <p class="filter"><label class="high"><input type="checkbox" id="show-high" checked> high</label></p>
    <article class="finding high" id="finding-1">
    <div class="head"><span class="badge high">high</span><h3><bdi>CloudTrail logging was stopped</bdi></h3><span class="soft">Log tampering</span></div>
    <p class="explain"><bdi>alice stopped the trail org-trail in 111122223333/eu-west-1. From that moment nothing the trail covers is recorded.</bdi></p>
    <dl>
    <dt>Who</dt><dd><bdi class="mono">arn:aws:sts::111122223333:assumed-role/DataScientist/alice</bdi></dd>
    <dt>From</dt><dd><bdi class="mono">198.51.100.10</bdi></dd>
    <dt>With</dt><dd><bdi class="mono">aws-cli/2.17.0 md/command#cloudtrail.stop-logging</bdi></dd>
    <dt>Account</dt><dd><bdi class="mono">111122223333</bdi></dd>
    <dt>Region</dt><dd><bdi class="mono">eu-west-1</bdi></dd>
    <dt>Resources</dt><dd><bdi class="mono">arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail</bdi></dd>
    <dt>When</dt><dd>2026-03-02 10:00:00Z</dd>
    <dt>What</dt><dd>1 event, the calls succeeded</dd>
    <dt>Next steps</dt><dd><ol><li><bdi>Start the trail again and check what happened while it was stopped</bdi></li><li><bdi>Treat all activity of the same credentials as suspect</bdi></li></ol></dd>
    <dt>May also be</dt><dd><ul><li><bdi>Decommissioning of a trail announced in a change ticket</bdi></li></ul></dd>
    <dt>Guardrails</dt><dd><bdi class="mono">deny-stop-logging</bdi></dd>
    <dt>Techniques</dt><dd><a href="https://attack.mitre.org/techniques/T1562/008/" rel="noreferrer noopener"><bdi>T1562.008</bdi></a>, <a href="https://atlas.mitre.org/techniques/AML.T0031" rel="noreferrer noopener"><bdi>AML.T0031</bdi></a></dd>
    <dt>Rule</dt><dd><a href="https://example.org/rules/cloudtrail_logging_stopped.yml" rel="noreferrer noopener"><bdi>7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10</bdi></a>, by <bdi>Rempart project</bdi>, licence <bdi>MIT OR Apache-2.0</bdi>, level high</dd>
    <dt>Background</dt><dd><a href="https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html" rel="noreferrer noopener"><bdi>https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html</bdi></a></dd>
    <dt>Finding</dt><dd><bdi class="mono">f-2ea42b360741618280a47b2c17f42f84</bdi></dd>
    </dl>
    <details open><summary>Evidence: 1 record</summary><div class="scroll"><table>
    <thead><tr><th>Time</th><th>Event</th><th>Event id</th><th>Record</th><th>SHA-256 of the record</th></tr></thead>
    <tbody>
    <tr><td class="short">2026-03-02 10:00:00Z</td><td><bdi>StopLogging</bdi><br><bdi class="soft">cloudtrail.amazonaws.com</bdi></td><td class="mono"><bdi>0c5a1f0e-0000-4000-8000-000000000001</bdi></td><td><bdi class="mono">logs/111122223333 CloudTrail eu-west-1.json.gz</bdi><br><span class="soft">number 3</span></td><td class="mono hash"><bdi>0303030303030303030303030303030303030303030303030303030303030303</bdi></td></tr>
    </tbody></table></div></details>
    </article>
    <h2 id="coverage">What the logs could show</h2>
    <p class="soft">Where a category is not fully visible, silence proves nothing.</p>
    <div class="scroll"><table>
    <thead><tr><th>Category</th><th>Visible</th><th>Why not more</th></tr></thead>
    <tbody>
    <tr><td>Log tampering</td><td><span class="badge full">full</span></td><td></td></tr>
    <tr><td>Data and model exfiltration</td><td><span class="badge partial">partial</span></td><td><bdi>no data events of AWS::S3::Object in the input</bdi><br><bdi>no events from us-east-1, where global services record</bdi></td></tr>
    <tr><td>Cryptojacking</td><td><span class="badge none">none</span></td><td><bdi>no SageMaker events in the input</bdi></td></tr>
    </tbody></table></div>
    <p><bdi>management events only</bdi></p>
    <h2 id="account">Account of the run</h2>
    <div class="card"><dl>
    <dt>Program</dt><dd><bdi>rempart 0.1.0</bdi></dd>
    <dt>Records</dt><dd><bdi>read 12,400 records from 2 sources: 12,345 kept, 50 duplicates (1 with differing bytes), 3 filtered out, 2 unreadable, 0 not CloudTrail</bdi></dd>
    <dt>Size</dt><dd><bdi>1.2 MiB read, 9.4 MiB after decompression</bdi></dd>
    <dt>Period</dt><dd><bdi>2026-03-01 00:00:00Z to 2026-03-02 23:59:59Z</bdi></dd>
    <dt>Accounts</dt><dd><bdi>111122223333</bdi></dd>
    <dt>Regions</dt><dd><bdi>eu-west-1, us-east-1</bdi></dd>
    <dt>Rules</dt><dd><bdi>71</bdi></dd>
    </dl></div>
    <details><summary>1 input could not be used</summary><div class="scroll"><table>
    <thead><tr><th>Source</th><th>Byte</th><th>Reason</th></tr></thead>
    <tbody>
    <tr><td><bdi class="mono">logs/cut.json.gz</bdi></td><td class="short">4,096</td><td><bdi>unexpected end of file</bdi></td></tr>
    </tbody></table></div></details>
    <h2 id="rules">Rules and licences</h2>
    <div class="scroll"><table>
    <thead><tr><th>Rule</th><th>Author</th><th>Licence</th></tr></thead>
    <tbody>
    <tr><td><a href="https://example.org/rules/cloudtrail_logging_stopped.yml" rel="noreferrer noopener"><bdi>CloudTrail logging was stopped</bdi></a><br><bdi class="mono soft">7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10</bdi></td><td><bdi>Rempart project</bdi></td><td><bdi>MIT OR Apache-2.0</bdi></td></tr>
    </tbody></table></div>
    </main>
    <footer>Rempart 0.1.0. Characters that do not show are written as <code>\u{..}</code>; long values are shortened, the JSON Lines output has them whole.</footer>
    </body>
    </html>
    "##);
}

#[test]
fn navigator_layers() {
    let scores = scores_of_findings(&findings());
    let layer = |framework| {
        let header = LayerHeader {
            name: "Findings".to_owned(),
            description: "Techniques seen".to_owned(),
            framework,
        };
        let mut out = Vec::new();
        write_layer(&header, &scores, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    insta::assert_snapshot!(layer(Framework::Attack), @r##"
    {
      "name": "Findings",
      "versions": {
        "navigator": "5.1.0",
        "layer": "4.5"
      },
      "domain": "enterprise-attack",
      "description": "Techniques seen",
      "sorting": 3,
      "layout": {
        "layout": "side",
        "showID": true,
        "showName": true,
        "showAggregateScores": true,
        "aggregateFunction": "sum",
        "expandedSubtechniques": "annotated"
      },
      "hideDisabled": false,
      "techniques": [
        {
          "techniqueID": "T1552.005",
          "score": 1,
          "comment": "1 finding: Execution role used from two networks",
          "enabled": true,
          "showSubtechniques": true,
          "metadata": [
            {
              "name": "rule",
              "value": "Execution role used from two networks (11111111-5d6f-4d0e-9a55-0f6b4b5d9a11), by Jo Müller, \"Q\", licence DRL-1.1"
            }
          ],
          "links": [
            {
              "label": "technique",
              "url": "https://attack.mitre.org/techniques/T1552/005/"
            }
          ]
        },
        {
          "techniqueID": "T1562.008",
          "score": 1,
          "comment": "1 finding: CloudTrail logging was stopped",
          "enabled": true,
          "showSubtechniques": true,
          "metadata": [
            {
              "name": "rule",
              "value": "CloudTrail logging was stopped (7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10), by Rempart project, licence MIT OR Apache-2.0, https://example.org/rules/cloudtrail_logging_stopped.yml"
            }
          ],
          "links": [
            {
              "label": "technique",
              "url": "https://attack.mitre.org/techniques/T1562/008/"
            }
          ]
        },
        {
          "techniqueID": "T1552",
          "enabled": true,
          "showSubtechniques": true
        },
        {
          "techniqueID": "T1562",
          "enabled": true,
          "showSubtechniques": true
        }
      ],
      "gradient": {
        "colors": [
          "#fff3e0",
          "#ffb74d",
          "#e65100"
        ],
        "minValue": 0,
        "maxValue": 1
      },
      "legendItems": [],
      "metadata": [
        {
          "name": "tool",
          "value": "Rempart"
        }
      ]
    }
    "##);
    insta::assert_snapshot!(layer(Framework::Atlas), @r##"
    {
      "name": "Findings",
      "versions": {
        "navigator": "5.1.0",
        "layer": "4.5"
      },
      "domain": "atlas-atlas",
      "description": "Techniques seen",
      "sorting": 3,
      "layout": {
        "layout": "side",
        "showID": true,
        "showName": true,
        "showAggregateScores": true,
        "aggregateFunction": "sum",
        "expandedSubtechniques": "annotated"
      },
      "hideDisabled": false,
      "techniques": [
        {
          "techniqueID": "AML.T0031",
          "score": 1,
          "comment": "1 finding: CloudTrail logging was stopped",
          "enabled": true,
          "showSubtechniques": true,
          "metadata": [
            {
              "name": "rule",
              "value": "CloudTrail logging was stopped (7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10), by Rempart project, licence MIT OR Apache-2.0, https://example.org/rules/cloudtrail_logging_stopped.yml"
            }
          ],
          "links": [
            {
              "label": "technique",
              "url": "https://atlas.mitre.org/techniques/AML.T0031"
            }
          ]
        }
      ],
      "gradient": {
        "colors": [
          "#fff3e0",
          "#ffb74d",
          "#e65100"
        ],
        "minValue": 0,
        "maxValue": 1
      },
      "legendItems": [],
      "metadata": [
        {
          "name": "tool",
          "value": "Rempart"
        }
      ]
    }
    "##);
}
