//! Rules and events made at random, small enough that they meet often.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A condition over selections by number.
#[derive(Debug, Clone)]
pub(crate) enum Expression {
    Selection(usize),
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    OneOf,
    AllOf,
}

/// A field with modifiers and values; an empty field means keywords.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub field: String,
    pub modifiers: Vec<&'static str>,
    pub values: Vec<Value>,
}

/// A rule: selections are mappings of items.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub selections: Vec<Vec<Item>>,
    pub condition: Expression,
}

impl Expression {
    fn text(&self) -> String {
        match self {
            Self::Selection(number) => format!("s{number}"),
            Self::Not(inner) => format!("not ({})", inner.text()),
            Self::And(left, right) => format!("({}) and ({})", left.text(), right.text()),
            Self::Or(left, right) => format!("({}) or ({})", left.text(), right.text()),
            Self::OneOf => "1 of s*".to_owned(),
            Self::AllOf => "all of them".to_owned(),
        }
    }
}

impl Rule {
    /// The rule as YAML; JSON is YAML.
    pub(crate) fn yaml(&self) -> String {
        let mut detection = Map::new();
        for (number, items) in self.selections.iter().enumerate() {
            let mut selection = Map::new();
            for item in items {
                let mut key = item.field.clone();
                for modifier in &item.modifiers {
                    key.push('|');
                    key.push_str(modifier);
                }
                let values = match item.values.as_slice() {
                    [only] => only.clone(),
                    many => Value::Array(many.to_vec()),
                };
                selection.insert(key, values);
            }
            detection.insert(format!("s{number}"), Value::Object(selection));
        }
        detection.insert("condition".to_owned(), self.condition.text().into());
        json!({
            "title": "generated",
            "logsource": {"product": "aws", "service": "cloudtrail"},
            "detection": detection,
            "level": "low"
        })
        .to_string()
    }
}

const FIELDS: &[&str] = &["a", "b.c", "b.d", "eventName", "eventSource", "l.x"];

fn field() -> impl Strategy<Value = String> {
    prop::sample::select(FIELDS).prop_map(str::to_owned)
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["ab", "AB", "abc", "b", "xaby", "Ab-c", "", "true", "5", "05", "5.0", "null"]).prop_map(str::to_owned),
        1 => "[aAbB]{1,3}",
        1 => prop::sample::select(vec!["é", "É", "aé", "a\\b", "a/b", "a*b", "a\"b", "10.1.2.3", "YWI=", "2001:db8::1"]).prop_map(str::to_owned),
    ]
}

fn pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => word(),
        2 => "[aAb*?]{1,4}",
        1 => prop::sample::select(vec!["a*", "*b", "*", "?", "a?c", r"a\*b", r"a\\b", r"a\b", r"*\\*", "É*", r"a\\\*b"]).prop_map(str::to_owned),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        5 => pattern().prop_map(Value::String),
        1 => prop::sample::select(vec![json!(5), json!(5.5), json!(-1), json!(0)]),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
    ]
}

fn texts() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(
        pattern()
            .prop_filter("not empty", |text| !text.is_empty())
            .prop_map(Value::String),
        1..4,
    )
}

fn plain_texts() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec("[aAb]{1,3}".prop_map(Value::String), 1..3)
}

