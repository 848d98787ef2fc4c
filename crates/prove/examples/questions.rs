//! Writes random questions as SMT-LIB 2, with our own answers as their status:
//! `questions COUNT SEED > FILE`. Questions are separated by lines `; ====`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::Write as _;

use rempart_aws_model::{AccountId, ActionName};
use rempart_prove::smtlib::never_allowed_file;
use rempart_prove::{
    Caller, Everything, Predicate, Presence, Prover, Setting, Subject, Test, Verdict,
};
use rempart_testkit::random::Random;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().unwrap_or_default().parse()?;
    let seed: u64 = arguments.next().unwrap_or_default().parse()?;
    let random = Random::new(seed);
    let everything = Everything::new()?;
    let action = ActionName::parse("sagemaker:CreateNotebookInstance")?;
    let account = AccountId::parse("111122223333")?;
    let mut prover = Prover::default();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let (mut written, mut left_out) = (0, 0);
    while written < count {
        let stack = common::stack(&random, 3, &everything);
        let caller = Caller::AnyRole(account);
        let setting = Setting {
            caller,
            resource_account: None,
            presence: random.pick([Presence::Unknown, Presence::Always, Presence::IffPresent]),
        };
        let property = property(&random);
        let answer = prover.never_allowed(&stack, &action, &setting, &property);
        let is_satisfiable = match answer {
            Verdict::Proved(_) => false,
            Verdict::Refuted(_) => true,
            Verdict::Unknown(_) => {
                left_out += 1;
                continue;
            }
        };
        match never_allowed_file(&stack, &action, &setting, &property, is_satisfiable) {
            Ok(text) => {
                writeln!(out, "{text}; ====")?;
                written += 1;
            }
            Err(_) => left_out += 1,
        }
    }
    eprintln!("{written} questions written, {left_out} without an answer or a form left out");
    Ok(())
}

fn property(random: &Random) -> Predicate {
    let key = |name: &str| Subject::Key(name.into());
    let list = |values: &[&str]| values.iter().map(|value| Box::from(*value)).collect();
    let parts = [
        Predicate::Test(
            key("sagemaker:VpcSubnets"),
            Test::Unlike(list(&["subnet-a", "subnet-?"])),
        ),
        Predicate::Test(key("sagemaker:VpcSubnets"), Test::Omitted),
        Predicate::Test(key("aws:SourceIp"), Test::Outside(list(&["192.0.0.0/16"]))),
        Predicate::Test(key("sagemaker:RootAccess"), Test::Like(list(&["Enabled"]))),
        Predicate::Test(key("aws:MultiFactorAuthAge"), Test::Above("600".into())),
        Predicate::Test(
            key("aws:PrincipalTag/team"),
            Test::Unlike(list(&["a*", "*b"])),
        ),
    ];
    let pick = || {
        let part = parts.get(common::below(random, parts.len()));
        part.cloned().unwrap_or(Predicate::Always)
    };
    match common::below(random, 4) {
        0 => pick(),
        1 => Predicate::All(vec![pick(), pick()]),
        2 => Predicate::Any(vec![pick(), pick()]),
        _ => Predicate::All(vec![Predicate::Not(Box::new(pick())), pick()]),
    }
}
