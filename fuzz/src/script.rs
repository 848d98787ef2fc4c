//! The examination of scripts.

use rempart_scan::script::{
    Examination, Limits, State, Verdict, examine_base64, examine_bytes, examine_text, secrets,
};

/// Characters that an excerpt may have.
const EXCERPT: usize = 160;

/// Bounds are kept, what was not read is not called clean, and the answer is the same each time.
pub fn script(bytes: &[u8]) {
    let small = Limits {
        max_input: 16 << 10,
        max_depth: 4,
        max_expansion: 64 << 10,
        max_layers: 24,
        max_steps: 2_000,
        max_indicators: 20,
        api_limit: Some(1 << 10),
    };
    let plain = examine_bytes(bytes);
    check(&plain, &Limits::default());
    let text = String::from_utf8_lossy(bytes);
    let short = examine_text(&text, &small);
    check(&short, &small);
    assert_eq!(short, examine_text(&text, &small));
    check(&examine_base64(&text, &small), &small);
    let _kinds = secrets(&text);
}

fn check(found: &Examination, limits: &Limits) {
    if found.verdict == Verdict::Clean {
        assert_eq!(found.state, State::Decoded);
    }
    assert!(found.indicators.len() <= limits.max_indicators);
    assert!(found.layers.len() <= limits.max_layers);
    for (number, layer) in found.layers.iter().enumerate() {
        assert!(layer.parent.is_none_or(|parent| parent < number));
        assert!(layer.depth <= limits.max_depth);
    }
    for indicator in &found.indicators {
        assert!(indicator.excerpt.chars().count() <= EXCERPT);
        assert!(indicator.excerpt.chars().all(|each| !each.is_control()));
        assert!(Some(indicator.level) <= found.level);
    }
}
