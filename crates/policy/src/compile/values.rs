//! The values of a condition, prepared by family.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;

use crate::context::{Context, KeyName};
use crate::document::{BaseOperator, Family, Spanned, Version};
use crate::glob::Glob;
use crate::template::{Filled, Template};
use crate::truth::Truth;
use crate::value::date::Instant;
use crate::value::decimal::Decimal;
use crate::value::{address, fold};

/// Values of one condition entry.
#[derive(Debug)]
pub(crate) enum Values {
    /// Whole texts, sorted, and those with variables
    Text(Box<[Box<str>]>, Box<[Template]>),
    /// Texts without case
    Folded(Box<[Box<str>]>, Box<[Template]>),
    /// Patterns
    Like(Box<[Glob]>, Box<[Template]>),
    /// Numbers, as written
    Numbers(Box<[Box<str>]>),
    /// Instants
    Dates(Box<[Instant]>),
    /// Whether true and false are listed
    Bools { yes: bool, no: bool },
    /// Bytes
    Binary(Box<[Vec<u8>]>),
    /// Ranges
    Addresses(Box<[IpNet]>),
    /// ARN patterns
    Arns(Box<[ArnPattern]>, Box<[Template]>),
}

/// A pattern of the ARN operators.
#[derive(Debug)]
pub(crate) enum ArnPattern {
    /// `*`
    Everything,
    /// One pattern a part
    Parts(Box<[Glob; 6]>),
    /// Fewer than six parts: AWS does not say what it matches
    Incomplete,
}

impl Values {
    /// Prepares the values. Those that are not of the operator's type match nothing and are left
    /// out; `lint` and explanations name them.
    pub(crate) fn new(base: BaseOperator, values: &[Spanned], version: Version) -> Self {
        let texts = values.iter().map(|value| &*value.text);
        match base.family() {
            Family::String | Family::Null => {
                let (fixed, templates) = split(texts, version);
                match base {
                    BaseOperator::StringLike | BaseOperator::StringNotLike => {
                        let globs = fixed.iter().map(like);
                        Self::Like(globs.collect(), templates)
                    }
                    BaseOperator::StringEqualsIgnoreCase
                    | BaseOperator::StringNotEqualsIgnoreCase => {
                        Self::Folded(plain(&fixed).into(), templates)
                    }
                    _ => {
                        let mut texts = plain(&fixed);
                        texts.sort_unstable();
                        Self::Text(texts.into(), templates)
                    }
                }
            }
            Family::Numeric => Self::Numbers(
                texts
                    .filter(|text| Decimal::parse(text).is_some())
                    .map(Into::into)
                    .collect(),
            ),
            Family::Date => Self::Dates(texts.filter_map(Instant::parse).collect()),
            Family::Bool => {
                let has = |wanted: &str| {
                    values
                        .iter()
                        .any(|value| value.text.eq_ignore_ascii_case(wanted))
                };
                Self::Bools {
                    yes: has("true"),
                    no: has("false"),
                }
            }
            Family::Binary => Self::Binary(
                texts
                    .filter_map(|text| STANDARD.decode(text).ok())
                    .collect(),
            ),
            Family::Address => Self::Addresses(texts.filter_map(address::range).collect()),
            Family::Arn => {
                let (fixed, templates) = split(texts, version);
                let patterns = fixed
                    .iter()
                    .map(|template| arn_pattern(template, &Context::new()));
                let known = patterns.filter_map(|pattern| match pattern {
                    Filled::Known(pattern) => Some(pattern),
                    Filled::Unresolved | Filled::Unknown => None,
                });
                Self::Arns(known.collect(), templates)
            }
        }
    }

    /// Whether a value of the request matches one of the values.
    pub(crate) fn matches(&self, base: BaseOperator, value: &str, context: &Context) -> Truth {
        match self {
            Self::Text(texts, templates) => {
                let is_listed = texts.binary_search_by(|text| (**text).cmp(value)).is_ok();
                Truth::from(is_listed).or(any(templates, context, |text| text == value))
            }
            Self::Folded(texts, templates) => {
                let is_listed = texts.iter().any(|text| fold::equal(text, value));
                Truth::from(is_listed).or(any(templates, context, |text| fold::equal(text, value)))
            }
            Self::Like(globs, templates) => {
                let mut truth = Truth::from(globs.iter().any(|glob| glob.matches(value)));
                for template in templates {
                    truth = truth.or(match template.glob(context) {
                        Filled::Known(glob) => glob.matches(value).into(),
                        Filled::Unresolved => Truth::False,
                        Filled::Unknown => Truth::Unknown,
                    });
                }
                truth
            }
            Self::Numbers(numbers) => {
                let Some(value) = Decimal::parse(value) else {
                    return Truth::False;
                };
                let mut limits = numbers.iter().filter_map(|number| Decimal::parse(number));
                limits
                    .any(|limit| satisfies(base, value.compare(limit)))
                    .into()
            }
            Self::Dates(dates) => match Instant::parse(value) {
                Some(value) => dates
                    .iter()
                    .any(|date| satisfies(base, value.cmp(date)))
                    .into(),
                None => Truth::False,
            },
            Self::Bools { yes, no } => {
                let is_listed = (*yes && value.eq_ignore_ascii_case("true"))
                    || (*no && value.eq_ignore_ascii_case("false"));
                is_listed.into()
            }
            Self::Binary(values) => match STANDARD.decode(value) {
                Ok(bytes) => values.contains(&bytes).into(),
                Err(_) => Truth::False,
            },
            Self::Addresses(ranges) => match address::address(value) {
                Some(address) => ranges.iter().any(|range| range.contains(&address)).into(),
                None => Truth::False,
            },
            Self::Arns(patterns, templates) => {
                let Some(parts) = arn_parts(value) else {
                    return Truth::False;
                };
                let mut truth = Truth::False;
                for pattern in patterns {
                    truth = truth.or(pattern.matches(&parts));
                }
                for template in templates {
                    truth = truth.or(match arn_pattern(template, context) {
                        Filled::Known(pattern) => pattern.matches(&parts),
                        Filled::Unresolved => Truth::False,
                        Filled::Unknown => Truth::Unknown,
                    });
                }
                truth
            }
        }
    }

