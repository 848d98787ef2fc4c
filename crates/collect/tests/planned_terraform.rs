#[test]
fn x() {
    let b = std::fs::read("../../examples/terraform/plan.json").unwrap();
    let e = rempart_collect::planned::terraform::read("plan.json", &b, &Default::default()).unwrap();
    for a in &e.answers { println!("{}/{} {} {:?} p{} {:?} {}", a.account,a.region,a.operation, serde_json::to_string(&a.parameters).unwrap(), a.page, a.outcome, String::from_utf8_lossy(&a.body)); }
    println!("{:#?}", e.resources.iter().map(|r| format!("{} {} {:?} {}:{:?}", r.kind, r.id, r.arn, r.address, r.line)).collect::<Vec<_>>());
    println!("{:#?} {:#?} {:#?}", e.not_covered, e.not_read, e.problems);
}
