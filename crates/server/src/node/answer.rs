//! One request from its bytes to its answer.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use rempart_audit::Sink as _;
use rempart_aws_wire::sign::{Scope, Secret, claim};
use rempart_aws_wire::{
    Answer, Header, Incoming, Route, ServiceError, empty, error, input, json, records, route,
};
use rempart_directory::{Caller, Connection};
use rempart_store::data;

use super::Node;
use super::open::request_id;
use crate::front::{Front, Peer};

/// Longest user agent that is kept.
const LONGEST_AGENT: usize = 256;

impl Front for Node {
    fn answer(&self, incoming: &Incoming<'_>, peer: &Peer) -> Answer {
        let begun = Instant::now();
        let id = request_id();
        let routed = route(incoming);
        let name = routed
            .as_ref()
            .map_or("unknown", |route| route.operation.name);
        let outcome = routed.and_then(|route| self.served(incoming, &route, peer, &id));
        let code = outcome
            .as_ref()
            .err()
            .map_or("", |failure| &*failure.code)
            .to_owned();
        let answer = match outcome {
            Ok(answer) => answer,
            Err(failure) => error(incoming.dialect(), &failure, &id),
        };
        self.counters.count(name, &code, begun.elapsed());
        tracing::debug!(
            operation = name,
            code,
            status = answer.status,
            request_id = &*id,
            "answered"
        );
        answer
    }

    fn is_quick(&self, method: &str, path: &str) -> bool {
        self.engine.is_local()
            && match method {
                "GET" => true,
                "POST" => path == "/BatchGetRecord",
                _ => false,
            }
    }

    fn busy(&self, incoming: &Incoming<'_>) -> Answer {
        let failure = ServiceError::new("ThrottlingException", "Rate exceeded").with_status(503);
        self.counters
            .count("unknown", "ThrottlingException", std::time::Duration::ZERO);
        error(incoming.dialect(), &failure, &request_id())
    }

    fn ready(&self) -> Result<(), String> {
        if !self.audit.healthy() {
            return Err("audit records cannot be kept".to_owned());
        }
        Ok(())
    }

    fn metrics(&self) -> String {
        self.render_metrics()
    }

    fn reload(&self) {
        match self.live.reload() {
            Ok(warnings) => {
                for warning in &warnings {
                    tracing::warn!(%warning, "rempart.yaml");
                }
                tracing::info!("directory reloaded");
            }
            Err(problems) => {
                for problem in &problems.problems {
                    tracing::error!(%problem, "rempart.yaml");
                }
                tracing::error!("the directory was not read again: what was in force stays");
            }
        }
    }
}

impl Node {
    fn served(
        &self,
        incoming: &Incoming<'_>,
        route: &Route<'_>,
        peer: &Peer,
        id: &Arc<str>,
    ) -> Result<Answer, ServiceError> {
        let operation = route.operation;
        let now = Timestamp::now();
        let scope = Scope {
            region: &self.region,
            services: &[operation.service().signing_name],
        };
        let claim = claim(incoming, &scope, now)?;
        let credential = self
            .live
            .credential(&claim.access_key, claim.token.as_deref(), now)?;
        let secret = Secret::new(credential.secret.as_str());
        let verified = claim.check(incoming, &secret, &self.signing_keys)?;
        let caller = self.live.caller(&verified.access_key, &credential)?;
        self.replay.admit(&verified, operation.read_only(), now)?;
        let connection = Connection {
            source_address: peer.address,
            user_agent: agent(incoming),
            tls: peer.tls.clone(),
            request_id: Arc::clone(id),
            time: now,
        };
        let outcome = self.called(incoming, route, &caller, &connection);
        if self.audit_sync.waits(operation.read_only()) && !self.audit.sync() {
            return Err(ServiceError::new(
                "ServiceUnavailable",
                "the audit record of the call cannot be kept; what became of the call is not told",
            )
            .with_status(503));
        }
        if outcome
            .as_ref()
            .is_err_and(|failure| &*failure.code == "ThrottlingException")
        {
            self.replay.forget(&verified, operation.read_only());
        }
        outcome
    }

    fn called(
        &self,
        incoming: &Incoming<'_>,
        route: &Route<'_>,
        caller: &Arc<Caller>,
        connection: &Connection,
    ) -> Result<Answer, ServiceError> {
        let operation = route.operation;
        let id = &*connection.request_id;
        if operation.service().id == "sagemaker-featurestore-runtime" {
            let call = records::parse(incoming, route)?;
            return Ok(match self.data.call(caller, connection, &call)? {
                data::Answer::None => empty(operation, id),
                data::Answer::Json(body) => json(operation, body, id),
            });
        }
        let members = input(incoming, route)?;
        let value = match operation.service().id {
            "kms" if !self.keeps_keys => {
                return Err(ServiceError::new(
                    "UnknownOperationException",
                    "keys are kept by AWS KMS: call it at its own endpoint",
                ));
            }
            "kms" => self.kms.call(
                caller,
                connection,
                operation.name,
                &members,
                connection.time,
            )?,
            "sagemaker" => self
                .control
                .call(caller, connection, operation.name, &members)?,
            "sts" => {
                let outcome = self.live.sts(caller, connection, operation.name, &members);
                let event =
                    self.live
                        .sts_event(caller, connection, operation.name, &members, &outcome);
                self.audit.record(event);
                outcome?
            }
            _ => {
                return Err(ServiceError::new(
                    "UnknownOperationException",
                    "it is not served",
                ));
            }
        };
        Ok(rempart_aws_wire::answer(operation, &value, id))
    }
}

fn agent(incoming: &Incoming<'_>) -> Arc<str> {
    let Header::Once(text) = incoming.header("user-agent") else {
        return "".into();
    };
    let end = (0..=LONGEST_AGENT.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default().into()
}
