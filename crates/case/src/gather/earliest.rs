//! The earliest records of many, each once, whatever the order in which they come.

use crate::material::Event;

/// Keeps a bounded number of records.
#[derive(Debug, Default)]
pub(super) struct Earliest {
    most: usize,
    events: Vec<Event>,
    /// Records that were left out, counted where it is known that they are none of the copies kept.
    dropped: u64,
}

impl Earliest {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, event: Event) {
        self.events.push(event);
        if self.events.len() >= self.most.saturating_mul(2).max(1024) {
            self.settle();
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.dropped += other.dropped;
        self.events.extend(other.events);
        self.settle();
    }

    /// The records by time and id, and how many were left out.
    pub(super) fn finish(mut self) -> (Vec<Event>, u64) {
        self.settle();
        (self.events, self.dropped)
    }

    fn settle(&mut self) {
        self.events.sort_by(|one, other| {
            (one.time, &one.id, &one.sha256, &one.source, one.index).cmp(&(
                other.time,
                &other.id,
                &other.sha256,
                &other.source,
                other.index,
            ))
        });
        // Records without an id are never copies.
        self.events.dedup_by(|later, kept| {
            !kept.id.is_empty() && later.id == kept.id && later.sha256 == kept.sha256
        });
        self.dropped += self.events.len().saturating_sub(self.most) as u64;
        self.events.truncate(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: i64, id: &str) -> Event {
        Event {
            time,
            id: id.into(),
            source: "a".into(),
            index: 0,
            sha256: [0; 32],
            service: "s3".into(),
            name: "GetObject".into(),
            session: None,
            principal: "".into(),
            address: "".into(),
            agent: "".into(),
            account: "".into(),
            region: "".into(),
            error: None,
            read_only: true,
            is_data: true,
            hostile: true,
            raw: [].into(),
        }
    }

    #[test]
    fn the_earliest_stay_whatever_the_order_and_the_copies() {
        let mut times: Vec<i64> = (0..3000).flat_map(|time| [time, time]).collect();
        let keep = |times: &[i64]| {
            let mut kept = Earliest::new(100);
            for time in times {
                kept.push(event(*time, &format!("id{time}")));
            }
            let (events, _) = kept.finish();
            events.iter().map(|event| event.time).collect::<Vec<_>>()
        };
        let forwards = keep(&times);
        times.reverse();
        assert_eq!(keep(&times), forwards);
        assert_eq!(forwards, (0..100).collect::<Vec<_>>());
    }
}