    /// The keys of the variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &KeyName> {
        let templates = match self {
            Self::Text(_, templates)
            | Self::Folded(_, templates)
            | Self::Like(_, templates)
            | Self::Arns(_, templates) => &**templates,
            _ => &[],
        };
        templates.iter().flat_map(Template::keys)
    }
}

impl ArnPattern {
    fn matches(&self, parts: &[&str; 6]) -> Truth {
        match self {
            Self::Everything => Truth::True,
            Self::Incomplete => Truth::Unknown,
            Self::Parts(globs) => {
                let mut pairs = globs.iter().zip(parts);
                pairs.all(|(glob, part)| glob.matches(part)).into()
            }
        }
    }
}

/// Whether an ARN matches a pattern as `ArnLike` compares them, part by part.
pub(crate) fn arn_like(pattern: &str, arn: &str) -> Truth {
    let Some(parts) = arn_parts(arn) else {
        return Truth::False;
    };
    // Version 2008: what stands here is never a policy variable.
    match arn_pattern(&Template::parse(pattern, Version::V2008), &Context::new()) {
        Filled::Known(pattern) => pattern.matches(&parts),
        Filled::Unresolved | Filled::Unknown => Truth::False,
    }
}

/// The six parts of an ARN; the last one holds further colons.
pub(crate) fn arn_parts(text: &str) -> Option<[&str; 6]> {
    if !text.starts_with("arn:") {
        return None;
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    parts.try_into().ok()
}

/// Whether an order between the value of the request and that of the policy is what is asked for.
fn satisfies(base: BaseOperator, order: Ordering) -> bool {
    match base {
        BaseOperator::NumericLessThan | BaseOperator::DateLessThan => order.is_lt(),
        BaseOperator::NumericLessThanEquals | BaseOperator::DateLessThanEquals => order.is_le(),
        BaseOperator::NumericGreaterThan | BaseOperator::DateGreaterThan => order.is_gt(),
        BaseOperator::NumericGreaterThanEquals | BaseOperator::DateGreaterThanEquals => {
            order.is_ge()
        }
        _ => order.is_eq(),
    }
}

/// Templates without variables, and those with.
fn split<'a>(
    texts: impl Iterator<Item = &'a str>,
    version: Version,
) -> (Vec<Template>, Box<[Template]>) {
    let templates = texts.map(|text| Template::parse(text, version));
    let (variable, fixed): (Vec<_>, Vec<_>) = templates.partition(Template::is_variable);
    (fixed, variable.into())
}

fn plain(fixed: &[Template]) -> Vec<Box<str>> {
    let empty = Context::new();
    let texts = fixed
        .iter()
        .filter_map(|template| match template.text(&empty) {
            Filled::Known(text) => Some(text.into()),
            Filled::Unresolved | Filled::Unknown => None,
        });
    texts.collect()
}

fn like(template: &Template) -> Glob {
    match template.glob(&Context::new()) {
        Filled::Known(glob) => glob,
        // Never: there is no variable in it.
        Filled::Unresolved | Filled::Unknown => Glob::Exact("".into()),
    }
}

fn any(templates: &[Template], context: &Context, matches: impl Fn(&str) -> bool) -> Truth {
    let mut truth = Truth::False;
    for template in templates {
        truth = truth.or(match template.text(context) {
            Filled::Known(text) => matches(&text).into(),
            Filled::Unresolved => Truth::False,
            Filled::Unknown => Truth::Unknown,
        });
    }
    truth
}

/// Puts in the values, then splits at colons: a variable may hold a whole ARN.
fn arn_pattern(template: &Template, context: &Context) -> Filled<ArnPattern> {
    use crate::glob::{Piece, Pieces};
    let mut parts: Vec<Pieces> = vec![Pieces::default()];
    let mut is_star = true;
    let mut is_empty = true;
    let filled = template.fill(context, |text, has_wildcards| {
        for character in text.chars() {
            is_star &= has_wildcards && character == '*';
            is_empty = false;
            if character == ':' && parts.len() < 6 {
                parts.push(Pieces::default());
                continue;
            }
            let Some(last) = parts.last_mut() else {
                continue;
            };
            match character {
                '*' if has_wildcards => last.push(Piece::Any),
                '?' if has_wildcards => last.push(Piece::One),
                other => last.push_char(other),
            }
        }
    });
    match filled {
        Filled::Unresolved => return Filled::Unresolved,
        Filled::Unknown => return Filled::Unknown,
        Filled::Known(()) => {}
    }
    if is_star && !is_empty {
        return Filled::Known(ArnPattern::Everything);
    }
    let globs: Vec<Glob> = parts
        .into_iter()
        .map(|pieces| Glob::of_pieces(pieces.finish()))
        .collect();
    Filled::Known(match <[Glob; 6]>::try_from(globs) {
        Ok(globs) => ArnPattern::Parts(Box::new(globs)),
        Err(_) => ArnPattern::Incomplete,
    })
}
