//! One record: its credential, and the fact that it holds, if any.

use std::borrow::Cow;
use std::sync::Arc;

use rempart_hunt::derive::principal;
use rempart_trail::identity::{Identity, IdentityKind};
use rempart_trail::json::Json;
use rempart_trail::record::{Field, Record};

use super::{
    Actor, Credential, Fact, FactKind, MOST_CREDENTIALS, MOST_FACTS, MOST_USES, Use, Worker,
};
use crate::model::SessionKind;

/// Longest text that is kept of a field.
const LONGEST: usize = 1024;

/// Key of the credential of a record, or what stands for it: see [`crate::Session::key`].
pub(crate) fn actor_of<'a>(record: &Record<'a>) -> Cow<'a, str> {
    let identity = Identity::of(record);
    if let Some(key) = identity.access_key_id() {
        return key;
    }
    match identity.kind() {
        IdentityKind::AwsAccount => {
            let account = identity.account_id().unwrap_or_default();
            let id = identity.principal_id().unwrap_or_default();
            // The owner's record of a call from another account names the session by its id.
            format!("account {account} {id}")
                .trim_end()
                .to_owned()
                .into()
        }
        _ => principal(record).into(),
    }
}

/// Service without `.amazonaws.com`, and name of the event.
pub(crate) fn call_of<'a>(record: &Record<'a>) -> (Cow<'a, str>, Cow<'a, str>) {
    let source = record.text(Field::EventSource).unwrap_or_default();
    let service = match source {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_suffix(".amazonaws.com").unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(text.trim_end_matches(".amazonaws.com").to_owned()),
    };
    (service, record.text(Field::EventName).unwrap_or_default())
}

