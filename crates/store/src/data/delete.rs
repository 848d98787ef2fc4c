//! DeleteRecord.

use std::rc::Rc;

use rempart_aws_wire::ServiceError;
use rempart_aws_wire::records::DeleteRecord;
use rempart_online::Condition;

use super::access::Missing;
use super::call::Call;
use super::given::{Given, GivenValue, check_event_time, check_identifier};
use super::put::stores;
use super::refusal::invalid;
use super::write::{OfflineWrite, Online, Write};
use super::{Answer, Data, codec};

impl Data {
    pub(crate) fn delete_record(
        &self,
        call: &Call<'_>,
        input: &DeleteRecord<'_>,
    ) -> Result<Answer, ServiceError> {
        let open = self.group(call, &input.group, Missing::Invalid, |view, arn| {
            self.may(call, view, arn, &self.actions.delete, &[])
        })?;
        let material = self.row_keys(call, &open)?;
        let schema = &open.view.schema;
        let stores = stores(&open, input.targets)?;
        let identifier = &*input.identifier;
        check_identifier(identifier)?;
        let event_time_text = &*input.event_time;
        let event_time = check_event_time(schema, event_time_text, self.rules())?;
        let is_hard = input.hard;
        // The marker row holds identifier and event time; its other features are null.
        let marker = Given {
            values: vec![
                (schema.identifier, GivenValue::Text(identifier)),
                (schema.event_time, GivenValue::Text(event_time_text)),
            ],
            without_value: Vec::new(),
            size: identifier.len() + event_time_text.len(),
        };
        let later = Condition::NotOlder {
            event_time,
            on_equal: false,
            now: call.now,
        };
        let write = Write {
            blind: material.blind(identifier),
            identifier,
            event_time,
            expires_at: None,
            online: match (stores.online, is_hard) {
                (false, _) => Online::Nothing,
                (true, false) => Online::Marker(later),
                (true, true) => Online::Remove(later),
            },
            offline: stores.offline.then(|| OfflineWrite {
                record: Rc::new(codec::encode(&marker)),
                is_deleted: true,
                only_if_applied: is_hard && stores.online,
            }),
            now: call.now,
            material,
            open,
        };
        call.saw_record(write.blind);
        self.take_write_units(&write.open, write.blind, write.size(), call.now)?;
        let applied = self.write(std::slice::from_ref(&write))?;
        if is_hard && stores.online && applied.first() != Some(&true) {
            return Err(invalid(
                "Validation Error: the EventTime of a HardDelete has to be later than that of the record",
            ));
        }
        Ok(Answer::None)
    }
}
