//! Scenarios: a request and every policy that can touch it, as one JSON object (`docs/policy.md`).

mod answer;
mod facts;
mod grants;
mod layers;
mod members;

use rempart_aws_model::ActionName;

use crate::document::{Policy, PolicyKind};
use crate::grant::Grant;
use crate::json::Position;
use crate::principal::Principal;
use crate::public::PublicAccessBlock;
use crate::reference::Reference;
use crate::request::{Particulars, Request};
use crate::stack::{EndpointType, Known, Stack};

pub use answer::{Answer, ErrorAnswer, Expectation};
use layers::LayerCache;
use members::Members;

pub(crate) use members::Raw;

/// Why a text is no scenario, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {reason}", position.line, position.column)]
pub struct ScenarioError {
    /// Where the fault is in the text.
    pub position: Position,
    /// What is wrong.
    pub reason: String,
}

/// A fault whose place is a piece of the scenario's text.
#[derive(Debug)]
struct Fault<'a> {
    /// The piece; an empty one stands for the whole.
    piece: &'a str,
    reason: String,
}

impl<'a> Fault<'a> {
    fn new(piece: &'a str, reason: impl Into<String>) -> Self {
        Self {
            piece,
            reason: reason.into(),
        }
    }
}

/// A scenario, ready to be answered.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// `name`
    pub name: Option<String>,
    /// The policies.
    pub stack: Stack,
    /// The request.
    pub request: Request,
    /// Policies that AWS would refuse, with the reason.
    pub refused: Vec<String>,
    /// What was odd about the scenario itself.
    pub warnings: Vec<String>,
    /// `expect`
    pub expect: Option<Expectation>,
}

/// Reads scenarios. Policies that occur again are compiled once.
#[derive(Debug, Default)]
pub struct ScenarioReader {
    reference: Reference,
    layers: LayerCache,
}

/// Members of a scenario.
const MEMBERS: [&str; 18] = [
    "name",
    "request",
    "unknownKeys",
    "identityPolicies",
    "sessionPolicies",
    "permissionsBoundary",
    "resourcePolicy",
    "vpcEndpointPolicy",
    "serviceControlPolicies",
    "resourceControlPolicies",
    "vpcEndpointType",
    "grants",
    "publicAccessBlock",
    "principalFacts",
    "resourceFacts",
    "expect",
    "source",
    "description",
];

/// Members of `request`.
const REQUEST_MEMBERS: [&str; 8] = [
    "action",
    "principal",
    "resource",
    "resourceAccount",
    "context",
    "grantId",
    "newGrant",
    "proposedPolicy",
];

impl ScenarioReader {
    /// A reader that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a scenario.
    ///
    /// # Errors
    /// The text is no JSON object of the documented form. Policies that AWS would refuse are no
    /// error here: the answer is then `Unsupported`.
    pub fn read(&mut self, text: &str) -> Result<Scenario, ScenarioError> {
        self.scenario(text).map_err(|fault| ScenarioError {
            position: place(text, fault.piece),
            reason: fault.reason,
        })
    }

    /// Reads a scenario and answers it.
    ///
    /// # Errors
    /// As [`ScenarioReader::read`].
    pub fn answer(&mut self, text: &str) -> Result<Answer, ScenarioError> {
        let scenario = self.read(text)?;
        Ok(scenario.answer(&mut self.reference))
    }

    /// The look-ups of the reader, to share them.
    pub fn reference(&mut self) -> &mut Reference {
        &mut self.reference
    }

