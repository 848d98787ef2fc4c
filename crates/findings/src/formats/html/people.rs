//! What each principal did, in time order.

use std::collections::BTreeMap;
use std::io;

use super::{anchor, badge, text};
use crate::Finding;
use crate::formats::wording::{counted, readable_time};

pub(super) fn write(findings: &[&Finding], out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "<h2 id=\"principals\">Principals</h2>")?;
    if findings.is_empty() {
        return writeln!(out, "<p class=\"soft\">No finding names a principal.</p>");
    }
    let mut people: BTreeMap<&str, Vec<(usize, &Finding)>> = BTreeMap::new();
    for (number, &finding) in findings.iter().enumerate() {
        people
            .entry(&finding.principal)
            .or_default()
            .push((number, finding));
    }
    let mut people: Vec<_> = people.into_iter().collect();
    people.sort_by(|(_, left), (_, right)| {
        worst(right)
            .cmp(&worst(left))
            .then(right.len().cmp(&left.len()))
    });
    for (principal, mut list) in people {
        list.sort_by(|(_, left), (_, right)| left.first_time.cmp(&right.first_time));
        let count = counted(list.len() as u64, "finding", "findings");
        let worst = list.iter().map(|(_, finding)| finding.severity).max();
        writeln!(
            out,
            "<section class=\"person\"><div class=\"head\">{}<h3><bdi class=\"mono\">{}</bdi></h3><span class=\"soft\">{count}</span></div>\n<ol class=\"steps\">",
            worst.map(badge).unwrap_or_default(),
            text(principal)
        )?;
        for (number, finding) in list {
            let time = finding.first_time.as_deref().map(readable_time);
            writeln!(
                out,
                "<li><span class=\"when\">{}</span>{} <a href=\"#{}\"><bdi>{}</bdi></a></li>",
                text(time.as_deref().unwrap_or("time not recorded")),
                badge(finding.severity),
                anchor(number),
                text(&finding.rule.title)
            )?;
        }
        writeln!(out, "</ol></section>")?;
    }
    Ok(())
}

fn worst(list: &[(usize, &Finding)]) -> Option<crate::Severity> {
    list.iter().map(|(_, finding)| finding.severity).max()
}
