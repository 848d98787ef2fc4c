//! The output that other security tools read.

use rempart_findings::Format;

use super::sample::{findings, logging_stopped, written};

#[test]
fn ocsf() {
    let pretty: Vec<String> = written(Format::Ocsf, &findings()[..1])
        .lines()
        .map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            serde_json::to_string_pretty(&value).unwrap()
        })
        .collect();
    insta::assert_snapshot!(pretty.join("\n"), @r#"
    {
      "activity_id": 1,
      "activity_name": "Create",
      "category_name": "Findings",
      "category_uid": 2,
      "class_name": "Detection Finding",
      "class_uid": 2004,
      "type_name": "Detection Finding: Create",
      "type_uid": 200401,
      "time": 1772445600000,
      "severity": "High",
      "severity_id": 4,
      "status": "New",
      "status_id": 1,
      "is_alert": true,
      "message": "alice stopped the trail org-trail in 111122223333/eu-west-1. From that moment nothing the trail covers is recorded.",
      "count": 1,
      "metadata": {
        "version": "1.5.0",
        "profiles": [
          "cloud"
        ],
        "product": {
          "name": "Rempart",
          "vendor_name": "Rempart",
          "version": "0.1.0"
        },
        "uid": "f-2ea42b360741618280a47b2c17f42f84",
        "log_provider": "AWS CloudTrail"
      },
      "finding_info": {
        "uid": "f-2ea42b360741618280a47b2c17f42f84",
        "title": "CloudTrail logging was stopped",
        "desc": "alice stopped the trail org-trail in 111122223333/eu-west-1. From that moment nothing the trail covers is recorded.",
        "types": [
          "Log tampering"
        ],
        "created_time": 1772445600000,
        "analytic": {
          "uid": "7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10",
          "name": "CloudTrail logging was stopped",
          "type": "Rule",
          "type_id": 1,
          "category": "log-tampering",
          "desc": "Sigma rule by Rempart project, licence MIT OR Apache-2.0, https://example.org/rules/cloudtrail_logging_stopped.yml"
        },
        "attacks": [
          {
            "technique": {
              "uid": "T1562",
              "src_url": "https://attack.mitre.org/techniques/T1562/"
            },
            "sub_technique": {
              "uid": "T1562.008",
              "src_url": "https://attack.mitre.org/techniques/T1562/008/"
            }
          },
          {
            "technique": {
              "uid": "AML.T0031",
              "src_url": "https://atlas.mitre.org/techniques/AML.T0031"
            }
          }
        ],
        "data_sources": [
          "AWS CloudTrail"
        ],
        "related_events_count": 1,
        "first_seen_time": 1772445600000,
        "last_seen_time": 1772445600000
      },
      "cloud": {
        "provider": "AWS",
        "account": {
          "uid": "111122223333",
          "type": "AWS Account",
          "type_id": 10
        },
        "region": "eu-west-1"
      },
      "observables": [
        {
          "name": "evidences[].actor.user.uid",
          "type": "User UID",
          "type_id": 31,
          "value": "arn:aws:sts::111122223333:assumed-role/DataScientist/alice"
        },
        {
          "name": "evidences[].src_endpoint.ip",
          "type": "IP Address",
          "type_id": 2,
          "value": "198.51.100.10"
        },
        {
          "name": "evidences[].http_request.user_agent",
          "type": "HTTP User-Agent",
          "type_id": 16,
          "value": "aws-cli/2.17.0 md/command#cloudtrail.stop-logging"
        },
        {
          "name": "resources[].uid",
          "type": "Resource UID",
          "type_id": 10,
          "value": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail"
        }
      ],
      "resources": [
        {
          "uid": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail",
          "cloud_partition": "aws",
          "type": "cloudtrail",
          "region": "eu-west-1"
        }
      ],
      "evidences": [
        {
          "data": {
            "source": "logs/111122223333 CloudTrail eu-west-1.json.gz",
            "index": 3,
            "sha256": "0303030303030303030303030303030303030303030303030303030303030303",
            "time": "2026-03-02T10:00:00Z"
          },
          "uid": "0c5a1f0e-0000-4000-8000-000000000001",
          "api": {
            "operation": "StopLogging",
            "service": {
              "name": "cloudtrail.amazonaws.com"
            }
          }
        },
        {
          "name": "principal",
          "actor": {
            "user": {
              "uid": "arn:aws:sts::111122223333:assumed-role/DataScientist/alice"
            }
          }
        },
        {
          "name": "source",
          "src_endpoint": {
            "ip": "198.51.100.10"
          }
        },
        {
          "name": "user agent",
          "http_request": {
            "user_agent": "aws-cli/2.17.0 md/command#cloudtrail.stop-logging"
          },
          "data": {
            "user_agent": "aws-cli/2.17.0 md/command#cloudtrail.stop-logging"
          }
        }
      ],
      "unmapped": {
        "principal": "arn:aws:sts::111122223333:assumed-role/DataScientist/alice",
        "rule_author": "Rempart project",
        "rule_license": "MIT OR Apache-2.0",
        "rule_reference": "https://example.org/rules/cloudtrail_logging_stopped.yml",
        "rule_references": [
          "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html"
        ],
        "rule_level": "high",
        "outcome": "succeeded",
        "attempt_only": false,
        "category": "log-tampering",
        "principals": [
          "arn:aws:sts::111122223333:assumed-role/DataScientist/alice"
        ],
        "accounts": [
          "111122223333"
        ],
        "regions": [
          "eu-west-1"
        ],
        "event_ids": [
          "0c5a1f0e-0000-4000-8000-000000000001"
        ],
        "false_positives": [
          "Decommissioning of a trail announced in a change ticket"
        ],
        "notes": [],
        "guardrails": [
          "deny-stop-logging"
        ]
      },
      "start_time": 1772445600000,
      "end_time": 1772445600000,
      "remediation": {
        "desc": "Start the trail again and check what happened while it was stopped\nTreat all activity of the same credentials as suspect",
        "references": [
          "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html"
        ]
      }
    }
    "#);
}

