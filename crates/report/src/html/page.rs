//! The page around the sections.

use rempart_locale::Text;

use super::markup::{Html, Tag};
use super::parts::{LI, P, SPAN};
use super::{
    answers, appendix, charts, coverage, entities, policy, reach, sessions, summary, timeline,
};
use crate::view::View;
use crate::words::Said;

/// Sections by the keys of their titles.
const CONTENTS: [(&str, &str); 12] = [
    ("#summary", "report-summary"),
    ("#answers", "report-answers"),
    ("#timeline", "report-timeline"),
    ("#sessions", "report-sessions"),
    ("#entities", "report-entities"),
    ("#reach", "report-reach"),
    ("#coverage", "report-coverage"),
    ("#indicators", "report-indicators"),
    ("#deadlines", "report-deadlines"),
    ("#inputs", "report-inputs"),
    ("#reading", "report-reading"),
    ("#evidence", "report-appendix"),
];

/// Rows of a table from which a page is long.
const LONG: usize = 400;

pub(crate) fn page(view: &View<'_>) -> String {
    let mut html = Html::default();
    head(&mut html, view);
    match is_long(view) {
        true => html.raw("<body class=\"long\">"),
        false => html.raw("<body>"),
    };
    html.raw("<a class=\"skip\" href=\"#report\">")
        .said(&view.words.word("report-skip"))
        .raw("</a>");
    banner(&mut html, view);
    html.raw("<div class=\"columns\">");
    contents(&mut html, view);
    html.raw("<main id=\"report\" tabindex=\"-1\">");
    summary::write(&mut html, view);
    answers::write(&mut html, view);
    timeline::write(&mut html, view);
    sessions::write(&mut html, view);
    entities::write(&mut html, view);
    reach::write(&mut html, view);
    coverage::write(&mut html, view);
    appendix::indicators(&mut html, view);
    appendix::deadlines(&mut html, view);
    appendix::inputs(&mut html, view);
    appendix::reading(&mut html, view);
    appendix::evidence(&mut html, view);
    html.raw("</main></div>");
    html.raw("<footer>")
        .element(
            SPAN,
            "",
            &view
                .words
                .say(&Text::new("report-tool").with("tool", view.case.tool.as_str())),
        )
        .raw(" · ")
        .element(SPAN, "", &view.words.word("report-utc"))
        .raw(" · ")
        .element(SPAN, "", &view.words.word("report-footer"))
        .raw("</footer>");
    html.raw("<script type=\"application/json\" id=\"data\">")
        .json(&charts::data(view))
        .raw("</script><script>")
        .raw(policy::ECHARTS)
        .raw("</script><script>")
        .raw(policy::CYTOSCAPE)
        .raw("</script><script>")
        .raw(policy::SCRIPT)
        .raw("</script></body></html>\n");
    html.into_string()
}

/// Whether a browser should lay out tables only when they come into sight.
fn is_long(view: &View<'_>) -> bool {
    let rows = [
        view.case.steps.len(),
        view.evidence.len(),
        view.entities.len(),
    ];
    rows.iter().any(|rows| *rows > LONG)
}

fn head(html: &mut Html, view: &View<'_>) {
    let title = Text::new("report-title-of").with("case", view.case.id.as_str());
    html.raw("<!doctype html>\n<html")
        .attribute("lang", &Said::of_program(view.words.language().code()))
        .raw("><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\"")
        .attribute("content", &policy::policy())
        .raw("><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
        .raw("<meta name=\"referrer\" content=\"no-referrer\">")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">")
        // Without an icon of its own a browser asks the server for one.
        .raw("<link rel=\"icon\" href=\"data:,\"><title>")
        .said(&view.words.say(&title))
        .raw("</title><style>")
        .raw(policy::STYLE)
        .raw("</style><style id=\"__________cytoscape_stylesheet\">")
        .raw(policy::GRAPH_STYLE)
        .raw("</style></head>");
}

fn banner(html: &mut Html, view: &View<'_>) {
    let words = view.words;
    html.raw("<header><div class=\"brand\">")
        .element(SPAN, "kind", &words.word("report-title"))
        .raw("<code>")
        .case(&view.case.id)
        .raw("</code></div><div class=\"tools\">");
    // They do nothing without script, which shows them.
    for (id, key) in [("theme", "report-theme"), ("print", "report-print")] {
        html.raw("<button type=\"button\" hidden")
            .attribute("id", &Said::of_program(id))
            .raw(">")
            .said(&words.word(key))
            .raw("</button>");
    }
    html.raw("</div></header>");
}

fn contents(html: &mut Html, view: &View<'_>) {
    html.raw("<nav")
        .attribute("aria-label", &view.words.word("report-contents"))
        .raw(">")
        .element(P, "label", &view.words.word("report-contents"))
        .raw("<ol>");
    for (target, key) in CONTENTS {
        html.raw("<li><a")
            .attribute("href", &Said::of_program(target))
            .raw(">")
            .said(&view.words.word(key))
            .close(Tag("a"))
            .close(LI);
    }
    html.raw("</ol></nav>");
}
