//! The fifteen answers.

mod draft;
mod q01;
mod q02;
mod q03;
mod q04;
mod q05;
mod q06;
mod q07;
mod q08;
mod q09;
mod q10;
mod q11;
mod q12;
mod q13;
mod q14;
mod q15;

use crate::material::Evidence;
use crate::model::{Answer, Step};
use crate::view::View;
use draft::Draft;

/// The answers, by number.
pub(crate) fn all(view: &View<'_>, steps: &[Step], evidence: &mut Evidence) -> Vec<Answer> {
    let questions: [fn(&mut Draft<'_, '_>); 15] = [
        q01::answer,
        q02::answer,
        q03::answer,
        q04::answer,
        q05::answer,
        q06::answer,
        q07::answer,
        q08::answer,
        q09::answer,
        q10::answer,
        q11::answer,
        q12::answer,
        q13::answer,
        q14::answer,
        q15::answer,
    ];
    (1_u8..)
        .zip(questions)
        .map(|(number, question)| {
            let mut draft = Draft::new(number, view, steps, evidence);
            if !view.deeds.is_empty() {
                question(&mut draft);
            }
            draft.finish()
        })
        .collect()
}
