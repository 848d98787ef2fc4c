//! Which kind of policy a file holds, and on which level it is attached, by the folders around it.

use std::ffi::OsStr;
use std::path::Path;

use rempart_policy::document::PolicyKind;
use rempart_policy::guess_kind;

/// Kind and level of a policy in a file. A folder `scp` or `scps`, `rcp` or `rcps` tells the kind, and
/// the folders below it are the level. Without such a folder, a policy that names principals is a
/// resource control policy, any other a service control policy.
///
/// `folder` is what stands around the file, without what lies above the directory that was given.
#[must_use]
pub fn place(folder: &Path, text: &str) -> (PolicyKind, String) {
    let (kind, level) = of_folders(folder);
    (kind.unwrap_or_else(|| kind_of(text)), level)
}

/// Of policies without principals, those of identities look like service control policies that allow.
fn kind_of(text: &str) -> PolicyKind {
    if guess_kind(text).has_principal() {
        PolicyKind::ResourceControl
    } else {
        PolicyKind::ServiceControl
    }
}

fn of_folders(folder: &Path) -> (Option<PolicyKind>, String) {
    let names: Vec<&OsStr> = folder.iter().collect();
    let kind_at = |name: &&OsStr| match name.to_str()?.to_ascii_lowercase().as_str() {
        "scp" | "scps" => Some(PolicyKind::ServiceControl),
        "rcp" | "rcps" => Some(PolicyKind::ResourceControl),
        _ => None,
    };
    let Some(place) = names.iter().rposition(|name| kind_at(name).is_some()) else {
        return (None, String::new());
    };
    let level: Vec<String> = names
        .iter()
        .skip(place + 1)
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    (names.get(place).and_then(kind_at), level.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_tell_kind_and_level() {
        let of = |folder: &str| of_folders(Path::new(folder));
        let (scp, rcp) = (PolicyKind::ServiceControl, PolicyKind::ResourceControl);
        assert_eq!(of("g"), (None, String::new()));
        assert_eq!(of("g/scps/1-root"), (Some(scp), "1-root".to_owned()));
        assert_eq!(of("scp"), (Some(scp), String::new()));
        assert_eq!(of("g/RCPs/a/b"), (Some(rcp), "a/b".to_owned()));
        assert_eq!(of("x/rcp"), (Some(rcp), String::new()));
    }

    #[test]
    fn principals_tell_the_kind_where_folders_do_not() {
        let with = r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}}"#;
        let without = r#"{"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#;
        let of = |text| place(Path::new(""), text).0;
        assert_eq!(of(with), PolicyKind::ResourceControl);
        assert_eq!(of(without), PolicyKind::ServiceControl);
    }
}
