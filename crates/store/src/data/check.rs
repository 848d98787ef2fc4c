//! Records checked without a store.

use rempart_aws_wire::ServiceError;
use rempart_aws_wire::records::FeatureValue;

use super::codec::{self, Wanted};
use super::given::{Given, Rules};
use super::refusal::internal;
use super::schema::Schema;
use super::settings::Settings;
use crate::group::Group;

/// Checks the member `Record` of a call against the definitions of a group as `PutRecord` does, and gives
/// the list that `GetRecord` would answer after it.
///
/// # Errors
/// `ValidationError`, as `PutRecord` answers.
pub fn check_record(
    group: &Group,
    record: &[FeatureValue<'_>],
    settings: &Settings,
) -> Result<Vec<u8>, ServiceError> {
    let schema = Schema::of(group)
        .ok_or_else(|| internal("The definitions of the feature group do not read"))?;
    let rules = Rules {
        nanoseconds: settings.nanosecond_event_times,
    };
    let given = Given::read(&schema, record, rules)?;
    given.identifier(&schema)?;
    given.required_event_time(&schema, rules)?;
    let stored = codec::encode(&given);
    let mut out = vec![b'['];
    codec::write_json(&mut out, &schema, &stored, &Wanted::All)
        .map_err(|_| internal("The record does not read back"))?;
    out.push(b']');
    Ok(out)
}
