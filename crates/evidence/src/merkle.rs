//! The Merkle tree hash of RFC 6962, section 2.1, with SHA-256.

use sha2::{Digest as _, Sha256};

use crate::Digest;

/// The root over entries in their order.
///
/// A leaf is `SHA-256(0x00 || entry)`, a node `SHA-256(0x01 || left || right)`, the root of nothing
/// `SHA-256()`. The left part of a node has the largest power of two of entries below its number.
pub fn merkle_root<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    // Roots of complete trees, largest first, each twice or more the size of the next.
    let mut complete: Vec<(u64, [u8; 32])> = Vec::new();
    for entry in entries {
        let mut tree = (1, hash(0, &[entry]));
        while let Some(left) = complete.pop_if(|left| left.0 == tree.0) {
            tree = (tree.0 * 2, hash(1, &[&left.1, &tree.1]));
        }
        complete.push(tree);
    }
    let root = complete
        .into_iter()
        .rev()
        .map(|tree| tree.1)
        .reduce(|right, left| hash(1, &[&left, &right]));
    Digest(root.unwrap_or_else(|| Sha256::digest(b"").into()))
}

fn hash(prefix: u8, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix([prefix]);
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Inputs and roots of the reference implementation of Certificate Transparency
    // (google/certificate-transparency, merkle_tree_test).
    #[test]
    fn reference_roots() {
        let entries: [&[u8]; 8] = [
            &[],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[
                0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
                0x6e, 0x6f,
            ],
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        for (count, root) in roots.iter().enumerate() {
            let found = merkle_root(entries.iter().take(count).copied());
            assert_eq!(found.to_string(), *root, "{count} entries");
        }
    }

    // The definition of the RFC, word for word.
    fn naive(entries: &[Vec<u8>]) -> [u8; 32] {
        match entries {
            [] => Sha256::digest(b"").into(),
            [entry] => hash(0, &[entry]),
            _ => {
                let mut split = 1;
                while split * 2 < entries.len() {
                    split *= 2;
                }
                let (left, right) = entries.split_at(split);
                hash(1, &[&naive(left), &naive(right)])
            }
        }
    }

    #[test]
    fn as_defined() {
        let entries: Vec<_> = (0..70_u8).map(|number| vec![number; 3]).collect();
        for count in 0..=entries.len() {
            let entries = &entries[..count];
            assert_eq!(
                merkle_root(entries.iter().map(Vec::as_slice)).0,
                naive(entries)
            );
        }
    }
}