fn item() -> impl Strategy<Value = Item> {
    let modifiers_and_values = prop_oneof![
        4 => prop::collection::vec(scalar(), 1..4).prop_map(|values| (vec![], values)),
        1 => prop::collection::vec(pattern().prop_map(Value::String), 5..9).prop_map(|values| (vec![], values)),
        2 => (prop::sample::select(vec!["contains", "startswith", "endswith"]), texts())
            .prop_map(|(modifier, values)| (vec![modifier], values)),
        1 => plain_texts().prop_map(|values| (vec!["contains", "all"], [values.clone(), values].concat())),
        1 => texts().prop_map(|values| (vec!["cased"], values)),
        1 => texts().prop_map(|values| (vec!["contains", "cased"], values)),
        1 => prop::collection::vec(pattern().prop_map(Value::String), 1..3).prop_map(|values| (vec!["neq"], values)),
        1 => any::<bool>().prop_map(|flag| (vec!["exists"], vec![Value::Bool(flag)])),
        1 => (prop::sample::select(vec!["lt", "lte", "gt", "gte"]), prop::sample::select(vec![json!(5), json!(0), json!(5.5)]))
            .prop_map(|(modifier, value)| (vec![modifier], vec![value])),
        1 => prop::sample::select(vec!["^a", "b$", "a.?b", "^[ab]+$", "(a|x)b"]).prop_map(|text| (vec!["re"], vec![text.into()])),
        1 => prop::sample::select(vec!["^A", "B$"]).prop_map(|text| (vec!["re", "i"], vec![text.into()])),
        1 => prop::sample::select(vec!["10.0.0.0/8", "10.1.2.0/30", "2001:db8::/32"]).prop_map(|text| (vec!["cidr"], vec![text.into()])),
        1 => prop::sample::select(FIELDS).prop_map(|field| (vec!["fieldref"], vec![field.into()])),
        1 => plain_texts().prop_map(|values| (vec!["base64"], values)),
    ];
    (field(), modifiers_and_values).prop_map(|(field, (modifiers, values))| Item {
        field,
        modifiers,
        values,
    })
}

fn keyword() -> impl Strategy<Value = Item> {
    texts().prop_map(|values| Item {
        field: String::new(),
        modifiers: vec!["all"],
        values: [values.clone(), values].concat(),
    })
}

fn selection() -> impl Strategy<Value = Vec<Item>> {
    prop_oneof![
        12 => prop::collection::vec(item(), 1..4).prop_map(|mut items| {
            // Keys of a mapping are unique.
            items.sort_by_key(|item| (item.field.clone(), item.modifiers.clone()));
            items.dedup_by_key(|item| (item.field.clone(), item.modifiers.clone()));
            items
        }),
        1 => keyword().prop_map(|item| vec![item]),
    ]
}

fn expression(selections: usize) -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        8 => (0..selections).prop_map(Expression::Selection),
        1 => Just(Expression::OneOf),
        1 => Just(Expression::AllOf),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|inner| Expression::Not(Box::new(inner))),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| Expression::And(Box::new(a), Box::new(b))),
            (inner.clone(), inner).prop_map(|(a, b)| Expression::Or(Box::new(a), Box::new(b))),
        ]
    })
}

/// A rule.
pub(crate) fn rule() -> impl Strategy<Value = Rule> {
    prop::collection::vec(selection(), 1..4).prop_flat_map(|selections| {
        expression(selections.len()).prop_map(move |condition| Rule {
            selections: selections.clone(),
            condition,
        })
    })
}

fn event_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        6 => word().prop_map(Value::String),
        1 => prop::sample::select(vec![json!(5), json!(5.0), json!(5.5), json!(-1), json!(7)]),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
    ];
    prop_oneof![
        5 => scalar.clone(),
        1 => prop::collection::vec(scalar, 0..3).prop_map(Value::Array),
        1 => Just(json!({})),
    ]
}

/// An event.
pub(crate) fn event() -> impl Strategy<Value = Value> {
    let maybe = || prop::option::weighted(0.8, event_value());
    (
        maybe(),
        maybe(),
        maybe(),
        maybe(),
        maybe(),
        prop::collection::vec(maybe(), 0..3),
        prop::option::weighted(0.1, event_value()),
    )
        .prop_map(|(a, c, d, name, source, list, dotted)| {
            let object = |members: Vec<(&str, Option<Value>)>| -> Value {
                members
                    .into_iter()
                    .filter_map(|(key, value)| Some((key.to_owned(), value?)))
                    .collect::<Map<_, _>>()
                    .into()
            };
            let list: Vec<Value> = list
                .into_iter()
                .map(|value| object(vec![("x", value)]))
                .collect();
            object(vec![
                ("a", a),
                ("b", Some(object(vec![("c", c), ("d", d)]))),
                ("eventName", name),
                ("eventSource", source),
                ("l", Some(list.into())),
                ("b.c", dotted),
            ])
        })
}
