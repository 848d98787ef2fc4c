//! Work in the background: expiry, new data keys, keys that are no longer used.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use rempart_aws_wire::ServiceError;
use rempart_directory::Connection;

use super::Data;
use super::access::Open;
use super::flush::FlushReport;
use super::metrics::add;
use super::refusal::{engine, internal};
use super::view::Side;
use crate::group::{Group, GroupStatus};

/// How often expired rows of a group are looked for: they are invisible before, and writes wait.
const SWEEP_INTERVAL: i64 = 10_000;
/// Expired rows that are removed while writes wait.
const SWEPT_AT_ONCE: usize = 1_000;

impl Data {
    /// One pass: writes what is due to the offline stores, removes expired rows, makes new data keys,
    /// forgets keys that nobody used. A thread of the server calls it every second or so.
    pub fn tick(&self, now: i64) -> FlushReport {
        let report = self.flush(now, false);
        for group in self.groups.all() {
            if group.status != GroupStatus::Created {
                continue;
            }
            // What cannot be done now is tried again by the next pass; the key rings say why.
            let _ = self.renew_data_key(&group, now);
            let swept_at = &self.state(group.id).swept_at;
            let since = now.saturating_sub(swept_at.load(Ordering::Relaxed));
            if since >= SWEEP_INTERVAL && self.sweep(&group, now).is_ok_and(|n| n < SWEPT_AT_ONCE) {
                swept_at.store(now, Ordering::Relaxed);
            }
        }
        let states: Vec<_> = self
            .states
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect();
        for state in states {
            for side in [Side::Online, Side::Offline] {
                state
                    .ring(side)
                    .tidy(now, &self.settings.keys, &self.metrics);
            }
        }
        report
    }

    /// Removes expired rows of a group, under the store's grant alone; gives how many.
    ///
    /// # Errors
    /// The key cannot be used, or the engine failed.
    pub fn sweep(&self, group: &Arc<Group>, now: i64) -> Result<usize, ServiceError> {
        if group.online.is_none() {
            return Ok(0);
        }
        let open = self.open_for_background(group)?;
        // The grant is asked although nothing is decrypted: a store whose grant is revoked is not
        // maintained.
        open.state.ring(Side::Online).check_store(
            &*self.provider,
            &open.view,
            &background(now)?,
            &self.metrics,
        )?;
        // The engine removes the subjects' keys of expired rows with them: no write may be between
        // reading such a key and using it.
        let _gate = open
            .state
            .gate
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let swept = self
            .engine
            .sweep(group.id, now, SWEPT_AT_ONCE)
            .map_err(|error| engine(&error))?;
        add(&self.metrics.swept, swept as u64);
        Ok(swept)
    }

    /// Makes a new data key when the newest is old or was used often.
    fn renew_data_key(&self, group: &Arc<Group>, now: i64) -> Result<(), ServiceError> {
        let open = self.open_for_background(group)?;
        let side = open.view.rows_side();
        let Some(newest) = open.view.keys(side).and_then(|keys| keys.data_keys.last()) else {
            return Ok(());
        };
        let settings = &self.settings.keys;
        let age = now.saturating_sub(newest.created.as_millisecond());
        let is_old = age >= i64::try_from(settings.data_key_age.as_millis()).unwrap_or(i64::MAX);
        let seals = open.state.ring(side).seals();
        if !is_old && seals < settings.data_key_seals {
            return Ok(());
        }
        // A key that was never used need not be replaced for its age.
        if is_old && seals == 0 {
            return Ok(());
        }
        let connection = background(now)?;
        let material = self.store_keys(&open, &connection)?;
        if material.newest_id() != newest.id {
            return Ok(());
        }
        let next = material
            .next_data_key(&group.arn, side, connection.time)
            .map_err(|_| internal("no data key can be made"))?;
        self.groups
            .add_data_key(group.id, side, next)
            .map_err(internal)?;
        add(&self.metrics.data_keys_made, 1);
        Ok(())
    }

    fn open_for_background(&self, group: &Arc<Group>) -> Result<Open, ServiceError> {
        let state = self.state(group.id);
        let view = state
            .view(Arc::clone(group), &*self.authorizer)
            .ok_or_else(|| internal("The definitions of the feature group do not read"))?;
        Ok(Open { view, state })
    }
}

/// The connection of work that nobody asked for: the service is its own client.
pub(crate) fn background(now: i64) -> Result<Connection, ServiceError> {
    Ok(Connection {
        source_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: "sagemaker.amazonaws.com".into(),
        tls: None,
        request_id: "background".into(),
        time: Timestamp::from_millisecond(now)
            .map_err(|_| internal("the clock is out of range"))?,
    })
}
