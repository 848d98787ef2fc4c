//! Reads files and prints how fast: `scan [--threads N] [--repeat N] FILE…`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rempart_trail::read::{Limits, Place, ReadError, Scratch, SourceReport, Visitor, read_source};
use rempart_trail::record::{Field, Record};
use rempart_trail::source::{DiscoverOptions, Input, discover};

#[derive(Default)]
struct Count {
    names: u64,
    reasons: Vec<String>,
}

impl Visitor for Count {
    fn record(&mut self, record: &Record<'_>, _: Place) {
        self.names += u64::from(record.get(Field::EventName).is_some());
    }
    fn unreadable(&mut self, place: Place, reason: &ReadError, _: &[u8]) {
        self.reasons.push(format!("{} at {}", reason, place.offset));
    }
    fn other(&mut self, place: Place, what: &str) {
        self.reasons.push(format!("{} at {}", what, place.offset));
    }
}

fn main() {
    let mut threads = 1usize;
    let mut repeat = 1usize;
    let mut inputs = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || {
            arguments
                .next()
                .and_then(|text| text.parse().ok())
                .unwrap_or(1)
        };
        match argument.as_str() {
            "--threads" => threads = number(),
            "--repeat" => repeat = number(),
            _ => inputs.push(Input::parse(&argument)),
        }
    }
    let discovery = discover(&inputs, &DiscoverOptions::default());
    for problem in &discovery.problems {
        eprintln!("{}: {}", problem.name, problem.message);
    }
    for _ in 0..repeat {
        let start = Instant::now();
        let next = AtomicUsize::new(0);
        let mut reports: Vec<(String, SourceReport, Count)> = Vec::new();
        std::thread::scope(|scope| {
            let work = || {
                let mut scratch = Scratch::new();
                let mut done = Vec::new();
                while let Some(source) = discovery.sources.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let mut count = Count::default();
                    let report = read_source(source, &Limits::default(), &mut scratch, &mut count);
                    done.push((source.name.clone(), report, count));
                }
                done
            };
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            for worker in workers {
                reports.extend(worker.join().unwrap_or_default());
            }
        });
        let seconds = start.elapsed().as_secs_f64();
        let bytes: u64 = reports
            .iter()
            .map(|(_, report, _)| report.inflated_bytes)
            .sum();
        let records: u64 = reports.iter().map(|(_, report, _)| report.records).sum();
        for (name, report, count) in &reports {
            for reason in count.reasons.iter().take(5) {
                eprintln!("{name}: {reason}");
            }
            for problem in &report.problems {
                eprintln!("{name}: {} at {}", problem.reason, problem.offset);
            }
        }
        println!(
            "{records} records, {bytes} bytes, {seconds:.3} s, {:.0} MB/s, {:.0} k records/s",
            bytes as f64 / seconds / 1e6,
            records as f64 / seconds / 1e3
        );
    }
}
