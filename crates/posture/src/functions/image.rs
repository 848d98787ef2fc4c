//! Where container images and code come from.

use super::{Answered, Function, text_argument};
use crate::context::Context;
use crate::expression::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "image_account",
        arity: 1,
        run: image_account,
    },
    Function {
        name: "url_host",
        arity: 1,
        run: url_host,
    },
];

/// What follows `<account>.dkr.ecr.<region>.` in each partition of AWS.
const ECR_SUFFIXES: [&str; 7] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
];

/// What follows `<account>.dkr-ecr.<region>.` in the names that IPv6 knows.
const DUAL_STACK_SUFFIXES: [&str; 2] = ["on.aws", "on.amazonwebservices.com.cn"];

/// `image_account(uri)`: the account of the ECR registry of an image, empty when it lies elsewhere.
fn image_account<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let uri = text_argument(arguments, 0)?;
    Ok(Value::text(
        registry_account(uri).unwrap_or_default().to_owned(),
    ))
}

/// `url_host(url)`: the host of a URL in lower case, empty when there is none.
fn url_host<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let url = text_argument(arguments, 0)?;
    Ok(Value::text(host(url).unwrap_or_default()))
}

/// The account of an ECR registry. A host that only looks like one has none.
fn registry_account(uri: &str) -> Option<&str> {
    let uri = uri.trim();
    let uri = uri.strip_prefix("https://").unwrap_or(uri);
    let (registry, _) = uri.split_once('/')?;
    let (account, rest) = registry.split_once('.')?;
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let rest = rest.to_ascii_lowercase();
    let (plain, dual) = (
        rest.strip_prefix("dkr.ecr.")
            .or_else(|| rest.strip_prefix("dkr.ecr-fips.")),
        rest.strip_prefix("dkr-ecr.")
            .or_else(|| rest.strip_prefix("dkr-ecr-fips.")),
    );
    let (suffixes, rest): (&[&str], &str) = match (plain, dual) {
        (Some(rest), _) => (&ECR_SUFFIXES, rest),
        (None, Some(rest)) => (&DUAL_STACK_SUFFIXES, rest),
        (None, None) => return None,
    };
    let (region, suffix) = rest.split_once('.')?;
    let is_region = !region.is_empty()
        && region
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_region && suffixes.contains(&suffix)).then_some(account)
}

/// The host of a URL, without user and port. `git@host:path`, which git accepts, has one too.
pub(super) fn host(url: &str) -> Option<String> {
    let url = url.trim();
    let authority = match url.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?', '#', '\\']).next()?,
        None => {
            let (authority, path) = url.split_once(':')?;
            let is_remote = authority.contains('@') && !path.starts_with('/');
            if !is_remote {
                return None;
            }
            authority
        }
    };
    let host = authority.rsplit('@').next()?;
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next()?,
        None => host.split(':').next()?,
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_of_a_registry() {
        for (uri, account) in [
            (
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com/a:1",
                Some("111122223333"),
            ),
            (
                "111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a/b@sha256:00",
                Some("111122223333"),
            ),
            (
                "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/a",
                Some("111122223333"),
            ),
            (
                "111122223333.dkr-ecr.eu-west-1.on.aws/a",
                Some("111122223333"),
            ),
            (
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com.example.net/a",
                None,
            ),
            ("111122223333.dkr.ecr.evil.example.net/a", None),
            ("11112222333.dkr.ecr.eu-west-1.amazonaws.com/a", None),
            (
                "docker.io/111122223333.dkr.ecr.eu-west-1.amazonaws.com/a",
                None,
            ),
            ("public.ecr.aws/x/a:1", None),
            ("busybox", None),
            ("", None),
        ] {
            assert_eq!(registry_account(uri), account, "{uri}");
        }
    }

    #[test]
    fn the_host_of_a_url() {
        for (url, wanted) in [
            ("https://git.example.com/a.git", Some("git.example.com")),
            (
                "HTTPS://user:word@Git.Example.com:8443/a",
                Some("git.example.com"),
            ),
            (
                "https://good.example.com@evil.example.net/a",
                Some("evil.example.net"),
            ),
            (
                "https://evil.example.net\\@good.example.com/",
                Some("evil.example.net"),
            ),
            ("git@git.example.com:team/a.git", Some("git.example.com")),
            ("ssh://git@[2001:db8::1]:22/a", Some("2001:db8::1")),
            ("team-code", None),
            ("https:///a", None),
        ] {
            assert_eq!(host(url).as_deref(), wanted, "{url}");
        }
    }
}
