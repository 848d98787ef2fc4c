//! Where the call came from.

use rempart_hunt::derive::source_kind;
use rempart_locale::Text;
use rempart_trail::json::Json;
use rempart_trail::record::fields::SourceAddress;
use rempart_trail::record::{Field, Record};
use rempart_trail::record_kind::RecordKind;

use super::agent;
use super::lines::{Lines, safe};

/// The place in a sentence.
pub(super) fn phrase(record: &Record<'_>) -> Text {
    let text = safe(&record.text(Field::SourceIpAddress).unwrap_or_default());
    match source_kind(record) {
        "public" => Text::new("explain-from-public").with("address", address(record)),
        "private" => Text::new("explain-from-private").with("address", address(record)),
        "service" => Text::new("explain-from-service").with("name", text),
        "internal" => Text::new("explain-from-internal"),
        "none" => Text::new("explain-from-none"),
        _ => Text::new("explain-from-other").with("text", text),
    }
}

fn address(record: &Record<'_>) -> String {
    match record.source_address() {
        SourceAddress::Ip(address) => address.to_string(),
        _ => safe(&record.text(Field::SourceIpAddress).unwrap_or_default()),
    }
}

pub(super) fn lines(record: &Record<'_>, lines: &mut Lines<'_>) {
    let has_caller = RecordKind::of(record).is_single_action();
    if !has_caller && source_kind(record) == "none" {
        return;
    }
    let note = match source_kind(record) {
        "public" => "explain-note-public",
        "private" => "explain-note-private",
        "service" => "explain-note-service",
        "internal" => "explain-note-internal",
        "none" => "explain-note-no-address",
        _ => "explain-note-odd-address",
    };
    match source_kind(record) {
        "none" => lines.said(
            "address",
            &Text::new("explain-not-recorded"),
            Some(Text::new(note)),
        ),
        "public" | "private" => {
            lines.fact("address", &address(record), Some(Text::new(note)));
        }
        _ => {
            let text = record.text(Field::SourceIpAddress).unwrap_or_default();
            lines.fact("address", &text, Some(Text::new(note)));
        }
    }
    if let Some(endpoint) = record.text(Field::VpcEndpointId) {
        let note = match endpoint.starts_with("vpce-") {
            true => "explain-note-endpoint",
            false => "explain-note-endpoint-odd",
        };
        lines.fact("endpoint", &endpoint, Some(Text::new(note)));
    }
    if let Some(account) = record.text(Field::VpcEndpointAccountId) {
        let note = record
            .recipient_account()
            .filter(|own| *own != account)
            .map(|_| Text::new("explain-note-endpoint-account"));
        lines.fact("endpoint-account", &account, note);
    }
    tls(record, lines);
    agent_lines(record, lines);
}

fn tls(record: &Record<'_>, lines: &mut Lines<'_>) {
    let Some(details) = record.get(Field::TlsDetails) else {
        return;
    };
    let text = |name: &str| details.get(name).and_then(Json::as_str);
    let Some(version) = text("tlsVersion") else {
        return;
    };
    let value = Text::new("explain-tls")
        .with("version", safe(&version))
        .with("cipher", safe(&text("cipherSuite").unwrap_or_default()));
    let is_old = ["TLSv1", "TLSv1.0", "TLSv1.1", "SSLv3"].contains(&&*version);
    lines.said(
        "tls",
        &value,
        is_old.then(|| Text::new("explain-note-tls-old")),
    );
    if let Some(host) = text("clientProvidedHostHeader") {
        lines.fact("host", &host, None);
    }
}

fn agent_lines(record: &Record<'_>, lines: &mut Lines<'_>) {
    let Some(text) = record
        .text(Field::UserAgent)
        .filter(|text| !text.is_empty())
    else {
        return;
    };
    lines.fact("agent", &text, Some(Text::new("explain-note-claimed")));
    let agent = agent::read(&text);
    if let Some(kind) = agent.kind {
        lines.said("tool-kind", &Text::new(kind), None);
    }
    if let Some(tool) = &agent.tool {
        let version = agent.version.as_deref().unwrap_or_default();
        lines.fact("tool", format!("{tool} {version}").trim_end(), None);
    }
    if let Some(system) = &agent.system {
        let note = agent
            .is_attack_system
            .then(|| Text::new("explain-note-attack-system"));
        lines.fact("system", system, note);
    }
    if let Some(language) = &agent.language {
        lines.fact("language", language, None);
    }
    if let Some(command) = &agent.command {
        lines.fact("command", command, None);
    }
}
