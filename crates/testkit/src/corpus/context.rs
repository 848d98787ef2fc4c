//! What the records of one file have in common: account, region, day, principals, buckets, keys.

use super::events::WORDS;
use crate::random::Random;
use crate::record::{Actor, Agent, Client, Role};
use crate::time::{HOUR, Time};

const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "123456789012"];
const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];
const PRINCIPALS: u64 = 160;

/// Files of one day: every account, region and half day.
pub(super) const FILES_PER_DAY: u64 = 12;

/// Somebody who makes calls, as text.
#[derive(Debug)]
pub(super) struct Principal {
    pub(super) identity: String,
    pub(super) arn: String,
    pub(super) source: String,
    pub(super) agent: String,
    pub(super) names_command: bool,
    pub(super) tls: bool,
}

/// The common part of a file.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) account: &'static str,
    pub(super) region: &'static str,
    pub(super) start: Time,
    principals: Vec<Principal>,
    buckets: Vec<String>,
    keys: Vec<String>,
}

impl Context {
    /// The context of the file with this number.
    pub(super) fn new(file: u64) -> Self {
        let within = file % FILES_PER_DAY;
        let account = nth(&ACCOUNTS, within / 4);
        let region = nth(&REGIONS, within / 2 % 2);
        let day = Time::date(2026, 2, 1).plus((file / FILES_PER_DAY) as i64 * 24 * HOUR);
        let start = day.plus((within % 2) as i64 * 12 * HOUR);
        let names = Random::of_label(account);
        Self {
            account,
            region,
            start,
            principals: (0..PRINCIPALS)
                .map(|number| principal(account, number, day))
                .collect(),
            buckets: (0..48)
                .map(|number| {
                    format!(
                        "{}-{}-{account}",
                        nth(WORDS, number),
                        nth(WORDS, names.next_u64())
                    )
                })
                .collect(),
            keys: (0..32).map(|_| names.uuid()).collect(),
        }
    }

    pub(super) fn principal(&self, random: &Random) -> &Principal {
        // The smaller of two draws: a few principals make most of the calls.
        let number = random.below(PRINCIPALS).min(random.below(PRINCIPALS));
        nth_ref(&self.principals, number)
    }

    pub(super) fn bucket(&self, random: &Random) -> &str {
        nth_ref::<String>(&self.buckets, random.next_u64())
    }

    pub(super) fn key(&self, random: &Random) -> &str {
        nth_ref::<String>(&self.keys, random.next_u64())
    }
}

fn principal(account: &'static str, number: u64, day: Time) -> Principal {
    let label = format!("{account}/{number}");
    let random = Random::of_label(&label);
    let word = nth(WORDS, number);
    let office = format!(
        "{}.{}",
        random.pick(["203.0.113", "198.51.100"]),
        random.below(250)
    );
    let private = format!(
        "10.{}.{}.{}",
        random.below(60),
        random.below(250),
        4 + random.below(250)
    );
    let created = day.plus(random.between(0, 8 * HOUR));
    let (actor, names_command) = match number % 10 {
        0 | 1 => {
            let role = Role {
                account,
                path: "/aws-reserved/sso.amazonaws.com/eu-west-1/",
                name: "AWSReservedSSO_Developer_0a1b2c3d4e5f6a7b",
            };
            (
                role.session(
                    &format!("{word}.lead"),
                    created,
                    Client::new(&office, Agent::Browser),
                ),
                false,
            )
        }
        2 | 9 => {
            let name = format!("svc-{word}");
            (
                Actor::user(
                    account,
                    &name,
                    &crate::record::access_key(&label),
                    Client::new(&office, Agent::Other(CLI.to_owned())),
                ),
                true,
            )
        }
        3 | 8 => (
            Actor::service(
                account,
                random.pick([
                    "config",
                    "autoscaling",
                    "cloudtrail",
                    "lambda",
                    "ecs-tasks",
                    "ec2",
                ]),
            ),
            false,
        ),
        4 => {
            let role = Role {
                account,
                path: "/",
                name: random.pick([
                    "eks-node-role",
                    "ecs-execution-role",
                    "lambda-worker-role",
                    "batch-job-role",
                ]),
            };
            let session = format!("i-0{}", random.hex(16));
            (
                role.session(
                    &session,
                    created,
                    Client::private(
                        &private,
                        if random.chance(50) {
                            Agent::Java
                        } else {
                            Agent::Boto3
                        },
                        "vpce-0a1b2c3d4e5f60718",
                    ),
                ),
                false,
            )
        }
        6 => {
            let role = Role {
                account,
                path: "/aws-service-role/config.amazonaws.com/",
                name: "AWSServiceRoleForConfig",
            };
            (
                role.session("configLambdaExecution", created, Client::service("config"))
                    .through("config"),
                false,
            )
        }
        7 => {
            let role = Role {
                account,
                path: "/",
                name: "terraform-deploy",
            };
            (
                role.session(
                    &format!("run-{}", random.below(90_000)),
                    created,
                    Client::new(&office, Agent::Terraform),
                ),
                false,
            )
        }
        _ => {
            let role = Role {
                account,
                path: "/",
                name: random.pick([
                    "orders-api-role",
                    "billing-worker-role",
                    "search-indexer-role",
                    "ingest-etl-role",
                ]),
            };
            (
                role.session(
                    &random.hex(32),
                    created,
                    Client::new(
                        &private,
                        if number.is_multiple_of(2) {
                            Agent::Java
                        } else {
                            Agent::Boto3
                        },
                    ),
                ),
                false,
            )
        }
    };
    Principal {
        identity: actor.identity.to_string(),
        arn: actor.arn().to_owned(),
        source: actor.client.source.clone(),
        agent: actor.client.agent.text("", ""),
        names_command,
        tls: actor.client.tls && !actor.client.console && !number.is_multiple_of(3),
    }
}

const CLI: &str = "aws-cli/2.22.7 md/awscrt#0.23.4 ua/2.0 os/linux#6.1.119 md/arch#x86_64 lang/python#3.12.6 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#";

fn nth<T: Copy>(list: &[T], number: u64) -> T {
    *nth_ref(list, number)
}

#[expect(
    clippy::indexing_slicing,
    reason = "the lists are constants or filled by the constructor, never empty"
)]
fn nth_ref<T>(list: &[T], number: u64) -> &T {
    &list[(number % list.len() as u64) as usize]
}
