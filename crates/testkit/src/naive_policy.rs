//! A second evaluator of AWS policies, as naive as possible: it reads the JSON of a scenario as it
//! is, compiles nothing, indexes nothing and shares no code with the engine. It exists to disagree.
//!
//! It follows `docs/policy.md` line by line. Speed does not matter here; patterns are matched by a
//! table, so that no pattern takes long all the same.

mod conditions;
mod principals;
mod special;
mod text;

use rempart_aws_model::{action, rcp_covers};
use serde_json::Value;

use principals::{Caller, Named};

/// What the naive evaluator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// `Allowed`, `ExplicitlyDenied`, `ImplicitlyDenied` or `Unsupported`.
    pub decision: &'static str,
    /// The member of the scenario that decided.
    pub decided_by: Option<&'static str>,
}

const UNSUPPORTED: Verdict = Verdict {
    decision: "Unsupported",
    decided_by: None,
};

/// Truth: 0 false, 1 unknown, 2 true. Conjunction is the least, disjunction the greatest.
type Truth = u8;
const FALSE: Truth = 0;
const UNKNOWN: Truth = 1;
const TRUE: Truth = 2;

fn not(truth: Truth) -> Truth {
    TRUE - truth
}

fn truth(value: bool) -> Truth {
    if value { TRUE } else { FALSE }
}

/// Decides a scenario. Documents are taken to be well formed.
pub fn decide(scenario: &Value) -> Verdict {
    let Some(case) = Case::new(scenario) else {
        return UNSUPPORTED;
    };
    if action(&case.action).is_none() {
        return UNSUPPORTED;
    }
    match (
        case.caller.account.as_deref(),
        case.resource_account.as_deref(),
    ) {
        (None, _) => case.judge(true),
        (Some(own), Some(other)) => case.judge(own == other),
        (Some(_), None) => {
            let (inside, outside) = (case.judge(true), case.judge(false));
            if inside.decision == outside.decision {
                inside
            } else {
                UNSUPPORTED
            }
        }
    }
}

/// A scenario with the few things that are needed again and again.
struct Case<'a> {
    scenario: &'a Value,
    action: String,
    resource: String,
    /// `None`: not known.
    resource_account: Option<String>,
    caller: Caller,
    /// Folded key, value; `null` for null, `{"unknown": true}` for unknown.
    context: Vec<(String, Value)>,
}

impl<'a> Case<'a> {
    fn new(scenario: &'a Value) -> Option<Self> {
        let request = scenario.get("request")?;
        let text = |name: &str| request.get(name).and_then(Value::as_str);
        let action_name = text("action")?.to_owned();
        let facts = scenario.get("principalFacts").unwrap_or(&Value::Null);
        let caller = Caller::new(text("principal")?, facts)?;
        let mut resource = text("resource")?.to_owned();
        if action(&action_name).is_some_and(|action| action.resources.is_empty()) {
            "*".clone_into(&mut resource);
        }
        let in_arn = resource.split(':').nth(4).unwrap_or_default().to_owned();
        let resource_account = match text("resourceAccount") {
            Some(account) => Some(account.to_owned()),
            None if in_arn.len() == 12 => Some(in_arn),
            None if resource == "*" || in_arn == "aws" => {
                Some(caller.account.clone().unwrap_or_default())
            }
            None => None,
        };
        let mut case = Self {
            scenario,
            action: action_name.to_lowercase(),
            resource,
            resource_account,
            caller,
            context: Vec::new(),
        };
        case.fill_context(request.get("context").unwrap_or(&Value::Null));
        Some(case)
    }

    fn fill_context(&mut self, given: &Value) {
        for (key, value) in given.as_object().into_iter().flatten() {
            self.context.push((key.to_lowercase(), value.clone()));
        }
        let unknown: Vec<String> = self
            .list("unknownKeys")
            .into_iter()
            .map(|key| key.as_str().unwrap_or_default().to_lowercase())
            .collect();
        for key in unknown {
            self.context
                .push((key, serde_json::json!({"unknown": true})));
        }
        let mut derived = self.caller.keys();
        if let Some(account) = &self.caller.account
            && self.action.starts_with("kms:")
        {
            derived.push(("kms:calleraccount", account.clone()));
        }
        if let Some(account) = &self.resource_account
            && !account.is_empty()
        {
            derived.push(("aws:resourceaccount", account.clone()));
        }
        for (key, value) in derived {
            if self.context.iter().all(|(known, _)| known != key) {
                self.context.push((key.to_owned(), value.into()));
            }
        }
    }