    fn scenario<'a>(&mut self, text: &'a str) -> Result<Scenario, Fault<'a>> {
        let mut warnings = Vec::new();
        let layers = &mut self.layers;
        layers.begin();
        let length = |name: &str, text: &str| layers.known_length(name, text);
        let members = Members::read_knowing(text, "a scenario", &MEMBERS, &mut warnings, length)?;
        let unknown_keys = match members.get("unknownKeys") {
            Some(raw) => members::texts(raw, "`unknownKeys`")?,
            None => Vec::new(),
        };
        let Some(raw_request) = members.get("request") else {
            return Err(Fault::new("", "the scenario has no `request`"));
        };
        let facts = members.get("principalFacts");
        let mut request = self.request(raw_request, facts, &unknown_keys, &mut warnings)?;
        if let Some(raw) = members.get("resourceFacts") {
            request = request.with_resource_facts(facts::of_resource(raw, &mut warnings)?);
        }
        let mut refused = Vec::new();
        let stack = self.stack(&members, &request, &mut refused)?;
        let name = match members.get("name") {
            Some(raw) => members::text(raw, "`name`")?.map(Into::into),
            None => None,
        };
        let expect = match members.get("expect") {
            Some(raw) => Expectation::read(raw)?,
            None => None,
        };
        Ok(Scenario {
            name,
            stack,
            request,
            refused,
            warnings,
            expect,
        })
    }

    fn request<'a>(
        &mut self,
        raw: Raw<'a>,
        principal_facts: Option<Raw<'a>>,
        unknown_keys: &[String],
        warnings: &mut Vec<String>,
    ) -> Result<Request, Fault<'a>> {
        let piece = raw.get();
        let members = Members::read(piece, "`request`", &REQUEST_MEMBERS, warnings)?;
        let needed = |name: &str| -> Result<(Raw<'a>, String), Fault<'a>> {
            let raw = members
                .get(name)
                .ok_or_else(|| Fault::new(piece, format!("`request` has no `{name}`")))?;
            let text = members::text(raw, &format!("`{name}`"))?
                .ok_or_else(|| Fault::new(raw.get(), format!("`{name}` cannot be null")))?;
            Ok((raw, text.into()))
        };
        let (raw, action) = needed("action")?;
        let action =
            ActionName::parse(&action).map_err(|error| Fault::new(raw.get(), error.to_string()))?;
        let (raw, principal) = needed("principal")?;
        let principal = Principal::parse(&principal)
            .map_err(|error| Fault::new(raw.get(), error.to_string()))?;
        let (principal, principal_facts) =
            facts::of_principal(principal_facts, principal, warnings)?;
        let (raw, resource) = needed("resource")?;
        let is_resource =
            resource == "*" || (resource.starts_with("arn:") && resource.split(':').count() >= 6);
        if !is_resource {
            let message =
                format!("`{resource}` is no resource: an ARN of six parts or `*` is needed");
            return Err(Fault::new(raw.get(), message));
        }
        let account = match members.get("resourceAccount") {
            Some(raw) => facts::account(raw)?,
            None => None,
        };
        let context = facts::context(members.get("context"), unknown_keys, &mut self.reference)?;
        let action_names_resource = resource != "*";
        let request = Request::new(
            &mut self.reference,
            action,
            principal,
            &resource,
            account,
            context,
        );
        let facts = request.action_facts();
        if facts.is_known && !facts.has_resources && action_names_resource {
            warnings.push(format!(
                "`{}` supports no resource: it is authorised on `*`, whatever the request names",
                request.action().as_str()
            ));
        }
        let grant_id = match members.get("grantId") {
            Some(raw) => members::text(raw, "`grantId`")?.map(|text| text.into()),
            None => None,
        };
        let new_grant = match members.get("newGrant") {
            Some(raw) => grants::new_grant(raw)?,
            None => None,
        };
        let proposes_public_policy = match members.get("proposedPolicy") {
            Some(raw) => layers::proposed(raw)?,
            None => None,
        };
        Ok(request
            .with_principal_facts(principal_facts)
            .with_particulars(Particulars {
                grant_id,
                new_grant,
                proposes_public_policy,
            }))
    }

    fn stack<'a>(
        &mut self,
        members: &Members<'a>,
        request: &Request,
        refused: &mut Vec<String>,
    ) -> Result<Stack, Fault<'a>> {
        let resource_kind = if request.is_on_key() {
            PolicyKind::KmsKey
        } else if request.is_on_trust() {
            PolicyKind::RoleTrust
        } else {
            PolicyKind::Resource
        };
        let layers = &mut self.layers;
        let mut stack = Stack::default();
        if let Some(raw) = members.get("identityPolicies") {
            stack.identity = layers.list(raw, PolicyKind::Identity, refused)?;
        }
        if let Some(raw) = members.get("sessionPolicies") {
            stack.session = layers.list(raw, PolicyKind::Session, refused)?;
        }
        if let Some(raw) = members.get("permissionsBoundary") {
            stack.boundary = layers.single(raw, PolicyKind::PermissionsBoundary, refused)?;
        }
        if let Some(raw) = members.get("resourcePolicy") {
            stack.resource = layers.single(raw, resource_kind, refused)?;
        }
        if let Some(raw) = members.get("vpcEndpointPolicy") {
            stack.endpoint = layers.single(raw, PolicyKind::VpcEndpoint, refused)?;
        }
        if let Some(raw) = members.get("serviceControlPolicies") {
            stack.service_control = layers.levels(raw, PolicyKind::ServiceControl, refused)?;
        }
        if let Some(raw) = members.get("resourceControlPolicies") {
            stack.resource_control = layers.levels(raw, PolicyKind::ResourceControl, refused)?;
        }
        if let Some(raw) = members.get("vpcEndpointType") {
            stack.endpoint_type = match members::text(raw, "`vpcEndpointType`")?.as_deref() {
                None => None,
                Some("Gateway") => Some(EndpointType::Gateway),
                Some("Interface") => Some(EndpointType::Interface),
                Some(_) => {
                    return Err(Fault::new(
                        raw.get(),
                        "`vpcEndpointType` is Gateway or Interface",
                    ));
                }
            };
        }
        if let Some(raw) = members.get("grants") {
            stack.grants = grants::grants(raw)?;
        }
        if let Some(raw) = members.get("publicAccessBlock") {
            stack.public_access_block = facts::public_access_block(raw)?;
        }
        Ok(stack)
    }
}

/// Whether the raw value says that a policy may exist which we do not have.
fn unknown<T>(raw: Raw) -> Option<Known<T>> {
    (raw.get() == "\"unknown\"").then_some(Known::Unknown)
}

/// Reads a document of a file beside scenarios: an object, or a text that holds one.
pub(crate) fn document(raw: Raw, kind: PolicyKind) -> Result<Policy, String> {
    let source = layers::source(raw).map_err(|fault| fault.reason)?;
    Policy::parse(&source, kind).map_err(|error| error.to_string())
}

/// Grants of a file beside scenarios.
pub(crate) fn grants_of(raw: Raw) -> Result<Known<Vec<Grant>>, String> {
    grants::grants(raw).map_err(|fault| fault.reason)
}

/// Switches of a file beside scenarios.
pub(crate) fn block_of(raw: Raw) -> Result<Known<PublicAccessBlock>, String> {
    facts::public_access_block(raw).map_err(|fault| fault.reason)
}

/// Where a piece of a text begins. Pieces are parts of the text itself, so their addresses tell.
fn place(text: &str, piece: &str) -> Position {
    let start = text.as_ptr() as usize;
    let offset = (piece.as_ptr() as usize).wrapping_sub(start);
    let before = if piece.is_empty() {
        ""
    } else {
        text.get(..offset).unwrap_or_default()
    };
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    Position {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
    }
}
