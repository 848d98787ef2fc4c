//! JSON Lines: one flat object per result.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use serde::Serialize;

use crate::Severity;
use crate::compliance::writer::Sink;
use crate::compliance::{
    Address, CheckEvidence, CheckHeader, CheckResult, CheckSummary, Excerpt, Mute, Remediation,
    Verdict, wording,
};
use crate::safe_json;

/// Every key is present in every line, so that columns are stable; what there is not is `null`.
/// `why` and `remediation` stand with failures only: a million lines need no copy of them.
#[derive(Debug, Serialize)]
struct FlatResult<'a> {
    id: &'a str,
    verdict: Verdict,
    severity: Severity,
    area: &'a str,
    control_id: &'a str,
    control_title: &'a str,
    resource_kind: &'a str,
    resource_id: &'a str,
    resource_arn: Option<&'a str>,
    account: &'a str,
    region: &'a str,
    address: Option<&'a Address>,
    message: &'a str,
    reason_code: Option<&'a str>,
    reason: Option<String>,
    permission: Option<&'a str>,
    mute: Option<&'a Mute>,
    excerpt: &'a [Excerpt],
    evidence: &'a [Arc<CheckEvidence>],
    requirements: &'a [String],
    mappings: &'a BTreeMap<String, Vec<String>>,
    why: Option<&'a str>,
    remediation: Option<&'a Remediation>,
}

pub(crate) struct JsonLines<'out> {
    out: Box<dyn io::Write + 'out>,
}

impl<'out> JsonLines<'out> {
    pub(crate) fn new(out: Box<dyn io::Write + 'out>) -> Self {
        Self { out }
    }
}

impl Sink for JsonLines<'_> {
    fn begin(&mut self, _: &CheckHeader) -> io::Result<()> {
        Ok(())
    }

    fn result(&mut self, result: &CheckResult) -> io::Result<()> {
        let control = &*result.control;
        let resource = &result.resource;
        let reason = result.reason.as_ref();
        let failed = matches!(result.verdict, Verdict::Fail | Verdict::Muted);
        let flat = FlatResult {
            id: &result.id,
            verdict: result.verdict,
            severity: control.severity,
            area: &control.area,
            control_id: &control.id,
            control_title: &control.title,
            resource_kind: &resource.kind,
            resource_id: &resource.id,
            resource_arn: resource.arn.as_deref(),
            account: &resource.account,
            region: &resource.region,
            address: resource.address.as_ref(),
            message: &result.message,
            reason_code: reason.map(|reason| reason.code.as_str()),
            reason: wording::reason(result),
            permission: reason.and_then(|reason| reason.permission.as_deref()),
            mute: result.mute.as_ref(),
            excerpt: &result.excerpt,
            evidence: &result.evidence,
            requirements: &control.requirements,
            mappings: &control.mappings,
            why: failed.then_some(control.why.as_str()),
            remediation: failed.then_some(&control.remediation),
        };
        safe_json::write_line(&mut *self.out, &flat)
    }

    fn end(&mut self, _: &CheckSummary) -> io::Result<()> {
        self.out.flush()
    }
}
