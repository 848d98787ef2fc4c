//! 11: were notebooks or instances the way in, or a place from which to go on?

use rempart_locale::Text;

use super::draft::Draft;
use crate::model::LinkKind;

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    let mut any = draft.say_steps(
        0,
        &[
            "lifecycle-attach",
            "lifecycle-attach-hostile",
            "presign-other",
        ],
    );
    any |= draft.say_steps(
        1,
        &["remote-session", "run-command", "presign", "studio-change"],
    );
    any |= draft.say_steps(
        2,
        &["assume-role-foreign", "assume-role-across", "assume-role"],
    );
    for link in &draft.view.material.links {
        let rank = match link.kind {
            LinkKind::RunsAs | LinkKind::Presigned => 1,
            LinkKind::Minted | LinkKind::Created => 2,
            // What was given a role is told in question 9.
            LinkKind::SameCall | LinkKind::SameAddress | LinkKind::Passed => continue,
        };
        let text = Text::new("q02-chain")
            .with("time", link.time.as_str())
            .with("what", link.text.clone());
        draft.say_ids(rank, link.certainty, text, &link.evidence);
        any = true;
    }
    if !any {
        draft.say_none("none-q11");
    }
    draft.unknown(Text::new("unknown-inside"));
    draft.unknown(Text::new("unknown-which-person"));
    draft.collect("collect-application-logs");
}
