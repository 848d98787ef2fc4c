//! Correlations, first-seen rules and what a record contributes to them.

#![expect(clippy::unwrap_used, reason = "tests")]

use rempart_sigma::parse::parse_documents;
use rempart_sigma::plan::{
    Carried, CorrelationId, FirstSeenObservation, Observation, ObservedValue, RuleId, RuleRef,
    SlotExpression,
};
use rempart_sigma::{
    CompileOptions, Derive, Derived, Diagnostic, NothingDerived, RuleSet, Severity,
};
use rempart_trail::record::Record;

const LOG: &str = "logsource: {product: aws, service: cloudtrail}";

fn rule(name: &str, event: &str, rest: &str) -> String {
    format!(
        "title: {name}\nname: {name}\n{LOG}\ndetection: {{s: {{eventName: {event}}}, condition: s}}\n{rest}\n---\n"
    )
}

fn compile(text: &str) -> (RuleSet, Vec<Diagnostic>) {
    let parsed = parse_documents(text, "f.yml");
    assert_eq!(parsed.errors, []);
    RuleSet::compile(&parsed.documents, &CompileOptions::default())
}

fn sound(text: &str) -> RuleSet {
    let (set, diagnostics) = compile(text);
    assert_eq!(diagnostics, []);
    set
}

fn observe(set: &RuleSet, event: &str) -> (Vec<Observation>, Vec<FirstSeenObservation>) {
    let record = Record::parse(event.as_bytes()).unwrap();
    let (mut scratch, mut matched) = (set.scratch(), Vec::new());
    set.evaluate(&record, &NothingDerived, &mut scratch, &mut matched);
    let (mut observations, mut sightings) = (Vec::new(), Vec::new());
    set.observations(
        &record,
        &NothingDerived,
        &mut scratch,
        &matched,
        &mut observations,
    );
    set.first_seen_observations(&record, &NothingDerived, &mut scratch, &mut sightings);
    (observations, sightings)
}

fn group(values: &[Option<&str>]) -> Box<[Option<Box<str>>]> {
    values.iter().map(|value| value.map(Into::into)).collect()
}

fn messages(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(ToString::to_string).collect()
}

