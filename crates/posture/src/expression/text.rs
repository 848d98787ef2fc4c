//! Writes chains of members as the author wrote them, for reasons.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

/// The text of a chain; calls are shortened to their name and fixed arguments.
pub(super) fn written(expression: &IdedExpr) -> String {
    match &expression.expr {
        Expr::Ident(name) => name.clone(),
        Expr::Select(select) => format!("{}.{}", written(&select.operand), select.field),
        Expr::Literal(LiteralValue::String(text)) => format!("\"{}\"", text.inner()),
        Expr::Literal(LiteralValue::Int(number)) => number.inner().to_string(),
        Expr::Call(call) => written_call(call),
        _ => "…".to_owned(),
    }
}

fn written_call(call: &CallExpr) -> String {
    if call.func_name == cel::common::ast::operators::INDEX {
        let mut parts = call.args.iter().map(written);
        let target = parts.next().unwrap_or_default();
        return format!("{target}[{}]", parts.next().unwrap_or_default());
    }
    let arguments: Vec<String> = call.args.iter().map(written).collect();
    match &call.target {
        Some(target) => format!(
            "{}.{}({})",
            written(target),
            call.func_name,
            arguments.join(", ")
        ),
        None => format!("{}({})", call.func_name, arguments.join(", ")),
    }
}
