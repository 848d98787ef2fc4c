//! The timeline: one lane per category, one dot per finding.

use std::io;

use super::{anchor, badge, text};
use crate::clock::{formatted, optional_milliseconds, readable};
use crate::formats::wording::{counted, grouped};
use crate::{Category, Finding, Severity};

/// Dots that are drawn at most; more would not be told apart.
const DOT_LIMIT: usize = 4_000;
const WIDTH: f64 = 1_080.0;
const LEFT: f64 = 215.0;
const RIGHT: f64 = 28.0;
const TOP: f64 = 14.0;
const LANE: f64 = 34.0;
/// Distance between dots that do not overlap.
const DOT: f64 = 12.0;
/// Heights within a lane on which dots may stand, nearest to the middle first.
const ROWS: [f64; 3] = [0.0, -10.0, 10.0];
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Distances between ticks, in milliseconds.
const STEPS: [i64; 22] = [
    SECOND,
    5 * SECOND,
    15 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    90 * DAY,
    180 * DAY,
    365 * DAY,
    3_650 * DAY,
];
/// Ticks that fit beside each other with their labels.
const TICK_LIMIT: i64 = 8;

struct Dot<'a> {
    number: usize,
    finding: &'a Finding,
    start: i64,
    end: i64,
}

struct Axis {
    start: i64,
    span: i64,
}

impl Axis {
    fn x(&self, time: i64) -> f64 {
        let share = time.saturating_sub(self.start) as f64 / self.span as f64;
        LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }
}

pub(super) fn write(findings: &[&Finding], out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "<h2 id=\"timeline\">Timeline</h2>")?;
    let mut dots = dots(findings);
    let (Some(start), Some(end)) = (
        dots.iter().map(|dot| dot.start).min(),
        dots.iter().map(|dot| dot.end).max(),
    ) else {
        return writeln!(out, "<p class=\"soft\">No finding with a time.</p>");
    };
    let left_out = dots.len().saturating_sub(DOT_LIMIT);
    // The list comes most severe first, so the least severe are left out.
    dots.truncate(DOT_LIMIT);
    dots.sort_by_key(|dot| (dot.start, dot.number));
    let padding = (end.saturating_sub(start) / 40).max(MINUTE);
    let axis = Axis {
        start: start.saturating_sub(padding),
        span: end.saturating_sub(start).saturating_add(2 * padding),
    };

    let bottom = TOP + LANE * Category::ALL.len() as f64;
    let height = bottom + 34.0;
    writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\"><svg class=\"timeline\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Findings over time by category\">"
    )?;
    ticks(&axis, bottom, out)?;
    for (lane, category) in Category::ALL.into_iter().enumerate() {
        let middle = TOP + LANE * (lane as f64 + 0.5);
        let count = findings
            .iter()
            .filter(|finding| finding.category == category)
            .count();
        let label_y = middle + 4.0;
        writeln!(
            out,
            "<text class=\"lane\" x=\"12\" y=\"{label_y}\">{}</text><text x=\"{}\" y=\"{label_y}\" text-anchor=\"end\">{}</text>\
             <line class=\"rule\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{middle}\" y2=\"{middle}\"/>",
            category.name(),
            LEFT - 12.0,
            if count == 0 {
                String::new()
            } else {
                grouped(count as u64)
            },
            WIDTH - RIGHT
        )?;
        write_lane(
            dots.iter().filter(|dot| dot.finding.category == category),
            &axis,
            middle,
            out,
        )?;
    }
    writeln!(out, "</svg></div>")?;
    let legend: Vec<String> = Severity::ALL.into_iter().rev().map(badge).collect();
    writeln!(out, "<p class=\"legend\">{}</p>", legend.join(" "))?;
    let untimed = findings
        .len()
        .saturating_sub(dots.len())
        .saturating_sub(left_out);
    if untimed > 0 {
        let count = counted(untimed as u64, "finding has", "findings have");
        writeln!(out, "<p class=\"soft\">{count} no time and no dot.</p>")?;
    }
    if left_out > 0 {
        let count = counted(left_out as u64, "finding", "findings");
        writeln!(
            out,
            "<p class=\"soft\">{count} of the lowest severity are not drawn.</p>"
        )?;
    }
    Ok(())
}

fn dots<'a>(findings: &[&'a Finding]) -> Vec<Dot<'a>> {
    let mut dots = Vec::new();
    for (number, &finding) in findings.iter().enumerate() {
        let first = optional_milliseconds(finding.first_time.as_deref());
        let last = optional_milliseconds(finding.last_time.as_deref());
        if let Some(start) = first.or(last) {
            let end = last.unwrap_or(start).max(start);
            dots.push(Dot {
                number,
                finding,
                start,
                end,
            });
        }
    }
    dots
}

fn ticks(axis: &Axis, bottom: f64, out: &mut dyn io::Write) -> io::Result<()> {
    let step = STEPS
        .into_iter()
        .find(|step| axis.span / step <= TICK_LIMIT)
        .unwrap_or_else(|| axis.span / TICK_LIMIT + 1);
    let notation = match step {
        step if step < MINUTE => "%H:%M:%S",
        step if step < DAY => "%d %b %H:%M",
        _ => "%Y-%m-%d",
    };
    writeln!(
        out,
        "<text x=\"12\" y=\"{}\">from {} UTC</text>",
        bottom + 20.0,
        text(&formatted(axis.start, "%Y-%m-%d"))
    )?;
    let first = axis
        .start
        .div_euclid(step)
        .saturating_add(1)
        .saturating_mul(step);
    for number in 0..=TICK_LIMIT {
        let time = first.saturating_add(number.saturating_mul(step));
        if time > axis.start.saturating_add(axis.span) {
            break;
        }
        let x = axis.x(time);
        writeln!(
            out,
            "<line class=\"rule\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            bottom + 20.0,
            text(&formatted(time, notation))
        )?;
    }
    Ok(())
}

fn write_lane<'a>(
    dots: impl Iterator<Item = &'a Dot<'a>>,
    axis: &Axis,
    middle: f64,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    // Last place taken on each row of the lane.
    let mut rows = ROWS.map(|offset| (offset, f64::NEG_INFINITY));
    for dot in dots {
        let x = axis.x(dot.start);
        let end = axis.x(dot.end);
        let free = rows
            .iter()
            .position(|(_, taken)| x - taken >= DOT)
            .unwrap_or(0);
        let Some((offset, taken)) = rows.get_mut(free) else {
            continue;
        };
        *taken = end;
        let y = middle + *offset;
        let severity = dot.finding.severity;
        write!(
            out,
            "<a href=\"#{}\" class=\"{severity}\">",
            anchor(dot.number)
        )?;
        if end - x >= 1.0 {
            write!(
                out,
                "<line class=\"span\" x1=\"{x:.1}\" x2=\"{end:.1}\" y1=\"{y}\" y2=\"{y}\"/>"
            )?;
        }
        writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y}\" r=\"6\"><title>{}</title></circle></a>",
            text(&format!(
                "{} [{severity}] {}: {}",
                readable(dot.start),
                dot.finding.rule.title,
                dot.finding.principal
            ))
        )?;
    }
    Ok(())
}