/// Why the call failed.
pub(crate) fn error_of(record: &Record<'_>) -> Option<String> {
    if let Some(code) = record
        .text(Field::ErrorCode)
        .filter(|code| !code.is_empty())
    {
        return Some(cut(&code).to_owned());
    }
    if record
        .text(Field::ErrorMessage)
        .is_some_and(|text| !text.is_empty())
    {
        return Some("Failure".to_owned());
    }
    let answer = record.get(Field::ResponseElements)?.get("ConsoleLogin")?;
    (answer.plain_str() == Some("Failure")).then(|| "Failure".to_owned())
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

impl Worker<'_> {
    pub(super) fn note(&mut self, record: &Record<'_>) {
        let Some(time) = record.event_time().map(|time| time.0) else {
            return;
        };
        let account = record.recipient_account().unwrap_or_default();
        self.index.recorded.note(record, &account, time);
        let key = actor_of(record);
        let address = record.text(Field::SourceIpAddress).unwrap_or_default();
        let failed = error_of(record).is_some();
        self.note_use(record, &key, &address, time, failed);
        let mut hits = std::mem::take(&mut self.index.hits);
        for (number, suspicion) in self.shared.suspicions.iter().enumerate() {
            if suspicion.hits(record) {
                let actor = Actor {
                    key: self.share(cut(&key)),
                    address: self.share(cut(&address)),
                };
                hits.note(number, actor);
            }
        }
        self.index.hits = hits;
        if !failed {
            self.note_fact(record, &key, &address, &account, time);
        }
    }

    fn note_use(&mut self, record: &Record<'_>, key: &str, address: &str, time: i64, failed: bool) {
        let agent = record.text(Field::UserAgent).unwrap_or_default();
        let (key, address, agent) = (cut(key), cut(address), cut(&agent));
        if !self.index.credentials.contains_key(key) {
            if self.index.credentials.len() >= MOST_CREDENTIALS {
                self.index.left_out += 1;
                return;
            }
            let credential = self.credential(record);
            let key = self.share(key);
            self.index.credentials.insert(key, credential);
        }
        if let Some(credential) = self.index.credentials.get_mut(key) {
            let mut uses = credential.uses.iter_mut();
            if let Some(known) =
                uses.find(|known| *known.address == *address && *known.agent == *agent)
            {
                known.first = known.first.min(time);
                known.last = known.last.max(time);
                known.events += 1;
                known.failed += u64::from(failed);
                return;
            }
            if credential.uses.len() >= MOST_USES {
                credential.more += 1;
                return;
            }
        }
        let used = Use {
            address: self.share(address),
            agent: self.share(agent),
            first: time,
            last: time,
            events: 1,
            failed: u64::from(failed),
        };
        if let Some(credential) = self.index.credentials.get_mut(key) {
            credential.uses.push(used);
        }
    }

    fn credential(&mut self, record: &Record<'_>) -> Credential {
        let identity = Identity::of(record);
        let issuer = identity.session_issuer();
        let is_role = |arn: &str| arn.contains(":role/");
        let role = issuer
            .and_then(|issuer| issuer.arn())
            .filter(|arn| is_role(arn));
        let behalf = identity.on_behalf_of();
        let mut share = |text: Option<Cow<'_, str>>| text.map(|text| self.share(cut(&text)));
        Credential {
            kind: kind_of(record, &identity),
            role: share(role),
            principal_id: share(identity.principal_id()),
            source_identity: share(identity.source_identity()),
            on_behalf_of: share(behalf.and_then(|behalf| behalf.user_id())),
            in_scope_of: share(identity.in_scope_of().and_then(|scope| scope.source_arn())),
            principal: share(Some(principal(record).into())).unwrap_or_default(),
            account: share(identity.account_id().or_else(|| record.recipient_account()))
                .unwrap_or_default(),
            mfa: identity.mfa(),
            created: identity.session_created().map(|time| time.0),
            from_console: record
                .get(Field::SessionCredentialFromConsole)
                .and_then(Json::scalar_text)
                .is_some_and(|flag| flag == "true"),
            // Nearly all have one; a vector that grows takes room for four.
            uses: Vec::with_capacity(1),
            more: 0,
        }
    }

    fn note_fact(
        &mut self,
        record: &Record<'_>,
        key: &str,
        address: &str,
        account: &str,
        time: i64,
    ) {
        let (service, name) = call_of(record);
        let interesting = match &*service {
            "sts" | "iam" | "cloudtrail" => true,
            // Data events carry no role and are most of the records.
            "sagemaker" => !name.starts_with("Invoke") && !name.ends_with("Record"),
            _ => false,
        };
        if !interesting {
            return;
        }
        let Some(kind) = self.fact(record, &service, &name) else {
            return;
        };
        if self.index.facts.len() >= MOST_FACTS {
            self.index.left_out += 1;
            return;
        }
        let fact = Fact {
            time,
            event: record.text(Field::EventId).unwrap_or_default().into(),
            actor: Actor {
                key: self.share(cut(key)),
                address: self.share(cut(address)),
            },
            account: self.share(account),
            kind,
        };
        self.index.facts.push(fact);
    }

    fn fact(&mut self, record: &Record<'_>, service: &str, name: &str) -> Option<FactKind> {
        let request = record.get(Field::RequestParameters);
        let response = record.get(Field::ResponseElements);
        let asked = |path: &[&str]| text_at(request, path);
        let answered = |path: &[&str]| text_at(response, path);
        match (service, name) {
            ("sts", _) => {
                let session = answered(&["assumedRoleUser", "arn"])
                    .or_else(|| answered(&["federatedUser", "arn"]))
                    .unwrap_or_default();
                let key = answered(&["credentials", "accessKeyId"]).unwrap_or_default();
                if key.is_empty() && session.is_empty() {
                    return None;
                }
                Some(FactKind::Minted {
                    key: self.share(cut(&key)),
                    session: self.share(cut(&session)),
                    role: self.share(cut(&asked(&["roleArn"]).unwrap_or_default())),
                    shared: record.text(Field::SharedEventId).map(|id| cut(&id).into()),
                    call: self.share(cut(name)),
                    by_time: false,
                })
            }
            ("iam", "CreateAccessKey") => Some(FactKind::KeyMade {
                key: self.share(cut(&answered(&["accessKey", "accessKeyId"])?)),
                user: self.share(cut(
                    &answered(&["accessKey", "userName"]).or_else(|| asked(&["userName"]))?
                )),
            }),
            ("iam", "CreateLoginProfile" | "UpdateLoginProfile") => Some(FactKind::PasswordMade {
                user: self.share(cut(&asked(&["userName"])?)),
            }),
            ("iam", "UpdateAssumeRolePolicy" | "CreateRole") => {
                let document = asked(&["policyDocument"])
                    .or_else(|| asked(&["assumeRolePolicyDocument"]))
                    .unwrap_or_default();
                let accounts = accounts_in(&document);
                Some(FactKind::TrustChanged {
                    role: self.share(cut(&asked(&["roleName"])?)),
                    accounts: accounts.iter().map(|account| self.share(account)).collect(),
                })
            }
            ("cloudtrail", _) => {
                const CHANGES: [&str; 8] = [
                    "StopLogging",
                    "StartLogging",
                    "CreateTrail",
                    "UpdateTrail",
                    "DeleteTrail",
                    "PutEventSelectors",
                    "UpdateEventDataStore",
                    "DeleteEventDataStore",
                ];
                let call = CHANGES.contains(&name).then(|| self.share(name))?;
                Some(FactKind::TrailChanged { call })
            }
            ("sagemaker", _) => self.sagemaker_fact(name, &asked),
            _ => None,
        }
    }

    fn sagemaker_fact(
        &mut self,
        name: &str,
        asked: &dyn Fn(&[&str]) -> Option<String>,
    ) -> Option<FactKind> {
        let changes = ["Create", "Update", "Start"]
            .iter()
            .any(|verb| name.starts_with(verb));
        let stops = matches!(name, "StopNotebookInstance" | "DeleteNotebookInstance");
        if !changes && !stops && name != "DeleteApp" {
            return None;
        }
        let mut share = |text: Option<String>| self.share(cut(&text.unwrap_or_default()));
        let first = |names: &[&str]| names.iter().find_map(|name| asked(&[name]));
        if name.starts_with("CreatePresigned") || name == "StartSession" {
            let lasts = asked(&["sessionExpirationDurationInSeconds"]);
            return Some(FactKind::Presigned {
                target: share(first(&[
                    "userProfileName",
                    "spaceName",
                    "notebookInstanceName",
                    "trackingServerName",
                    "arn",
                    "resourceIdentifier",
                ])),
                domain: share(asked(&["domainId"])),
                // What AWS takes when the call does not say.
                lasts: lasts.and_then(|text| text.parse().ok()).unwrap_or(43_200),
            });
        }

        if stops {
            let resource = share(asked(&["notebookInstanceName"]));
            return Some(FactKind::Stopped { resource });
        }
        match name {
            "CreateUserProfile" | "UpdateUserProfile" => {
                return Some(FactKind::Profile {
                    domain: share(asked(&["domainId"])),
                    profile: share(asked(&["userProfileName"])),
                    role: share(asked(&["userSettings", "executionRole"])),
                });
            }
            "CreateDomain" | "UpdateDomain" => {
                return Some(FactKind::Profile {
                    domain: share(first(&["domainId", "domainName"])),
                    profile: "".into(),
                    role: share(asked(&["defaultUserSettings", "executionRole"])),
                });
            }
            "CreateApp" | "DeleteApp" => {
                return Some(FactKind::App {
                    domain: share(asked(&["domainId"])),
                    profile: share(first(&["userProfileName", "spaceName"])),
                    started: name == "CreateApp",
                });
            }
            _ => {}
        }
        let role = first(&[
            "roleArn",
            "executionRoleArn",
            "modelExecutionRoleArn",
            "role",
        ]);
        let resource = first(&[
            "notebookInstanceName",
            "trainingJobName",
            "processingJobName",
            "modelName",
            "pipelineName",
            "autoMLJobName",
            "hyperParameterTuningJobName",
            "clusterName",
            "featureGroupName",
            "imageName",
            "spaceName",
        ]);
        let opens = role.is_some()
            || matches!(
                name,
                "StartNotebookInstance"
                    | "UpdateNotebookInstance"
                    | "StartPipelineExecution"
                    | "UpdatePipeline"
            );
        opens.then(|| FactKind::RoleGiven {
            resource: share(resource),
            role: share(role),
            call: Arc::from(format!("sagemaker:{name}")),
        })
    }
}

