use rempart_trail::dedup::{Deduplicator, EventKey, Sighting};
use rempart_trail::record::Record;

fn with_id(id: &str, rest: &str) -> String {
    format!(r#"{{"eventID":"{id}","eventName":"A","eventSource":"s"{rest}}}"#)
}

#[track_caller]
fn sightings(texts: &[String], expected: &[Sighting]) {
    let dedup = Deduplicator::new(1000, 7);
    let seen: Vec<Sighting> = texts
        .iter()
        .map(|text| dedup.sight(&Record::parse(text.as_bytes()).unwrap()))
        .collect();
    assert_eq!(seen, expected);
}

const ID: &str = "0a1b2c3d-0000-4000-8000-00000000000f";

#[test]
fn copies_and_conflicts() {
    use Sighting::{First, OtherBytes, SameBytes};
    let (one, other) = (with_id(ID, ""), with_id(ID, r#","x":1"#));
    sightings(
        &[
            one.clone(),
            one.clone(),
            other.clone(),
            other.clone(),
            one.clone(),
        ],
        &[First, SameBytes, OtherBytes, SameBytes, SameBytes],
    );
    let upper = with_id(&ID.to_uppercase(), "");
    sightings(&[one.clone(), upper], &[First, OtherBytes]);
    let long = "x".repeat(5000);
    sightings(
        &[
            with_id("odd", ""),
            with_id("odd", ""),
            with_id("odd", " "),
            with_id(&long, ""),
            with_id(&long, ""),
        ],
        &[First, SameBytes, OtherBytes, First, SameBytes],
    );
}

#[test]
fn records_without_id_are_all_first() {
    let text = r#"{"eventName":"A","eventSource":"s"}"#.to_owned();
    let empty = with_id("", "");
    sightings(
        &[text.clone(), text, empty.clone(), empty],
        &[Sighting::First; 4],
    );
}

#[test]
fn keys_come_from_either_spelling() {
    let key = |text: &str| {
        EventKey::of(&Record::parse(text.as_bytes()).unwrap()).map(|key| format!("{key:?}"))
    };
    let uuid = format!(
        "{:?}",
        EventKey::Uuid(0x0a1b_2c3d_0000_4000_8000_0000_0000_000f)
    );
    assert_eq!(key(&format!(r#"{{"eventID":"{ID}"}}"#)), Some(uuid.clone()));
    assert_eq!(key(&format!(r#"{{"eventId":"{ID}"}}"#)), Some(uuid.clone()));
    assert_eq!(
        key(&format!(r#"{{"eventID":"\u0030{}"}}"#, &ID[1..])),
        Some(uuid)
    );
    for id in ["", "null"] {
        assert_eq!(
            key(&format!(
                r#"{{"eventID":{}}}"#,
                if id.is_empty() { "\"\"" } else { id }
            )),
            None
        );
    }
    for id in [
        "0a1b2c3d00004000800000000000000f",
        "0a1b2c3d-0000-4000-8000-00000000000g",
        "0a1b2c3d-0000-4000-8000_00000000000f",
    ] {
        assert!(
            key(&format!(r#"{{"eventID":"{id}"}}"#))
                .unwrap()
                .starts_with("Text")
        );
    }
}

#[test]
fn the_number_of_each_sighting_does_not_depend_on_order() {
    let texts = [
        with_id(ID, ""),
        with_id(ID, ""),
        with_id(ID, r#","x":1"#),
        with_id("t", ""),
    ];
    let mut counts = std::collections::BTreeSet::new();
    for rotation in 0..4 {
        let dedup = Deduplicator::new(100, 0);
        let mut count = [0; 3];
        for number in 0..4 {
            let text = &texts[(number * 3 + rotation) % 4];
            count[dedup.sight(&Record::parse(text.as_bytes()).unwrap()) as usize] += 1;
        }
        counts.insert(count);
    }
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [[2, 1, 1]]);
}

#[test]
fn a_full_memory_is_told() {
    let dedup = Deduplicator::new(2, 0);
    for id in 0..3u128 {
        assert_eq!(dedup.observe(EventKey::Uuid(id), 1), Sighting::First);
    }
    assert_eq!(dedup.observe(EventKey::Uuid(0), 1), Sighting::SameBytes);
    assert_eq!((dedup.remembered(), dedup.not_remembered()), (2, 1));
}

#[test]
fn a_million_events_take_as_much_memory_as_the_documentation_says() {
    for events in [1_000_000u128, 1_700_000] {
        let dedup = Deduplicator::new(usize::MAX, 3);
        for id in 0..events {
            assert_eq!(
                dedup.observe(EventKey::Uuid(id << 64 | 0x4000), id as u64),
                Sighting::First
            );
        }
        let per_event = dedup.memory() as f64 / events as f64;
        println!("{events} events: {per_event:.1} bytes each");
        assert!((25.0..64.0).contains(&per_event), "{per_event}");
    }
}

#[test]
fn threads_share_one() {
    let dedup = Deduplicator::new(usize::MAX, 0);
    let firsts: usize = std::thread::scope(|scope| {
        let count = || {
            (0..10_000u128)
                .filter(|id| dedup.observe(EventKey::Uuid(*id), 0) == Sighting::First)
                .count()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(firsts, 10_000);
}
