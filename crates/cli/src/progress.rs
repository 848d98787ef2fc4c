//! Progress on standard error while a hunt or a replay runs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rempart_hunt::progress::Progress;

const REFRESH: Duration = Duration::from_millis(200);

/// Runs `work` while showing its progress; shows nothing when standard error is no terminal.
pub(crate) fn shown<T>(progress: &Progress, is_wanted: bool, work: impl FnOnce() -> T) -> T {
    shown_as(|elapsed| message(progress, elapsed), is_wanted, work)
}

/// As [`shown`], with a message of its own.
pub(crate) fn shown_as<T>(
    message: impl Fn(Duration) -> String + Sync,
    is_wanted: bool,
    work: impl FnOnce() -> T,
) -> T {
    if !is_wanted {
        return work();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if bar.is_hidden() {
        return work();
    }
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    let is_done = AtomicBool::new(false);
    let started = Instant::now();
    std::thread::scope(|scope| {
        let show = scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                bar.set_message(message(started.elapsed()));
                bar.tick();
                std::thread::park_timeout(REFRESH);
            }
            bar.finish_and_clear();
        });
        let result = work();
        is_done.store(true, Ordering::Relaxed);
        show.thread().unpark();
        result
    })
}

fn message(progress: &Progress, elapsed: Duration) -> String {
    let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let (done, all) = (read(&progress.sources_done), read(&progress.sources));
    let inflated = read(&progress.inflated_bytes);
    let rate = inflated as f64 / 1e6 / elapsed.as_secs_f64().max(0.001);
    let (records, matches) = (read(&progress.records), read(&progress.matches));
    format!(
        "{done} of {all} files, {records} records, {rate:.0} MB/s, {matches} records matched so far"
    )
}
