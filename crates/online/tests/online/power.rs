//! The power is cut: whatever was not synced is gone. `REMPART_POWER_CUTS` says how often; five times.

use std::time::Duration;

use crate::disk::Disk;
use crate::embedded::open;
use crate::writer::{Acknowledged, Seen, Writer, check};

#[test]
fn nothing_acknowledged_is_lost_when_the_power_is_cut() {
    let Some(disk) = Disk::new(900) else { return };
    let store = disk.path().join("store");
    let mut random = fastrand::Rng::new();
    let mut acknowledged = Acknowledged::new();
    let mut seen = Seen::new();
    let rounds = std::env::var("REMPART_POWER_CUTS").map_or(5, |text| text.parse().unwrap());
    for round in 0..rounds {
        let cutter = disk.cutter();
        let mut writer = Writer::start(&store, round * 1_000_000);
        let time = Duration::from_millis(random.u64(0..250));
        writer.acknowledged(time, &mut acknowledged);
        // What is acknowledged from here on may have been so in the moment of the cut: a sync that has begun
        // may still say that it is done, when the file system is shut down under it.
        let done = cutter.cut();
        writer.kill(&mut Acknowledged::new());
        if !done {
            eprintln!("skipped: the file system cannot be shut down here");
            return;
        }
        disk.restart();
        check(&open(&store), &acknowledged, &mut seen);
    }
}