    fn member(&self, name: &str) -> &Value {
        self.scenario.get(name).unwrap_or(&Value::Null)
    }

    fn list(&self, name: &str) -> Vec<&Value> {
        self.member(name).as_array().into_iter().flatten().collect()
    }

    fn key(&self, name: &str) -> Option<&Value> {
        let folded = name.to_lowercase();
        let found = self.context.iter().find(|(key, _)| *key == folded);
        found.map(|(_, value)| value)
    }

    fn service(&self) -> &str {
        self.action.split(':').next().unwrap_or_default()
    }

    fn fact(&self, of: &str, name: &str) -> bool {
        self.member(of).get(name) == Some(&Value::Bool(true))
    }

    fn is_service_linked(&self) -> bool {
        self.fact("principalFacts", "isServiceLinkedRole")
            || self.caller.role_arn().contains(":role/aws-service-role/")
    }

    fn is_on_key(&self) -> bool {
        let concerns_key = action(&self.action).is_some_and(|action| {
            action.prefix == "kms"
                && action
                    .resources
                    .iter()
                    .any(|resource| resource.name == "key")
        });
        concerns_key && (self.resource == "*" || self.resource.contains(":key/"))
    }

    fn is_on_trust(&self) -> bool {
        let name = self.action.strip_prefix("sts:").unwrap_or_default();
        let assumes = name.starts_with("assumerole")
            || ["tagsession", "setsourceidentity", "setcontext"].contains(&name);
        assumes && self.resource.contains(":role/")
    }

    /// All layers, then the steps of the documentation in their order.
    fn judge(&self, same_account: bool) -> Verdict {
        let has_account = self.caller.account.is_some();
        let is_root = self.caller.kind == "root";
        let identity = self.policies("identityPolicies");
        let boundary = match self.member("permissionsBoundary") {
            Value::Null => (FALSE, TRUE),
            _ => self.policies("permissionsBoundary"),
        };
        let session = match self.member("sessionPolicies") {
            Value::Array(list) if !list.is_empty() => self.policies("sessionPolicies"),
            Value::String(_) => (UNKNOWN, UNKNOWN),
            _ => (FALSE, truth(self.caller.kind != "federated-user")),
        };
        let (identity, boundary, session) = if is_root || !has_account {
            ((FALSE, TRUE), (FALSE, TRUE), (FALSE, TRUE))
        } else {
            (identity, boundary, session)
        };
        let has_scps = has_account
            && !self.is_service_linked()
            && !self.fact("principalFacts", "isManagementAccount");
        let scp = if has_scps {
            self.levels("serviceControlPolicies")
        } else {
            (FALSE, TRUE)
        };
        let is_aws_key = self.member("resourceFacts").get("keyManager") == Some(&"AWS".into());
        let has_rcps = rcp_covers(self.service())
            && !self.is_service_linked()
            && !self.fact("resourceFacts", "isManagementAccount")
            && !is_aws_key;
        let rcp = if has_rcps {
            (self.levels("resourceControlPolicies").0, TRUE)
        } else {
            (FALSE, TRUE)
        };
        let endpoint = match self.member("vpcEndpointPolicy") {
            Value::Null => (FALSE, TRUE),
            _ => self.policies("vpcEndpointPolicy"),
        };
        let (resource_deny, named) = self.resource_policy();
        let denials = [
            ("publicAccessBlock", self.public_access_block()),
            ("resourceControlPolicies", rcp.0),
            ("serviceControlPolicies", scp.0),
            ("vpcEndpointPolicy", endpoint.0),
            ("resourcePolicy", resource_deny),
            ("identityPolicies", identity.0),
            ("permissionsBoundary", boundary.0),
            ("sessionPolicies", session.0),
        ];
        if let Some((layer, _)) = denials.iter().find(|(_, deny)| *deny == TRUE) {
            return Verdict {
                decision: "ExplicitlyDenied",
                decided_by: Some(layer),
            };
        }
        let deny = denials.iter().map(|(_, deny)| *deny).max().unwrap_or(FALSE);
        let (i, b, s) = (identity.1, boundary.1, session.1);
        let (granted, by, missing) = self.bracket(same_account, named, [i, b, s]);
        let limits = scp.1.min(endpoint.1);
        let all = limits.min(granted);
        if all == FALSE {
            let layer = if scp.1 == FALSE {
                "serviceControlPolicies"
            } else if endpoint.1 == FALSE {
                "vpcEndpointPolicy"
            } else {
                missing
            };
            return Verdict {
                decision: "ImplicitlyDenied",
                decided_by: Some(layer),
            };
        }
        if deny == FALSE && all == TRUE {
            return Verdict {
                decision: "Allowed",
                decided_by: Some(by),
            };
        }
        UNSUPPORTED
    }

