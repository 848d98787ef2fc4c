//! Issuers of the tokens that say for whom a session acts.

use std::collections::BTreeSet;

use rempart_sigma::yaml::{Fields, MAX_LENGTH, Node, Yaml, read_document};

use super::{Reader, text_of};
use crate::jwt::{Issuer, Key};

impl Reader<'_> {
    pub(super) fn issuers(&mut self, node: Option<&Node>) -> Vec<Issuer> {
        let items = match node.map(|node| (&node.value, node.at)) {
            None | Some((Yaml::Null, _)) => return Vec::new(),
            Some((Yaml::List(items), _)) => items,
            Some((_, at)) => {
                self.problem(at, "`tokenIssuers` must be a list");
                return Vec::new();
            }
        };
        let mut names = BTreeSet::new();
        let mut issuers = Vec::new();
        for item in items {
            if let Some(issuer) = self.issuer(item) {
                if !names.insert(issuer.name.clone()) {
                    self.problem(item.at, format!("issuer `{}` is there twice", issuer.name));
                }
                issuers.push(issuer);
            }
        }
        issuers
    }

    fn issuer(&mut self, node: &Node) -> Option<Issuer> {
        let mut fields = Fields::of(self, node, "a token issuer")?;
        let name = fields.text(self, "name").unwrap_or_default();
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if !is_name {
            self.problem(node.at, "`name` of an issuer has letters, digits and -_.");
        }
        let issuer = fields.text(self, "issuer").unwrap_or_default();
        if !issuer.starts_with("https://") {
            self.problem(node.at, "`issuer` is the https address of the `iss` claim");
        }
        let audiences = fields.texts(self, "audiences");
        if audiences.is_empty() {
            self.problem(
                node.at,
                "an issuer has `audiences`: a token for somebody else is none for this store",
            );
        }
        let file = fields.text(self, "keysFile");
        let inline = fields.list(self, "keys");
        fields.finish(self);
        let mut keys: Vec<Key> = Vec::new();
        for key in inline {
            self.json_web_key(key, &mut keys);
        }
        if let Some(file) = file {
            self.keys_of_file(node, &file, &mut keys);
        }
        if keys.is_empty() {
            self.problem(
                node.at,
                "an issuer has `keys` or `keysFile`, with a key for RS256 or ES256",
            );
        }
        Some(Issuer {
            name,
            issuer,
            audiences,
            keys,
        })
    }

    /// A JSON Web Key Set (RFC 7517).
    fn keys_of_file(&mut self, node: &Node, file: &str, keys: &mut Vec<Key>) {
        let path = self.path.parent().unwrap_or(self.path).join(file);
        // JSON is YAML as well.
        let read = text_of(&path, MAX_LENGTH)
            .and_then(|text| read_document(&text, 0).map_err(|error| error.to_string()));
        match read {
            Ok(Some(document)) => match document.get("keys").map(|node| &node.value) {
                Some(Yaml::List(items)) => {
                    for item in items {
                        self.json_web_key(item, keys);
                    }
                }
                _ => self.problem(node.at, format!("{}: it has no `keys`", path.display())),
            },
            Ok(None) => self.problem(node.at, format!("{}: it is empty", path.display())),
            Err(error) => self.problem(node.at, format!("{}: {error}", path.display())),
        }
    }

    fn json_web_key(&mut self, node: &Node, keys: &mut Vec<Key>) {
        let text = |name: &str| node.get(name).and_then(Node::scalar);
        match Key::read(&text) {
            Ok(Some(key)) => keys.push(key),
            // For another purpose, or of a kind that is not accepted here: sets of keys hold such.
            Ok(None) => {}
            Err(why) => self.problem(node.at, format!("this key cannot be used: {why}")),
        }
    }
}
