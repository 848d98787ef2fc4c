//! 3: which actions were performed?

use rempart_locale::Text;

use super::draft::Draft;
use crate::model::Phase;

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    let steps = draft.steps;
    for (rank, phase) in (0_u8..).zip(Phase::ALL) {
        for step in steps.iter().filter(|step| step.phase == phase) {
            // What the defenders did is no action of the intruder.
            if phase != Phase::Response {
                draft.say_step(rank, step);
            }
        }
    }
    draft.unknown(Text::new("unknown-inside"));
    draft.collect("collect-application-logs");
}
