//! The HTTP layer on real sockets.

mod bounds;
mod ends;
mod slow;
mod speed;
mod support;
mod tls;
mod wire;

#[test]
fn a_hardened_process_writes_no_core_file() {
    let hardened = rempart_server::harden();
    assert!(hardened.no_core && hardened.not_dumpable, "{hardened:?}");
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let numbers: Vec<&str> = core.unwrap().split_whitespace().skip(4).collect();
    assert_eq!(numbers, ["0", "0", "bytes"]);
}
