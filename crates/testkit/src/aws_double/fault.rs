//! What goes wrong, where and how often.

use std::collections::HashMap;
use std::time::Duration;

/// How an error is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As the protocol of the operation writes it.
    Own,
    /// As JSON, whatever the protocol.
    Json,
    /// As XML, as gateways write it, whatever the protocol.
    Xml,
}

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The rate is exceeded.
    Throttled(Form),
    /// The service fails with this status.
    Status(u16),
    /// The caller lacks the permission.
    Denied(Form),
    /// The answer takes so long.
    Slow(Duration),
    /// Fewer bytes come than were promised.
    Truncated,
    /// The connection is closed instead of an answer.
    Reset,
    /// The session token has expired.
    ExpiredToken,
    /// The token of the next page is the one of this page.
    RepeatedToken,
    /// A page without items, with a token that leads to them.
    EmptyPage,
    /// The answer has a member that the model does not know.
    UnknownMember,
    /// Enumerations of the answer have a value that the model does not know.
    UnknownValue,
}

/// How often a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// At every request.
    Always,
    /// At the first requests of each operation.
    First(u64),
    /// At the first requests, whatever the operation.
    InAll(u64),
    /// At one of so many requests of each operation, by a fixed sequence.
    OneIn(u64),
}

/// The faults of a server.
#[derive(Debug, Default)]
pub(super) struct Faults {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    pattern: String,
    fault: Fault,
    times: Times,
    in_all: u64,
    by_operation: HashMap<&'static str, u64>,
}

impl Fault {
    /// Name in the counters.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Throttled(_) => "throttled",
            Self::Status(_) => "status",
            Self::Denied(_) => "denied",
            Self::Slow(_) => "slow",
            Self::Truncated => "truncated",
            Self::Reset => "reset",
            Self::ExpiredToken => "expired-token",
            Self::RepeatedToken => "repeated-token",
            Self::EmptyPage => "empty-page",
            Self::UnknownMember => "unknown-member",
            Self::UnknownValue => "unknown-value",
        }
    }
}

impl Faults {
    pub(super) fn add(&mut self, pattern: &str, fault: Fault, times: Times) {
        self.rules.push(Rule {
            pattern: pattern.to_owned(),
            fault,
            times,
            in_all: 0,
            by_operation: HashMap::new(),
        });
    }

    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The fault of this request.
    pub(super) fn due(&mut self, operation: &'static str) -> Option<Fault> {
        for rule in &mut self.rules {
            if !like(operation, &rule.pattern) {
                continue;
            }
            let number = rule.by_operation.entry(operation).or_default();
            let due = match rule.times {
                Times::Always => true,
                Times::First(count) => *number < count,
                Times::InAll(count) => rule.in_all < count,
                Times::OneIn(count) => mixed(operation, *number).is_multiple_of(count.max(1)),
            };
            *number += 1;
            if due {
                rule.in_all += 1;
                return Some(rule.fault);
            }
        }
        None
    }
}

/// A number that looks random and is always the same (FNV-1a).
fn mixed(operation: &str, number: u64) -> u64 {
    let bytes = operation.bytes().chain(number.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }) >> 17
}

/// Whether a name matches a pattern with `*`.
pub(super) fn like(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(like("sagemaker:ListModels", "sagemaker:*"));
        assert!(like("sagemaker:ListModels", "*:List*"));
        assert!(like("sagemaker:ListModels", "sagemaker:ListModels"));
        assert!(!like("sagemaker:ListModelCards", "sagemaker:ListModels"));
        assert!(!like("s3:GetBucketAcl", "*:List*"));
    }

    #[test]
    fn faults_happen_as_often_as_said() {
        let mut faults = Faults::default();
        faults.add("a:*", Fault::Reset, Times::First(2));
        faults.add("*", Fault::Truncated, Times::InAll(1));
        let due: Vec<_> = ["a:X", "a:X", "a:X", "a:X", "b:Y"]
            .into_iter()
            .map(|name| faults.due(name))
            .collect();
        let reset = Some(Fault::Reset);
        assert_eq!(due, [reset, reset, Some(Fault::Truncated), None, None]);
        faults.clear();
        faults.add("*", Fault::Reset, Times::OneIn(4));
        let count = (0..4000).filter(|_| faults.due("a:X").is_some()).count();
        assert!((800..1200).contains(&count), "{count}");
    }
}
