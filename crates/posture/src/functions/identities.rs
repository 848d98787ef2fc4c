//! What users and roles may do.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rempart_aws_model::{AccountId, actions_of};
use rempart_estate::{EvidenceRef, Gap, Place};
use rempart_policy::CompiledPolicy;
use rempart_policy::document::PolicyKind;
use serde_json::Value as Json;

use super::access::listed;
use super::guardrails::service_control_of;
use super::{Answered, Function, text_argument, texts_argument};
use crate::cache::Texts;
use crate::context::{Context, gap};
use crate::expression::{ReasonCode, Unknown, Value, like};
use crate::policies::ask::action;
use crate::policies::document::compile;
use crate::policies::escalation::{Graph, Workplace, Workplaces};
use crate::policies::gaps::{pass_role_gaps, presigned_url_gaps, without_mfa};
use crate::policies::identities::{Circumstances, Identities};
use crate::policies::power;

/// The operation that tells about users, roles and their policies.
const DETAILS: &str = "iam:GetAccountAuthorizationDetails";

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "powers",
        arity: 1,
        run: powers,
    },
    Function {
        name: "excessive",
        arity: 1,
        run: |context, arguments| of_identity(context, "excessive", arguments, power::excessive),
    },
    Function {
        name: "excessive_policies",
        arity: 2,
        run: excessive_policies,
    },
    Function {
        name: "allows",
        arity: 3,
        run: allows,
    },
    Function {
        name: "allows_on_key",
        arity: 4,
        run: allows_on_key,
    },
    Function {
        name: "possible_actions",
        arity: 2,
        run: |context, arguments| of_actions(context, "possible_actions", arguments, may_at_all),
    },
    Function {
        name: "possible_without_mfa",
        arity: 2,
        run: |context, arguments| {
            of_actions(context, "possible_without_mfa", arguments, without_mfa)
        },
    },
    Function {
        name: "pass_role_gaps",
        arity: 1,
        run: |context, arguments| of_identity(context, "pass_role_gaps", arguments, pass_role_gaps),
    },
    Function {
        name: "presigned_url_gaps",
        arity: 1,
        run: |context, arguments| {
            of_identity(context, "presigned_url_gaps", arguments, presigned_url_gaps)
        },
    },
    Function {
        name: "escalations",
        arity: 1,
        run: escalations,
    },
];

/// The identities of an account and what was found out about them.
pub(crate) struct Account {
    identities: Result<Identities, Unknown>,
    evidence: Vec<EvidenceRef>,
    graph: Graph,
    workplaces: OnceLock<(Workplaces, Option<Unknown>)>,
}

impl Account {
    fn read(context: &Context<'_>, account: &str) -> Self {
        let place = Place::new(account, &*context.place.region).global();
        let found = context.session.estate.answer_in(DETAILS, &place);
        let mut evidence = Vec::new();
        let identities = found.map_err(gap).and_then(|found| {
            evidence.push(found.evidence);
            evidence.extend(found.further);
            Identities::new(&found.body, service_control_of(context, account))
        });
        Self {
            identities,
            evidence,
            graph: Graph::default(),
            workplaces: OnceLock::new(),
        }
    }
}

/// The account of an ARN.
fn account(context: &Context<'_>, arn: &str) -> Result<Arc<Account>, Unknown> {
    let number = arn.split(':').nth(4).filter(|number| !number.is_empty());
    let number = number.ok_or_else(|| {
        Unknown::new(
            ReasonCode::Unresolvable,
            format!("`{arn}` is no ARN of a user or role"),
        )
    })?;
    let accounts = &context.session.cache.accounts;
    let found = accounts.of(number.to_owned(), || {
        Arc::new(Account::read(context, number))
    });
    for evidence in &found.evidence {
        context.note(evidence.clone());
    }
    Ok(found)
}

/// The ARN under which IAM knows a principal: of a session, its role has it.
fn identity_arn(arn: &str) -> String {
    let parsed = rempart_policy::Principal::parse(arn).ok();
    let of_role = parsed.and_then(|principal| principal.principal_arn());
    of_role.unwrap_or_else(|| arn.to_owned())
}

fn of_identity<'a>(
    context: &Context<'a>,
    name: &'static str,
    arguments: &[Value<'a>],
    find: impl FnOnce(&Identities, &str) -> Result<Vec<String>, Unknown>,
) -> Answered<'a> {
    let arn = identity_arn(text_argument(arguments, 0)?);
    let account = account(context, &arn)?;
    let identities = account.identities.as_ref().map_err(Clone::clone)?;
    let cache = &context.session.cache.texts;
    let found = cache.of((name, vec![arn.clone()]), || {
        find(identities, &arn).map(Arc::new)
    })?;
    listed(&found)
}

