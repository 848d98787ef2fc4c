//! The shipped pack compiles whole, and a rule set is quick to dismiss what no rule wants.

use rempart_sigma::ast::Document;
use rempart_sigma::parse::parse_documents;
use rempart_sigma::{CompileOptions, RuleSet, Severity};

fn pack() -> Vec<Document> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules");
    let mut documents = Vec::new();
    for category in std::fs::read_dir(root)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
    {
        for file in std::fs::read_dir(category.path()).unwrap().flatten() {
            let path = file.path().display().to_string();
            if path.ends_with(".yml") && !path.ends_with(".test.yml") {
                documents.extend(
                    parse_documents(&std::fs::read_to_string(&path).unwrap(), &path).documents,
                );
            }
        }
    }
    documents
}

#[test]
fn the_shipped_pack_compiles() {
    let (rules, diagnostics) = RuleSet::compile(&pack(), &CompileOptions::default());
    let shown: Vec<String> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity != Severity::Warning)
        .map(ToString::to_string)
        .collect();
    assert_eq!(shown, [] as [&str; 0]);
    assert!(rules.rules().len() > 0);
}
