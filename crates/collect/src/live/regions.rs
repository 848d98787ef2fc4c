//! The Regions of an account.

use rempart_aws_client::{Call, Class, Client};
use rempart_aws_model::api_operation;
use rempart_estate::{Answer, Place, decode};
use serde_json::{Map, Value};

use super::answer::answer;

/// Regions that are enabled in the account, and the answer that says so.
pub(super) async fn enabled(
    client: &Client,
    account: &str,
    home: &str,
) -> Result<(Vec<String>, Answer), String> {
    let operation = api_operation("ec2:DescribeRegions").ok_or("ec2:DescribeRegions is unknown")?;
    let mut call = Call::new(operation, home);
    call.parameters
        .insert("AllRegions".to_owned(), Value::Bool(false));
    let reply = client
        .call(&call)
        .await
        .map_err(|error| error.to_string())?;
    if reply.class != Class::Ok {
        let error = reply.error.map_or_else(
            || reply.class.as_str().to_owned(),
            |error| format!("{}: {}", error.code, error.message),
        );
        return Err(format!("ec2:DescribeRegions: {error}"));
    }
    let body = decode(operation.full_name(), &reply.body).map_err(|error| error.to_string())?;
    let regions = body.get("Regions").and_then(Value::as_array);
    let mut names: Vec<String> = regions
        .into_iter()
        .flatten()
        .filter_map(|region| region.get("RegionName")?.as_str().map(str::to_owned))
        .collect();
    names.sort();
    let place = Place::new(account, home);
    Ok((names, answer(operation, &place, &Map::new(), 0, reply)))
}
