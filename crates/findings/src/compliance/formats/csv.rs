//! Comma-separated values, with the conventions of the CSV of findings: formulas are disarmed,
//! hidden characters shown, lists written one value a line.

use std::io;

use crate::compliance::writer::Sink;
use crate::compliance::{CheckHeader, CheckResult, CheckSummary, Verdict, wording};
use crate::formats::csv::{into_io, list, single};

/// Names of the columns, in order.
const COLUMNS: [&str; 29] = [
    "id",
    "verdict",
    "severity",
    "area",
    "control_id",
    "control_title",
    "resource_kind",
    "resource_id",
    "resource_arn",
    "account",
    "region",
    "message",
    "reason_code",
    "reason",
    "permission",
    "address_source",
    "address_line",
    "address_name",
    "mute_owner",
    "mute_reason",
    "mute_expires",
    "excerpt",
    "evidence",
    "requirements",
    "mappings",
    "why",
    "remediation",
    "remediation_cli",
    "remediation_terraform",
];

pub(crate) struct Csv<'out> {
    writer: ::csv::Writer<Box<dyn io::Write + 'out>>,
}

impl<'out> Csv<'out> {
    pub(crate) fn new(out: Box<dyn io::Write + 'out>) -> Self {
        let writer = ::csv::WriterBuilder::new()
            .terminator(::csv::Terminator::CRLF)
            .from_writer(out);
        Self { writer }
    }
}

impl Sink for Csv<'_> {
    fn begin(&mut self, _: &CheckHeader) -> io::Result<()> {
        self.writer.write_record(COLUMNS).map_err(into_io)
    }

    fn result(&mut self, result: &CheckResult) -> io::Result<()> {
        self.writer.write_record(row(result)).map_err(into_io)
    }

    fn end(&mut self, _: &CheckSummary) -> io::Result<()> {
        self.writer.flush()
    }
}

fn row(result: &CheckResult) -> [String; 29] {
    let control = &*result.control;
    let resource = &result.resource;
    let optional = |text: Option<&String>| single(text.map_or("", String::as_str));
    let reason = result.reason.as_ref();
    let address = resource.address.as_ref();
    let mute = result.mute.as_ref();
    // As in JSON Lines, the texts of the control stand with failures.
    let failed = matches!(result.verdict, Verdict::Fail | Verdict::Muted);
    let repair = Some(&control.remediation).filter(|_| failed);
    [
        single(&result.id),
        result.verdict.to_string(),
        control.severity.to_string(),
        single(&control.area),
        single(&control.id),
        single(&control.title),
        single(&resource.kind),
        single(&resource.id),
        optional(resource.arn.as_ref()),
        single(&resource.account),
        single(&resource.region),
        single(&result.message),
        optional(reason.map(|reason| &reason.code)),
        single(&wording::reason(result).unwrap_or_default()),
        optional(reason.and_then(|reason| reason.permission.as_ref())),
        optional(address.map(|address| &address.source)),
        address
            .and_then(|address| address.line)
            .map(|line| line.to_string())
            .unwrap_or_default(),
        optional(address.and_then(|address| address.name.as_ref())),
        optional(mute.map(|mute| &mute.owner)),
        optional(mute.map(|mute| &mute.reason)),
        optional(mute.and_then(|mute| mute.expires.as_ref())),
        list(result.excerpt.iter().map(wording::excerpt)),
        list(result.evidence.iter().map(|one| wording::evidence(one))),
        list(&control.requirements),
        list(wording::mappings(control)),
        single(if failed { &control.why } else { "" }),
        single(
            &repair
                .map(|_| wording::remediation(control))
                .unwrap_or_default(),
        ),
        optional(repair.and_then(|repair| repair.cli.as_ref())),
        optional(repair.and_then(|repair| repair.terraform.as_ref())),
    ]
}
