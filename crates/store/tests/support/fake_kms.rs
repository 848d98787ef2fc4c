//! A KMS in memory: no cryptography, but every decision is the policy engine's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rempart_aws_model::ActionName;
use rempart_aws_wire::ServiceError;
use rempart_directory::{Authorizer, Question};
use rempart_keys::{
    DataKey, EncryptionContext, GeneratedKey, GrantRequest, GrantView, KeyView, Provider, Requester,
};
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Grant, GrantConstraints, Particulars, ResourceFacts};
use zeroize::Zeroizing;

#[derive(Debug)]
struct Key {
    policy: Arc<CompiledPolicy>,
    state: String,
    spec: String,
    usage: String,
    grants: Vec<GrantView>,
}

#[derive(Debug, Default)]
struct State {
    keys: BTreeMap<String, Key>,
    aliases: BTreeMap<String, String>,
    /// Key, context and plaintext of each ciphertext, which is the number of its entry.
    sealed: Vec<(String, EncryptionContext, [u8; 32])>,
    calls: Vec<String>,
    made: u64,
    fail_next: Option<&'static str>,
}

/// The KMS.
#[derive(Debug)]
pub(crate) struct FakeKms {
    authorizer: Arc<dyn Authorizer>,
    state: Mutex<State>,
}

impl FakeKms {
    pub(crate) fn new(authorizer: Arc<dyn Authorizer>) -> Self {
        Self {
            authorizer,
            state: Mutex::default(),
        }
    }

    pub(crate) fn add(&self, arn: &str, spec: &str, usage: &str, policy: &str) {
        let key = Key {
            policy: compiled(policy),
            state: "Enabled".to_owned(),
            spec: spec.to_owned(),
            usage: usage.to_owned(),
            grants: Vec::new(),
        };
        self.state().keys.insert(arn.to_owned(), key);
    }

    pub(crate) fn alias(&self, alias: &str, arn: &str) {
        self.state()
            .aliases
            .insert(alias.to_owned(), arn.to_owned());
    }

    pub(crate) fn set_state(&self, arn: &str, state: &str) {
        self.state().keys.get_mut(arn).unwrap().state = state.to_owned();
    }

    pub(crate) fn put_policy(&self, arn: &str, policy: &str) {
        self.state().keys.get_mut(arn).unwrap().policy = compiled(policy);
    }

    pub(crate) fn grants(&self, arn: &str) -> Vec<GrantView> {
        self.state().keys[arn].grants.clone()
    }

    pub(crate) fn revoke(&self, arn: &str, id: &str) {
        let mut state = self.state();
        let grants = &mut state.keys.get_mut(arn).unwrap().grants;
        grants.retain(|grant| grant.id != id);
    }

    /// A grant that nobody asked for.
    pub(crate) fn force_grant(&self, arn: &str, request: GrantRequest) -> String {
        let mut state = self.state();
        state.made += 1;
        let id = format!("{:064x}", state.made);
        let grants = &mut state.keys.get_mut(arn).unwrap().grants;
        grants.push(GrantView {
            id: id.clone(),
            request,
        });
        id
    }

    /// The next call of this operation fails as if the KMS did not answer.
    pub(crate) fn fail_next(&self, operation: &'static str) {
        self.state().fail_next = Some(operation);
    }