/// `powers(principal)`: names of its far-reaching permissions, such as `administrator`.
fn powers<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let arn = identity_arn(text_argument(arguments, 0)?);
    let account = account(context, &arn)?;
    let identities = account.identities.as_ref().map_err(Clone::clone)?;
    let names = account.graph.powers(identities, &arn)?;
    Ok(Value::texts(names.into_iter().map(ToOwned::to_owned)))
}

/// `allows(principal, action, resource)`: whether some request of the principal is allowed.
fn allows<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let arn = identity_arn(text_argument(arguments, 0)?);
    let name = text_argument(arguments, 1)?;
    let resource = text_argument(arguments, 2)?;
    let account = account(context, &arn)?;
    let identities = account.identities.as_ref().map_err(Clone::clone)?;
    let policy = resource_policy(context, name, resource)?;
    let key = vec![arn.clone(), name.to_owned(), resource.to_owned()];
    let found = context.session.cache.texts.of(("allows", key), || {
        let on = Circumstances {
            resource: Some(resource),
            policy: policy.as_ref(),
            ..Circumstances::default()
        };
        let allowed = identities.may(&arn, &action(name)?, on)?;
        Ok(Arc::new(if allowed {
            vec![name.to_owned()]
        } else {
            Vec::new()
        }))
    })?;
    Ok(Value::Bool(!found.is_empty()))
}

/// Where the policies of resources are: service of the ARN, kind, operation, member, kind of policy.
const POLICIES: [(&str, &str, &str, &str, PolicyKind); 3] = [
    (
        "kms",
        "AWS::KMS::Key",
        "kms:GetKeyPolicy",
        "Policy",
        PolicyKind::KmsKey,
    ),
    (
        "s3",
        "AWS::S3::Bucket",
        "s3:GetBucketPolicy",
        "Policy",
        PolicyKind::Resource,
    ),
    (
        "secretsmanager",
        "AWS::SecretsManager::Secret",
        "secretsmanager:GetResourcePolicy",
        "ResourcePolicy",
        PolicyKind::Resource,
    ),
];

/// The policy of a resource. What was not collected is not taken for no policy.
fn resource_policy(
    context: &Context<'_>,
    action: &str,
    resource: &str,
) -> Result<Option<Arc<CompiledPolicy>>, Unknown> {
    // Who may retire a grant is decided by the grant and by identity policies; key policies are not
    // asked (KMS Developer Guide, "RetireGrant").
    if action.eq_ignore_ascii_case("kms:RetireGrant") || resource == "*" {
        return Ok(None);
    }
    let service = resource.split(':').nth(2).unwrap_or_default();
    let Some((_, kind, operation, member, read_as)) =
        POLICIES.into_iter().find(|(of, ..)| *of == service)
    else {
        return Ok(None);
    };
    let reference = match resource.strip_prefix("arn:aws:s3:::") {
        Some(path) => path.split('/').next().unwrap_or_default(),
        None => resource,
    };
    let found = match context.session.estate.find(kind, reference, context.place) {
        Ok(found) => found,
        // It does not exist: then what the identity's own policies say is the answer.
        Err(Gap::Unresolvable { .. }) => return Ok(None),
        Err(missing) => return Err(gap(missing)),
    };
    let body = context.answer_about(operation, found)?;
    match body.get(member).and_then(Json::as_str) {
        Some(text) if !text.is_empty() => compile(resource, text, read_as).map(Some),
        _ => Ok(None),
    }
}

/// `allows_on_key(principal, action, arn, policy)`: whether some request of the principal on a key with
/// this policy is allowed.
fn allows_on_key<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let arn = identity_arn(text_argument(arguments, 0)?);
    let name = text_argument(arguments, 1)?;
    let key_arn = text_argument(arguments, 2)?;
    let policy = text_argument(arguments, 3)?;
    let account = account(context, &arn)?;
    let identities = account.identities.as_ref().map_err(Clone::clone)?;
    let texts = [&arn, name, key_arn, policy];
    let key = texts.into_iter().map(ToOwned::to_owned).collect();
    let found = context.session.cache.texts.of(("allows_on_key", key), || {
        let policy = compile(key_arn, policy, PolicyKind::KmsKey)?;
        let on = Circumstances {
            resource: Some(key_arn),
            policy: Some(&policy),
            ..Circumstances::default()
        };
        let allowed = identities.may(&arn, &action(name)?, on)?;
        Ok(Arc::new(if allowed {
            vec![name.to_owned()]
        } else {
            Vec::new()
        }))
    })?;
    Ok(Value::Bool(!found.is_empty()))
}

