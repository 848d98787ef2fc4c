//! Addresses and ranges of conditions, compared by value.

use std::net::IpAddr;

use ipnet::IpNet;

/// A range of a policy. No prefix length is one address. Bits behind the prefix are ignored.
pub(crate) fn range(text: &str) -> Option<IpNet> {
    if text.contains('/') {
        return text.parse().ok();
    }
    text.parse::<IpAddr>().ok().map(IpNet::from)
}

/// An address of a request. A range of a single address counts as the address.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    let net = range(text)?;
    (net.prefix_len() == net.max_prefix_len()).then(|| net.addr())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(policy: &str, request: &str) -> bool {
        range(policy)
            .expect("a range")
            .contains(&address(request).expect("an address"))
    }

    #[test]
    fn families_never_match_each_other() {
        assert!(holds("0.0.0.0/0", "198.51.100.7"));
        assert!(holds("::/0", "2001:db8::1"));
        assert!(!holds("::/0", "198.51.100.7"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
        assert!(!holds("192.0.2.1", "::ffff:192.0.2.1"));
    }

    #[test]
    fn text_forms_do_not_matter() {
        assert!(holds("2001:DB8:0:0::1", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:0db8:ffff::"));
        assert!(holds("203.0.113.77/24", "203.0.113.1"));
        assert!(holds("::ffff:192.0.2.1", "::FFFF:c000:201"));
        assert!(!holds("203.0.113.0/24", "203.0.114.1"));
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "",
            "203.0.113",
            "203.0.113.0/33",
            "*",
            "203.0.113.*",
            "1.2.3.4/",
            "01.2.3.4",
        ] {
            assert!(range(text).is_none(), "{text:?}");
        }
    }
}
