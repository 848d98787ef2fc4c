//! Builds a snapshot of many resources, opens it and reads every body; prints times and memory.
//!
//! `cargo run --release -p rempart-estate --example measure -- 100000`

#![expect(
    clippy::expect_used,
    reason = "a measurement stops when something is wrong"
)]

use std::path::Path;
use std::time::Instant;

use rempart_estate::{Answer, Estate, Place, SnapshotWriter};
use serde_json::{Map, Value, json};

/// As in the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let count = arguments.next().and_then(|count| count.parse().ok());
    let count: u32 = count.unwrap_or(100_000);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let directory = match arguments.next() {
        Some(path) => Path::new(&path).to_owned(),
        None => directory.path().join("snapshot"),
    };
    if !directory.join("manifest.json").exists() {
        let start = Instant::now();
        build(&directory, count);
        println!("write and seal   {:>8.3} s", start.elapsed().as_secs_f64());
    }
    let before = memory();
    let start = Instant::now();
    let estate = Estate::open(&directory).expect("a snapshot");
    let (elapsed, processor) = (start.elapsed().as_secs_f64(), processor_time());
    println!("open             {elapsed:>8.3} s, {processor:.2} s of processor time");
    println!(
        "memory           {:>8} MiB, peak {} MiB (before {} MiB)",
        memory().0 >> 10,
        memory().1 >> 10,
        before.0 >> 10
    );
    println!("answers          {:>8}", estate.answer_count());
    println!("problems         {:>8}", estate.problems().len());
    let kind = "SageMaker:TrainingJob";
    let start = Instant::now();
    let resources: Vec<_> = estate.resources(kind).collect();
    let known = resources.iter().filter(|found| estate.body(found).is_ok());
    println!("bodies           {:>8}", known.count());
    let (elapsed, processor) = (start.elapsed().as_secs_f64(), processor_time() - processor);
    println!("read bodies      {elapsed:>8.3} s, {processor:.2} s of processor time");
    let start = Instant::now();
    let place = Place::new("111122223333", "eu-west-1");
    let found = (0..count)
        .filter(|number| estate.find(kind, &arn(*number), &place).is_ok())
        .count();
    println!(
        "find by ARN      {:>8.3} s for {found}",
        start.elapsed().as_secs_f64()
    );
    let start = Instant::now();
    let role = "arn:aws:iam::111122223333:role/r7";
    for _ in 0..count {
        let role = estate.find("AWS::IAM::Role", role, &place).expect("a role");
        estate.body(role).expect("its body");
    }
    println!(
        "join with a role {:>8.3} s for {count}",
        start.elapsed().as_secs_f64()
    );
    println!("peak             {:>8} MiB", memory().1 >> 10);
}

fn arn(number: u32) -> String {
    format!("arn:aws:sagemaker:eu-west-1:111122223333:training-job/job-{number}")
}

fn build(directory: &Path, count: u32) {
    let writer = SnapshotWriter::create(directory).expect("an empty directory");
    let append = |answer: Answer| writer.append(&answer).expect("written");
    let numbers: Vec<_> = (0..count).collect();
    let pages = numbers.chunks(100).count();
    for (page, numbers) in (0_u32..).zip(numbers.chunks(100)) {
        let jobs: Vec<_> = numbers
            .iter()
            .map(|number| {
                json!({"TrainingJobName": format!("job-{number}"), "TrainingJobArn": arn(*number),
                    "CreationTime": 1_700_000_000.123, "TrainingJobStatus": "Completed"})
            })
            .collect();
        let more = usize::try_from(page).is_ok_and(|page| page + 1 < pages);
        let token = more.then(|| "t".repeat(200));
        let body = json!({"TrainingJobSummaries": jobs, "NextToken": token});
        append(Answer {
            page,
            ..answer("eu-west-1", "sagemaker:ListTrainingJobs", json!({}), &body)
        });
    }
    for number in 0..count {
        let name = format!("job-{number}");
        let body = json!({
            "TrainingJobName": name, "TrainingJobArn": arn(number),
            "RoleArn": format!("arn:aws:iam::111122223333:role/r{}", number % 100),
            "TrainingJobStatus": "Completed", "SecondaryStatus": "Completed",
            "HyperParameters": (0..20).map(|step| (format!("parameter-{step}"), json!(step.to_string()))).collect::<Map<_, _>>(),
            "AlgorithmSpecification": {"TrainingImage": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image:1", "TrainingInputMode": "File"},
            "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://data/train", "S3DataType": "S3Prefix"}}}],
            "OutputDataConfig": {"KmsKeyId": "", "S3OutputPath": "s3://data/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
            "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
            "EnableNetworkIsolation": true, "EnableInterContainerTrafficEncryption": true,
            "Environment": {"STAGE": "x".repeat(300)},
        });
        append(answer(
            "eu-west-1",
            "sagemaker:DescribeTrainingJob",
            json!({"TrainingJobName": name}),
            &body,
        ));
    }
    let roles: Vec<_> = (0..100)
        .map(|number| json!({"RoleName": format!("r{number}"), "Arn": format!("arn:aws:iam::111122223333:role/r{number}"), "RoleId": format!("AROA{number}")}))
        .collect();
    append(answer(
        "global",
        "iam:GetAccountAuthorizationDetails",
        json!({}),
        &json!({"RoleDetailList": roles, "IsTruncated": false}),
    ));
    writer.seal(Map::new()).expect("sealed");
}

fn answer(region: &str, operation: &str, parameters: Value, body: &Value) -> Answer {
    Answer {
        account: "111122223333".to_owned(),
        region: region.to_owned(),
        operation: operation.to_owned(),
        parameters: parameters.as_object().cloned().expect("an object"),
        status: 200,
        body: body.to_string().into_bytes(),
        at: Some("2026-11-28T03:00:00Z".to_owned()),
        request_id: Some("6b3c1c9e-0d7a-4c6f-9f0e-000000000000".to_owned()),
        ..Answer::default()
    }
}

/// Processor time of all threads in seconds; 0 where the system does not say. Other programs on the
/// machine change it little.
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields = after_name.split_whitespace().skip(11).take(2);
    let ticks: f64 = fields.filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Resident memory now and at its peak, in KiB; 0 where the system does not say.
fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.trim().split(' ').next());
        number
            .and_then(|number| number.parse().ok())
            .unwrap_or_default()
    };
    (of("VmRSS:"), of("VmHWM:"))
}
