//! The power is cut: whatever was not synced is gone.

use std::time::Duration;

use crate::disk::Disk;
use crate::embedded::open;
use crate::writer::{Acknowledged, Seen, Writer, check};

#[test]
fn nothing_acknowledged_is_lost_when_the_power_is_cut() {
    let Some(disk) = Disk::new(900) else { return };
    let folder = disk.path().join("store");
    let mut random = fastrand::Rng::new();
    let mut acknowledged = Acknowledged::new();
    let mut seen = Seen::new();
    for round in 0..8 {
        let mut writer = Writer::start(&folder, round * 1_000_000);
        let time = Duration::from_millis(random.u64(0..250));
        writer.acknowledged(time, &mut acknowledged);
        if !disk.cut() {
            writer.kill(&mut acknowledged);
            eprintln!("skipped: the file system cannot be shut down here");
            return;
        }
        writer.kill(&mut acknowledged);
        disk.restart();
        check(&open(&folder), &acknowledged, &mut seen);
    }
}
