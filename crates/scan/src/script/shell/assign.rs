//! Assignments to variables and arrays, and `case`.

use super::state::{Shell, Text};
use super::syntax::{Assignment, Node, Value, Word};

impl Shell<'_> {
    pub(super) fn assign(&mut self, assignment: &Assignment) {
        let name = assignment.name.clone();
        match &assignment.value {
            Value::Array(words) => {
                let mut items: Vec<(String, Text)> = Vec::new();
                if assignment.append {
                    items = self.arrays.get(&name).cloned().unwrap_or_default();
                }
                for word in words {
                    for field in self.fields(word) {
                        // `([key]=value …)`
                        let text = field.str();
                        let pair = text
                            .strip_prefix('[')
                            .and_then(|rest| rest.split_once("]="));
                        match pair {
                            Some((key, value)) => items.push((key.to_owned(), Text::known(value))),
                            None => items.push((items.len().to_string(), field)),
                        }
                    }
                }
                self.arrays.insert(name, items);
            }
            Value::Scalar(word) => {
                let value = self.single(word);
                if !self.spend(value.bytes.len()) {
                    return;
                }
                if let Some(index) = &assignment.index {
                    let key = self.index_key(&name, index);
                    let items = self.arrays.entry(name).or_default();
                    match items.iter_mut().find(|(found, _)| *found == key) {
                        Some((_, found)) if assignment.append => found.push(&value),
                        Some((_, found)) => *found = value,
                        None => items.push((key, value)),
                    }
                    return;
                }
                if assignment.append {
                    self.variables.entry(name).or_default().push(&value);
                } else {
                    self.variables.insert(name, value);
                }
            }
        }
    }

    pub(super) fn case(&mut self, word: &Word, arms: &[(Vec<Word>, Vec<Node>)]) -> Text {
        let subject = self.single(word);
        if !subject.unknown {
            for (patterns, body) in arms {
                for pattern in patterns {
                    let pattern = self.pattern(pattern);
                    if super::glob::matches(&pattern, &subject.bytes) {
                        return self.run(body);
                    }
                }
            }
        }
        let mut output = Text::unknown("", 0);
        for (_, body) in arms {
            output.push(&self.run(body));
        }
        output
    }
}
