//! In which forms a principal element names a caller, as formulas.

use rempart_aws_model::AccountId;
use rempart_policy::context::KeyName;
use rempart_policy::document::{Effect, PrincipalElement, PrincipalType, Statement};
use rempart_policy::{CompiledPolicy, Forms};

use super::{NO_FORM, SureForms};
use crate::ask::Ask;
use crate::formula::{Formula, Sure};
use crate::language::{Glob, Language};
use crate::model::{Bound, Caller, Model};

impl Model {
    pub(super) fn principals(
        &mut self,
        policy: &CompiledPolicy,
        number: usize,
        statement: &Statement,
        element: &PrincipalElement,
        has_boundary: Option<bool>,
    ) -> SureForms {
        let is_everybody = |(kind, value): &(PrincipalType, rempart_policy::document::Spanned)| {
            &*value.text == "*" && matches!(kind, PrincipalType::Everyone | PrincipalType::Aws)
        };
        self.looks_at_principal |= element.negated || !element.entries.iter().all(is_everybody);
        let (account, is_role) = match self.setting.caller {
            Caller::Named(_) => {
                let Some(has_boundary) = has_boundary else {
                    return SureForms {
                        direct: Sure::UNKNOWN,
                        ..NO_FORM
                    };
                };
                let forms = policy.forms_of(number, &self.representative, has_boundary);
                return constant(forms);
            }
            Caller::AnyRole(account) => (account, true),
            Caller::AnyUser(account) => (account, false),
        };
        let mut named = Vec::with_capacity(element.entries.len());
        for (kind, value) in &element.entries {
            named.push(self.entry(*kind, &value.text, account, is_role));
        }
        let all = self.some_form(&named);
        if !element.negated {
            return all;
        }
        // Whom nothing names is outside; a list that names only some forms is not decided.
        let any = self
            .problem
            .formulas
            .sure_any(&[all.direct, all.role, all.account]);
        let is_everyone = element
            .entries
            .iter()
            .any(|(kind, value)| &*value.text == "*" && *kind != PrincipalType::Service);
        let outside = Sure {
            yes: any.no,
            no: if is_everyone {
                Formula::TRUE
            } else {
                Formula::FALSE
            },
        };
        let outside = match (statement.effect, has_boundary) {
            (Effect::Deny, Some(true)) => Sure::TRUE,
            (Effect::Deny, None) => self.problem.formulas.sure_any(&[outside, Sure::UNKNOWN]),
            _ => outside,
        };
        SureForms {
            direct: outside,
            ..NO_FORM
        }
    }

    /// All at once, so that long lists do not become deep formulas.
    pub(super) fn some_form(&mut self, all: &[SureForms]) -> SureForms {
        let formulas = &mut self.problem.formulas;
        let mut any = |form: fn(&SureForms) -> Sure| {
            let forms: Vec<Sure> = all.iter().map(form).collect();
            formulas.sure_any(&forms)
        };
        SureForms {
            direct: any(|forms| forms.direct),
            role: any(|forms| forms.role),
            issuer: any(|forms| forms.issuer),
            account: any(|forms| forms.account),
        }
    }

    /// In which form one entry names a caller of the class.
    fn entry(
        &mut self,
        kind: PrincipalType,
        text: &str,
        account: AccountId,
        is_role: bool,
    ) -> SureForms {
        let direct = |truth: Sure| SureForms {
            direct: truth,
            ..NO_FORM
        };
        match kind {
            PrincipalType::Everyone | PrincipalType::Aws if text == "*" => direct(Sure::TRUE),
            PrincipalType::Service | PrincipalType::Federated => NO_FORM,
            PrincipalType::CanonicalUser => SureForms {
                account: Sure::UNKNOWN,
                ..NO_FORM
            },
            PrincipalType::Everyone | PrincipalType::Aws => {
                let is_account =
                    text == account.as_str() || text == format!("arn:aws:iam::{account}:root");
                if is_account {
                    return SureForms {
                        account: Sure::TRUE,
                        ..NO_FORM
                    };
                }
                if text.starts_with("arn:aws:iam::") {
                    let wanted = if is_role { ":role/" } else { ":user/" };
                    if !text.contains(wanted) {
                        return NO_FORM;
                    }
                    let bound = self.bind(&KeyName::new("aws:PrincipalArn"));
                    let Bound::Component(id, _) = bound else {
                        return NO_FORM;
                    };
                    let ask = Ask::Text(Language::new([Glob::literal(text)]));
                    let is_it = self.problem.some(id, ask, true);
                    let truth = self.problem.formulas.sure(is_it);
                    return if is_role {
                        SureForms {
                            role: truth,
                            ..NO_FORM
                        }
                    } else {
                        direct(truth)
                    };
                }
                let is_session_of_account =
                    is_role && text.starts_with(&format!("arn:aws:sts::{account}:assumed-role/"));
                if is_session_of_account || !text.starts_with("arn:") && text.len() > 12 {
                    self.unsupported
                        .insert(format!("`{text}` may be the caller or not"));
                    return direct(Sure::UNKNOWN);
                }
                NO_FORM
            }
        }
    }
}

fn constant(forms: Forms) -> SureForms {
    SureForms {
        direct: forms.direct.into(),
        role: forms.role.into(),
        issuer: forms.issuer.into(),
        account: forms.account.into(),
    }
}
