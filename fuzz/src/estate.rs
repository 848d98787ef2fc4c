//! Answers of AWS and lines of snapshots.

use rempart_estate::{
    Answer, DiffOptions, Estate, Outcome, decode, diff, kinds, policy_text, read_line, write_line,
};

/// Input: an operation on the first line, the body after it; or a line of a snapshot. Nothing may
/// panic, an answer must be the same after it was written and read, and an estate must hold it.
pub fn estate_answer(bytes: &[u8]) {
    if let Ok(answer) = read_line(bytes, "111122223333", "eu-west-1") {
        round_trip(&answer);
        estate(vec![answer]);
    }
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (operation, body) = bytes.split_at(end.unwrap_or(bytes.len()));
    let body = body.get(1..).unwrap_or_default();
    let operation = String::from_utf8_lossy(operation).into_owned();
    let decoded = decode(&operation, body);
    if let Ok(text) = std::str::from_utf8(body) {
        let _document = policy_text(text);
    }
    let answers = Outcome::ALL.map(|outcome| Answer {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        operation: operation.clone(),
        page: 0,
        outcome,
        body: body.to_vec(),
        ..Answer::default()
    });
    for answer in &answers {
        round_trip(answer);
    }
    let known = decoded.is_ok();
    let estate = estate(vec![answers.into_iter().next().expect("eight answers")]);
    let place = estate.places().first().expect("one place").clone();
    if !known {
        assert!(estate.answer_in(&operation, &place).is_err());
    }
}

fn round_trip(answer: &Answer) {
    let Ok(line) = write_line(answer) else {
        return;
    };
    let back = read_line(&line, &answer.account, &answer.region).expect("a line that was written");
    assert_eq!(&back, answer);
}

/// Asks everything that can be asked.
fn estate(answers: Vec<Answer>) -> Estate {
    let estate = Estate::from_answers(answers.clone());
    for kind in kinds() {
        for place in estate.places() {
            let _listed = estate.resources_in(kind.name(), place);
        }
        for resource in estate.resources(kind.name()) {
            let _body = estate.own(resource);
            let _relations = estate.relations_of(resource);
            let found = estate.find(kind.name(), &resource.id, &resource.place);
            assert!(found.is_ok(), "{resource:?} is not found by its id");
        }
    }
    let same = Estate::from_answers(answers);
    let entries = diff(&estate, &same, DiffOptions { volatile: true });
    assert_eq!(entries, [], "an estate differs from itself");
    estate
}
