//! ARN patterns of resource types, and whether a pattern of a policy reaches into them.

use rempart_aws_model::{Action, ActionService, action_service};

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// This character
    Char(char),
    /// One character
    One(Class),
    /// Any number of characters
    Many(Class),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Neither slash nor colon
    Segment,
    Any,
}

/// A resource type with its ARN pattern.
#[derive(Debug)]
pub(super) struct Form {
    pattern: &'static str,
    steps: Vec<Step>,
}

/// An ARN of a type, cut at its names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut<'a> {
    /// All before the last name.
    pub(super) head: &'a str,
    /// The last name.
    pub(super) last: &'a str,
    /// How many names the head holds.
    pub(super) names_before: usize,
}

impl Form {
    fn new(pattern: &'static str) -> Self {
        let mut steps = Vec::new();
        for part in parts(pattern) {
            match part {
                Part::Text(text) => steps.extend(text.chars().map(Step::Char)),
                Part::Place => steps.push(Step::Many(Class::Segment)),
                Part::Name(class) => steps.extend([Step::One(class), Step::Many(class)]),
            }
        }
        Self { pattern, steps }
    }

    /// Whether an ARN is of this type.
    pub(super) fn fits(&self, arn: &str) -> bool {
        let arn: Vec<Step> = arn.chars().map(Step::Char).collect();
        meet(&arn, &self.steps)
    }

    /// Whether a pattern, in which `*` and `?` are wildcards, matches some ARN of this type.
    fn is_reached_by(&self, pattern: &[Step]) -> bool {
        meet(pattern, &self.steps)
    }

    /// Cuts an ARN of this type before its last name; `None` when it has no name.
    pub(super) fn cut<'a>(&self, arn: &'a str) -> Option<Cut<'a>> {
        let mut at = 0;
        let mut last = None;
        let mut names = 0;
        for part in parts(self.pattern) {
            let rest = arn.get(at..)?;
            match part {
                Part::Text(text) => {
                    rest.strip_prefix(text)?;
                    at += text.len();
                }
                Part::Name(Class::Any) => {
                    last = Some((at, names));
                    names += 1;
                    at = arn.len();
                }
                Part::Place | Part::Name(Class::Segment) => {
                    if part != Part::Place {
                        last = Some((at, names));
                        names += 1;
                    }
                    at += rest.find(['/', ':']).unwrap_or(rest.len());
                }
            }
        }
        let (cut, names_before) = last?;
        // What follows the last name would be lost.
        let (head, last) = (arn.get(..cut)?, arn.get(cut..)?);
        (at == arn.len() && !matches!(parts(self.pattern).last(), Some(Part::Text(_)))).then_some(
            Cut {
                head,
                last,
                names_before,
            },
        )
    }

    /// The pattern of all resources of the type in the place of the ARN: every name is open, except
    /// the first one of an ARN without an account, which alone says whose it is. `None` when nothing
    /// would stay open.
    pub(super) fn of_type(&self, arn: &str, has_account: bool) -> Option<Vec<Written>> {
        let mut written = Vec::new();
        let mut at = 0;
        let mut keeps = usize::from(!has_account);
        let mut is_open = false;
        for part in parts(self.pattern) {
            let rest = arn.get(at..)?;
            let end = match part {
                Part::Text(text) => text.len(),
                Part::Name(Class::Any) => rest.len(),
                Part::Place | Part::Name(Class::Segment) => {
                    rest.find(['/', ':']).unwrap_or(rest.len())
                }
            };
            let text = rest.get(..end)?;
            at += end;
            match part {
                Part::Name(_) if keeps == 0 => {
                    is_open = true;
                    written.push(Written::Open);
                }
                // A name that is not known says nothing.
                Part::Name(_) if text.contains(['*', '?']) => return None,
                Part::Name(_) => {
                    keeps -= 1;
                    written.push(Written::Text(text.into()));
                }
                Part::Text(_) | Part::Place => written.push(Written::Text(text.into())),
            }
        }
        is_open.then_some(written)
    }
}

/// A part of a pattern that is made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Written {
    /// Exactly this
    Text(Box<str>),
    /// `*`
    Open,
}

/// The resource types that an action takes.
pub(super) fn forms_of(action: &Action) -> Vec<Form> {
    let Some(service) = action_service(action.prefix) else {
        return Vec::new();
    };
    action
        .resources
        .iter()
        .filter_map(|used| service.resource_type(used.name))
        .map(|of_type| Form::new(of_type.arn_pattern))
        .collect()
}

/// All resource types of a service.
pub(super) fn all_forms(prefix: &str) -> Vec<Form> {
    let types = action_service(prefix).map(ActionService::resource_types);
    types
        .unwrap_or_default()
        .iter()
        .map(|of_type| Form::new(of_type.arn_pattern))
        .collect()
}

