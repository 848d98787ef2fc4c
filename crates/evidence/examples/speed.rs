//! Writes a directory of records and objects, checks it with one and two threads, and says how fast.
//!
//! `cargo run --release -p rempart-evidence --example speed -- DIRECTORY [MEBIBYTES]`

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

use rempart_evidence::{DirectoryWriter, Header, ItemInfo, Record, Tool, VerifyOptions, verify};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments
        .next()
        .ok_or("usage: speed DIRECTORY [MEBIBYTES]")?;
    let mebibytes: u64 = arguments.next().map_or(Ok(512), |text| text.parse())?;
    let root = Path::new(&directory);

    let begun = Instant::now();
    let mut writer = DirectoryWriter::create(root)?;
    let half = mebibytes << 19;
    let mut raw = String::new();
    let mut written = 0;
    for index in 0.. {
        raw.clear();
        raw.push_str("{\"eventVersion\":\"1.11\",\"requestParameters\":{");
        while raw.len() < 1_400 {
            let key = raw.len();
            raw.push_str(&format!("\"key{key}\":\"value {index} of {key}\","));
        }
        raw.push_str(&format!("\"eventID\":\"{index}\"}}}}"));
        let record = Record {
            source: "s3://logs/AWSLogs/111122223333/CloudTrail/a.json.gz",
            index,
            raw: raw.as_bytes(),
            integrity: Some("verified"),
        };
        writer.add_record(&record)?;
        written += raw.len() as u64;
        if written >= half {
            break;
        }
    }
    let mut object = vec![0_u8; 1 << 20];
    for number in 0..mebibytes / 2 {
        object.splice(..8, number.to_le_bytes());
        writer.add_object(&object[..], ItemInfo::default())?;
    }
    let header = Header {
        tool: Tool {
            name: "speed".to_owned(),
            version: "0".to_owned(),
            binary_sha256: None,
        },
        content: BTreeMap::new(),
        parameters: BTreeMap::new(),
        inputs: Vec::new(),
    };
    let sealed = writer.seal(header, None)?;
    let rate = |bytes: u64, begun: Instant| bytes as f64 / 1e6 / begun.elapsed().as_secs_f64();
    println!(
        "written: {} items, {} records, {:.0} MB at {:.0} MB/s",
        sealed.items,
        sealed.records,
        sealed.bytes as f64 / 1e6,
        rate(sealed.bytes, begun)
    );
    for (threads, skip_records) in [(1, false), (2, false), (1, true), (2, true)] {
        let options = VerifyOptions {
            threads,
            skip_records,
            ..VerifyOptions::default()
        };
        let begun = Instant::now();
        let report = verify(root, &options)?;
        println!(
            "checked: {threads} threads, records {}: {:?}, {:.0} MB/s",
            if skip_records { "not looked at" } else { "too" },
            report.verdict,
            rate(report.bytes, begun)
        );
    }
    Ok(())
}
