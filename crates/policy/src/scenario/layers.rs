//! The policies of a scenario. A layer whose text was seen before is taken from memory, so many
//! scenarios about the same policies cost one compilation.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::members::{Members, Raw, list, text};
use super::{Fault, unknown};
use crate::compile::CompiledPolicy;
use crate::document::{Policy, PolicyKind};
use crate::public::is_public;
use crate::stack::{Known, Policies};

/// Most bytes of policy text that are remembered before all is forgotten.
const REMEMBERED: usize = 64 << 20;

/// Layers by kind and text.
#[derive(Debug, Default)]
pub(super) struct LayerCache {
    kinds: HashMap<PolicyKind, ByText, foldhash::fast::FixedState>,
    bytes: usize,
    /// The texts that came last for each member: a line that goes on with one of them need not be
    /// scanned to the end of the value.
    recent: HashMap<&'static str, Vec<Recent>, foldhash::fast::FixedState>,
    /// The values of the scenario at hand that were found among them.
    hits: Vec<Hit>,
}

type ByText = HashMap<Arc<str>, Arc<Layer>, foldhash::fast::FixedState>;

/// A layer as it was read: levels of policies, and those that AWS would refuse.
#[derive(Debug)]
struct Layer {
    levels: Known<Vec<Policies>>,
    refused: Vec<String>,
}

/// A text and what it was read as.
#[derive(Debug)]
struct Recent {
    text: Arc<str>,
    kind: PolicyKind,
    layer: Arc<Layer>,
}

/// A value that was found among the recent ones: where it lies in memory, and what it is.
#[derive(Debug)]
struct Hit {
    address: usize,
    length: usize,
    kind: PolicyKind,
    layer: Arc<Layer>,
}

/// Texts that are remembered for each member.
const RECENT: usize = 4;

impl LayerCache {
    /// Forgets what was found in the scenario before.
    pub(super) fn begin(&mut self) {
        self.hits.clear();
    }

    /// The length of the value of a member, where the text goes on with one that was read before. A
    /// list or object is complete in itself, so what follows cannot change it.
    pub(super) fn known_length(&mut self, member: &str, text: &str) -> Option<usize> {
        let mut recent = self.recent.get(member)?.iter();
        let known = recent
            .find(|known| text.as_bytes().starts_with(known.text.as_bytes()))
            .filter(|known| known.text.starts_with(['[', '{']))?;
        self.hits.push(Hit {
            address: text.as_ptr() as usize,
            length: known.text.len(),
            kind: known.kind,
            layer: Arc::clone(&known.layer),
        });
        Some(known.text.len())
    }

    /// A list of policies.
    pub(super) fn list<'a>(
        &mut self,
        raw: Raw<'a>,
        kind: PolicyKind,
        refused: &mut Vec<String>,
    ) -> Result<Known<Policies>, Fault<'a>> {
        let layer = self.layer(raw, kind, |raw, layer| {
            let mut policies = Vec::new();
            for (raw, number) in list(raw, &member_of(kind))?.into_iter().zip(1..) {
                policies.extend(policy(raw, kind, number, layer)?);
            }
            Ok(vec![policies])
        })?;
        refused.extend_from_slice(&layer.refused);
        Ok(match &layer.levels {
            Known::Is(levels) => Known::Is(levels.first().cloned().unwrap_or_default()),
            Known::Unknown => Known::Unknown,
        })
    }

    /// Levels of policies.
    pub(super) fn levels<'a>(
        &mut self,
        raw: Raw<'a>,
        kind: PolicyKind,
        refused: &mut Vec<String>,
    ) -> Result<Known<Vec<Policies>>, Fault<'a>> {
        let layer = self.layer(raw, kind, |raw, layer| {
            let mut levels = Vec::new();
            let mut number = 0;
            for level in list(raw, &member_of(kind))? {
                if !level.get().starts_with('[') {
                    let message = format!(
                        "{} is a list of levels from the root to the account, each a list of policies",
                        member_of(kind)
                    );
                    return Err(Fault::new(level.get(), message));
                }
                let mut policies = Vec::new();
                for raw in list(level, "a level")? {
                    number += 1;
                    policies.extend(policy(raw, kind, number, layer)?);
                }
                levels.push(policies);
            }
            Ok(levels)
        })?;
        refused.extend_from_slice(&layer.refused);
        Ok(layer.levels.clone())
    }

    /// One policy.
    pub(super) fn single<'a>(
        &mut self,
        raw: Raw<'a>,
        kind: PolicyKind,
        refused: &mut Vec<String>,
    ) -> Result<Known<Option<Arc<CompiledPolicy>>>, Fault<'a>> {
        let layer = self.layer(raw, kind, |raw, layer| {
            Ok(vec![policy(raw, kind, 1, layer)?.into_iter().collect()])
        })?;
        refused.extend_from_slice(&layer.refused);
        Ok(match &layer.levels {
            Known::Is(levels) => Known::Is(levels.iter().flatten().next().cloned()),
            Known::Unknown => Known::Unknown,
        })
    }

    fn layer<'a>(
        &mut self,
        raw: Raw<'a>,
        kind: PolicyKind,
        read: impl FnOnce(Raw<'a>, &mut Vec<String>) -> Result<Vec<Policies>, Fault<'a>>,
    ) -> Result<Arc<Layer>, Fault<'a>> {
        if let Some(levels) = unknown(raw) {
            return Ok(Arc::new(Layer {
                levels,
                refused: Vec::new(),
            }));
        }
        let (address, length) = (raw.get().as_ptr() as usize, raw.get().len());
        let hit = self
            .hits
            .iter()
            .find(|hit| hit.address == address && hit.length == length && hit.kind == kind);
        if let Some(hit) = hit {
            return Ok(Arc::clone(&hit.layer));
        }
        let known = self
            .kinds
            .get(&kind)
            .and_then(|layers| layers.get(raw.get()));
        if let Some(layer) = known {
            return Ok(Arc::clone(layer));
        }
        let mut refused = Vec::new();
        let levels = Known::Is(read(raw, &mut refused)?);
        self.bytes += raw.get().len();
        if self.bytes > REMEMBERED {
            self.kinds.clear();
            self.bytes = raw.get().len();
        }
        let layer = Arc::new(Layer { levels, refused });
        let text: Arc<str> = raw.get().into();
        let recent = self.recent.entry(member_name(kind)).or_default();
        if recent.len() >= RECENT {
            recent.remove(0);
        }
        recent.push(Recent {
            text: Arc::clone(&text),
            kind,
            layer: Arc::clone(&layer),
        });
        let layers = self.kinds.entry(kind).or_default();
        layers.insert(text, Arc::clone(&layer));
        Ok(layer)
    }
}

