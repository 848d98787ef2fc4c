//! The maps from Terraform and CloudFormation types to answers of AWS, read from `data/`.
//!
//! ```text
//! type kind                                 `-` when the type is a part of other resources
//!   id Body.Path {attribute}                identifier: where it stands in the first answer, its text
//!   arn Body.Path arn:aws:…:{id}            the same for the ARN; `-` when it is in no answer
//!   ref arn                                 `Ref` gives the ARN (CloudFormation)
//!   part name                               put together by code: `iam.rs`, `network.rs`
//!   ignore attribute …                      says nothing that an answer holds
//!   > service:Operation Parameter={attribute} … [at Base.Path[]] [needs=attribute] [exact] [open] [weak]
//!     attribute.path = Member.Path [transform]    `.` melts a block into its parent, `-` leaves it out
//!     set Member.Path = <JSON>
//!   default service:Operation Parameter={id} … absent Code | body <JSON>
//! ```
//! `open`: a list that is never complete, as lists without parameters are; `weak`: only when no other
//! resource gives this answer.
//!
//! What no line names is carried over when the answer has a member of that name, whatever its case
//! and underscores (see `convert.rs`); `exact` switches this off. Everything else is reported.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

/// The map of Terraform resource types.
pub(crate) static TERRAFORM: LazyLock<TypeMaps> =
    LazyLock::new(|| TypeMaps::parse(include_str!("../../data/terraform.txt")));

/// The map of CloudFormation resource types.
pub(crate) static CLOUDFORMATION: LazyLock<TypeMaps> =
    LazyLock::new(|| TypeMaps::parse(include_str!("../../data/cloudformation.txt")));

/// A map, by type name.
#[derive(Debug, Default)]
pub(crate) struct TypeMaps {
    types: BTreeMap<&'static str, TypeMap>,
    /// Lines that could not be read; none, which a test proves.
    pub(crate) errors: Vec<String>,
}

/// What becomes of the resources of one type.
#[derive(Debug, Default)]
pub(crate) struct TypeMap {
    pub(crate) kind: Option<&'static str>,
    pub(crate) id: Option<Named>,
    pub(crate) arn: Option<Named>,
    /// What `Ref` gives in CloudFormation: the ARN, or else the identifier.
    pub(crate) ref_is_arn: bool,
    pub(crate) part: Option<&'static str>,
    pub(crate) ignored: BTreeSet<&'static str>,
    pub(crate) answers: Vec<AnswerMap>,
    pub(crate) defaults: Vec<DefaultAnswer>,
}

/// A text with its place in the first answer.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) path: Vec<Segment>,
    pub(crate) template: &'static str,
}

/// An answer that a resource gives, or takes part in.
#[derive(Debug, Default)]
pub(crate) struct AnswerMap {
    pub(crate) operation: &'static str,
    pub(crate) parameters: Vec<(&'static str, &'static str)>,
    /// Where in the answer the members stand.
    pub(crate) base: Vec<Segment>,
    /// The answer exists only when this attribute is given.
    pub(crate) needs: Option<&'static str>,
    /// Only the listed attributes are carried over.
    pub(crate) exact: bool,
    /// The list that it takes part in holds more than a plan can say.
    pub(crate) is_open: bool,
    /// Holds only when no other resource gives this answer.
    pub(crate) is_weak: bool,
    pub(crate) rules: BTreeMap<&'static str, Target>,
    pub(crate) constants: Vec<(Vec<Segment>, Value)>,
}

/// What AWS answers about a new resource when nothing else in the plan says otherwise.
#[derive(Debug)]
pub(crate) struct DefaultAnswer {
    pub(crate) operation: &'static str,
    pub(crate) parameters: Vec<(&'static str, &'static str)>,
    pub(crate) content: DefaultContent,
}

#[derive(Debug)]
pub(crate) enum DefaultContent {
    /// The sub-resource does not exist: this error code.
    Absent(&'static str),
    /// A body with `{id}`, `{account}` and so on inside its texts.
    Body(Value),
}

/// Where a value goes.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// Nowhere.
    Ignore,
    /// The members of the block are members of its parent.
    Melt,
    /// To this path below the structure of the parent block.
    Path(Vec<Segment>, Option<Transform>),
}

/// A member name; `list` when the member is a list and the path goes into an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) name: &'static str,
    pub(crate) list: bool,
}

/// A change of notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transform {
    /// `true` becomes `Enabled`.
    Enabled,
    /// `true` becomes `ENABLED`.
    EnabledUpper,
    /// A list where a text with commas is given.
    Split,
}

impl TypeMaps {
    pub(crate) fn get(&self, type_name: &str) -> Option<&TypeMap> {
        self.types.get(type_name)
    }