    /// `Operation via` of each call that was made, checks aside; forgets them.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state().calls)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn resolve(&self, key: &str) -> Result<String, ServiceError> {
        let state = self.state();
        let arn = state.aliases.get(key).map_or(key, String::as_str);
        if state.keys.contains_key(arn) {
            return Ok(arn.to_owned());
        }
        Err(ServiceError::new(
            "NotFoundException",
            format!("Key '{key}' does not exist"),
        ))
    }

    fn called(&self, requester: &Requester<'_>, operation: &str) -> Result<(), ServiceError> {
        let mut state = self.state();
        let by = requester.caller.principal.as_str();
        let via = requester.via.unwrap_or("-");
        state.calls.push(format!("{operation} {by} {via}"));
        if state.fail_next == Some(operation) {
            state.fail_next = None;
            return Err(ServiceError::new(
                "DependencyTimeoutException",
                "the KMS did not answer",
            ));
        }
        Ok(())
    }

    fn may(
        &self,
        requester: &Requester<'_>,
        action: &str,
        arn: &str,
        context: &EncryptionContext,
        grant: Option<&GrantRequest>,
        grant_id: Option<&str>,
    ) -> Result<(), ServiceError> {
        let (policy, grants, key_state) = {
            let state = self.state();
            let key = &state.keys[arn];
            let grants = key.grants.iter().map(engine_grant).collect();
            (Arc::clone(&key.policy), grants, key.state.clone())
        };
        let mut keys: Vec<(KeyName, KeyState)> = Vec::new();
        let single = |name: &str, value: &str| (KeyName::new(name), KeyState::Single(value.into()));
        for (name, value) in context {
            keys.push(single(&format!("kms:EncryptionContext:{name}"), value));
        }
        if let Some(grant) = grant {
            let is_aws = requester.via.is_some();
            keys.push(single(
                "kms:GrantIsForAWSResource",
                if is_aws { "true" } else { "false" },
            ));
            let operations = grant.operations.iter().map(|name| name.as_str().into());
            keys.push((
                KeyName::new("kms:GrantOperations"),
                KeyState::Several(operations.collect()),
            ));
        }
        let action_name = ActionName::parse(action).unwrap();
        let question = Question {
            action: &action_name,
            resource: arn,
            resource_account: None,
            keys,
            via: requester.via,
            resource_policy: Some(policy),
            grants,
            resource_facts: ResourceFacts::default(),
            particulars: Particulars {
                grant_id: grant_id.map(Into::into),
                new_grant: grant.map(constraints),
                proposes_public_policy: None,
            },
        };
        self.authorizer
            .may(requester.caller, requester.connection, &question)
            .or_refuse("AccessDeniedException")?;
        let reads = [
            "kms:DescribeKey",
            "kms:ListGrants",
            "kms:RetireGrant",
            "kms:RevokeGrant",
        ];
        match key_state.as_str() {
            "Enabled" => Ok(()),
            _ if reads.contains(&action) => Ok(()),
            "Disabled" => Err(ServiceError::new(
                "DisabledException",
                format!("{arn} is disabled."),
            )),
            state => Err(ServiceError::new(
                "KMSInvalidStateException",
                format!("{arn} is pending deletion ({state})."),
            )),
        }
    }

    fn seal(&self, arn: &str, context: &EncryptionContext, plain: [u8; 32]) -> Vec<u8> {
        let mut state = self.state();
        state.sealed.push((arn.to_owned(), context.clone(), plain));
        (state.sealed.len() as u64 - 1).to_be_bytes().to_vec()
    }

    fn opened(
        &self,
        arn: &str,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> Result<[u8; 32], ServiceError> {
        let number = u64::from_be_bytes(sealed.try_into().unwrap());
        let state = self.state();
        let (of_key, of_context, plain) = &state.sealed[number as usize];
        if of_key != arn || of_context != context {
            return Err(ServiceError::new("InvalidCiphertextException", ""));
        }
        Ok(*plain)
    }
}

impl Provider for FakeKms {
    fn revocation_bound(&self) -> Duration {
        Duration::ZERO
    }

    fn decides_locally(&self) -> bool {
        true
    }

    fn check(
        &self,
        requester: &Requester<'_>,
        action: &str,
        key: &str,
        context: &EncryptionContext,
        grant: Option<&GrantRequest>,
    ) -> Result<(), ServiceError> {
        self.may(requester, action, &self.resolve(key)?, context, grant, None)
    }

    fn describe(&self, requester: &Requester<'_>, key: &str) -> Result<KeyView, ServiceError> {
        self.called(requester, "DescribeKey")?;
        let arn = self.resolve(key)?;
        self.may(
            requester,
            "kms:DescribeKey",
            &arn,
            &EncryptionContext::new(),
            None,
            None,
        )?;
        let state = self.state();
        let key = &state.keys[&arn];
        Ok(KeyView {
            arn: arn.clone(),
            state: key.state.clone(),
            spec: key.spec.clone(),
            usage: key.usage.clone(),
            manager: "CUSTOMER".to_owned(),
        })
    }

    fn generate_data_key(
        &self,
        requester: &Requester<'_>,
        key: &str,
        context: &EncryptionContext,
    ) -> Result<GeneratedKey, ServiceError> {
        self.called(requester, "GenerateDataKey")?;
        let arn = self.resolve(key)?;
        self.may(requester, "kms:GenerateDataKey", &arn, context, None, None)?;
        if self.state().keys[&arn].spec != "SYMMETRIC_DEFAULT" {
            return Err(ServiceError::new(
                "InvalidKeyUsageException",
                "not symmetric",
            ));
        }
        let mut plain = [0; 32];
        plain[0] = self.state().sealed.len() as u8;
        Ok(GeneratedKey {
            plain: DataKey(Zeroizing::new(plain)),
            sealed: self.seal(&arn, context, plain),
            key_arn: arn,
        })
    }

