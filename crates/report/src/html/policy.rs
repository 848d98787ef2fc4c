//! Scripts and styles of the page, and the policy that lets them and nothing else run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::words::Said;

pub(crate) const STYLE: &str = include_str!("../../assets/report.css");
/// cytoscape looks for a style of this id and would add its own, which the policy forbids.
pub(crate) const GRAPH_STYLE: &str = ".__________cytoscape_container { position: relative; }";
pub(crate) const ECHARTS: &str = include_str!("../../vendor/echarts.min.js");
pub(crate) const CYTOSCAPE: &str = include_str!("../../vendor/cytoscape.min.js");
pub(crate) const SCRIPT: &str = include_str!("../../assets/report.js");

/// The value of `Content-Security-Policy`.
pub(crate) fn policy() -> Said {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let scripts = [ECHARTS, CYTOSCAPE, SCRIPT].map(hash).join(" ");
    let styles = [STYLE, GRAPH_STYLE].map(hash).join(" ");
    Said::of_program(format!(
        "default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; base-uri 'none'; form-action 'none'"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_script_or_style_ends_its_element() {
        for text in [ECHARTS, CYTOSCAPE, SCRIPT] {
            let lower = text.to_ascii_lowercase();
            assert!(!lower.contains("</script") && !lower.contains("<!--"));
            // A browser reads CR LF as LF before it takes the digest.
            assert!(!text.contains('\r'));
        }
        assert!(!STYLE.contains("</") && !STYLE.contains('\r') && !STYLE.contains("url("));
    }
}
