//! VPC endpoints: which clients come through one, and its policy.

use ipnet::IpNet;
use rempart_policy::document::PolicyKind;
use rempart_sigma::yaml::{Fields, Node, Yaml};

use super::Reader;
use super::policies::Managed;
use crate::model::Endpoint;

impl<'n> Reader<'_> {
    pub(super) fn endpoints(
        &mut self,
        node: Option<&'n Node>,
        managed: &Managed<'n>,
    ) -> Vec<Endpoint> {
        let items = match node.map(|node| (&node.value, node.at)) {
            None | Some((Yaml::Null, _)) => return Vec::new(),
            Some((Yaml::List(items), _)) => items,
            Some((_, at)) => {
                self.problem(at, "`endpoints` must be a list");
                return Vec::new();
            }
        };
        let read = items.iter().filter_map(|item| self.endpoint(item, managed));
        read.collect()
    }

    fn endpoint(&mut self, node: &'n Node, managed: &Managed<'n>) -> Option<Endpoint> {
        let mut fields = Fields::of(self, node, "an endpoint")?;
        let id = fields.text(self, "id").unwrap_or_default();
        if !id.starts_with("vpce-") {
            self.problem(node.at, "`id` of an endpoint begins with vpce-");
        }
        let vpc = fields.text(self, "vpc");
        let mut networks = Vec::new();
        for text in fields.texts(self, "networks") {
            match text.parse::<IpNet>() {
                Ok(network) => networks.push(network),
                Err(_) => self.problem(
                    node.at,
                    format!("`{text}` is no network, as 10.0.0.0/16 is one"),
                ),
            }
        }
        if networks.is_empty() {
            self.problem(
                node.at,
                "an endpoint has `networks`, from which clients come through it",
            );
        }
        let policy = fields
            .take("policy")
            .and_then(|node| self.policy(node, PolicyKind::VpcEndpoint, managed));
        fields.finish(self);
        Some(Endpoint {
            id: id.into(),
            vpc: vpc.map(Into::into),
            networks,
            policy,
        })
    }
}
