//! Grants as `aws kms list-grants` prints them.

use super::members::{Members, Raw, list, text, texts};
use super::{Fault, unknown};
use crate::grant::{Grant, GrantConstraints};
use crate::stack::Known;

type Pairs = Vec<(Box<str>, Box<str>)>;

pub(super) fn grants<'a>(raw: Raw<'a>) -> Result<Known<Vec<Grant>>, Fault<'a>> {
    if let Some(unknown) = unknown(raw) {
        return Ok(unknown);
    }
    // The whole answer of the command is taken, too.
    let raw = if raw.get().starts_with('{') {
        let members = Members::any(raw.get(), "`grants`")?;
        members
            .get("Grants")
            .ok_or_else(|| Fault::new(raw.get(), "`grants` must be a list"))?
    } else {
        raw
    };
    let mut grants = Vec::new();
    for (raw, number) in list(raw, "`grants`")?.into_iter().zip(1..) {
        grants.push(grant(raw, number)?);
    }
    Ok(Known::Is(grants))
}

fn grant<'a>(raw: Raw<'a>, number: usize) -> Result<Grant, Fault<'a>> {
    let members = Members::any(raw.get(), "a grant")?;
    let text_of = |name: &str| match members.get(name) {
        Some(raw) => Ok(text(raw, name)?.map(String::from)),
        None => Ok(None),
    };
    let id = text_of("GrantId")?.unwrap_or_else(|| format!("grant {number}"));
    let grantee = match (
        text_of("GranteePrincipal")?,
        text_of("GranteeServicePrincipal")?,
    ) {
        (Some(principal), None) | (None, Some(principal)) => principal,
        _ => {
            return Err(Fault::new(
                raw.get(),
                "a grant has one of `GranteePrincipal` and `GranteeServicePrincipal`",
            ));
        }
    };
    let retiring = text_of("RetiringPrincipal")?.or(text_of("RetiringServicePrincipal")?);
    let operations = match members.get("Operations") {
        Some(raw) => texts(raw, "`Operations`")?,
        None => return Err(Fault::new(raw.get(), "the grant has no `Operations`")),
    };
    let constraints = match members.get("Constraints") {
        Some(raw) => constraints(raw)?,
        None => GrantConstraints::default(),
    };
    Ok(Grant::new(
        &id,
        &grantee,
        retiring.as_deref(),
        &operations,
        constraints,
    ))
}

/// The constraints of the grant that `kms:CreateGrant` asks for.
pub(super) fn new_grant<'a>(raw: Raw<'a>) -> Result<Option<GrantConstraints>, Fault<'a>> {
    let members = Members::any(raw.get(), "`newGrant`")?;
    match members.get("Constraints") {
        Some(raw) => constraints(raw).map(Some),
        None => Ok(Some(GrantConstraints::default())),
    }
}

fn constraints<'a>(raw: Raw<'a>) -> Result<GrantConstraints, Fault<'a>> {
    let members = Members::any(raw.get(), "`Constraints`")?;
    let mut constraints = GrantConstraints::default();
    for (name, raw) in members.iter() {
        match name {
            _ if raw.get() == "null" => {}
            "EncryptionContextEquals" => constraints.equals = Some(pairs(raw)?),
            "EncryptionContextSubset" => constraints.subset = Some(pairs(raw)?),
            "SourceArn" => constraints.source_arn = text(raw, name)?.map(|arn| arn.into()),
            other => {
                return Err(Fault::new(
                    raw.get(),
                    format!("a grant has no constraint `{other}`"),
                ));
            }
        }
    }
    Ok(constraints)
}

fn pairs<'a>(raw: Raw<'a>) -> Result<Pairs, Fault<'a>> {
    let members = Members::any(raw.get(), "an encryption context")?;
    let mut pairs = Vec::new();
    for (name, raw) in members.iter() {
        let value = text(raw, name)?.unwrap_or_default();
        pairs.push((name.into(), value.into()));
    }
    Ok(pairs)
}