    /// The types with their maps, in order of name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &TypeMap)> {
        self.types.iter().map(|(name, map)| (*name, map))
    }

    fn parse(text: &'static str) -> Self {
        let mut maps = Self::default();
        let mut current: Option<(&'static str, TypeMap)> = None;
        for (number, line) in text.lines().enumerate() {
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let read = if line.starts_with(' ') {
                current
                    .as_mut()
                    .map_or(Err("no type before it"), |(_, map)| map.line(content))
            } else {
                if let Some((name, map)) = current.take() {
                    maps.types.insert(name, map);
                }
                let (name, kind) = content.split_once(' ').unwrap_or((content, "-"));
                let kind = (kind != "-").then_some(kind.trim());
                current = Some((
                    name,
                    TypeMap {
                        kind,
                        ..TypeMap::default()
                    },
                ));
                Ok(())
            };
            if let Err(reason) = read {
                maps.errors
                    .push(format!("line {}: {reason}: {content}", number + 1));
            }
        }
        if let Some((name, map)) = current {
            maps.types.insert(name, map);
        }
        maps
    }
}

impl TypeMap {
    fn line(&mut self, content: &'static str) -> Result<(), &'static str> {
        let (word, rest) = content.split_once(' ').unwrap_or((content, ""));
        match word {
            // `id = Member.Path` is an attribute of that name.
            _ if rest.starts_with("= ") => {
                let answer = self.answers.last_mut().ok_or("no answer before it")?;
                let target = rest.strip_prefix("= ").unwrap_or(rest);
                answer.rules.insert(word, read_target(target)?);
            }
            "id" => self.id = Some(named(rest)?),
            "arn" => self.arn = Some(named(rest)?),
            "ref" => self.ref_is_arn = rest == "arn",
            "part" => self.part = Some(rest),
            "ignore" => self.ignored.extend(rest.split_whitespace()),
            ">" => self.answers.push(answer(rest)?),
            "default" => self.defaults.push(default_answer(rest)?),
            "set" => {
                let (path, json) = rest.split_once(" = ").ok_or("no ' = '")?;
                let value = serde_json::from_str(json).map_err(|_| "no JSON")?;
                let answer = self.answers.last_mut().ok_or("no answer before it")?;
                answer.constants.push((segments(path), value));
            }
            _ => return Err("not understood"),
        }
        Ok(())
    }

    /// The rules that the code of a part reads: those of the first answer.
    pub(crate) fn first_answer(&self) -> Option<&AnswerMap> {
        self.answers.first()
    }
}

fn named(text: &'static str) -> Result<Named, &'static str> {
    let (path, template) = text.split_once(' ').ok_or("no template")?;
    let path = if path == "-" {
        Vec::new()
    } else {
        segments(path)
    };
    Ok(Named { path, template })
}

fn answer(text: &'static str) -> Result<AnswerMap, &'static str> {
    let mut words = text.split_whitespace();
    let mut answer = AnswerMap {
        operation: words.next().ok_or("no operation")?,
        ..AnswerMap::default()
    };
    while let Some(word) = words.next() {
        match word.split_once('=') {
            _ if word == "exact" => answer.exact = true,
            _ if word == "open" => answer.is_open = true,
            _ if word == "weak" => answer.is_weak = true,
            _ if word == "at" => answer.base = segments(words.next().ok_or("no path")?),
            Some(("needs", attribute)) => answer.needs = Some(attribute),
            Some((name, template)) => answer.parameters.push((name, template)),
            None => return Err("not understood"),
        }
    }
    Ok(answer)
}

fn default_answer(text: &'static str) -> Result<DefaultAnswer, &'static str> {
    let (head, content) = if let Some((head, code)) = text.split_once(" absent ") {
        (head, DefaultContent::Absent(code.trim()))
    } else {
        let (head, json) = text.split_once(" body ").ok_or("neither absent nor body")?;
        let body = serde_json::from_str(json).map_err(|_| "no JSON")?;
        (head, DefaultContent::Body(body))
    };
    let mut words = head.split_whitespace();
    let operation = words.next().ok_or("no operation")?;
    let mut parameters = Vec::new();
    for word in words {
        parameters.push(word.split_once('=').ok_or("no '='")?);
    }
    Ok(DefaultAnswer {
        operation,
        parameters,
        content,
    })
}

fn read_target(text: &'static str) -> Result<Target, &'static str> {
    let (path, transform) = match text.split_once(' ') {
        Some((path, transform)) => (path, Some(transform.trim())),
        None => (text, None),
    };
    let transform = match transform {
        None => None,
        Some("enabled") => Some(Transform::Enabled),
        Some("ENABLED") => Some(Transform::EnabledUpper),
        Some("split") => Some(Transform::Split),
        Some(_) => return Err("unknown transform"),
    };
    Ok(match path {
        "-" => Target::Ignore,
        "." => Target::Melt,
        _ => Target::Path(segments(path), transform),
    })
}

/// The segments of a path such as `Rules[].Status`.
pub(crate) fn segments(path: &'static str) -> Vec<Segment> {
    path.split('.')
        .map(|part| match part.strip_suffix("[]") {
            Some(name) => Segment { name, list: true },
            None => Segment {
                name: part,
                list: false,
            },
        })
        .collect()
}