fn text_at(value: Option<Json<'_>>, path: &[&str]) -> Option<String> {
    let text = value?.path(path)?.scalar_text()?;
    (!text.is_empty()).then(|| text.into_owned())
}

/// Twelve digits that stand by themselves: accounts that a policy names.
pub(crate) fn accounts_in(document: &str) -> Vec<String> {
    let mut found: Vec<String> = document
        .split(|character: char| !character.is_ascii_digit())
        .filter(|digits| digits.len() == 12)
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found.truncate(50);
    found
}

fn kind_of(record: &Record<'_>, identity: &Identity<'_>) -> SessionKind {
    match identity.kind() {
        IdentityKind::Root => SessionKind::Root,
        IdentityKind::IamUser => match identity.access_key_id() {
            Some(key) if key.starts_with("ASIA") && from_console(record) => SessionKind::Console,
            None if from_console(record) => SessionKind::Console,
            _ => SessionKind::UserKey,
        },
        IdentityKind::AssumedRole | IdentityKind::Role => {
            let name = identity.session_name();
            let arn = identity.arn().unwrap_or_default();
            if arn.contains("assumed-role/AWSReservedSSO_")
                || identity.web_id_federation().is_some()
            {
                SessionKind::Federated
            } else if name.as_deref() == Some("SageMaker") {
                SessionKind::Sagemaker
            } else {
                SessionKind::Role
            }
        }
        IdentityKind::FederatedUser => SessionKind::FederatedUser,
        IdentityKind::SamlUser
        | IdentityKind::WebIdentityUser
        | IdentityKind::IdentityCenterUser => SessionKind::Federated,
        IdentityKind::AwsAccount => SessionKind::ForeignAccount,
        IdentityKind::AwsService => SessionKind::Service,
        _ => SessionKind::Unknown,
    }
}

fn from_console(record: &Record<'_>) -> bool {
    let flag = record
        .get(Field::SessionCredentialFromConsole)
        .and_then(Json::scalar_text);
    let event = record.get(Field::EventName).and_then(Json::plain_str);
    flag.is_some_and(|flag| flag == "true") || event == Some("ConsoleLogin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_stand_by_themselves() {
        let document =
            r#"{"AWS":["arn:aws:iam::999988887777:root","111122223333"],"x":"1234567890123"}"#;
        assert_eq!(accounts_in(document), ["111122223333", "999988887777"]);
    }
}