/// A document, a document with a name, or a text that holds a document. A document that AWS would
/// refuse is noted and left out.
fn policy<'a>(
    raw: Raw<'a>,
    kind: PolicyKind,
    number: usize,
    refused: &mut Vec<String>,
) -> Result<Option<Arc<CompiledPolicy>>, Fault<'a>> {
    let mut name: Cow<str> = format!("{} {number}", kind.name()).into();
    let mut document = raw;
    if raw.get().starts_with('{') {
        let members = Members::any(raw.get(), "a policy")?;
        if let Some(inner) = members.get("document") {
            document = inner;
            if let Some(given) = members.get("name") {
                name = text(given, "the name of a policy")?.unwrap_or(name);
            }
        }
    }
    let source = source(document)?;
    match Policy::parse(&source, kind) {
        Ok(policy) => Ok(Some(Arc::new(CompiledPolicy::new(&name, Arc::new(policy))))),
        Err(error) => {
            refused.push(format!(
                "AWS would refuse the policy `{name}` in {}: {error}",
                member_of(kind)
            ));
            Ok(None)
        }
    }
}

/// The text of a document.
pub(super) fn source<'a>(raw: Raw<'a>) -> Result<Cow<'a, str>, Fault<'a>> {
    if !raw.get().starts_with('"') {
        return Ok(Cow::Borrowed(raw.get()));
    }
    let text = text(raw, "a policy document")?.unwrap_or_default();
    Ok(decode(text))
}

/// IAM's own answers are percent-encoded (RFC 3986); a document that begins with `{` is not.
fn decode(text: Cow<str>) -> Cow<str> {
    if !text.starts_with("%7B")
        && !text.starts_with("%7b")
        && !text.starts_with("%0A")
        && !text.starts_with("%20")
    {
        return text;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut ahead = rest.clone();
        let mut digit = || char::from(ahead.next().unwrap_or_default()).to_digit(16);
        match (digit(), digit()) {
            (Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// Whether a proposed bucket policy is public.
pub(super) fn proposed<'a>(raw: Raw<'a>) -> Result<Option<bool>, Fault<'a>> {
    let source = source(raw)?;
    match Policy::parse(&source, PolicyKind::Resource) {
        Ok(policy) => Ok(Some(is_public(&policy))),
        Err(error) => Err(Fault::new(
            raw.get(),
            format!("AWS would refuse `proposedPolicy`: {error}"),
        )),
    }
}

fn member_of(kind: PolicyKind) -> String {
    format!("`{}`", member_name(kind))
}

fn member_name(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Identity => "identityPolicies",
        PolicyKind::Resource | PolicyKind::RoleTrust | PolicyKind::KmsKey => "resourcePolicy",
        PolicyKind::ServiceControl => "serviceControlPolicies",
        PolicyKind::ResourceControl => "resourceControlPolicies",
        PolicyKind::PermissionsBoundary => "permissionsBoundary",
        PolicyKind::Session => "sessionPolicies",
        PolicyKind::VpcEndpoint => "vpcEndpointPolicy",
    }
}
