//! Random sequences against a naive model of the semantics.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::world::{Make, START, World, at};
use crate::data::{EqualEventTime, Settings};

#[derive(Debug, Clone)]
enum Step {
    Put {
        id: u8,
        time: i64,
        value: u8,
        ttl: Option<u8>,
        stores: u8,
    },
    SoftDelete {
        id: u8,
        time: i64,
    },
    HardDelete {
        id: u8,
        time: i64,
    },
    Update {
        id: u8,
        time: Option<i64>,
        value: u8,
        ttl: Option<u8>,
    },
    Wait {
        seconds: u8,
    },
    Sweep,
    Flush,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let ttl = proptest::option::of(1_u8..8);
    prop_oneof![
        5 => (0_u8..3, 0_i64..12, any::<u8>(), ttl.clone(), 0_u8..3).prop_map(
            |(id, time, value, ttl, stores)| Step::Put { id, time, value, ttl, stores }
        ),
        2 => (0_u8..3, 0_i64..12).prop_map(|(id, time)| Step::SoftDelete { id, time }),
        2 => (0_u8..3, 0_i64..12).prop_map(|(id, time)| Step::HardDelete { id, time }),
        3 => (0_u8..3, proptest::option::of(0_i64..12), any::<u8>(), ttl).prop_map(
            |(id, time, value, ttl)| Step::Update { id, time, value, ttl }
        ),
        2 => (1_u8..4).prop_map(|seconds| Step::Wait { seconds }),
        1 => Just(Step::Sweep),
        1 => Just(Step::Flush),
        1 => Just(Step::Restart),
    ]
}

/// A record of the model: `value` is `None` for a marker.
#[derive(Debug, Clone)]
struct Record {
    time: i64,
    /// Seconds after the start.
    expires: Option<i64>,
    value: Option<String>,
}

#[derive(Debug, Default)]
struct Model {
    now: i64,
    online: BTreeMap<String, Record>,
    offline: Vec<(String, i64, bool, Option<String>)>,
    keep_on_equal: bool,
}

impl Model {
    fn current(&self, id: &str) -> Option<&Record> {
        self.online
            .get(id)
            .filter(|record| record.expires.is_none_or(|at| at > self.now))
    }

    fn read(&self, id: &str) -> Option<String> {
        self.current(id).and_then(|record| record.value.clone())
    }

    fn put(&mut self, id: &str, time: i64, value: &str, ttl: Option<u8>, stores: u8) {
        let is_newer = self
            .current(id)
            .is_none_or(|old| time > old.time || (time == old.time && !self.keep_on_equal));
        if stores != 2 && is_newer {
            let record = Record {
                time,
                expires: ttl.map(|ttl| time + i64::from(ttl)),
                value: Some(value.to_owned()),
            };
            self.online.insert(id.to_owned(), record);
        }
        if stores != 1 {
            self.offline
                .push((id.to_owned(), time, false, Some(value.to_owned())));
        }
    }

    fn delete(&mut self, id: &str, time: i64, is_hard: bool) -> bool {
        let is_later = self.current(id).is_none_or(|old| time > old.time);
        if is_hard && !is_later {
            return false;
        }
        self.offline.push((id.to_owned(), time, true, None));
        if is_hard {
            self.online.remove(id);
        } else if is_later {
            let marker = Record {
                time,
                expires: None,
                value: None,
            };
            self.online.insert(id.to_owned(), marker);
        }
        true
    }

    fn update(
        &mut self,
        id: &str,
        time: Option<i64>,
        value: &str,
        ttl: Option<u8>,
    ) -> Option<&'static str> {
        if ttl.is_some() && time.is_none() {
            return Some("ValidationError");
        }
        let Some(old) = self.current(id).filter(|old| old.value.is_some()).cloned() else {
            return Some("ResourceNotFound");
        };
        let new_time = time.unwrap_or(old.time);
        if new_time < old.time {
            return Some("ConflictException");
        }
        let expires = match ttl {
            Some(ttl) => Some(new_time + i64::from(ttl)),
            None => old.expires.map(|at| at - old.time + new_time),
        };
        let record = Record {
            time: new_time,
            expires,
            value: Some(value.to_owned()),
        };
        self.online.insert(id.to_owned(), record);
        self.offline
            .push((id.to_owned(), new_time, false, Some(value.to_owned())));
        None
    }
}

fn run(steps: Vec<Step>, equal: EqualEventTime) {
    let mut world = World::with_settings(Settings {
        equal_event_time: equal,
        ..Settings::default()
    });
    world.make(Make::default());
    let mut model = Model {
        keep_on_equal: equal == EqualEventTime::Keep,
        ..Model::default()
    };
    for step in steps {
        match step {
            Step::Put {
                id,
                time,
                value,
                ttl,
                stores,
            } => {
                let (id, value) = (id.to_string(), value.to_string());
                let mut more = json!({});
                if let Some(ttl) = ttl {
                    more["TtlDuration"] = json!({"Unit": "Seconds", "Value": ttl});
                }
                match stores {
                    1 => more["TargetStores"] = json!(["OnlineStore"]),
                    2 => more["TargetStores"] = json!(["OfflineStore"]),
                    _ => {}
                }
                world.put_with(&id, time, &[("a", &value)], more).unwrap();
                model.put(&id, time, &value, ttl, stores);
            }
            Step::SoftDelete { id, time } => {
                world.delete(&id.to_string(), time, "SoftDelete").unwrap();
                model.delete(&id.to_string(), time, false);
            }
            Step::HardDelete { id, time } => {
                let result = world.delete(&id.to_string(), time, "HardDelete");
                assert_eq!(result.is_ok(), model.delete(&id.to_string(), time, true));
            }
            Step::Update {
                id,
                time,
                value,
                ttl,
            } => {
                let (id, value) = (id.to_string(), value.to_string());
                let text = time.map(at);
                let mut features = vec![("a", value.as_str())];
                if let Some(text) = &text {
                    features.push(("time", text));
                }
                let mut more = json!({});
                if let Some(ttl) = ttl {
                    more["TtlDuration"] = json!({"Unit": "Seconds", "Value": ttl});
                }
                let error = world
                    .update(&id, &features, more)
                    .err()
                    .map(|error| error.code);
                assert_eq!(error.as_deref(), model.update(&id, time, &value, ttl));
            }
            Step::Wait { seconds } => {
                world.wait(i64::from(seconds) * 1_000);
                model.now = (world.now() - START) / 1_000;
            }
            Step::Sweep => {
                world.data.sweep(&world.group(), world.now()).unwrap();
            }
            Step::Flush => {
                world.offline();
            }
            Step::Restart => world = world.restarted(),
        }
        for id in ["0", "1", "2"] {
            let read = world.get(id).map(|record| record["a"].clone());
            assert_eq!(read, model.read(id), "record {id}");
        }
    }
    let mut expected = model.offline;
    expected.sort();
    assert_eq!(world.offline(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn the_store_does_as_the_model(steps in proptest::collection::vec(step(), 1..40), keep in any::<bool>()) {
        run(steps, if keep { EqualEventTime::Keep } else { EqualEventTime::Overwrite });
    }
}
