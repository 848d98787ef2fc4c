//! Writes the report of a case: `report <case.json> <reach.json or -> <en|fr> <html|md>`.

#![expect(clippy::unwrap_used, reason = "a tool for developers")]

use std::io::Write as _;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let case = std::fs::read(arguments.next().unwrap()).unwrap();
    let case = serde_json::from_slice(&case).unwrap();
    let reach = arguments.next().filter(|path| path != "-");
    let reach = reach.map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap());
    let language = arguments.next().unwrap().parse().unwrap();
    let text = match arguments.next().as_deref() {
        Some("md") => rempart_report::markdown(&case, reach.as_ref(), language),
        _ => rempart_report::html(&case, reach.as_ref(), language),
    };
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}
