//! Legal holds: subjects that must not be erased. They are kept by blinded identifiers.

use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection};
use serde_json::json;

use crate::data::Data;
use crate::data::access::{Missing, Open};
use crate::data::audit::{arn_of, hex, named_event};
use crate::data::call::Call;
use crate::data::given::check_identifier;
use crate::data::refusal::engine;

impl Data {
    /// Places a legal hold on a subject, or lifts it. The caller needs what an erasure needs.
    ///
    /// # Errors
    /// The caller may not, there is no such group, or the engine failed.
    pub fn hold(
        &self,
        caller: &Caller,
        connection: &Connection,
        group: &str,
        identifier: &str,
        is_held: bool,
    ) -> Result<(), ServiceError> {
        let call = Call::new(caller, connection);
        let outcome = self.set_hold(&call, group, identifier, is_held);
        self.sink.record(named_event(
            if is_held { "PlaceHold" } else { "LiftHold" },
            false,
            &self.region,
            caller,
            connection,
            call.into_trace(),
            outcome.as_ref().err(),
        ));
        outcome
    }

    fn set_hold(
        &self,
        call: &Call<'_>,
        group: &str,
        identifier: &str,
        is_held: bool,
    ) -> Result<(), ServiceError> {
        let open = self.group(call, group, Missing::NotFound, |view, arn| {
            self.may(call, view, arn, &self.actions.delete, &[])
        })?;
        let material = self.row_keys(call, &open)?;
        check_identifier(identifier)?;
        let blind = material.blind(identifier);
        call.saw_record(blind);
        let note = json!({"since": call.now, "by": arn_of(call.caller)}).to_string();
        self.engine
            .put_note(
                &note_name(&open, &blind),
                is_held.then_some(note.as_bytes()),
            )
            .map_err(|error| engine(&error))
    }

    /// How many of the subjects are held.
    pub(super) fn held(&self, open: &Open, blinds: &[[u8; 16]]) -> Result<usize, ServiceError> {
        let mut held = 0;
        for blind in blinds {
            let notes = self
                .engine
                .notes(&note_name(open, blind))
                .map_err(|error| engine(&error))?;
            if !notes.is_empty() {
                held += 1;
            }
        }
        Ok(held)
    }
}

fn note_name(open: &Open, blind: &[u8; 16]) -> String {
    format!("hold/{:016x}/{}", open.view.group.id.0, hex(blind))
}