#[test]
fn groups_and_values_come_from_the_record() {
    let text = rule("a", "X", "")
        + "title: c\nname: c\ncorrelation:\n  type: value_count\n  rules: [a]\n  group-by: [u, l]\n  timespan: 15m\n  condition: {gte: 3, lt: 9, field: [v, w]}\n";
    let set = sound(&text);
    let plan = &set.correlations()[0];
    assert_eq!(
        (
            plan.timespan_seconds,
            plan.condition.len(),
            plan.slots.as_slice()
        ),
        (900, 2, [RuleRef::Rule(RuleId(0))].as_slice())
    );
    let (observations, _) = observe(
        &set,
        r#"{"eventName":"X","l":["p","q","p"],"v":["A","a","B"],"w":5}"#,
    );
    let groups: Vec<_> = observations.iter().map(|o| o.group.clone()).collect();
    assert_eq!(
        groups,
        [group(&[None, Some("p")]), group(&[None, Some("q")])]
    );
    let tuples: Vec<Box<[Box<str>]>> = vec![
        ["a".into(), "5".into()].into(),
        ["b".into(), "5".into()].into(),
    ];
    assert_eq!(observations[0].value, ObservedValue::Tuples(tuples));
    let (observations, _) = observe(&set, r#"{"eventName":"X","u":"","v":"A","w":null}"#);
    assert_eq!(observations[0].group, group(&[Some(""), None]));
    assert_eq!(observations[0].value, ObservedValue::Absent);
    assert!(
        observe(&set, r#"{"eventName":"Y","v":1,"w":1}"#)
            .0
            .is_empty()
    );
}

#[test]
fn numbers_are_read_from_text_too() {
    let text = rule("a", "X", "")
        + "title: c\ncorrelation: {type: value_percentile, rules: a, timespan: 1d, condition: {gt: 1.5, field: n, percentile: 95}}\n";
    let set = sound(&text);
    assert_eq!(set.correlations()[0].percentile, Some(95.0));
    let (observations, _) = observe(&set, r#"{"eventName":"X","n":[1.5,"2","x",null,2]}"#);
    assert_eq!(
        observations[0].value,
        ObservedValue::Numbers(vec![1.5, 2.0, 2.0])
    );
}

#[test]
fn aliases_name_a_field_for_each_rule() {
    let text = rule("a", "X", "")
        + &rule("b", "Y", "")
        + "title: c\ncorrelation:\n  type: temporal\n  rules: [a, b]\n  group-by: [who]\n  timespan: 1h\n  aliases: {who: {a: x.id, b: y}}\n";
    let set = sound(&text);
    assert_eq!(
        observe(&set, r#"{"eventName":"X","x":{"id":"1"},"y":"2"}"#).0[0].group,
        group(&[Some("1")])
    );
    let second = observe(&set, r#"{"eventName":"Y","x":{"id":"1"},"y":"2"}"#).0;
    assert_eq!(
        (second[0].slot, second[0].group.clone()),
        (1, group(&[Some("2")]))
    );
}

#[test]
fn chains_are_ordered_and_carry_what_outer_ones_need() {
    let outer = "title: o\nname: o\ncorrelation: {type: temporal_ordered, rules: [inner, b], group-by: [u, z], timespan: 1h}\n---\n";
    let inner = "title: i\nname: inner\ncorrelation: {type: event_count, rules: [a], group-by: [u], timespan: 5m, condition: {gte: 2}, generate: true}\n---\n";
    let set = sound(&(outer.to_owned() + inner + &rule("a", "X", "") + &rule("b", "Y", "")));
    let [first, second] = set.correlations() else {
        panic!("two");
    };
    assert_eq!((first.info.label(), second.info.label()), ("inner", "o"));
    assert_eq!(
        second.slots,
        [
            RuleRef::Correlation(CorrelationId(0)),
            RuleRef::Rule(RuleId(1))
        ]
    );
    assert_eq!(first.extra_fields, ["z"]);
    assert_eq!(first.feeds[0].group, [Carried::Group(0), Carried::Extra(0)]);
    let (observations, _) = observe(&set, r#"{"eventName":"X","u":"1","z":["2","3"]}"#);
    assert_eq!(observations[0].extra, group(&[Some("2")]));
    let emits: Vec<bool> = set.rules().map(|(_, info)| info.emits()).collect();
    assert_eq!(emits, [true, false]);
    assert!(!first.info.emits() && second.info.emits());
}

#[test]
fn emit_decides_for_rules_of_our_own() {
    let text = rule("a", "X", "rempart: {emit: false}")
        + &rule("b", "X", "rempart: {category: malware}")
        + &rule("c", "X", "")
        + "title: t\ncorrelation: {type: temporal, rules: [a, b, c], timespan: 1h}\n";
    let emits: Vec<bool> = sound(&text).rules().map(|(_, info)| info.emits()).collect();
    assert_eq!(emits, [false, true, false]);
}

#[test]
fn extended_conditions_speak_of_slots() {
    let text = rule("a", "X", "id: 11111111-0000-4000-8000-000000000000")
        + &rule("b1", "Y", "")
        + &rule("b2", "Z", "")
        + "title: t\ncorrelation: {type: temporal, rules: [11111111-0000-4000-8000-000000000000, b1, b2], timespan: 1h, condition: a and not 1 of b*}\n";
    let set = sound(&text);
    let expected = SlotExpression::And(vec![
        SlotExpression::Slot(0),
        SlotExpression::Not(Box::new(SlotExpression::Or(vec![
            SlotExpression::Slot(1),
            SlotExpression::Slot(2),
        ]))),
    ]);
    assert_eq!(set.correlations()[0].expression, Some(expected));
}

#[test]
fn what_cannot_be_linked_is_reported() {
    let circle = |name: &str, other: &str| {
        format!(
            "title: {name}\nname: {name}\ncorrelation: {{type: temporal, rules: [{other}], timespan: 1h}}\n---\n"
        )
    };
    let (set, diagnostics) = compile(
        &(circle("p", "q") + &circle("q", "p") + &circle("r", "nothing") + &circle("s", "s")),
    );
    assert!(set.correlations().is_empty());
    let shown = messages(&diagnostics);
    assert_eq!(shown.len(), 4);
    assert_eq!(
        shown
            .iter()
            .filter(|text| text.contains("refers to itself"))
            .count(),
        3,
        "{shown:?}"
    );
    assert!(
        shown
            .iter()
            .any(|text| text.ends_with("r: refers to 'nothing', which is not loaded")),
        "{shown:?}"
    );
}

#[test]
fn first_seen_rules_teach_and_alert() {
    let text = format!(
        "title: f\nname: f\n{LOG}\ndetection:\n  any: {{eventSource: s}}\n  start: {{eventName: X}}\n  condition: any and start\nrempart:\n  first_seen: {{value: [r, k], group-by: acct, observe: any, learning: 7d, within: 1d}}\n---\n"
    ) + "title: c\ncorrelation: {type: event_count, rules: f, timespan: 1h, condition: {gte: 1}}\n";
    let set = sound(&text);
    assert_eq!(set.correlations()[0].slots, [RuleRef::FirstSeen(RuleId(0))]);
    let (observations, sightings) = observe(
        &set,
        r#"{"eventSource":"s","eventName":"Y","r":["p","q"],"k":"1","acct":"9"}"#,
    );
    assert!(observations.is_empty());
    let seen: Vec<_> = sightings
        .iter()
        .map(|s| (s.value.concat(), s.teaches, s.alerts))
        .collect();
    assert_eq!(
        seen,
        [
            ("p1".to_owned(), true, false),
            ("q1".to_owned(), true, false)
        ]
    );
    let (observations, sightings) = observe(
        &set,
        r#"{"eventSource":"s","eventName":"X","r":"p","k":"1"}"#,
    );
    assert_eq!(
        (
            observations.len(),
            sightings[0].alerts,
            sightings[0].group.clone()
        ),
        (1, true, group(&[None]))
    );
    assert!(
        observe(&set, r#"{"eventSource":"s","eventName":"X","r":"p"}"#)
            .1
            .is_empty()
    );
    assert!(
        observe(
            &set,
            r#"{"eventSource":"t","eventName":"X","r":"p","k":"1"}"#
        )
        .1
        .is_empty()
    );
}

#[test]
fn rules_that_are_not_for_these_logs_are_skipped() {
    let text = "title: w\nlogsource: {product: windows}\ndetection: {s: {a: 1}, condition: s}\n---\ntitle: d\nstatus: deprecated\nlogsource: {product: aws}\ndetection: {s: {a: 1}, condition: s}\n---\ntitle: n\ndetection: {s: {a: 1}, condition: s}\n---\ntitle: k\nlogsource: {product: AWS}\ndetection: {s: {a: 1}, condition: s}\n";
    let (set, diagnostics) = compile(text);
    assert_eq!(set.rules().len(), 1);
    assert!(diagnostics.iter().all(|d| d.severity == Severity::Skipped));
    assert_eq!(
        messages(&diagnostics),
        [
            "f.yml:1:1: w: skipped: log source -/windows/- (category/product/service) is not read",
            "f.yml:5:1: d: skipped: status is 'deprecated'",
            "f.yml:10:1: n: skipped: log source -/-/- (category/product/service) is not read",
        ]
    );
}

#[test]
fn derived_fields_are_asked_once_and_only_when_needed() {
    struct Counting(std::cell::Cell<usize>);
    impl Derive for Counting {
        fn derive(&self, _: &Record<'_>, field: &str) -> Derived {
            self.0.set(self.0.get() + 1);
            match field {
                "rempart.list" => Derived::List(vec!["miner".to_owned(), "x".to_owned()]),
                "rempart.number" => Derived::Number(5.0),
                "rempart.flag" => Derived::Bool(true),
                _ => Derived::Absent,
            }
        }
    }
    let one = |name: &str, test: &str| {
        format!(
            "title: {name}\n{LOG}\ndetection: {{s: {{eventName: X, {test}}}, condition: s}}\n---\n"
        )
    };
    let set = sound(
        &(one("a", "rempart.list: miner")
            + &one("b", "rempart.list: y")
            + &one("c", "rempart.number|gt: 4")
            + &one("d", "rempart.flag: 'true'")
            + &one("e", "rempart.none: null")),
    );
    let derive = Counting(std::cell::Cell::new(0));
    let (mut scratch, mut matched) = (set.scratch(), Vec::new());
    let unwanted = Record::parse(br#"{"eventName":"Y"}"#).unwrap();
    set.evaluate(&unwanted, &derive, &mut scratch, &mut matched);
    assert_eq!(derive.0.get(), 0);
    // A record cannot pose as derived.
    let wanted =
        Record::parse(br#"{"eventName":"X","rempart.list":"y","rempart":{"list":"y","none":1}}"#)
            .unwrap();
    set.evaluate(&wanted, &derive, &mut scratch, &mut matched);
    assert_eq!(derive.0.get(), 4);
    assert_eq!(matched, [RuleId(0), RuleId(2), RuleId(3), RuleId(4)]);
}

#[test]
fn recorded_names_of_operations_and_renamed_fields() {
    let text = format!(
        "title: a\n{LOG}\ndetection: {{s: {{eventSource: s3.amazonaws.com, eventName: ListObjectsV2, User: x}}, condition: s}}\n"
    );
    let parsed = parse_documents(&text, "f.yml");
    let aliases = |source: &str, name: &str| match (source, name) {
        ("s3.amazonaws.com", "ListObjectsV2") => vec!["ListObjects".to_owned()],
        _ => Vec::new(),
    };
    let options = CompileOptions {
        event_name_aliases: Some(&aliases),
        field_names: [("User".to_owned(), "userIdentity.userName".to_owned())].into(),
        ..CompileOptions::default()
    };
    let (set, _) = RuleSet::compile(&parsed.documents, &options);
    for (name, expected) in [("ListObjects", 1), ("listobjectsv2", 1), ("GetObject", 0)] {
        let event = format!(
            r#"{{"eventSource":"s3.amazonaws.com","eventName":"{name}","userIdentity":{{"userName":"x"}}}}"#
        );
        assert_eq!(
            set.evaluate_json(event.as_bytes()).unwrap().len(),
            expected,
            "{name}"
        );
        assert_eq!(set.wants("s3.amazonaws.com", name), expected == 1);
    }
}
