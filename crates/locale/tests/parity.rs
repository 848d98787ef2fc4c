//! Both languages say the same things, with the same parameters.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use rempart_locale::{Language, Param, Text, locale};

#[derive(Debug, Default, PartialEq, Eq)]
struct Shape {
    parameters: BTreeSet<String>,
    numbers: BTreeSet<String>,
}

fn folder(language: Language) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../locales")
        .join(language.code())
}

fn files(language: Language) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder(language)).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn shapes(language: Language) -> BTreeMap<String, Shape> {
    let mut found = BTreeMap::new();
    for name in files(language) {
        let text = std::fs::read_to_string(folder(language).join(&name)).unwrap();
        let resource = fluent_syntax::parser::parse(text)
            .unwrap_or_else(|(_, errors)| panic!("{language}/{name}: {errors:?}"));
        for entry in resource.body {
            let Entry::Message(message) = entry else {
                continue;
            };
            let mut shape = Shape::default();
            let key = message.id.name;
            walk(
                message
                    .value
                    .as_ref()
                    .unwrap_or_else(|| panic!("{key} has no value")),
                &mut shape,
            );
            assert!(
                message.attributes.is_empty(),
                "{key}: attributes are not used"
            );
            assert!(
                found.insert(key.clone(), shape).is_none(),
                "{language}: {key} stands twice"
            );
        }
    }
    found
}

fn walk(pattern: &Pattern<String>, shape: &mut Shape) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            expression_of(expression, shape);
        }
    }
}

fn expression_of(expression: &Expression<String>, shape: &mut Shape) {
    match expression {
        Expression::Inline(inline) => inline_of(inline, shape),
        Expression::Select { selector, variants } => {
            inline_of(selector, shape);
            let plural = variants.iter().any(|variant| matches!(&variant.key, fluent_syntax::ast::VariantKey::Identifier { name } if name == "one"));
            if let (true, InlineExpression::VariableReference { id }) = (plural, selector) {
                shape.numbers.insert(id.name.clone());
            }
            for variant in variants {
                walk(&variant.value, shape);
            }
        }
    }
}

fn inline_of(inline: &InlineExpression<String>, shape: &mut Shape) {
    match inline {
        InlineExpression::VariableReference { id } => {
            shape.parameters.insert(id.name.clone());
        }
        InlineExpression::Placeable { expression } => expression_of(expression, shape),
        InlineExpression::FunctionReference { arguments, .. } => {
            for argument in &arguments.positional {
                inline_of(argument, shape);
            }
        }
        _ => {}
    }
}

#[test]
fn both_languages_have_the_same_files_keys_parameters_and_plurals() {
    assert_eq!(files(Language::English), files(Language::French));
    let (english, french) = (shapes(Language::English), shapes(Language::French));
    let keys = |shapes: &BTreeMap<String, Shape>| shapes.keys().cloned().collect::<BTreeSet<_>>();
    let (in_english, in_french) = (keys(&english), keys(&french));
    let missing: Vec<_> = in_english.symmetric_difference(&in_french).collect();
    assert!(missing.is_empty(), "in one language alone: {missing:?}");
    for (key, shape) in &english {
        assert_eq!(shape, &french[key], "{key}");
    }
}

#[test]
fn every_message_of_both_languages_can_be_said() {
    for language in Language::ALL {
        let locale = locale(language);
        assert!(locale.problems().is_empty(), "{:?}", locale.problems());
        for (key, shape) in shapes(language) {
            for number in [0, 1, 2] {
                let text =
                    shape.parameters.iter().fold(Text::new(&key), |text, name| {
                        match shape.numbers.contains(name) {
                            true => text.with(name, Param::Number(number)),
                            false => text.with(name, "⟦x⟧"),
                        }
                    });
                let said = locale.say(&text);
                assert!(
                    !said.contains("{$") && !said.trim().is_empty(),
                    "{key}: {said}"
                );
            }
        }
    }
}

#[test]
fn french_punctuation_has_its_space() {
    for name in files(Language::French) {
        let text = std::fs::read_to_string(folder(Language::French).join(&name)).unwrap();
        for (number, line) in text.lines().enumerate() {
            if line.starts_with('#') {
                continue;
            }
            for sign in [" :", " ;", " !", " ?", "« ", " »"] {
                assert!(
                    !line.contains(sign),
                    "{name}:{}: an ordinary space at `{sign}`: {line}",
                    number + 1
                );
            }
        }
    }
}

#[test]
fn an_unknown_key_is_shown_and_parameters_are_not_interpreted() {
    let english = locale(Language::English);
    let hostile = Text::new("no-such-key").with("name", "{ $x } <b>");
    assert_eq!(english.say(&hostile), "no-such-key name={ $x } <b>");
    let one = Text::new("count-events").with("count", 1_i64);
    let french = locale(Language::French);
    assert_eq!(english.say(&one), "1 event");
    assert_eq!(
        french.say(&Text::new("count-events").with("count", 0_i64)),
        "0 événement"
    );
    assert_eq!(
        english.say(&Text::new("count-events").with("count", 0_i64)),
        "0 events"
    );
}