fn of_actions<'a>(
    context: &Context<'a>,
    name: &'static str,
    arguments: &[Value<'a>],
    holds: fn(&Identities, &str, &str) -> Result<bool, Unknown>,
) -> Answered<'a> {
    let arn = identity_arn(text_argument(arguments, 0)?);
    let patterns = texts_argument(arguments, 1)?;
    let account = account(context, &arn)?;
    let identities = account.identities.as_ref().map_err(Clone::clone)?;
    let mut key = vec![arn.clone()];
    key.extend(patterns.iter().cloned());
    let found: Texts = context.session.cache.texts.of((name, key), || {
        let mut found = Vec::new();
        let mut open = None;
        for action in actions_like(&patterns)? {
            match holds(identities, &arn, &action) {
                Ok(true) => found.push(action),
                Ok(false) => {}
                Err(unknown) => open = Some(unknown),
            }
        }
        match open {
            Some(open) if found.is_empty() => Err(open),
            _ => Ok(Arc::new(found)),
        }
    });
    listed(&found?)
}

/// The actions that patterns such as `sagemaker:Delete*` stand for.
fn actions_like(patterns: &[String]) -> Result<Vec<String>, Unknown> {
    let mut found = Vec::new();
    for pattern in patterns {
        let (prefix, _) = pattern.split_once(':').unwrap_or((pattern, ""));
        let before = found.len();
        for action in actions_of(prefix) {
            let name = format!("{}:{}", action.prefix, action.name);
            if like(&name, pattern) {
                found.push(name);
            }
        }
        if found.len() == before {
            return Err(Unknown::new(
                ReasonCode::NotConfigured,
                format!("`{pattern}` stands for no action"),
            ));
        }
    }
    Ok(found)
}

fn may_at_all(identities: &Identities, arn: &str, name: &str) -> Result<bool, Unknown> {
    identities.may_at_all(arn, &action(name)?)
}

/// `excessive_policies(documents, attached)`: why policies that are attached together give more than a
/// project needs. `attached` names managed policies by ARN, or as `policy/path/name` in any account.
fn excessive_policies<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let mut documents = texts_argument(arguments, 0)?;
    documents.retain(|document| !document.trim().is_empty());
    let attached = texts_argument(arguments, 1)?;
    let mut reasons = Vec::new();
    let mut open = None;
    for reference in &attached {
        if let Some(name) = power::too_much(reference) {
            reasons.push(format!("{name} is attached"));
            continue;
        }
        match managed_document(context, reference) {
            Ok(document) => documents.push(document),
            Err(unknown) => open = Some(unknown),
        }
    }
    let account = AccountId::parse(&context.place.account)
        .map_err(|error| Unknown::new(ReasonCode::ModelGap, error.to_string()))?;
    let mut key = vec![context.place.account.clone()];
    key.extend(documents.iter().cloned());
    let cache = &context.session.cache.texts;
    let found: Texts = cache.of(("excessive_policies", key), || {
        let identities = Identities::of_documents(account, &documents)?;
        power::excessive(&identities, &Identities::imagined(account)).map(Arc::new)
    });
    match found {
        Ok(more) => reasons.extend(more.iter().cloned()),
        Err(unknown) => open = Some(unknown),
    }
    match open {
        Some(open) if reasons.is_empty() => Err(open),
        _ => listed(&reasons),
    }
}

/// The document of a managed policy.
fn managed_document(context: &Context<'_>, reference: &str) -> Result<String, Unknown> {
    let missing = || {
        Unknown::new(
            ReasonCode::Unresolvable,
            format!("the document of the policy `{reference}`"),
        )
    };
    let estate = context.session.estate;
    let ends = format!(":{reference}");
    let mut policies = estate.resources("AWS::IAM::ManagedPolicy");
    let policy = policies.find(|policy| {
        let arn = policy.arn.as_deref().unwrap_or(&policy.id);
        arn == reference || arn.ends_with(&ends)
    });
    let body = context.body(policy.ok_or_else(missing)?)?;
    let versions = body.get("PolicyVersionList").and_then(Json::as_array);
    let version = versions
        .into_iter()
        .flatten()
        .find(|version| version.get("IsDefaultVersion").and_then(Json::as_bool) == Some(true));
    let document = version.and_then(|version| version.get("Document"));
    match document {
        Some(Json::String(text)) => Ok(text.clone()),
        Some(document) => Ok(document.to_string()),
        None => Err(missing()),
    }
}

