//! Rotation. Old material keeps decrypting.

use rempart_aws_wire::ServiceError;
use serde_json::{Map, Value, json};

use super::BuiltinKms;
use super::authorise::{Ask, Cx};
use super::changes::days_after;
use super::describe::seconds;
use super::input::{Input, invalid};
use super::key::{Key, Rotation};
use super::lists::page;
use super::names::{KEYS, single};

/// Rotations on demand per key.
const MOST_ON_DEMAND: usize = 25;
const PERIOD_DAYS: (u32, u32) = (90, 2560);
const DEFAULT_PERIOD_DAYS: u32 = 365;
/// Limit of a list where none is given.
const DEFAULT_LIMIT: u32 = 100;

fn rotatable(key: &Key) -> Result<(), ServiceError> {
    if key.meta.is_symmetric() {
        return Ok(());
    }
    let message = format!("{} is not a symmetric encryption key", key.arn());
    Err(ServiceError::new("UnsupportedOperationException", message))
}

impl BuiltinKms {
    pub(super) fn enable_key_rotation(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let text = input.needed_key_id("KeyId")?;
        let period = input.number("RotationPeriodInDays", PERIOD_DAYS.0, PERIOD_DAYS.1)?;
        cx.trace.parameter("keyId", text);
        if let Some(period) = period {
            cx.trace.parameter("rotationPeriodInDays", period);
        }
        let named = self.resolve(cx, text)?;
        let (storage, key) = self.locked(cx, &named)?;
        let more = period.map(|days| (KEYS.rotation_period.clone(), single(&days.to_string())));
        let ask = Ask {
            more: more.into_iter().collect(),
            ..Ask::default()
        };
        self.authorise(cx, "EnableKeyRotation", &key, ask)?;
        key.meta.check_state(cx.operation)?;
        rotatable(&key)?;
        let old = key
            .meta
            .rotation
            .as_ref()
            .map(|rotation| rotation.period_days);
        let period_days = period.or(old).unwrap_or(DEFAULT_PERIOD_DAYS);
        if old == Some(period_days) {
            return Ok(json!({}));
        }
        let mut meta = (*key.meta).clone();
        // The period runs from now (KMS Developer Guide, "Enable automatic key rotation").
        meta.rotation = Some(Rotation {
            period_days,
            next: days_after(cx.now, period_days),
        });
        self.store_meta(&storage, &key, meta)?;
        Ok(json!({}))
    }

    pub(super) fn disable_key_rotation(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let text = input.needed_key_id("KeyId")?;
        cx.trace.parameter("keyId", text);
        let named = self.resolve(cx, text)?;
        let (storage, key) = self.locked(cx, &named)?;
        self.authorise(cx, "DisableKeyRotation", &key, Ask::default())?;
        key.meta.check_state(cx.operation)?;
        rotatable(&key)?;
        let mut meta = (*key.meta).clone();
        meta.rotation = None;
        self.store_meta(&storage, &key, meta)?;
        Ok(json!({}))
    }

    pub(super) fn get_key_rotation_status(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let key = self.shown(cx, input, "GetKeyRotationStatus")?.key;
        rotatable(&key)?;
        let mut answer = Map::new();
        let mut put = |name: &str, value: Value| {
            answer.insert(name.to_owned(), value);
        };
        put("KeyId", json!(key.arn()));
        put("KeyRotationEnabled", json!(key.meta.rotation.is_some()));
        if let Some(rotation) = &key.meta.rotation {
            put("RotationPeriodInDays", json!(rotation.period_days));
            put("NextRotationDate", seconds(rotation.next));
        }
        Ok(Value::Object(answer))
    }

    pub(super) fn rotate_key_on_demand(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let text = input.needed_key_id("KeyId")?;
        cx.trace.parameter("keyId", text);
        let named = self.resolve(cx, text)?;
        let (storage, key) = self.locked(cx, &named)?;
        self.authorise(cx, "RotateKeyOnDemand", &key, Ask::default())?;
        key.meta.check_state(cx.operation)?;
        rotatable(&key)?;
        let made = key.meta.rotations.iter().filter(|made| made.on_demand);
        if made.count() >= MOST_ON_DEMAND {
            let message = "the key was rotated on demand as often as it can be";
            return Err(ServiceError::new("LimitExceededException", message));
        }
        self.rotate(&storage, &key, cx.now, true)?;
        cx.trace.response("keyId", key.arn());
        Ok(json!({"KeyId": key.arn()}))
    }

    pub(super) fn list_key_rotations(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let with_first = match input.text("IncludeKeyMaterial", (1, 64))? {
            None | Some("ROTATIONS_ONLY") => false,
            Some("ALL_KEY_MATERIAL") => true,
            Some(_) => {
                return Err(invalid(
                    "IncludeKeyMaterial must be ALL_KEY_MATERIAL or ROTATIONS_ONLY",
                ));
            }
        };
        let key = self.shown(cx, input, "ListKeyRotations")?.key;
        rotatable(&key)?;
        let current = key.meta.material.as_deref();
        let state = |material: &str| {
            if Some(material) == current {
                "CURRENT"
            } else {
                "NON_CURRENT"
            }
        };
        let mut listed = Vec::new();
        let first = key.meta.first_material.as_deref().filter(|_| with_first);
        if let Some(first) = first {
            let entry = json!({
                "KeyId": key.arn(),
                "KeyMaterialId": first,
                "KeyMaterialState": state(first),
            });
            listed.push((format!("{:08}", 0), entry));
        }
        for (number, rotated) in (1_u32..).zip(&key.meta.rotations) {
            let kind = if rotated.on_demand {
                "ON_DEMAND"
            } else {
                "AUTOMATIC"
            };
            let entry = json!({
                "KeyId": key.arn(),
                "KeyMaterialId": rotated.material,
                "KeyMaterialState": state(&rotated.material),
                "RotationDate": seconds(rotated.at),
                "RotationType": kind,
            });
            listed.push((format!("{number:08}"), entry));
        }
        page(input, DEFAULT_LIMIT, "Rotations", listed)
    }
}
