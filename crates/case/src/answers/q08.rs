//! 8: were logs or audit trails changed or deleted?

use rempart_locale::Text;
use rempart_trail::time::EventTime;

use super::draft::{Draft, kind_key};
use crate::material::Event;
use crate::model::{Certainty, CoverageState, IntegrityState};

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    let mut any = draft.say_steps(0, &["blind-trail"]);
    any |= draft.say_steps(1, &["delete-logs", "blind-detector"]);
    any |= draft.say_steps(
        2,
        &[
            "delete-job-record",
            "stop-monitoring",
            "endpoint-move-unseen",
        ],
    );
    any |= draft.say_steps(3, &["lifecycle-detach-delete", "lifecycle-remove"]);
    selectors(draft);
    if !any {
        draft.say_none("none-q08");
    }
    gaps(draft);
    integrity(draft);
    draft.unknown(Text::new("unknown-never-delivered"));
    draft.collect("collect-digests");
}

/// What new selectors and settings of trails leave out.
fn selectors(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    for deed in view.of(&["blind-trail"]).filter(|deed| deed.succeeded()) {
        let name = ["trailName", "name"];
        let trail = name
            .iter()
            .find_map(|member| deed.event.requested(&[member]))
            .unwrap_or_default();
        let trail = crate::targets::clipped(&trail);
        if !deed.facts.excludes.is_empty() {
            let text = Text::new("q08-excludes")
                .with("trail", trail.as_str())
                .with("fields", deed.facts.excludes.clone());
            draft.say(1, Certainty::Observed, text, &[deed.event], [trail.clone()]);
        }
        if let Some(bucket) = deed.event.requested(&["s3BucketName"]) {
            let is_foreign = deed.facts.foreign_buckets.contains(&bucket);
            let key = if is_foreign {
                "q08-redirected-foreign"
            } else {
                "q08-redirected"
            };
            let text = Text::new(key)
                .with("trail", trail.as_str())
                .with("bucket", bucket.as_str());
            draft.say(
                1,
                Certainty::Observed,
                text,
                &[deed.event],
                [trail.clone(), bucket],
            );
        }
        let request = deed.event.request();
        let validation =
            request.and_then(|request| request.get("enableLogFileValidation")?.as_bool());
        if validation == Some(false) {
            let text = Text::new("q08-no-validation").with("trail", trail.as_str());
            draft.say(2, Certainty::Observed, text, &[deed.event], [trail]);
        }
    }
}

/// Stretches in which recording was stopped or narrowed, and silence that nothing explains.
fn gaps(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    let Some((first, _)) = view.window() else {
        return;
    };
    for row in &view.material.coverage {
        let worded = |key: &str, start: &str| {
            Text::new(key)
                .with("kind", Text::new(kind_key(row.kind)))
                .with("account", row.account.as_str())
                .with("region", row.region.as_str())
                .with("time", start)
        };
        for (start, state) in &row.stretches {
            let begins = EventTime::parse(start).map_or(0, |time| time.0);
            match state {
                CoverageState::Stopped => {
                    draft.say_ids(
                        1,
                        Certainty::Derived,
                        worded("q08-stopped", start),
                        &row.evidence,
                    );
                }
                CoverageState::Partial => {
                    draft.say_ids(
                        2,
                        Certainty::Derived,
                        worded("q08-partial", start),
                        &row.evidence,
                    );
                }
                CoverageState::Missing => {
                    draft.open(worded("q08-missing", start));
                }
                CoverageState::Unknown if begins >= first && row.region != "*" => {
                    draft.unknown(worded("q08-silent", start));
                }
                CoverageState::Covered | CoverageState::Unknown => {}
            }
        }
    }
}

fn integrity(draft: &mut Draft<'_, '_>) {
    let material = draft.view.material;
    let text = Text::new("q08-integrity").with("what", material.integrity.text.clone());
    if material.integrity.state == IntegrityState::NotChecked {
        draft.open(text);
        return;
    }
    let events: Vec<&Event> = draft.view.deeds.iter().map(|deed| deed.event).collect();
    let rank = if material.integrity.state == IntegrityState::Verified {
        4
    } else {
        0
    };
    draft.say(rank, Certainty::Derived, text, &events, []);
}