    fn decrypt(
        &self,
        requester: &Requester<'_>,
        key: &str,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> Result<DataKey, ServiceError> {
        self.called(requester, "Decrypt")?;
        let arn = self.resolve(key)?;
        self.may(requester, "kms:Decrypt", &arn, context, None, None)?;
        let plain = self.opened(&arn, sealed, context)?;
        Ok(DataKey(Zeroizing::new(plain)))
    }

    fn re_encrypt(
        &self,
        requester: &Requester<'_>,
        from: &str,
        to: &str,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> Result<Vec<u8>, ServiceError> {
        self.called(requester, "ReEncrypt")?;
        let (from, to) = (self.resolve(from)?, self.resolve(to)?);
        self.may(requester, "kms:ReEncryptFrom", &from, context, None, None)?;
        self.may(requester, "kms:ReEncryptTo", &to, context, None, None)?;
        let plain = self.opened(&from, sealed, context)?;
        Ok(self.seal(&to, context, plain))
    }

    fn create_grant(
        &self,
        requester: &Requester<'_>,
        key: &str,
        grant: &GrantRequest,
    ) -> Result<(String, String), ServiceError> {
        self.called(requester, "CreateGrant")?;
        let arn = self.resolve(key)?;
        self.may(
            requester,
            "kms:CreateGrant",
            &arn,
            &EncryptionContext::new(),
            Some(grant),
            None,
        )?;
        let old = self
            .grants(&arn)
            .into_iter()
            .find(|old| old.request == *grant);
        let id = match old {
            Some(old) => old.id,
            None => self.force_grant(&arn, grant.clone()),
        };
        let token = format!("token of {id}");
        Ok((id, token))
    }

    fn retire_grant(
        &self,
        requester: &Requester<'_>,
        key: &str,
        grant_id: &str,
    ) -> Result<(), ServiceError> {
        self.called(requester, "RetireGrant")?;
        let arn = self.resolve(key)?;
        if !self.grants(&arn).iter().any(|grant| grant.id == grant_id) {
            return Err(ServiceError::new("NotFoundException", "no such grant"));
        }
        let none = EncryptionContext::new();
        self.may(
            requester,
            "kms:RetireGrant",
            &arn,
            &none,
            None,
            Some(grant_id),
        )?;
        self.revoke(&arn, grant_id);
        Ok(())
    }

    fn list_grants(
        &self,
        requester: &Requester<'_>,
        key: &str,
    ) -> Result<Vec<GrantView>, ServiceError> {
        self.called(requester, "ListGrants")?;
        let arn = self.resolve(key)?;
        self.may(
            requester,
            "kms:ListGrants",
            &arn,
            &EncryptionContext::new(),
            None,
            None,
        )?;
        Ok(self.grants(&arn))
    }
}

fn compiled(policy: &str) -> Arc<CompiledPolicy> {
    let policy = Policy::parse(policy, PolicyKind::KmsKey).unwrap();
    Arc::new(CompiledPolicy::new("key policy", Arc::new(policy)))
}

fn constraints(request: &GrantRequest) -> GrantConstraints {
    let pairs = |pairs: &EncryptionContext| {
        let pairs = pairs.iter();
        let pairs: Vec<(Box<str>, Box<str>)> = pairs
            .map(|(name, value)| (name.as_str().into(), value.as_str().into()))
            .collect();
        (!pairs.is_empty()).then_some(pairs)
    };
    GrantConstraints {
        equals: pairs(&request.context_equals),
        subset: pairs(&request.context_subset),
        source_arn: request.source_arn.as_deref().map(Into::into),
    }
}

fn engine_grant(grant: &GrantView) -> Grant {
    let request = &grant.request;
    let grantee = request
        .grantee
        .as_deref()
        .or(request.grantee_service.as_deref());
    let retiring = request
        .retiring
        .as_deref()
        .or(request.retiring_service.as_deref());
    Grant::new(
        &grant.id,
        grantee.unwrap(),
        retiring,
        &request.operations,
        constraints(request),
    )
}
