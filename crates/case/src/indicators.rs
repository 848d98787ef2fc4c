//! What identifies the intruder elsewhere.

use std::collections::BTreeMap;

use rempart_locale::Text;
use rempart_trail::record::Field;

use crate::hosts::hosts;
use crate::material::{Event, Evidence};
use crate::model::{Certainty, Indicator, SessionKind};
use crate::targets::clipped;
use crate::view::{Deed, View, account_of, is_account};

/// Indicators that are listed.
const MOST: usize = 1_000;

type Found<'a> = BTreeMap<(&'static str, String, &'static str), (Certainty, Vec<&'a Event>)>;

/// The indicators, by kind and value.
pub(crate) fn indicators(view: &View<'_>, evidence: &mut Evidence) -> Vec<Indicator> {
    let mut found = Found::new();
    let mut add = |kind, value: &str, reason, certainty, event| {
        if !value.is_empty() {
            let entry = found.entry((kind, clipped(value), reason));
            entry
                .or_insert_with(|| (certainty, Vec::new()))
                .1
                .push(event);
        }
    };
    for deed in &view.deeds {
        of_deed(deed, view, &mut add);
    }
    found
        .into_iter()
        .take(MOST)
        .filter_map(|((kind, value, reason), (certainty, events))| {
            let (first, last) = events.first().zip(events.last())?;
            Some(Indicator {
                kind: kind.to_owned(),
                value,
                reason: Text::new(reason),
                certainty,
                first: first.when(),
                last: last.when(),
                events: events.len() as u64,
                evidence: evidence.cite_all(events.iter().copied(), view.material),
            })
        })
        .collect()
}

fn of_deed<'a>(
    deed: &Deed<'a>,
    view: &View<'a>,
    add: &mut dyn FnMut(&'static str, &str, &'static str, Certainty, &'a Event),
) {
    let event = deed.event;
    let session = view.session(event);
    match event.address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(_)) => add(
            "ipv4",
            &event.address,
            "indicator-address",
            Certainty::Observed,
            event,
        ),
        Ok(std::net::IpAddr::V6(_)) => add(
            "ipv6",
            &event.address,
            "indicator-address",
            Certainty::Observed,
            event,
        ),
        Err(_) => {}
    }
    add(
        "user-agent",
        &event.agent,
        "indicator-agent",
        Certainty::Claimed,
        event,
    );
    if let Some(session) = session {
        let is_key = session.key.starts_with("AKIA") || session.key.starts_with("ASIA");
        if is_key {
            add(
                "access-key",
                &session.key,
                "indicator-key",
                Certainty::Observed,
                event,
            );
        }
        if let (Some(role), false) = (&session.role, session.kind == SessionKind::Service) {
            add("role", role, "indicator-role", Certainty::Derived, event);
        }
    }
    if event.is_data {
        return;
    }
    if let Some(account) = &deed.facts.foreign_caller {
        add(
            "account",
            account,
            "indicator-foreign-caller",
            Certainty::Observed,
            event,
        );
    }
    for principal in deed
        .facts
        .foreign_principals
        .iter()
        .chain(&deed.facts.foreign_accounts)
    {
        let account = account_of(principal).unwrap_or(principal);
        if is_account(account) {
            add(
                "account",
                account,
                "indicator-foreign-principal",
                Certainty::Observed,
                event,
            );
        }
    }
    for bucket in &deed.facts.foreign_buckets {
        add(
            "bucket",
            bucket,
            "indicator-bucket",
            Certainty::Derived,
            event,
        );
    }
    for image in deed
        .facts
        .foreign_images
        .iter()
        .chain(&deed.facts.public_images)
    {
        add(
            "image",
            image,
            "indicator-image",
            Certainty::Observed,
            event,
        );
    }
    for key in &deed.facts.foreign_keys {
        if let Some(account) = account_of(key) {
            add(
                "account",
                account,
                "indicator-foreign-key",
                Certainty::Observed,
                event,
            );
        }
    }
    if let Some(key) = created_key(event) {
        add(
            "access-key",
            &key,
            "indicator-created-key",
            Certainty::Observed,
            event,
        );
    }
    for host in hosts(event) {
        match host.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(_)) => add(
                "ipv4",
                &host,
                "indicator-script",
                Certainty::Observed,
                event,
            ),
            Ok(std::net::IpAddr::V6(_)) => add(
                "ipv6",
                &host,
                "indicator-script",
                Certainty::Observed,
                event,
            ),
            Err(_) => add(
                "domain",
                &host,
                "indicator-script",
                Certainty::Observed,
                event,
            ),
        }
    }
    if let Some(host) = tls_host(event) {
        add("tls", &host, "indicator-tls", Certainty::Claimed, event);
    }
}

fn created_key(event: &Event) -> Option<String> {
    if &*event.name != "CreateAccessKey" {
        return None;
    }
    let response = event.response()?;
    Some(
        response
            .path(&["accessKey", "accessKeyId"])?
            .as_str()?
            .into_owned(),
    )
}

/// The host that the client asked for, when it is no host of AWS: a proxy or a forged name.
fn tls_host(event: &Event) -> Option<String> {
    let record = event.record()?;
    let details = record.get(Field::TlsDetails)?;
    let host = details
        .get("clientProvidedHostHeader")?
        .as_str()?
        .to_ascii_lowercase();
    let is_aws = [".amazonaws.com", ".amazonaws.com.cn", ".aws", ".amazon.com"];
    let bare = host.split(':').next().unwrap_or_default();
    (!is_aws.iter().any(|end| bare.ends_with(end))).then_some(host)
}
