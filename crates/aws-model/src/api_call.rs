//! How the API operations that the collector calls are called: a generated table of routes and
//! names on the wire, joined with the hand-made list of scopes and IAM actions.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::service::{Operation, Service, service};
use crate::shape::Shape;
use crate::table;

pub(crate) mod endpoint;
pub(crate) mod wire;

use endpoint::{Endpoint, Host};
use wire::{Wire, WireTable};

/// An API operation with what it takes to call it and to read its answer.
#[derive(Debug)]
pub struct ApiOperation {
    full_name: &'static str,
    operation: Operation,
    protocol: Protocol,
    method: &'static str,
    path: &'static str,
    target: Option<&'static str>,
    host_prefix: Option<&'static str>,
    result_wrapper: Option<&'static str>,
    paging: Option<Paging>,
    scope: Scope,
    action: String,
    calls: &'static ServiceCalls,
}

/// Wire protocol of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// `POST /`, the operation in the header `X-Amz-Target`, JSON 1.0.
    AwsJson10,
    /// `POST /`, the operation in the header `X-Amz-Target`, JSON 1.1.
    AwsJson11,
    /// Method and path of the operation, JSON body.
    RestJson,
    /// Method and path of the operation, XML answer.
    RestXml,
    /// `POST /`, form body, XML answer inside a result element.
    Query,
    /// As [`Protocol::Query`], with EC2's own names and without a result element.
    Ec2Query,
}

/// Where the answer of an operation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In the region asked.
    Region,
    /// In one region that the account chose (Identity Center).
    HomeRegion,
    /// In the whole account; the request names the account.
    Account,
    /// In the whole account or organization.
    Global,
}

/// How an operation pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// Member of the request that takes the token.
    pub input_token: &'static str,
    /// Member of the answer that holds the next token.
    pub output_token: &'static str,
    /// Member of the request that asks for a page size.
    pub limit: Option<&'static str>,
    /// Largest page size, where the model gives one.
    pub page_size: Option<u32>,
    /// Member of the answer that says whether more follows.
    pub more: Option<&'static str>,
}

/// A parameter of a request.
#[derive(Debug, Clone)]
pub struct Input {
    /// Name in the API.
    pub name: &'static str,
    /// Whether the API demands it.
    pub required: bool,
    /// Shape of its value.
    pub shape: Shape,
    /// Where and under which name it is sent.
    pub wire: Wire,
}

/// The section of a service in the table.
#[derive(Debug)]
pub(crate) struct ServiceCalls {
    pub(crate) api_version: &'static str,
    pub(crate) hosts: Vec<Host>,
    lines: BTreeMap<&'static str, &'static str>,
    requests: WireTable,
    answers: WireTable,
}

/// The operation with this full name, for example `sagemaker:DescribeDomain`, out of those that are
/// collected.
pub fn api_operation(full_name: &str) -> Option<&'static ApiOperation> {
    let operations = api_operations();
    let position = operations
        .binary_search_by(|operation| operation.full_name.cmp(full_name))
        .ok()?;
    operations.get(position)
}

/// All operations that are collected, by full name.
pub fn api_operations() -> &'static [ApiOperation] {
    static OPERATIONS: OnceLock<Vec<ApiOperation>> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        let mut operations: Vec<ApiOperation> = table::lines(table::COLLECTED_OPERATIONS)
            .filter_map(read_operation)
            .collect();
        operations.sort_by_key(|operation| operation.full_name);
        operations
    })
}

impl ApiOperation {
    /// Service and name, for example `sagemaker:DescribeDomain`.
    pub fn full_name(&self) -> &'static str {
        self.full_name
    }

    /// The name alone, for example `DescribeDomain`.
    pub fn name(&self) -> &'static str {
        self.operation.name()
    }

    /// The service; its id is the part of the full name before the colon.
    pub fn service(&self) -> &'static Service {
        self.operation.service()
    }

    /// Wire protocol.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// HTTP method.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Path, with labels in braces (`{Key+}` keeps its slashes), and a fixed query where it has one:
    /// `/{Bucket}?policy`.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// Value of the header `X-Amz-Target` of the awsJson protocols.
    pub fn target(&self) -> Option<&'static str> {
        self.target
    }

    /// Version of the API, for the query protocols.
    pub fn api_version(&self) -> &'static str {
        self.calls.api_version
    }

    /// Name of the service in the scope of signatures.
    pub fn signing_name(&self) -> &'static str {
        let service = self.service();
        service
            .signing_name()
            .unwrap_or_else(|| service.endpoint_prefix())
    }

    /// First label or labels of the host, for example `api.sagemaker`.
    pub fn endpoint_prefix(&self) -> &'static str {
        self.service().endpoint_prefix()
    }

    /// What comes before the host, with labels in braces: `{AccountId}.`.
    pub fn host_prefix(&self) -> Option<&'static str> {
        self.host_prefix
    }

    /// Host and signing region for calls in `region`.
    pub fn endpoint(&self, region: &str) -> Endpoint {
        endpoint::endpoint(self.endpoint_prefix(), &self.calls.hosts, region)
    }

    /// The hosts of the service that differ from `<endpoint prefix>.<region>.<DNS suffix>`.
    pub fn hosts(&self) -> &'static [Host] {
        &self.calls.hosts
    }

    /// The IAM action that the call needs, for example `s3:GetEncryptionConfiguration`.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Where the answer holds.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// How it pages; `None`: one page.
    pub fn paging(&self) -> Option<&Paging> {
        self.paging.as_ref()
    }

    /// Parameters, sorted by name.
    pub fn inputs(&self) -> impl Iterator<Item = Input> {
        let shape = self.input();
        let structure = shape.and_then(|shape| shape.name()).unwrap_or_default();
        let members = shape.into_iter().flat_map(|shape| {
            // Collected, because the iterator of members borrows the shape.
            shape.members().collect::<Vec<_>>()
        });
        members.map(move |member| Input {
            name: member.name,
            required: member.required,
            shape: member.shape,
            wire: self.request_wire(structure, member.name),
        })
    }

    /// Shape of the request.
    pub fn input(&self) -> Option<Shape> {
        self.operation.input()
    }

    /// Shape of the answer.
    pub fn output(&self) -> Option<Shape> {
        self.operation.output()
    }

    /// Element inside `<OperationResponse>` that holds the members of the answer (query protocol).
    pub fn result_wrapper(&self) -> Option<&'static str> {
        self.result_wrapper
    }

    /// Member of the answer that is the whole body, for example the structure
    /// `PublicAccessBlockConfiguration` or the text `Policy`.
    pub fn payload(&self) -> Option<&'static str> {
        let structure = self.output()?.name()?;
        self.calls.answers.payload(structure)
    }

    /// How a member of a structure is written in a request.
    pub fn request_wire(&self, structure: &str, member: &'static str) -> Wire {
        self.calls.requests.wire(structure, member)
    }

    /// How a member of a structure is written in an answer. For the JSON protocols only name and
    /// place can differ; the levels describe lists and maps in XML.
    pub fn answer_wire(&self, structure: &str, member: &'static str) -> Wire {
        self.calls.answers.wire(structure, member)
    }
}

