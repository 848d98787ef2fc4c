#[test]
fn x() {
    let b = std::fs::read("../../examples/cloudformation/template.yaml").unwrap();
    let e = rempart_collect::planned::cloudformation::read("template.yaml", &b, &Default::default()).unwrap();
    for a in &e.answers { println!("{} {} p{} {:?} {}", a.operation, serde_json::to_string(&a.parameters).unwrap(), a.page, a.outcome, String::from_utf8_lossy(&a.body)); }
    println!("{:#?}", e.resources.iter().map(|r| format!("{} {} {:?} {}:{:?} {:?}", r.kind, r.id, r.arn, r.address, r.line, r.notes)).collect::<Vec<_>>());
    println!("{:#?} {:#?} {:#?}", e.not_covered, e.not_read, e.problems);
}
