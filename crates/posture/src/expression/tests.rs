//! Tests of the language: cases, and the interpreter of crate `cel` as oracle where all is known.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::evaluate::{Host, Variables};
use super::{AbsentRule, AbsentRules, Arena, Expression, ReasonCode, Unknown, Value};

const FUNCTIONS: &[(&str, usize)] = &[("answer", 1), ("resources", 1)];

struct Fixed<'a> {
    r: &'a Json,
    params: &'a Json,
    answers: &'a Json,
}

impl<'a> Variables<'a> for Fixed<'a> {
    fn evidence(&self) -> Result<&'a Json, Unknown> {
        Ok(self.r)
    }
    fn own(&self) -> Result<&'a Json, Unknown> {
        Err(Unknown::new(ReasonCode::NotCollected, "self"))
    }
    fn id(&self) -> &'a str {
        "id"
    }
    fn arn(&self) -> Result<&'a str, Unknown> {
        Err(Unknown::new(ReasonCode::Unsupported, "arn"))
    }
    fn account(&self) -> &'a str {
        "111122223333"
    }
    fn region(&self) -> &'a str {
        "eu-west-1"
    }
    fn params(&self) -> &'a Json {
        self.params
    }
    fn strict(&self) -> bool {
        false
    }
}

impl<'a> Host<'a> for Fixed<'a> {
    fn call(&self, _: usize, arguments: &[Value<'a>]) -> Result<Value<'a>, Unknown> {
        let name = arguments[0].as_text()?;
        match self.answers.get(name) {
            Some(answer) => Value::of(answer),
            None => Err(Unknown::denied(name, name)),
        }
    }
}

fn rules(rules: &[(&str, Option<Json>)]) -> AbsentRules {
    let mut table = AbsentRules::default();
    for (path, default) in rules {
        let rule = AbsentRule {
            default: default.clone(),
            because: "test".to_owned(),
        };
        table.insert((*path).to_owned(), rule);
    }
    table
}

fn decide(source: &str, r: &Json, absent: &AbsentRules) -> Result<bool, Vec<ReasonCode>> {
    let expression = Expression::compile(source, absent, FUNCTIONS).expect(source);
    let params = json!({"hosts": ["github.com"], "limit": 3});
    let answers = json!({"s3:GetBucketPolicy": {"Policy": "{}"}, "kms": [{"State": "Enabled"}]});
    let host = Fixed {
        r,
        params: &params,
        answers: &answers,
    };
    expression
        .holds(&host)
        .map_err(|unknown| unknown.reasons().iter().map(|reason| reason.code).collect())
}

#[test]
fn members_defaults_and_absence() {
    let none = AbsentRules::default();
    let r = json!({"A": {"B": "x"}, "N": null, "L": [{"V": 1}, {"V": 2}]});
    let absent = Err(vec![ReasonCode::AbsentField]);
    assert_eq!(decide("r.A.B == 'x'", &r, &none), Ok(true));
    assert_eq!(decide("r['A']['B'] == 'x'", &r, &none), Ok(true));
    assert_eq!(decide("r.A.C == 'x'", &r, &none), absent);
    assert_eq!(decide("r.N == 'x'", &r, &none), absent);
    assert_eq!(decide("r.Z.C == 'x'", &r, &none), absent);
    let table = rules(&[
        ("Z.C", Some(json!("x"))),
        ("A.C", None),
        ("L[].W", Some(json!(7))),
    ]);
    assert_eq!(decide("r.Z.C == 'x'", &r, &table), Ok(true));
    assert_eq!(decide("has(r.A.C)", &r, &table), Ok(false));
    assert_eq!(decide("r.A.C == 'x'", &r, &table), absent);
    assert_eq!(
        decide("r.L.all(v, v.W == 7 && v.V < 3)", &r, &table),
        Ok(true)
    );
    assert_eq!(
        decide("r.L.filter(v, v.V > 1).all(v, v.W == 7)", &r, &table),
        Ok(true)
    );
    assert_eq!(
        decide("([r.L[0]] + r.L).all(v, v.W == 7)", &r, &table),
        Ok(true)
    );
    assert_eq!(decide("r.L.map(v, v.V) == [1, 2]", &r, &none), Ok(true));
}

#[test]
fn a_default_replaces_the_whole_chain_below_it() {
    let table = rules(&[("A", Some(json!({"B": {"C": 5}})))]);
    assert_eq!(decide("r.A.B.C == 5", &json!({}), &table), Ok(true));
    let absent = Err(vec![ReasonCode::AbsentField]);
    assert_eq!(decide("r.A.B.D == 5", &json!({}), &table), absent);
}

#[test]
fn has_needs_an_explanation() {
    let error = Expression::compile("has(r.A)", &AbsentRules::default(), FUNCTIONS);
    assert_eq!(
        error.expect_err("unexplained").to_string(),
        "has(A) asks about a member without a line in `absent`: say what AWS means"
    );
}

#[test]
fn three_values() {
    let none = AbsentRules::default();
    let r = json!({"T": true, "F": false, "U": {"$rempart:unknown": "aws_kms_key.k.arn"},
                   "L": [1, {"$rempart:unknown": "x"}, 3]});
    let unknown = Err(vec![ReasonCode::KnownAfterApply]);
    assert_eq!(decide("r.T || r.U", &r, &none), Ok(true));
    assert_eq!(decide("r.U || r.T", &r, &none), Ok(true));
    assert_eq!(decide("r.U && r.F", &r, &none), Ok(false));
    assert_eq!(decide("r.U && r.T", &r, &none), unknown);
    assert_eq!(decide("r.U == 'a'", &r, &none), unknown);
    assert_eq!(decide("!r.U", &r, &none), unknown);
    assert_eq!(decide("r.L.exists(x, x == 3)", &r, &none), Ok(true));
    assert_eq!(decide("r.L.all(x, x == 3)", &r, &none), Ok(false));
    assert_eq!(decide("r.L.all(x, x > 0)", &r, &none), unknown);
    assert_eq!(decide("r.L.size() == 3", &r, &none), Ok(true));
    assert_eq!(decide("3 in r.L", &r, &none), Ok(true));
    assert_eq!(decide("4 in r.L", &r, &none), unknown);
    assert_eq!(decide("r.L == [1, 2, 3]", &r, &none), unknown);
    let table = rules(&[("U", None)]);
    assert_eq!(decide("has(r.U)", &r, &table), unknown);
}

#[test]
fn evidence_that_is_missing() {
    let none = AbsentRules::default();
    let r = json!({});
    assert_eq!(
        decide("answer('s3:GetBucketPolicy').Policy == '{}'", &r, &none),
        Ok(true)
    );
    assert_eq!(
        decide("answer('kms:GetKeyPolicy').Policy == '{}'", &r, &none),
        Err(vec![ReasonCode::AccessDenied])
    );
    assert_eq!(
        decide("resources('kms').all(k, k.State == 'Enabled')", &r, &none),
        Ok(true)
    );
    let table = rules(&[("kms#Note", None), ("s3:GetBucketPolicy#Other", None)]);
    assert_eq!(
        decide("resources('kms').all(k, !has(k.Note))", &r, &table),
        Ok(true)
    );
    assert_eq!(
        decide("has(answer('s3:GetBucketPolicy').Other)", &r, &table),
        Ok(false)
    );
}

#[test]
fn types_never_mix_silently() {
    let none = AbsentRules::default();
    let r = json!({"B": "true", "N": 1});
    let gap = Err(vec![ReasonCode::ModelGap]);
    assert_eq!(decide("r.B == true", &r, &none), gap);
    assert_eq!(decide("r.N == '1'", &r, &none), gap);
    assert_eq!(decide("r.N.X == '1'", &r, &none), gap);
    assert_eq!(decide("r.N && true", &r, &none), gap);
    assert_eq!(decide("r.N == 1.0", &r, &none), Ok(true));
    let unsupported = Err(vec![ReasonCode::Unsupported]);
    assert_eq!(
        decide("9223372036854775807 + r.N > 0", &r, &none),
        unsupported
    );
    assert_eq!(decide("r.N / 0 > 0", &r, &none), unsupported);
}

#[test]
fn texts() {
    let none = AbsentRules::default();
    let r = json!({"S": "Ab/c*d"});
    for (source, expected) in [
        ("r.S.contains('b/c')", true),
        ("r.S.lowerAscii().startsWith('ab')", true),
        ("r.S.like('aB/?*')", true),
        ("r.S.like('aB')", false),
        ("r.S.like('*d')", true),
        ("r.S.like('*c')", false),
        ("''.like('*')", true),
        ("r.S.split('/') == ['Ab', 'c*d']", true),
        ("r.S.matches('^[A-Z]b/')", true),
        ("size(r.S) == 6", true),
        (
            "string(3) == '3' && int('4') == 4 && double('1.5') > 1",
            true,
        ),
    ] {
        assert_eq!(decide(source, &r, &none), Ok(expected), "{source}");
    }
}

#[test]
fn faults_of_expressions() {
    for (source, part) in [
        ("r.A ==", "column"),
        ("x.A", "no variable"),
        ("nothing(r)", "no function"),
        ("answer()", "takes 1 arguments"),
        ("r.A.matches('(')", "no regular expression"),
        ("b'abc' == r.A", "bytes"),
    ] {
        let error = Expression::compile(source, &AbsentRules::default(), FUNCTIONS);
        let error = error.expect_err(source).to_string();
        assert!(error.contains(part), "{source}: {error}");
    }
}

#[test]
fn deep_expressions_are_refused_and_long_ones_compile() {
    let compile = |source: String| Expression::compile(&source, &AbsentRules::default(), FUNCTIONS);
    for deep in [
        format!("{}r.A{}", "(".repeat(5000), ")".repeat(5000)),
        format!("{}true", "!".repeat(5000)),
        format!("{}1", "-".repeat(5000)),
        format!("r{}", ".a".repeat(4000)),
        "[".repeat(5000),
        "true ? 1 : ".repeat(700),
    ] {
        compile(deep).expect_err("too deep");
    }
    for long in [
        format!("r{} == 1", ".a".repeat(500)),
        format!("1 {}== 1", "+ 1 ".repeat(500)),
        format!("true{}", " && true".repeat(200)),
        format!("{}true", "true ? false : ".repeat(150)),
        format!("{}true", "!".repeat(500)),
    ] {
        let _ = compile(long);
    }
}

#[test]
fn what_an_expression_reads() {
    let source = "has(r.K) && r.V.all(v, v.N > 1) && answer('kms:GetKeyPolicy').Policy != '' \
                  && resources('AWS::KMS::Key').exists(k, k.M.S in ['Enabled', 'Disabled']) \
                  && self.X == 'y'";
    let table = rules(&[("K", None)]);
    let expression = Expression::compile(source, &table, FUNCTIONS).expect("compiles");
    let reads: Vec<String> = expression.reads().map(ToString::to_string).collect();
    assert_eq!(
        reads,
        [
            "K",
            "V",
            "V[].N",
            "AWS::KMS::Key#M.S",
            "kms:GetKeyPolicy#Policy",
            "self#X"
        ]
    );
    let literals: Vec<String> = expression
        .literals()
        .iter()
        .map(|(path, text)| format!("{path}={text}"))
        .collect();
    assert_eq!(
        literals,
        [
            "kms:GetKeyPolicy#Policy=",
            "AWS::KMS::Key#M.S=Enabled",
            "AWS::KMS::Key#M.S=Disabled",
            "self#X=y"
        ]
    );
}

#[test]
fn work_is_bounded() {
    let list: Vec<Json> = (0..3000).map(Json::from).collect();
    let r = json!({ "L": list });
    let source = "r.L.all(a, r.L.all(b, a + b >= 0))";
    assert_eq!(
        decide(source, &r, &AbsentRules::default()),
        Err(vec![ReasonCode::Unsupported])
    );
}

/// JSON as the crate's values. Its own conversion makes unsigned numbers, which it does not add to
/// signed ones.
fn interpreted(json: &Json) -> cel::Value {
    match json {
        Json::Null => cel::Value::Null,
        Json::Bool(value) => cel::Value::Bool(*value),
        Json::Number(number) => cel::Value::Int(number.as_i64().expect("a whole number")),
        Json::String(text) => cel::Value::String(text.clone().into()),
        Json::Array(list) => {
            cel::Value::List(list.iter().map(interpreted).collect::<Vec<_>>().into())
        }
        Json::Object(object) => {
            let entries = object
                .iter()
                .map(|(key, value)| (key.clone(), interpreted(value)));
            cel::Value::Map(entries.collect::<std::collections::HashMap<_, _>>().into())
        }
    }
}

/// Conditions over an object `r` with known members of known types.
fn conditions() -> impl Strategy<Value = String> {
    let numbers = prop_oneof![
        (-3_i64..4).prop_map(|n| n.to_string()),
        Just("r.N".to_owned()),
        Just("r.O.N".to_owned()),
        Just("r.L.size()".to_owned()),
        Just("size(r.S)".to_owned()),
    ];
    let texts = prop_oneof![
        "[abc]{0,2}".prop_map(|text| format!("'{text}'")),
        Just("r.S".to_owned()),
        Just("r.O.S".to_owned()),
    ];
    let leaf = prop_oneof![
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just("r.B".to_owned()),
        (numbers.clone(), "==|!=|<|<=|>|>=", numbers.clone())
            .prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (texts.clone(), "==|!=|<|>", texts.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (texts.clone(), "contains|startsWith|endsWith", texts)
            .prop_map(|(a, method, b)| format!("{a}.{method}({b})")),
        (numbers.clone(), "[+*-]", numbers.clone(), numbers.clone())
            .prop_map(|(a, op, b, c)| format!("{a} {op} {b} > {c}")),
        numbers.prop_map(|a| format!("{a} in r.L")),
        Just("r.L.all(x, x > 0)".to_owned()),
        Just("r.L.exists(x, x == r.N)".to_owned()),
        Just("r.L.exists_one(x, x > 1)".to_owned()),
        Just("r.L.filter(x, x > 0).size() > 1".to_owned()),
        Just("r.L.map(x, x * 2) == r.L".to_owned()),
        Just("r.L.map(x, x > 0, x + 1).exists(y, y == 3)".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("(({a}) ? ({b}) : ({c}))")),
            inner.prop_map(|a| format!("r.L.all(z, z > 1 || {a})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_interpreter_of_the_crate_agrees(
        source in conditions(),
        number in -2_i64..4,
        text in "[abc]{0,3}",
        flag: bool,
        list in proptest::collection::vec(-1_i64..4, 0..4),
    ) {
        let r = json!({"N": number, "S": text, "B": flag, "L": list, "O": {"N": 1, "S": "ab"}});
        let ours = decide(&source, &r, &AbsentRules::default());
        let program = cel::Program::compile(&source).expect("the crate compiles it");
        let mut context = cel::Context::default();
        context.add_variable("r", interpreted(&r)).expect("a variable");
        let theirs = program.execute(&context);
        match theirs {
            Ok(cel::Value::Bool(value)) => prop_assert_eq!(ours, Ok(value), "{}", source),
            other => prop_assert!(false, "{}: {:?}", source, other),
        }
    }

    #[test]
    fn text_of_any_kind_is_an_expression_or_an_error(source in "\\PC{0,60}") {
        let _ = Expression::compile(&source, &AbsentRules::default(), FUNCTIONS);
    }

    #[test]
    fn learning_more_never_changes_a_verdict(
        source in conditions(),
        number in -2_i64..4,
        list in proptest::collection::vec(-1_i64..4, 0..4),
        hidden in 0_usize..4,
    ) {
        let known = json!({"N": number, "S": "ab", "B": true, "L": list, "O": {"N": 1, "S": "ab"}});
        let mut partly = known.clone();
        let member = ["N", "S", "B", "L"][hidden];
        partly[member] = json!({"$rempart:unknown": "later"});
        if let Ok(decided) = decide(&source, &partly, &AbsentRules::default()) {
            prop_assert_eq!(decide(&source, &known, &AbsentRules::default()), Ok(decided));
        }
    }
}

#[test]
fn arenas_keep_what_they_are_given() {
    let arena = Arena::default();
    let kept = arena.keep(json!({"A": 1}));
    let shared = arena.share(std::sync::Arc::new(json!({"B": 2})));
    assert_eq!((&kept["A"], &shared["B"]), (&json!(1), &json!(2)));
}