    /// The fourth step: granted or not, by which layer, and which layer is missing.
    fn bracket(
        &self,
        same_account: bool,
        named: Named,
        [i, b, s]: [Truth; 3],
    ) -> (Truth, &'static str, &'static str) {
        let is_root = self.caller.kind == "root";
        let grants = self.grants();
        if self.action == "kms:retiregrant" {
            let direct = grants.direct.max(grants.role).max(grants.issuer);
            let by_account = grants.account.min(i).min(b).min(s);
            return (direct.max(by_account), "grants", "grants");
        }
        let unnamed_limit = if i != TRUE {
            "identityPolicies"
        } else if b != TRUE {
            "permissionsBoundary"
        } else {
            "sessionPolicies"
        };
        let needs_policy = self.is_on_key() || self.is_on_trust();
        let any = named
            .direct
            .max(named.role)
            .max(named.issuer)
            .max(named.account);
        let through = named.role.max(named.issuer).min(b).min(s);
        let (granted, by_resource, missing) = if self.caller.account.is_none() {
            (named.direct, named.direct, "resourcePolicy")
        } else if !same_account {
            let partition = |arn: &str| arn.split(':').nth(1).map(str::to_owned);
            let foreign = partition(&self.resource);
            let crosses = foreign.as_deref().is_some_and(|foreign| {
                foreign != "*" && Some(foreign) != partition(&self.caller.arn).as_deref()
            });
            let any = if crosses { FALSE } else { any };
            let granted = i.min(b).min(s).min(any);
            let missing = if any == FALSE {
                "resourcePolicy"
            } else {
                unnamed_limit
            };
            (granted, granted, missing)
        } else {
            let by_resource = named.direct.max(through);
            let delegated = if needs_policy { named.account } else { TRUE };
            let granted = by_resource.max(delegated.min(i).min(b).min(s));
            let missing = if needs_policy && any == FALSE {
                "resourcePolicy"
            } else if named.role.max(named.issuer) == TRUE && b.min(s) == FALSE {
                if b != TRUE {
                    "permissionsBoundary"
                } else {
                    "sessionPolicies"
                }
            } else {
                unnamed_limit
            };
            (granted, by_resource, missing)
        };
        let by_key_grant = {
            let direct = grants.direct.max(grants.role).max(grants.issuer);
            let limit = if is_root || b.min(s) == TRUE {
                TRUE
            } else {
                UNKNOWN
            };
            direct.max(grants.account.min(i)).min(limit)
        };
        let is_own_root = is_root && same_account && !needs_policy;
        let by = if by_resource == TRUE && !is_own_root {
            "resourcePolicy"
        } else if granted == TRUE {
            if is_root {
                "rootUser"
            } else {
                "identityPolicies"
            }
        } else {
            "grants"
        };
        (granted.max(by_key_grant), by, missing)
    }

    /// Deny and allow of a layer, whatever form its member has.
    fn policies(&self, name: &str) -> (Truth, Truth) {
        let member = self.member(name);
        if member == "unknown" {
            return (UNKNOWN, UNKNOWN);
        }
        let single;
        let list: &[Value] = match member {
            Value::Array(list) => list,
            Value::Null => &[],
            one => {
                single = [one.clone()];
                &single
            }
        };
        self.level(name, list)
    }

    fn levels(&self, name: &str) -> (Truth, Truth) {
        let member = self.member(name);
        if member == "unknown" {
            return (UNKNOWN, UNKNOWN);
        }
        let (mut deny, mut allow) = (FALSE, TRUE);
        for level in member.as_array().into_iter().flatten() {
            let policies = level.as_array().map(Vec::as_slice).unwrap_or_default();
            let (denies, allows) = self.level(name, policies);
            deny = deny.max(denies);
            allow = allow.min(allows);
        }
        (deny, allow)
    }

    fn level(&self, layer: &str, policies: &[Value]) -> (Truth, Truth) {
        let (mut deny, mut allow) = (FALSE, FALSE);
        for policy in policies {
            let document = document(policy);
            for statement in statements(&document) {
                let mut named = self.statement(&document, statement, layer);
                if layer == "vpcEndpointPolicy" {
                    named.account = named.account.min(self.account_at_endpoint());
                }
                let truth = named.any();
                if statement.get("Effect") == Some(&"Deny".into()) {
                    deny = deny.max(truth);
                } else {
                    allow = allow.max(truth);
                }
            }
        }
        (deny, allow)
    }