impl PartialEq for ApiOperation {
    fn eq(&self, other: &Self) -> bool {
        self.full_name == other.full_name
    }
}

impl Eq for ApiOperation {}

impl Protocol {
    /// Name in the models, for example `awsJson1.1`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsJson10 => "awsJson1.0",
            Self::AwsJson11 => "awsJson1.1",
            Self::RestJson => "restJson1",
            Self::RestXml => "restXml",
            Self::Query => "query",
            Self::Ec2Query => "ec2Query",
        }
    }

    /// Whether answers are XML.
    pub fn answers_xml(self) -> bool {
        matches!(self, Self::RestXml | Self::Query | Self::Ec2Query)
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::AwsJson10,
            Self::AwsJson11,
            Self::RestJson,
            Self::RestXml,
            Self::Query,
            Self::Ec2Query,
        ];
        all.into_iter().find(|protocol| protocol.as_str() == text)
    }
}

impl Scope {
    /// Name in the table, for example `home-region`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::HomeRegion => "home-region",
            Self::Account => "account",
            Self::Global => "global",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [Self::Region, Self::HomeRegion, Self::Account, Self::Global];
        all.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// The sections of the table, by service.
fn services() -> &'static BTreeMap<&'static str, ServiceCalls> {
    static SERVICES: OnceLock<BTreeMap<&'static str, ServiceCalls>> = OnceLock::new();
    SERVICES.get_or_init(|| {
        table::sections(table::API_CALLS)
            .filter_map(|(head, body)| {
                let (id, api_version) = head.split_once('\t')?;
                Some((id, read_service(api_version, body)))
            })
            .collect()
    })
}

fn read_service(api_version: &'static str, body: &'static str) -> ServiceCalls {
    let mut calls = ServiceCalls {
        api_version,
        hosts: Vec::new(),
        lines: BTreeMap::new(),
        requests: WireTable::default(),
        answers: WireTable::default(),
    };
    for line in body.lines() {
        let (letter, rest) = line.split_at_checked(1).unwrap_or_default();
        let (name, text) = rest.split_once('\t').unwrap_or((rest, ""));
        match letter {
            ">" => {
                calls.lines.insert(name, text);
            }
            "<" => calls.requests.insert(name, text),
            "$" => calls.answers.insert(name, text),
            "h" => calls.hosts.push(Host::read(name, text)),
            _ => {}
        }
    }
    calls
}

/// Reads a line of the hand-made list. A line without its match in the generated table gives
/// nothing; the check of the tables finds it.
fn read_operation(line: &'static str) -> Option<ApiOperation> {
    let mut fields = line.split('\t');
    let full_name = fields.next()?;
    let scope = Scope::parse(fields.next()?)?;
    let action = fields.next();
    let (id, name) = full_name.split_once(':')?;
    let operation = service(id)?.operation(name)?;
    let calls = services().get(id)?;
    let mut facts = calls.lines.get(name)?.split('\t');
    let optional = |text: Option<&'static str>| text.filter(|text| *text != "-");
    let prefix = operation.service().action_prefix().unwrap_or(id);
    Some(ApiOperation {
        full_name,
        operation,
        protocol: Protocol::parse(facts.next()?)?,
        method: facts.next()?,
        path: facts.next()?,
        target: optional(facts.next()),
        host_prefix: optional(facts.next()),
        result_wrapper: optional(facts.next()),
        paging: optional(facts.next()).and_then(read_paging),
        scope,
        action: action.map_or_else(|| format!("{prefix}:{name}"), str::to_owned),
        calls,
    })
}

fn read_paging(text: &'static str) -> Option<Paging> {
    let mut fields = text.split(' ');
    let optional = |text: Option<&'static str>| text.filter(|text| *text != "-");
    Some(Paging {
        input_token: fields.next()?,
        output_token: fields.next()?,
        limit: optional(fields.next()),
        page_size: optional(fields.next()).and_then(|size| size.parse().ok()),
        more: optional(fields.next()),
    })
}
