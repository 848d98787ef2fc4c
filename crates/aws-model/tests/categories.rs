//! The check that the build makes between operations and threat categories.

#[path = "../build/categories.rs"]
mod categories;

use categories::faults;

const OPERATIONS: &str = "# head\n@iam\tx\nwCreateUser\n@sagemaker\tx\nrListModels\nwCreateModel\n";

#[test]
fn agreement_has_no_faults() {
    let assigned = "# head\n@sagemaker\nCreateModel poisoning malware\nListModels reconnaissance\n";
    assert_eq!(faults(OPERATIONS, assigned), Vec::<String>::new());
}

#[test]
fn every_kind_of_fault_is_named() {
    let cases = [
        (
            "@sagemaker\nListModels reconnaissance\n",
            "`CreateModel` of `sagemaker` has no category",
        ),
        (
            "@sagemaker\nListModels reconnaissance\nCreateModel\n",
            "`CreateModel` of `sagemaker` has no category",
        ),
        (
            "@sagemaker\nListModels reconnaissance\nCreateModel theft\n",
            "unknown category `theft`",
        ),
        (
            "@sagemaker\nListModels reconnaissance poisoning\nCreateModel poisoning\n",
            "`reconnaissance` stands alone",
        ),
        (
            "@sagemaker\nListModels neutral\nCreateModel poisoning\nMakeModel poisoning\n",
            "no operation `MakeModel`",
        ),
        (
            "@sagemaker\nListModels neutral\nCreateModel poisoning\nCreateModel malware\n",
            "lists `CreateModel` twice",
        ),
        (
            "@iam\nCreateUser neutral\n",
            "the service `sagemaker` has no section",
        ),
        (
            "@sagemaker\nListModels neutral\nCreateModel poisoning\n@sagemakers\n",
            "no service `sagemakers`",
        ),
    ];
    for (assigned, expected) in cases {
        let faults = faults(OPERATIONS, &format!("# head\n{assigned}"));
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{assigned}: {faults:?}"
        );
    }
}

#[test]
fn the_committed_tables_agree() {
    let operations = include_str!("../data/operations.txt");
    let assigned = include_str!("../data/sagemaker-categories.txt");
    assert_eq!(faults(operations, assigned), Vec::<String>::new());
    let shortened = assigned.replacen("\nCreateModel ", "\nCreateModels ", 1);
    assert_eq!(faults(operations, &shortened).len(), 2);
}