    /// At a gateway endpoint an account means its root user.
    fn account_at_endpoint(&self) -> Truth {
        match self.member("vpcEndpointType").as_str() {
            Some("Gateway") => FALSE,
            Some(_) => TRUE,
            None if ["s3", "dynamodb"].contains(&self.service()) => UNKNOWN,
            None => TRUE,
        }
    }

    /// In which forms the statement matches. Layers without principals match directly.
    fn statement(&self, document: &Value, statement: &Value, _layer: &str) -> Named {
        let is_new = document.get("Version") == Some(&"2012-10-17".into());
        let matches = self
            .action_matches(statement)
            .min(self.resource_matches(statement, is_new))
            .min(self.conditions_match(statement, is_new));
        let mut named = self.principal_named(statement);
        for form in [
            &mut named.direct,
            &mut named.role,
            &mut named.issuer,
            &mut named.account,
        ] {
            *form = (*form).min(matches);
        }
        named
    }

    fn action_matches(&self, statement: &Value) -> Truth {
        let listed = |name: &str| {
            strings(statement.get(name).unwrap_or(&Value::Null))
                .iter()
                .any(|pattern| text::glob(&pattern.to_lowercase(), &self.action))
        };
        match statement.get("Action") {
            Some(_) => truth(listed("Action")),
            None => truth(!listed("NotAction")),
        }
    }

    fn resource_matches(&self, statement: &Value, is_new: bool) -> Truth {
        let listed = |value: &Value| {
            let patterns = strings(value);
            let truths = patterns
                .iter()
                .map(|pattern| self.resource_pattern(pattern, is_new));
            truths.max().unwrap_or(FALSE)
        };
        match (statement.get("Resource"), statement.get("NotResource")) {
            (Some(value), _) => listed(value),
            (None, Some(value)) => not(listed(value)),
            (None, None) => TRUE,
        }
    }

    fn resource_pattern(&self, pattern: &str, is_new: bool) -> Truth {
        let parts = text::parts(pattern, is_new);
        let mut colons = 0;
        for part in &parts {
            match part {
                text::Part::Pattern(piece) => colons += piece.matches(':').count(),
                text::Part::Variable(..) if colons < 5 => return FALSE,
                _ => {}
            }
        }
        match self.fill(&parts) {
            Ok(pieces) => {
                let marked = if pattern == "*" {
                    pieces
                } else {
                    text::mark_parts(&pieces)
                };
                truth(text::matches(&marked, &self.resource))
            }
            Err(truth) => truth,
        }
    }

    /// Puts in the values of variables: pieces of pattern (true) and of plain text (false).
    fn fill(&self, parts: &[text::Part]) -> Result<Vec<(bool, String)>, Truth> {
        let mut pieces = Vec::new();
        let mut is_unknown = false;
        for part in parts {
            match part {
                text::Part::Pattern(piece) => pieces.push((true, piece.clone())),
                text::Part::Plain(piece) => pieces.push((false, piece.clone())),
                text::Part::Variable(key, default) => match self.single(key) {
                    Ok(Some(value)) => pieces.push((false, value)),
                    Ok(None) => match default {
                        Some(default) => pieces.push((false, default.clone())),
                        None => return Err(FALSE),
                    },
                    Err(()) => is_unknown = true,
                },
            }
        }
        if is_unknown { Err(UNKNOWN) } else { Ok(pieces) }
    }

    /// The value of a key as a variable: `Ok(None)` when it has no single one, `Err` when unknown.
    fn single(&self, key: &str) -> Result<Option<String>, ()> {
        let is_list = rempart_aws_model::condition_key(key).is_some_and(|key| key.multivalued);
        match self.key(key) {
            Some(Value::Object(_)) => Err(()),
            _ if is_list => Ok(None),
            Some(Value::Array(values)) => match values.as_slice() {
                [value] => Ok(Some(text::scalar(value))),
                _ => Ok(None),
            },
            None | Some(Value::Null) => Ok(None),
            Some(value) => Ok(Some(text::scalar(value))),
        }
    }
}

/// The document of a policy: itself, or its `document`; a string holds JSON.
fn document(policy: &Value) -> Value {
    let inner = policy.get("document").unwrap_or(policy);
    match inner.as_str() {
        Some(text) => serde_json::from_str(text).unwrap_or_default(),
        None => inner.clone(),
    }
}

fn statements(document: &Value) -> Vec<&Value> {
    match document.get("Statement") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// A string or a list of scalars as texts.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().map(text::scalar).collect(),
        Value::Null => Vec::new(),
        one => vec![text::scalar(one)],
    }
}
