//! What a person can do about a bucket that cannot be read.

use rempart_trail::source::Problem;

/// Shortens the answer of S3 to its code and message, and adds what to do.
pub(crate) fn clarify(problem: &mut Problem) {
    if !problem.name.starts_with("s3://") {
        return;
    }
    let message = &problem.message;
    let code = between(message, "<Code>", "</Code>");
    if let Some(code) = code {
        let said = between(message, "<Message>", "</Message>").unwrap_or_default();
        let advice = advice(code);
        problem.message = format!("S3 answers {code}: {said}{advice}");
    } else if is_without_credentials(message) {
        problem.message = format!("{NO_CREDENTIALS} ({message})");
    } else if message.contains("403 Forbidden") {
        problem.message = format!("{message}{}", advice("AccessDenied"));
    }
}

const NO_CREDENTIALS: &str = "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN for temporary keys), or AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, or run where a container or instance has a role; profiles in files are not read";

fn advice(code: &str) -> &'static str {
    match code {
        "NoSuchBucket" => "; check the name, AWS_REGION and AWS_ENDPOINT_URL",
        "AccessDenied" | "AllAccessDisabled" => {
            "; s3:ListBucket on the bucket and s3:GetObject on its objects are needed, and kms:Decrypt when they are encrypted with a KMS key"
        }
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken" => {
            "; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
        }
        "PermanentRedirect" | "AuthorizationHeaderMalformed" => {
            "; set AWS_REGION to the Region of the bucket"
        }
        _ => "",
    }
}

/// The last place where credentials are looked for is the metadata service of the instance.
fn is_without_credentials(message: &str) -> bool {
    message.contains("169.254.169.254") || message.contains("/latest/api/token")
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    let (inner, _) = rest.split_once(end)?;
    Some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clarified(name: &str, message: &str) -> String {
        let mut problem = Problem {
            name: name.to_owned(),
            message: message.to_owned(),
        };
        clarify(&mut problem);
        problem.message
    }

    #[test]
    fn the_code_of_s3_is_told_with_advice() {
        let text = "Server returned non-2xx status code: 403 Forbidden: <?xml?><Error><Code>InvalidAccessKeyId</Code><Message>No such key</Message></Error>";
        assert_eq!(
            clarified("s3://b/p", text),
            "S3 answers InvalidAccessKeyId: No such key; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
        );
    }

    #[test]
    fn missing_credentials_are_named() {
        let text = "Error performing PUT http://169.254.169.254/latest/api/token in 1s";
        assert!(
            clarified("s3://b/p", text)
                .starts_with("no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        );
    }

    #[test]
    fn other_problems_stay_as_they_are() {
        assert_eq!(clarified("/tmp/<Code>", "<Code>x</Code>"), "<Code>x</Code>");
        assert_eq!(clarified("s3://b/", "timed out"), "timed out");
    }
}
