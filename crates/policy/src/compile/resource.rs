//! Sets of resources.

use crate::context::{Context, KeyName};
use crate::document::{Patterns, Version};
use crate::glob::{Glob, Pieces, push_resource};
use crate::overlap::overlap;
use crate::template::{Filled, Part, Template};
use crate::truth::Truth;

/// `Resource` or `NotResource`.
#[derive(Debug)]
pub(crate) struct ResourceSet {
    negated: bool,
    patterns: Box<[ResourcePattern]>,
}

#[derive(Debug)]
enum ResourcePattern {
    Fixed(Glob),
    Variable(Template),
    /// A variable before the fifth colon: never resolved
    Never,
}

/// The resource of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// This one
    Exact(&'a str),
    /// One that fits a pattern: see [`overlap`]
    Partial(&'a str),
}

impl Target<'_> {
    fn matches(self, glob: &Glob) -> Truth {
        match self {
            Self::Exact(resource) => glob.matches(resource).into(),
            Self::Partial(known) => overlap(glob, known),
        }
    }
}

impl ResourceSet {
    pub(crate) fn new(resources: &Patterns, version: Version) -> Self {
        let patterns = resources.values.iter();
        Self {
            negated: resources.negated,
            patterns: patterns
                .map(|value| ResourcePattern::new(&value.text, version))
                .collect(),
        }
    }

    pub(crate) fn truth(&self, resource: Target<'_>, context: &Context) -> Truth {
        let mut truth = Truth::False;
        for pattern in &self.patterns {
            truth = truth.or(pattern.truth(resource, context));
            if truth.is_true() {
                break;
            }
        }
        if self.negated { !truth } else { truth }
    }

    /// The keys of the variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &KeyName> {
        self.patterns.iter().flat_map(|pattern| {
            let template = match pattern {
                ResourcePattern::Variable(template) => Some(template),
                _ => None,
            };
            template.into_iter().flat_map(Template::keys)
        })
    }

    /// The values of a variable's key with which a pattern would match this resource.
    pub(crate) fn fitting_values<'r>(&self, key: &KeyName, resource: &'r str) -> Vec<&'r str> {
        let mut values = Vec::new();
        for pattern in &self.patterns {
            if let ResourcePattern::Variable(template) = pattern {
                values.extend(fitting_value(template, key, resource));
            }
        }
        values
    }
}

impl ResourcePattern {
    fn new(text: &str, version: Version) -> Self {
        let template = Template::parse(text, version);
        let mut colons = 0;
        for part in &template.parts {
            match part {
                Part::Text(text) => colons += text.matches(':').count(),
                Part::Literal(_) => {}
                Part::Variable { .. } if colons < 5 => return Self::Never,
                Part::Variable { .. } => return Self::Variable(template),
            }
        }
        Self::Fixed(match &*template.parts {
            [Part::Text(text)] if **text == *"*" => Glob::Everything,
            [Part::Text(text)] => Glob::of_resource(text),
            _ => glob(&template, &Context::new()).unwrap_or(Glob::Everything),
        })
    }

    fn truth(&self, resource: Target<'_>, context: &Context) -> Truth {
        match self {
            Self::Fixed(glob) => resource.matches(glob),
            Self::Never => Truth::False,
            Self::Variable(template) => match fill(template, context) {
                Filled::Known(glob) => resource.matches(&glob),
                Filled::Unresolved => Truth::False,
                Filled::Unknown => Truth::Unknown,
            },
        }
    }
}

fn glob(template: &Template, context: &Context) -> Option<Glob> {
    match fill(template, context) {
        Filled::Known(glob) => Some(glob),
        Filled::Unresolved | Filled::Unknown => None,
    }
}

fn fill(template: &Template, context: &Context) -> Filled<Glob> {
    let mut pieces = Pieces::default();
    let mut colons = 0;
    let filled = template.fill(context, |text, has_wildcards| {
        if has_wildcards {
            push_resource(text, &mut pieces, &mut colons);
        } else {
            pieces.push_text(text);
        }
    });
    match filled {
        Filled::Known(()) => Filled::Known(Glob::of_pieces(pieces.finish())),
        Filled::Unresolved => Filled::Unresolved,
        Filled::Unknown => Filled::Unknown,
    }
}

/// The value of the only variable that makes the template match, when what stands around it is
/// plain: `…/${aws:username}/*`.
fn fitting_value<'r>(template: &Template, wanted: &KeyName, resource: &'r str) -> Option<&'r str> {
    let mut parts = template.parts.iter();
    let before: String = parts
        .by_ref()
        .map_while(|part| match part {
            Part::Text(text) | Part::Literal(text) => Some(&**text),
            Part::Variable { .. } => None,
        })
        .collect();
    let is_wanted = template.keys().all(|key| key.is_same(wanted));
    if !is_wanted || template.keys().count() != 1 || before.contains(['*', '?']) {
        return None;
    }
    let rest = resource.strip_prefix(before.as_str())?;
    let next: Option<char> = match parts.next() {
        Some(Part::Text(text)) => text.chars().next().filter(|first| !"*?".contains(*first)),
        _ => None,
    };
    let value = match next {
        Some(end) => rest.split(end).next()?,
        None => rest,
    };
    (!value.is_empty()).then_some(value)
}
