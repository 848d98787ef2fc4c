//! The functions that expressions may call.

/// Names and numbers of arguments, in the order of the dispatch table.
pub(crate) fn names() -> &'static [(&'static str, usize)] {
    &[
        ("answer", 1),
        ("answer_of", 3),
        ("related", 2),
        ("resources", 1),
        ("is_known", 2),
        ("passes", 3),
        ("allowed", 2),
        ("allowed_if_set", 2),
        ("key_class", 1),
        ("key_usable", 1),
        ("same_key", 2),
        ("bucket", 1),
        ("owned", 1),
        ("arn_account", 1),
        ("arn_region", 1),
        ("arn_resource", 1),
        ("image_account", 1),
        ("url_host", 1),
        ("age_days", 1),
        ("duration_seconds", 1),
        ("parse_json", 1),
        ("base64_text", 1),
        ("instance_has_local_storage", 1),
        ("secrets", 1),
        ("script_problems", 1),
        ("outsiders", 2),
        ("public_policy", 1),
        ("excessive", 1),
        ("allows", 3),
        ("open_cidr", 1),
    ]
}
