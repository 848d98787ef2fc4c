//! Callers, and in which form policies name them.

use serde_json::Value;

use super::{Case, FALSE, TRUE, Truth, UNKNOWN, document, statements, strings, truth};

/// In which form a policy names the caller.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Named {
    pub(super) direct: Truth,
    pub(super) role: Truth,
    pub(super) issuer: Truth,
    pub(super) account: Truth,
}

impl Named {
    pub(super) fn any(self) -> Truth {
        self.direct
            .max(self.role)
            .max(self.issuer)
            .max(self.account)
    }

    pub(super) fn max(self, other: Self) -> Self {
        Self {
            direct: self.direct.max(other.direct),
            role: self.role.max(other.role),
            issuer: self.issuer.max(other.issuer),
            account: self.account.max(other.account),
        }
    }

    fn direct(truth: Truth) -> Self {
        Self {
            direct: truth,
            ..Self::default()
        }
    }
}

/// Who calls.
pub(super) struct Caller {
    /// `user`, `role`, `assumed-role`, `federated-user`, `root`, `service`, `provider`, `anonymous`
    pub(super) kind: &'static str,
    /// ARN, or the name of a service or provider
    pub(super) arn: String,
    pub(super) account: Option<String>,
    role: Option<String>,
    issuer: Option<String>,
    id: Option<String>,
}

impl Caller {
    pub(super) fn new(text: &str, facts: &Value) -> Option<Self> {
        let fact = |name: &str| facts.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut parts = text.split(':').skip(2);
        let (service, account, rest) = (parts.next(), parts.nth(1), parts.next());
        let kind_of_arn = rest
            .unwrap_or_default()
            .split('/')
            .next()
            .unwrap_or_default();
        let kind = match (service, kind_of_arn) {
            _ if text == "anonymous" || text == "*" => "anonymous",
            (Some("iam"), "user") => "user",
            (Some("iam"), "role") => "role",
            (Some("iam"), "root") => "root",
            (Some("iam"), "saml-provider" | "oidc-provider") => "provider",
            (Some("sts"), "assumed-role") => "assumed-role",
            (Some("sts"), "federated-user") => "federated-user",
            _ if [
                "accounts.google.com",
                "cognito-identity.amazonaws.com",
                "graph.facebook.com",
                "www.amazon.com",
            ]
            .contains(&text) =>
            {
                "provider"
            }
            _ if text.ends_with(".amazonaws.com") => "service",
            _ => return None,
        };
        let has_account = !["anonymous", "provider", "service"].contains(&kind);
        Some(Self {
            kind,
            arn: text.to_owned(),
            account: account.filter(|_| has_account).map(str::to_owned),
            role: fact("roleArn"),
            issuer: fact("issuingUserArn"),
            id: fact("principalId"),
        })
    }

    fn role_name(&self) -> &str {
        let mut parts = self.arn.split('/');
        match self.kind {
            "role" => parts.next_back().unwrap_or_default(),
            _ => parts.nth(1).unwrap_or_default(),
        }
    }

    /// ARN of the role, where the caller is of one.
    pub(super) fn role_arn(&self) -> String {
        match (self.kind, &self.role) {
            ("role", _) => self.arn.clone(),
            ("assumed-role", Some(role)) => role.clone(),
            ("assumed-role", None) => {
                let partition = self.arn.split(':').nth(1).unwrap_or_default();
                let account = self.account.as_deref().unwrap_or_default();
                format!("arn:{partition}:iam::{account}:role/{}", self.role_name())
            }
            _ => String::new(),
        }
    }

    /// Keys that follow from the caller.
    pub(super) fn keys(&self) -> Vec<(&'static str, String)> {
        let mut keys = Vec::new();
        match self.kind {
            "provider" => return keys,
            "service" => {
                keys.push(("aws:principalisawsservice", "true".to_owned()));
                keys.push(("aws:principalservicename", self.arn.clone()));
                return keys;
            }
            "anonymous" => {
                keys.push(("aws:principaltype", "Anonymous".to_owned()));
                return keys;
            }
            _ => {}
        }
        keys.push(("aws:principalisawsservice", "false".to_owned()));
        let (kind, arn) = match self.kind {
            "user" => ("User", self.arn.clone()),
            "root" => ("Account", self.arn.clone()),
            "federated-user" => ("FederatedUser", self.arn.clone()),
            _ => ("AssumedRole", self.role_arn()),
        };
        keys.push(("aws:principalarn", arn));
        keys.push(("aws:principaltype", kind.to_owned()));
        keys.push((
            "aws:principalaccount",
            self.account.clone().unwrap_or_default(),
        ));
        if self.kind == "user" {
            let name = self.arn.split('/').next_back().unwrap_or_default();
            keys.push(("aws:username", name.to_owned()));
        }
        keys
    }
}

