//! Templates of identifiers: `{DomainId}/{UserProfileName}`.

/// A template. Its variables are positions in the kind's list.
#[derive(Debug)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(&'static str),
    /// The first variable that has a value; `-` when none has and it may be missing.
    Value(Vec<Variable>, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variable {
    Account,
    Region,
    Partition,
    Arn,
    Own(usize),
}

/// What a template is filled with.
pub(crate) struct Filling<'v> {
    pub(crate) account: &'v str,
    pub(crate) region: &'v str,
    pub(crate) partition: &'v str,
    pub(crate) arn: Option<&'v str>,
    /// Values of the kind's variables, by position.
    pub(crate) values: &'v [Option<String>],
}

impl Template {
    pub(crate) fn parse(
        text: &'static str,
        mut variable: impl FnMut(&'static str) -> usize,
    ) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Text(before));
            }
            let (inside, after) = after.split_once('}').unwrap_or((after, ""));
            let bare = inside.strip_suffix('?');
            let names = bare.unwrap_or(inside).split('|').map(|name| match name {
                "account" => Variable::Account,
                "region" => Variable::Region,
                "partition" => Variable::Partition,
                "arn" => Variable::Arn,
                _ => Variable::Own(variable(name)),
            });
            parts.push(Part::Value(names.collect(), bare.is_some()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest));
        }
        Self { parts }
    }

    /// The text, unless a value is missing that must be there.
    pub(crate) fn fill(&self, filling: &Filling<'_>) -> Option<String> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Value(variables, optional) => {
                    let value = variables.iter().find_map(|variable| match variable {
                        Variable::Account => Some(filling.account),
                        Variable::Region => Some(filling.region),
                        Variable::Partition => Some(filling.partition),
                        Variable::Arn => filling.arn,
                        Variable::Own(position) => filling.values.get(*position)?.as_deref(),
                    });
                    match value {
                        Some(value) => filled.push_str(value),
                        None if *optional => filled.push('-'),
                        None => return None,
                    }
                }
            }
        }
        Some(filled)
    }

    /// Whether a part may be missing, so that two resources can have the same text.
    pub(crate) fn has_optional(&self) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Value(_, true)))
    }

    /// The place of a variable among the values of the template.
    pub(crate) fn place_of(&self, variable: usize) -> Option<usize> {
        let values = self.parts.iter().filter_map(|part| match part {
            Part::Value(variables, _) => Some(variables),
            Part::Text(_) => None,
        });
        values
            .enumerate()
            .find(|(_, variables)| {
                variables.contains(&Variable::Own(variable))
                    || variable == super::ARN && variables.contains(&Variable::Arn)
            })
            .map(|(place, _)| place)
    }

    /// The variable, if the template is nothing but one variable of the kind.
    pub(crate) fn single(&self) -> Option<Option<usize>> {
        match self.parts.as_slice() {
            [Part::Value(variables, _)] => match variables.as_slice() {
                [Variable::Own(position)] => Some(Some(*position)),
                [Variable::Arn] => Some(None),
                _ => None,
            },
            _ => None,
        }
    }
}
