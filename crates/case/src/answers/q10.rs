//! 10: were networks or network settings changed?

use rempart_locale::Text;
use rempart_trail::json::Json;

use super::draft::Draft;
use crate::material::Event;
use crate::model::Certainty;
use crate::view::Deed;
use crate::words::{names, short_names};

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    let network = draft.say_steps(0, &["network"]);
    let ports = open_ports(draft);
    draft.say_steps(
        1,
        &["open-bucket-public", "open-bucket-foreign", "open-bucket"],
    );
    tell(draft, 1, "q10-internet", |deed| {
        deed.event
            .requested(&["directInternetAccess"])
            .is_some_and(|access| access == "Enabled")
            || (deed.calls("sagemaker", "CreateNotebookInstance")
                && deed.event.requested(&["subnetId"]).is_none())
    });
    tell(draft, 2, "q10-no-isolation", |deed| {
        isolation(deed) == Some(false)
    });
    tell(draft, 3, "q10-no-vpc", |deed| {
        let takes_one = [
            "CreateTrainingJob",
            "CreateProcessingJob",
            "CreateModel",
            "CreateHyperParameterTuningJob",
        ];
        let has_one = deed.event.request().is_some_and(|request| {
            request.get("vpcConfig").is_some()
                || request.path(&["networkConfig", "vpcConfig"]).is_some()
        });
        takes_one.contains(&&*deed.event.name) && !has_one
    });
    if !network && !ports {
        draft.say_none("none-q10");
    }
    draft.unknown(Text::new("unknown-packets"));
    draft.unknown(Text::new("unknown-network-before"));
    draft.collect("collect-flow-logs");
    draft.collect("collect-config-history");
}

fn isolation(deed: &Deed<'_>) -> Option<bool> {
    let request = deed.event.request()?;
    let own = request
        .get("enableNetworkIsolation")
        .and_then(Json::as_bool);
    own.or_else(|| {
        request
            .path(&["networkConfig", "enableNetworkIsolation"])?
            .as_bool()
    })
}

fn open_ports(draft: &mut Draft<'_, '_>) -> bool {
    let opened = |deed: &&Deed<'_>| !deed.facts.open_ports.is_empty() && deed.succeeded();
    let view = draft.view;
    let deeds: Vec<&Deed<'_>> = view.deeds.iter().filter(opened).collect();
    if deeds.is_empty() {
        return false;
    }
    let events: Vec<&Event> = deeds.iter().map(|deed| deed.event).collect();
    let text = Text::new("q10-ports")
        .with(
            "what",
            short_names(deeds.iter().filter_map(|deed| deed.main.as_deref())),
        )
        .with(
            "ports",
            names(deeds.iter().flat_map(|deed| &deed.facts.open_ports)),
        );
    draft.say(0, Certainty::Observed, text, &events, []);
    true
}

/// One statement about all resources to which something applies.
fn tell(draft: &mut Draft<'_, '_>, rank: u8, key: &str, applies: impl Fn(&Deed<'_>) -> bool) {
    let view = draft.view;
    let deeds: Vec<&Deed<'_>> = view
        .deeds
        .iter()
        .filter(|deed| deed.succeeded() && !deed.event.is_data && applies(deed))
        .collect();
    let events: Vec<&Event> = deeds.iter().map(|deed| deed.event).collect();
    let text = Text::new(key)
        .with(
            "what",
            short_names(deeds.iter().filter_map(|deed| deed.main.as_deref())),
        )
        .with("count", deeds.len());
    let subjects = deeds.iter().filter_map(|deed| deed.main.clone());
    draft.say(rank, Certainty::Observed, text, &events, subjects);
}
