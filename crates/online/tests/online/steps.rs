//! Random steps, what an engine answers to them, and all that it holds then.

use bytes::Bytes;
use proptest::prelude::*;
use rempart_online::{Condition, Engine, GroupId, Mutation, Row, RowKey};

/// The year 2100: no server removes what expires then.
const LATE: i64 = 4_102_444_800_000;
/// Event times: some differ only beyond the precision of a double.
const TIMES: [i64; 6] = [i64::MIN, -1, 0, 1 << 53, (1 << 53) + 1, i64::MAX];

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Apply(Vec<Plan>),
    Forget(u8, u8),
    Sweep(u8, i64),
    DropGroup(u8),
    Dequeue(u8, usize),
    Note(u8, Option<Vec<u8>>),
    Compact,
    Reopen,
}

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    group: u8,
    record: u8,
    condition: u8,
    event_time: usize,
    ttl: Option<i64>,
    deletes: bool,
    queue: bool,
    queue_if_applied: bool,
    secret: bool,
    size: u8,
}

fn plan() -> impl Strategy<Value = Plan> {
    (
        (0..2_u8, 0..4_u8, 0..5_u8, 0..TIMES.len()),
        (
            proptest::option::of(0..6_i64),
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
        ),
        (any::<bool>(), any::<u8>()),
    )
        .prop_map(|(one, two, three)| Plan {
            group: one.0,
            record: one.1,
            condition: one.2,
            event_time: one.3,
            ttl: two.0,
            deletes: two.1,
            queue: two.2,
            queue_if_applied: two.3,
            secret: three.0,
            size: three.1,
        })
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => proptest::collection::vec(plan(), 1..6).prop_map(Step::Apply),
        1 => (0..2_u8, 0..4_u8).prop_map(|(group, record)| Step::Forget(group, record)),
        1 => (0..2_u8, 0..12_i64).prop_map(|(group, now)| Step::Sweep(group, now)),
        1 => (0..2_u8).prop_map(Step::DropGroup),
        1 => (0..2_u8, 0..5_usize).prop_map(|(group, count)| Step::Dequeue(group, count)),
        1 => (0..3_u8, proptest::option::of(any::<Vec<u8>>())).prop_map(|(name, value)| Step::Note(name, value)),
        1 => Just(Step::Compact),
        1 => Just(Step::Reopen),
    ]
}

fn key(group: u8, record: u8) -> RowKey {
    RowKey {
        group: GroupId(u64::from(group)),
        // Two of four share the first byte.
        blind: [
            record / 2 * 40,
            record,
            3,
            3,
            3,
            3,
            3,
            3,
            3,
            3,
            3,
            3,
            3,
            3,
            3,
            3,
        ],
    }
}

/// The mutation for one engine: versions differ between engines.
fn mutation(plan: &Plan, engine: &dyn Engine) -> Mutation {
    let key = key(plan.group, plan.record);
    let sealed = Bytes::from(vec![plan.size; usize::from(plan.size)]);
    let now = LATE + 3;
    let event_time = TIMES[plan.event_time];
    Mutation {
        key,
        condition: match plan.condition {
            0 => Condition::Always,
            1 => Condition::QueueOnly,
            2 => match engine.get(&key).unwrap() {
                Some(stored) => Condition::Unchanged(stored.version),
                None => Condition::Always,
            },
            other => Condition::NotOlder {
                event_time,
                on_equal: other == 3,
                now,
            },
        },
        row: (!plan.deletes).then(|| Row {
            event_time,
            // The last of them never comes.
            expires_at: plan
                .ttl
                .map(|ttl| if ttl == 5 { i64::MAX } else { LATE + ttl }),
            is_deleted: plan.size.is_multiple_of(2),
            sealed: sealed.clone(),
        }),
        queue: plan.queue.then_some(sealed),
        queue_if_applied: plan.queue_if_applied,
        secret: plan.secret.then(|| Bytes::from_static(b"secret")),
    }
}

/// Takes one step; gives what it answered.
pub(crate) fn take(engine: &dyn Engine, step: &Step) -> String {
    match step {
        Step::Apply(plans) => {
            let mutations = plans.iter().map(|plan| mutation(plan, engine)).collect();
            format!("{:?}", engine.apply(mutations).unwrap())
        }
        Step::Forget(group, record) => {
            format!("{:?}", engine.forget(&key(*group, *record)).unwrap())
        }
        Step::Sweep(group, now) => {
            format!(
                "{:?}",
                engine
                    .sweep(GroupId(u64::from(*group)), LATE + *now, 100)
                    .unwrap()
            )
        }
        Step::DropGroup(group) => {
            engine.drop_group(GroupId(u64::from(*group))).unwrap();
            String::new()
        }
        Step::Dequeue(group, count) => {
            let group = GroupId(u64::from(*group));
            let queued = engine.queued(group, *count, usize::MAX).unwrap();
            if let Some(last) = queued.last() {
                engine.dequeue(group, last.sequence).unwrap();
            }
            format!("{}", queued.len())
        }
        Step::Note(name, value) => {
            engine
                .put_note(&format!("note/{name}"), value.as_deref())
                .unwrap();
            String::new()
        }
        Step::Compact => {
            if engine.is_local() {
                engine.compact().unwrap();
            }
            String::new()
        }
        Step::Reopen => String::new(),
    }
}

/// All that an engine holds, without its numbers.
pub(crate) fn content(engine: &dyn Engine) -> String {
    let mut text = String::new();
    for group in [GroupId(0), GroupId(1)] {
        let first = engine.scan(group, None, 2).unwrap();
        let last = first.last().map(|(blind, _)| *blind);
        let rest = engine.scan(group, last, 100).unwrap();
        for (blind, stored) in first
            .iter()
            .chain(last.and(Some(&rest)).into_iter().flatten())
        {
            text.push_str(&format!("{blind:?} {:?}\n", stored.row));
        }
        let queued = engine.queued(group, 1_000, usize::MAX).unwrap();
        assert!(queued.is_sorted_by(|one, other| one.sequence < other.sequence));
        for entry in queued {
            text.push_str(&format!("queued {:?}\n", entry.sealed));
        }
        let keys: Vec<RowKey> = (0..4)
            .map(|record| key(u8::try_from(group.0).unwrap(), record))
            .collect();
        text.push_str(&format!("{:?}\n", engine.secrets(&keys).unwrap()));
        let rows = engine.get_many(&keys).unwrap();
        for (key, row) in keys.iter().zip(rows) {
            assert_eq!(engine.get(key).unwrap(), row);
        }
        text.push_str(&format!("{:?}\n", engine.usage(group).unwrap()));
    }
    text.push_str(&format!("{:?}", engine.notes("note/").unwrap()));
    text
}
