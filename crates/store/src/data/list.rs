//! ListRecords.

use rempart_aws_wire::records::ListRecords;
use rempart_aws_wire::{ServiceError, push_json_string};
use rempart_online::{RowKey, Stored};

use super::access::{Missing, Open};
use super::call::Call;
use super::material::Material;
use super::metrics::read_units;
use super::read::{is_current, needs_online};
use super::refusal::{engine, internal, invalid};
use super::seal;
use super::units::Units;
use super::view::Kind;
use super::{Answer, Data, codec, row};

/// Identifiers on a page that does not say how many it wants.
const PAGE: usize = 100;
/// Rows that one call looks at: what a page costs is bounded also where most rows are markers. Such a
/// page may be short and still have a token.
const MOST_ROWS: usize = 20_000;
/// How long a token is good for.
const TOKEN_AGE: i64 = 24 * 3_600_000;

/// Where the next page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    after: [u8; 16],
    issued: i64,
}

impl Data {
    pub(crate) fn list_records(
        &self,
        call: &Call<'_>,
        input: &ListRecords<'_>,
    ) -> Result<Answer, ServiceError> {
        let open = self.group(call, &input.group, Missing::NotFound, |view, arn| {
            self.may(call, view, arn, &self.actions.list, &[])
        })?;
        let material = self.row_keys(call, &open)?;
        let view = &open.view;
        needs_online(view)?;
        let page = input
            .max_results
            .and_then(|number| usize::try_from(number).ok())
            .map_or(PAGE, |number| number.clamp(1, PAGE));
        let with_markers = input.include_deleted;
        let mut after = match input.next_token.as_deref() {
            None => None,
            Some(token) => Some(
                open_token(&open, &material, token, with_markers, call.now)
                    .ok_or_else(|| invalid("Validation Error: NextToken is not valid"))?
                    .after,
            ),
        };
        let mut out = Vec::from(&b"{\"RecordIdentifiers\":["[..]);
        let mut is_first = true;
        let mut count = 0;
        let mut looked_at = 0;
        let mut bytes = 0;
        let mut is_over = false;
        while count < page && looked_at < MOST_ROWS && !is_over {
            // One more than is needed tells whether there is a further page.
            let limit = page - count + 1;
            let rows = self
                .engine
                .scan(view.group.id, after, limit)
                .map_err(|error| engine(&error))?;
            is_over = rows.len() < limit;
            let keys: Vec<RowKey> = rows.iter().map(|(blind, _)| view.row_key(*blind)).collect();
            let secrets = self.engine.secrets(&keys).map_err(|error| engine(&error))?;
            let mut is_full = false;
            for ((blind, stored), secret) in rows.into_iter().zip(secrets) {
                if count == page {
                    is_full = true;
                    break;
                }
                after = Some(blind);
                looked_at += 1;
                let is_listed =
                    is_current(&stored, call.now) && (with_markers || !stored.row.is_deleted);
                let Some(secret) = secret.filter(|_| is_listed) else {
                    continue;
                };
                let Some(identifier) =
                    self.identifier(&open, &material, blind, &stored, &secret)?
                else {
                    continue;
                };
                bytes += identifier.len();
                codec::comma(&mut out, &mut is_first);
                push_json_string(&mut out, &identifier);
                count += 1;
            }
            if is_full {
                is_over = false;
                break;
            }
        }
        self.take_units(
            &open,
            [0; 16],
            Units {
                read: read_units(bytes),
                write: 0,
            },
            call.now,
        )?;
        out.push(b']');
        if let (Some(after), false) = (after, is_over) {
            let position = Position {
                after,
                issued: call.now,
            };
            let token = seal_token(&open, &material, position, with_markers)
                .ok_or_else(|| internal("No token for the next page can be made"))?;
            out.extend_from_slice(b",\"NextToken\":");
            push_json_string(&mut out, &token);
        }
        out.push(b'}');
        Ok(Answer::Json(out))
    }

    /// The identifier of a row; `None` when it was erased meanwhile.
    fn identifier(
        &self,
        open: &Open,
        material: &Material,
        blind: [u8; 16],
        stored: &Stored,
        secret: &[u8],
    ) -> Result<Option<String>, ServiceError> {
        let opened = open_identifier(open, material, blind, stored, secret);
        if let Some(identifier) = opened {
            return Ok(Some(identifier));
        }
        // The row may have changed between the reads of it and of its subject's key.
        let key = open.view.row_key(blind);
        let stored = self.engine.get(&key).map_err(|error| engine(&error))?;
        let secret = self.engine.secret(&key).map_err(|error| engine(&error))?;
        let (Some(stored), Some(secret)) = (stored, secret) else {
            return Ok(None);
        };
        open_identifier(open, material, blind, &stored, &secret)
            .map(Some)
            .ok_or_else(|| self.damaged())
    }
}

fn open_identifier(
    open: &Open,
    material: &Material,
    blind: [u8; 16],
    stored: &Stored,
    secret: &[u8],
) -> Option<String> {
    let subject = row::open_subject(&open.view, material, blind, secret).ok()?;
    let plain = row::open_identifier(&open.view, material, &subject, blind, &stored.row).ok()?;
    std::str::from_utf8(&plain).ok().map(str::to_owned)
}

fn filter_name(with_markers: bool) -> &'static [u8] {
    if with_markers {
        b"token/with-markers"
    } else {
        b"token"
    }
}

fn seal_token(
    open: &Open,
    material: &Material,
    position: Position,
    with_markers: bool,
) -> Option<String> {
    let mut plain = Vec::from(position.after);
    plain.extend_from_slice(&position.issued.to_le_bytes());
    let key = &material.newest().ok()?.key;
    let aad = open
        .view
        .place(Kind::Token, 0, filter_name(with_markers), 0);
    let sealed = seal::seal(key, &aad, &plain).ok()?;
    Some(super::audit::hex(&sealed))
}

fn open_token(
    open: &Open,
    material: &Material,
    token: &str,
    with_markers: bool,
    now: i64,
) -> Option<Position> {
    let sealed = unhex(token)?;
    let key = &material.key_of(&sealed).ok()?.key;
    let aad = open
        .view
        .place(Kind::Token, 0, filter_name(with_markers), 0);
    let plain = seal::open(key, &aad, &sealed).ok()?;
    let (after, rest) = plain.split_first_chunk::<16>()?;
    let issued = i64::from_le_bytes(rest.try_into().ok()?);
    (now.saturating_sub(issued) <= TOKEN_AGE).then_some(Position {
        after: *after,
        issued,
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    if bytes.len() > 1_024 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    bytes
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => {
                let high = char::from(*high).to_digit(16)?;
                let low = char::from(*low).to_digit(16)?;
                u8::try_from(high << 4 | low).ok()
            }
            _ => None,
        })
        .collect()
}