impl Case<'_> {
    /// In which forms a statement's principal element names the caller; without one, directly.
    pub(super) fn principal_named(&self, statement: &Value) -> Named {
        if let Some(principal) = statement.get("Principal") {
            return self.entries(principal).0;
        }
        let Some(excluded) = statement.get("NotPrincipal") else {
            return Named::direct(TRUE);
        };
        let has_boundary = match self.member("permissionsBoundary") {
            Value::Null => FALSE,
            Value::String(text) if text == "unknown" => UNKNOWN,
            _ => TRUE,
        };
        let (named, has_star) = self.entries(excluded);
        let is_denial = statement.get("Effect") == Some(&"Deny".into());
        let outside = if named.any() == FALSE {
            TRUE
        } else {
            let account = named.account == TRUE;
            let whole = has_star
                || match self.caller.kind {
                    "user" | "federated-user" => named.direct == TRUE && account,
                    "role" | "assumed-role" => {
                        named.direct == TRUE && named.role == TRUE && account
                    }
                    _ => named.direct == TRUE,
                };
            if whole { FALSE } else { UNKNOWN }
        };
        let by_boundary = if is_denial { has_boundary } else { FALSE };
        Named::direct(outside.max(by_boundary))
    }

    /// The forms of all entries together, and whether `*` is among them.
    fn entries(&self, element: &Value) -> (Named, bool) {
        if element == "*" {
            return (Named::direct(TRUE), true);
        }
        let mut named = Named::default();
        let mut has_star = false;
        for (kind, values) in element.as_object().into_iter().flatten() {
            for value in strings(values) {
                has_star |= kind == "AWS" && value == "*";
                named = named.max(self.entry(kind, &value));
            }
        }
        (named, has_star)
    }

    pub(super) fn entry(&self, kind: &str, value: &str) -> Named {
        let caller = &self.caller;
        let is_kind = |wanted: &str| caller.kind == wanted;
        match kind {
            "Service" => {
                let same = value == "*" || value.eq_ignore_ascii_case(&caller.arn);
                return Named::direct(truth(is_kind("service") && same));
            }
            "Federated" => {
                let same = value == "*" || value == caller.arn;
                return Named::direct(truth(is_kind("provider") && same));
            }
            "CanonicalUser" => {
                let unknown = if caller.account.is_some() {
                    UNKNOWN
                } else {
                    FALSE
                };
                return Named {
                    account: unknown,
                    ..Named::default()
                };
            }
            _ => {}
        }
        if value == "*" {
            return Named::direct(TRUE);
        }
        let account_of = |text: &str| text.split(':').nth(4).unwrap_or_default().to_owned();
        let is_account = value.len() == 12 && value.chars().all(|c| c.is_ascii_digit());
        if is_account || value.ends_with(":root") {
            let account = if is_account {
                value.to_owned()
            } else {
                account_of(value)
            };
            let inside = truth(caller.account.as_deref() == Some(&account));
            return if is_kind("root") {
                Named::direct(inside)
            } else {
                Named {
                    account: inside,
                    ..Named::default()
                }
            };
        }
        if !value.starts_with("arn:") {
            return self.by_id(value);
        }
        if value.contains(":user/") {
            if is_kind("federated-user") && caller.account.as_deref() == Some(&account_of(value)) {
                let issuer = match &caller.issuer {
                    Some(issuer) => truth(issuer == value),
                    None => UNKNOWN,
                };
                return Named {
                    issuer,
                    ..Named::default()
                };
            }
            return Named::direct(truth(is_kind("user") && value == caller.arn));
        }
        if value.contains(":role/") {
            let same = if is_kind("role") || caller.role.is_some() {
                caller.role_arn() == value
            } else {
                is_kind("assumed-role")
                    && caller.account.as_deref() == Some(&account_of(value))
                    && value.split('/').next_back() == Some(caller.role_name())
            };
            return Named {
                role: truth(same),
                ..Named::default()
            };
        }
        // A session; some session of a role may be it.
        if is_kind("role") {
            let account = caller.account.clone().unwrap_or_default();
            let start = format!(":{account}:assumed-role/{}/", caller.role_name());
            let may_be = if value.contains(&start) {
                UNKNOWN
            } else {
                FALSE
            };
            return Named::direct(may_be);
        }
        let is_session = is_kind("assumed-role") || is_kind("federated-user");
        Named::direct(truth(is_session && value == caller.arn))
    }

    fn by_id(&self, id: &str) -> Named {
        let in_context = || {
            let value = self.key("aws:userid").filter(|value| !value.is_object())?;
            match strings(value).as_slice() {
                [single] => Some(single.clone()),
                _ => None,
            }
        };
        let own = self.caller.id.clone().or_else(in_context);
        let same = truth(own.as_deref().and_then(|own| own.split(':').next()) == Some(id));
        if ["role", "assumed-role"].contains(&self.caller.kind) {
            return Named {
                role: same,
                ..Named::default()
            };
        }
        Named::direct(same)
    }

    /// Deny of the resource policy, and in which forms it allows.
    pub(super) fn resource_policy(&self) -> (Truth, Named) {
        let member = self.member("resourcePolicy");
        let is_missing = member.is_null() && (self.is_on_key() || self.is_on_trust());
        if is_missing || member == "unknown" {
            return (UNKNOWN, Named::direct(UNKNOWN));
        }
        if member.is_null() {
            return (FALSE, Named::default());
        }
        let is_mending = [
            "s3:getbucketpolicy",
            "s3:putbucketpolicy",
            "s3:deletebucketpolicy",
        ]
        .contains(&self.action.as_str())
            && self.caller.kind == "root"
            && self.resource_account.is_some()
            && self.caller.account == self.resource_account;
        let document = document(member);
        let (mut deny, mut allow) = (FALSE, Named::default());
        for statement in statements(&document) {
            let named = self.statement(&document, statement, "resourcePolicy");
            if statement.get("Effect") != Some(&"Deny".into()) {
                allow = allow.max(named);
            } else if !is_mending {
                deny = deny.max(named.any());
            }
        }
        (deny, allow)
    }
}