/// `escalations(principal)`: paths through SageMaker to roles that may do what the principal may not.
fn escalations<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let arn = identity_arn(text_argument(arguments, 0)?);
    let account = account(context, &arn)?;
    let identities = account.identities.as_ref().map_err(Clone::clone)?;
    let cache = &context.session.cache.texts;
    let found = cache.of(("escalations", vec![arn.clone()]), || {
        let own = account.graph.powers(identities, &arn)?;
        if own.contains("administrator") || !account.graph.is_surpassed(identities, &own) {
            return Ok(Arc::new(Vec::new()));
        }
        let number = arn.split(':').nth(4).unwrap_or_default();
        let (workplaces, open) = account
            .workplaces
            .get_or_init(|| workplaces(context, number));
        let paths = account.graph.escalations(identities, workplaces, &arn)?;
        match open.clone() {
            Some(open) if paths.is_empty() => Err(open),
            _ => Ok(Arc::new(paths)),
        }
    })?;
    listed(&found)
}

/// Notebooks, profiles and pipelines of an account by their role, and what is not known of them.
fn workplaces(context: &Context<'_>, account: &str) -> (Workplaces, Option<Unknown>) {
    let place = Place::new(account, &*context.place.region).global();
    let estate = context.session.estate;
    let mut found: Workplaces = BTreeMap::new();
    let mut open = None;
    let mut each = |kind: &str, add: &mut dyn FnMut(&Json, &str, &Place)| {
        let resources = match estate.resources_in(kind, &place) {
            Ok(resources) => resources,
            Err(missing) => {
                open = Some(gap(missing));
                return;
            }
        };
        for resource in resources {
            match estate.body(resource) {
                Ok(body) => add(
                    &body,
                    resource.arn.as_deref().unwrap_or_default(),
                    &resource.place,
                ),
                Err(missing) => open = Some(gap(missing)),
            }
        }
    };
    let hidden: RefCell<Option<Unknown>> = RefCell::new(None);
    let text = |body: &Json, path: &str| {
        let mut at = body;
        for name in path.split('/').skip(1) {
            at = at.get(name)?;
            if let Err(unknown) = Value::of(at) {
                *hidden.borrow_mut() = Some(unknown);
                return None;
            }
        }
        at.as_str().map(ToOwned::to_owned)
    };
    each(
        "AWS::SageMaker::NotebookInstance",
        &mut |body, arn, place| {
            if let Some(role) = text(body, "/RoleArn") {
                let script = text(body, "/NotebookInstanceLifecycleConfigName").map(|name| {
                    format!(
                        "arn:aws:sagemaker:{}:{}:notebook-instance-lifecycle-config/{name}",
                        place.region, place.account
                    )
                });
                let arn = arn.to_owned();
                found
                    .entry(role)
                    .or_default()
                    .push(Workplace::Notebook { arn, script });
            }
        },
    );
    each("AWS::SageMaker::Pipeline", &mut |body, arn, _| {
        if let Some(role) = text(body, "/RoleArn") {
            let arn = arn.to_owned();
            found
                .entry(role)
                .or_default()
                .push(Workplace::Pipeline { arn });
        }
    });
    let mut defaults: BTreeMap<String, String> = BTreeMap::new();
    each("AWS::SageMaker::Domain", &mut |body, _, _| {
        if let (Some(domain), Some(role)) = (
            text(body, "/DomainId"),
            text(body, "/DefaultUserSettings/ExecutionRole"),
        ) {
            defaults.insert(domain, role);
        }
    });
    each("AWS::SageMaker::UserProfile", &mut |body, arn, _| {
        let own = text(body, "/UserSettings/ExecutionRole");
        let role = own.or_else(|| defaults.get(&text(body, "/DomainId")?).cloned());
        if let Some(role) = role {
            let arn = arn.to_owned();
            found
                .entry(role)
                .or_default()
                .push(Workplace::Profile { arn });
        }
    });
    let open = hidden.borrow_mut().take().or(open);
    (found, open)
}
