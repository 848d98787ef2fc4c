//! A process is killed at a random moment, again and again, on the same files.

use std::time::Duration;

use crate::embedded::{open, scratch};
use crate::writer::{Acknowledged, Seen, Writer, check};

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let folder = scratch();
    let mut random = fastrand::Rng::new();
    let mut acknowledged = Acknowledged::new();
    let mut seen = Seen::new();
    for round in 0..22 {
        let mut writer = Writer::start(folder.path(), round * 1_000_000);
        let time = Duration::from_millis(random.u64(0..60));
        writer.acknowledged(time, &mut acknowledged);
        writer.kill(&mut acknowledged);
        // Sometimes it is killed again before anybody has looked.
        if round % 4 != 3 {
            check(&open(folder.path()), &acknowledged, &mut seen);
        }
    }
    check(&open(folder.path()), &acknowledged, &mut seen);
}