#[test]
fn sarif() {
    insta::assert_snapshot!(written(Format::Sarif, &[logging_stopped()]), @r#"
    {
      "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "Rempart",
              "rules": [
                {
                  "id": "7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10",
                  "name": "CloudTrailLoggingWasStopped",
                  "shortDescription": {
                    "text": "CloudTrail logging was stopped"
                  },
                  "fullDescription": {
                    "text": "CloudTrail logging was stopped. Rule by Rempart project, licence MIT OR Apache-2.0, https://example.org/rules/cloudtrail_logging_stopped.yml"
                  },
                  "defaultConfiguration": {
                    "level": "error"
                  },
                  "properties": {
                    "author": "Rempart project",
                    "license": "MIT OR Apache-2.0",
                    "rule_url": "https://example.org/rules/cloudtrail_logging_stopped.yml",
                    "references": [
                      "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html"
                    ],
                    "falsePositives": [
                      "Decommissioning of a trail announced in a change ticket"
                    ],
                    "tags": [
                      "security",
                      "log-tampering",
                      "T1562.008",
                      "AML.T0031"
                    ],
                    "security-severity": "8.0"
                  },
                  "helpUri": "https://example.org/rules/cloudtrail_logging_stopped.yml"
                }
              ],
              "version": "0.1.0"
            }
          },
          "invocations": [
            {
              "executionSuccessful": false,
              "toolExecutionNotifications": [
                {
                  "level": "error",
                  "message": {
                    "text": "one source could not be read to its end"
                  }
                },
                {
                  "level": "warning",
                  "message": {
                    "text": "unexpected end of file"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "logs/cut.json.gz"
                        }
                      },
                      "properties": {
                        "byteOffset": 4096
                      }
                    }
                  ]
                }
              ]
            }
          ],
          "results": [
            {
              "ruleId": "7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10",
              "level": "error",
              "rank": 75.0,
              "message": {
                "text": "alice stopped the trail org-trail in 111122223333/eu-west-1. From that moment nothing the trail covers is recorded. (CloudTrail logging was stopped, arn:aws:sts::111122223333:assumed-role/DataScientist/alice)"
              },
              "locations": [
                {
                  "message": {
                    "text": "StopLogging (record 3)"
                  },
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "logs/111122223333%20CloudTrail%20eu-west-1.json.gz"
                    }
                  },
                  "logicalLocations": [
                    {
                      "name": "3",
                      "fullyQualifiedName": "record 3",
                      "kind": "object"
                    }
                  ],
                  "properties": {
                    "recordIndex": 3,
                    "sha256": "0303030303030303030303030303030303030303030303030303030303030303",
                    "eventId": "0c5a1f0e-0000-4000-8000-000000000001",
                    "eventTime": "2026-03-02T10:00:00Z"
                  }
                }
              ],
              "partialFingerprints": {
                "rempartFindingId/v1": "f-2ea42b360741618280a47b2c17f42f84"
              },
              "properties": {
                "severity": "high",
                "category": "log-tampering",
                "outcome": "succeeded",
                "techniques": [
                  {
                    "id": "T1562.008",
                    "framework": "attack"
                  },
                  {
                    "id": "AML.T0031",
                    "framework": "atlas"
                  }
                ],
                "principal": "arn:aws:sts::111122223333:assumed-role/DataScientist/alice",
                "principals": [
                  "arn:aws:sts::111122223333:assumed-role/DataScientist/alice"
                ],
                "sourceIps": [
                  "198.51.100.10"
                ],
                "userAgents": [
                  "aws-cli/2.17.0 md/command#cloudtrail.stop-logging"
                ],
                "accounts": [
                  "111122223333"
                ],
                "regions": [
                  "eu-west-1"
                ],
                "resources": [
                  "arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail"
                ],
                "firstTime": "2026-03-02T10:00:00Z",
                "lastTime": "2026-03-02T10:00:00Z",
                "eventCount": 1,
                "eventIds": [
                  "0c5a1f0e-0000-4000-8000-000000000001"
                ],
                "nextSteps": [
                  "Start the trail again and check what happened while it was stopped",
                  "Treat all activity of the same credentials as suspect"
                ],
                "notes": [],
                "guardrails": [
                  "deny-stop-logging"
                ],
                "ruleAuthor": "Rempart project",
                "ruleLicense": "MIT OR Apache-2.0",
                "ruleUrl": "https://example.org/rules/cloudtrail_logging_stopped.yml"
              },
              "ruleIndex": 0
            }
          ],
          "columnKind": "unicodeCodePoints",
          "properties": {
            "coverage": {
              "categories": [
                {
                  "category": "log-tampering",
                  "visible": "full"
                },
                {
                  "category": "exfiltration",
                  "visible": "partial",
                  "reasons": [
                    "no data events of AWS::S3::Object in the input",
                    "no events from us-east-1, where global services record"
                  ]
                },
                {
                  "category": "cryptojacking",
                  "visible": "none",
                  "reasons": [
                    "no SageMaker events in the input"
                  ]
                }
              ],
              "notes": [
                "management events only"
              ]
            },
            "summary": {
              "tool_version": "0.1.0",
              "sources": 2,
              "records_read": 12400,
              "kept": 12345,
              "duplicates": 50,
              "conflicting_duplicates": 1,
              "filtered": 3,
              "unreadable": 2,
              "not_cloudtrail": 0,
              "bytes_read": 1234567,
              "bytes_inflated": 9876543,
              "first_event": "2026-03-01T00:00:00Z",
              "last_event": "2026-03-02T23:59:59Z",
              "accounts": [
                "111122223333"
              ],
              "regions": [
                "eu-west-1",
                "us-east-1"
              ],
              "findings_by_severity": {
                "low": 1,
                "high": 1,
                "critical": 1
              },
              "rules_loaded": 71,
              "incomplete": [
                "one source could not be read to its end"
              ],
              "problems": [
                {
                  "source": "logs/cut.json.gz",
                  "offset": 4096,
                  "reason": "unexpected end of file"
                }
              ]
            }
          }
        }
      ]
    }
    "#);
}
