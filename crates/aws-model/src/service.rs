//! Services and their API operations.

use std::sync::OnceLock;

use crate::shape::{Shape, Shapes};
use crate::table;

/// A service as the service models cut it: the control plane and each runtime of SageMaker are
/// services of their own.
#[derive(Debug)]
pub struct Service {
    id: &'static str,
    endpoint_prefix: &'static str,
    signing_name: Option<&'static str>,
    action_prefix: Option<&'static str>,
    protocol: &'static str,
    display_name: &'static str,
    body: &'static str,
    operations: OnceLock<Vec<&'static str>>,
    shapes_body: Option<&'static str>,
    shapes: OnceLock<Shapes>,
}

/// One API operation.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    service: &'static Service,
    /// The name after one letter, `r` or `w`.
    line: &'static str,
}

/// All services, sorted by id.
pub fn services() -> &'static [Service] {
    static SERVICES: OnceLock<Vec<Service>> = OnceLock::new();
    SERVICES.get_or_init(read_services)
}

/// The service with this id, for example `sagemaker` or `sagemaker-featurestore-runtime`.
pub fn service(id: &str) -> Option<&'static Service> {
    let services = services();
    let position = services
        .binary_search_by(|service| service.id.cmp(id))
        .ok()?;
    services.get(position)
}

impl Service {
    /// The first service whose calls CloudTrail records under this event source, the control plane
    /// where there is one. Several services may share a source: see [`crate::event_source`].
    pub fn by_event_source(event_source: &str) -> Option<&'static Service> {
        crate::event_source(event_source)?
            .services()
            .first()
            .copied()
    }

    /// Id in the service models, for example `sso-admin`.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// First label or labels of the service's host names, for example `api.sagemaker`.
    pub fn endpoint_prefix(&self) -> &'static str {
        self.endpoint_prefix
    }

    /// Name in the scope of signed requests, where it differs from the endpoint prefix.
    pub fn signing_name(&self) -> Option<&'static str> {
        self.signing_name
    }

    /// Prefix of the IAM actions that guard the operations; `None` when the authorization
    /// reference has no such service.
    pub fn action_prefix(&self) -> Option<&'static str> {
        self.action_prefix
    }

    /// Wire protocol, for example `json`, `query`, `rest-json`, `ec2`.
    pub fn protocol(&self) -> &'static str {
        self.protocol
    }

    /// Name for people, for example `CloudWatch Logs`.
    pub fn display_name(&self) -> &'static str {
        self.display_name
    }

    /// Whether the tables hold the request and answer shapes of this service.
    pub fn has_shapes(&self) -> bool {
        self.shapes_body.is_some()
    }

    /// All operations, sorted by name.
    pub fn operations(&'static self) -> impl ExactSizeIterator<Item = Operation> {
        self.lines().iter().map(move |line| Operation {
            service: self,
            line,
        })
    }

    /// The operation with exactly this name.
    pub fn operation(&'static self, name: &str) -> Option<Operation> {
        let lines = self.lines();
        let position = lines
            .binary_search_by(|line| name_of(line).cmp(name))
            .ok()?;
        lines.get(position).map(move |line| Operation {
            service: self,
            line,
        })
    }

    pub(crate) fn shapes(&'static self) -> Option<&'static Shapes> {
        let body = self.shapes_body?;
        Some(self.shapes.get_or_init(|| Shapes::read(body)))
    }

    fn lines(&self) -> &[&'static str] {
        self.operations
            .get_or_init(|| self.body.lines().filter(|line| !line.is_empty()).collect())
    }
}

impl Operation {
    /// API name, for example `CreateTrainingJob`.
    pub fn name(&self) -> &'static str {
        name_of(self.line)
    }

    /// Service to which the operation belongs.
    pub fn service(&self) -> &'static Service {
        self.service
    }

    /// Whether the call changes nothing: the access level of the action of the same name is Read or
    /// List; where there is no such action, the verb decides. CloudTrail's own `readOnly` agrees
    /// except for calls that only use a key or mint a session (`kms:Decrypt`, `kms:Encrypt`,
    /// `kms:GenerateDataKey`, `sts:AssumeRole` are writes here and read-only there).
    pub fn read_only(&self) -> bool {
        self.line.starts_with('r')
    }

    /// Shape of the request; `None` without parameters or when the service has no shapes here.
    pub fn input(&self) -> Option<Shape> {
        self.service.shapes()?.sides(self.name())?.0
    }

    /// Shape of the answer; `None` without members or when the service has no shapes here.
    pub fn output(&self) -> Option<Shape> {
        self.service.shapes()?.sides(self.name())?.1
    }
}

impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        self.service.id == other.service.id && self.line == other.line
    }
}

impl Eq for Operation {}

fn name_of(line: &'static str) -> &'static str {
    line.get(1..).unwrap_or_default()
}

fn read_services() -> Vec<Service> {
    let mut services: Vec<Service> = table::sections(table::OPERATIONS)
        .map(read_service)
        .collect();
    services.sort_by_key(|service| service.id);
    for (id, body) in table::sections(table::SHAPES) {
        if let Ok(position) = services.binary_search_by(|service| service.id.cmp(id))
            && let Some(service) = services.get_mut(position)
        {
            service.shapes_body = Some(body);
        }
    }
    services
}

fn read_service((head, body): (&'static str, &'static str)) -> Service {
    let mut fields = head.split('\t');
    let mut field = || fields.next().unwrap_or_default();
    let optional = |text: &'static str| (text != "-").then_some(text);
    Service {
        id: field(),
        endpoint_prefix: field(),
        signing_name: optional(field()),
        action_prefix: optional(field()),
        protocol: field(),
        display_name: field(),
        body,
        operations: OnceLock::new(),
        shapes_body: None,
        shapes: OnceLock::new(),
    }
}