/// Whether a pattern matches ARNs of another type of the service than this one.
pub(super) fn reaches_others(written: &[Written], own: &Form, all: &[Form]) -> bool {
    let mut pattern = Vec::new();
    for part in written {
        match part {
            Written::Text(text) => pattern.extend(text.chars().map(Step::Char)),
            Written::Open => pattern.push(Step::Many(Class::Any)),
        }
    }
    all.iter()
        .filter(|form| form.pattern != own.pattern)
        .any(|form| form.is_reached_by(&pattern))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Text(&'static str),
    /// Partition, Region or account
    Place,
    Name(Class),
}

fn parts(pattern: &'static str) -> impl Iterator<Item = Part> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(variable) = rest.strip_prefix("${") {
            let (name, behind) = variable.split_once('}').unwrap_or((variable, ""));
            rest = behind;
            let has_path = name.ends_with("WithPath") || name.ends_with("ObjectName");
            return Some(match name {
                "Partition" | "Region" | "Account" => Part::Place,
                _ if has_path && behind.is_empty() => Part::Name(Class::Any),
                _ => Part::Name(Class::Segment),
            });
        }
        let end = rest.find("${").unwrap_or(rest.len());
        let (text, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = behind;
        Some(Part::Text(text))
    })
}

/// Whether some text fits both patterns.
fn meet(left: &[Step], right: &[Step]) -> bool {
    // Places in the right pattern that some text reaches together with the place on the left.
    let mut places = vec![false; right.len() + 1];
    set(&mut places, 0);
    skip(right, &mut places);
    for step in left {
        match step {
            Step::Char(_) | Step::One(_) => places = after(right, &places, *step),
            Step::Many(class) => loop {
                // Every number of characters: until nothing new is reached.
                let more = after(right, &places, Step::One(*class));
                let mut grown = false;
                for (place, reached) in places.iter_mut().zip(more) {
                    grown |= reached && !*place;
                    *place |= reached;
                }
                if !grown {
                    break;
                }
            },
        }
    }
    places.last().copied().unwrap_or(false)
}

/// The places after one more character.
fn after(right: &[Step], places: &[bool], left: Step) -> Vec<bool> {
    let mut next = vec![false; right.len() + 1];
    for (place, step) in right.iter().enumerate() {
        if !places.get(place).copied().unwrap_or(false) || !share(left, *step) {
            continue;
        }
        let stays = matches!(step, Step::Many(_));
        set(&mut next, if stays { place } else { place + 1 });
    }
    skip(right, &mut next);
    next
}

fn skip(right: &[Step], places: &mut [bool]) {
    for (place, step) in right.iter().enumerate() {
        if matches!(step, Step::Many(_)) && places.get(place).copied().unwrap_or(false) {
            set(places, place + 1);
        }
    }
}

fn set(places: &mut [bool], place: usize) {
    if let Some(slot) = places.get_mut(place) {
        *slot = true;
    }
}

/// Whether one character fits both steps.
fn share(left: Step, right: Step) -> bool {
    let takes = |class: Class, letter: char| class == Class::Any || !matches!(letter, '/' | ':');
    match (left, right) {
        (Step::Char(one), Step::Char(other)) => one == other,
        (Step::Char(letter), Step::One(class) | Step::Many(class))
        | (Step::One(class) | Step::Many(class), Step::Char(letter)) => takes(class, letter),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rempart_aws_model::action;

    fn form(name: &str, arn: &str) -> Form {
        let action = action(name).expect("an action");
        let mut forms = forms_of(action).into_iter();
        forms.find(|form| form.fits(arn)).expect("of a type")
    }

    const JOB: &str = "arn:aws:sagemaker:eu-west-1:111122223333:training-job/churn-1";
    const PROFILE: &str = "arn:aws:sagemaker:eu-west-1:111122223333:user-profile/d-1/alice";
    const PIPELINE: &str = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/p";
    const OBJECT: &str = "arn:aws:s3:::models/a/b.tar.gz";

    #[test]
    fn arns_are_cut_before_their_last_name() {
        let job = form("sagemaker:DescribeTrainingJob", JOB);
        assert!(!job.fits("arn:aws:sagemaker:eu-west-1:111122223333:model/churn-1"));
        let cut = job.cut(JOB).expect("has a name");
        assert_eq!((cut.last, cut.names_before), ("churn-1", 0));
        let profile = form("sagemaker:DescribeUserProfile", PROFILE);
        let cut = profile.cut(PROFILE).expect("has a name");
        assert_eq!((cut.last, cut.names_before), ("alice", 1));
        let cut = form("s3:GetObject", OBJECT)
            .cut(OBJECT)
            .expect("has a name");
        assert_eq!((cut.head, cut.last), ("arn:aws:s3:::models/", "a/b.tar.gz"));
    }

    #[test]
    fn patterns_that_reach_other_types_are_told() {
        let reaches = |name: &str, arn: &str, has_account: bool| {
            let form = form(name, arn);
            let all = form.of_type(arn, has_account).expect("has a name");
            let (prefix, _) = name.split_once(':').expect("a prefix");
            reaches_others(&all, &form, &all_forms(prefix))
        };
        assert!(reaches("sagemaker:DescribePipeline", PIPELINE, true));
        let execution = format!("{PIPELINE}/execution/x");
        let describe = "sagemaker:DescribePipelineExecution";
        assert!(!reaches(describe, &execution, true));
        assert!(!reaches("sagemaker:DescribeTrainingJob", JOB, true));
        assert!(!reaches("s3:GetObject", OBJECT, false));
        let bucket = "arn:aws:s3:::models";
        assert!(
            form("s3:ListBucket", bucket)
                .of_type(bucket, false)
                .is_none()
        );
    }
}
