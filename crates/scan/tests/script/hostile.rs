//! Hostile and random input: bounded time, no panic.

use std::io::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rempart_scan::script::{
    Examination, Limits, Verdict, examine_base64, examine_bytes, examine_text,
};

use super::{base64, describe};

/// Runs on a thread with the small stack that worker threads have.
fn within(limit: Duration, what: &str, input: Vec<u8>) -> Examination {
    let started = Instant::now();
    let thread = std::thread::Builder::new()
        .name(what.chars().take(20).collect())
        .stack_size(2 << 20);
    let result = thread
        .spawn(move || examine_bytes(&input))
        .unwrap()
        .join()
        .unwrap();
    let taken = started.elapsed();
    assert!(taken < limit, "{what} took {taken:?}");
    result
}

#[test]
fn hostile_inputs_end_soon() {
    let limit = Duration::from_secs(20);
    let mut nested = String::from("echo done");
    for _ in 0..25 {
        nested = format!("echo {} | base64 -d | bash", base64(nested.as_bytes()));
    }
    let result = within(limit, "nested base64", nested.into_bytes());
    assert_ne!(result.verdict, Verdict::Clean);

    let mut evals = String::from("id");
    for _ in 0..100 {
        evals = format!("eval eval {evals}");
    }
    within(limit, "nested eval", evals.into_bytes());

    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&vec![b'a'; 64 << 20]).unwrap();
    let bomb = packer.finish().unwrap();
    let result = within(limit, "gzip bomb", bomb.clone());
    assert_eq!(result.state.id(), "truncated");
    assert_eq!(result.verdict, Verdict::Unknown);
    let script = format!("echo {} | base64 -d | gunzip | bash\n", base64(&bomb));
    within(limit, "gzip bomb in a script", script.into_bytes());

    for piece in [
        "$(",
        "`",
        "${",
        "$((",
        "((",
        "(",
        "{",
        "[",
        "{a,",
        "<(",
        "if ",
        "case x in (",
        "while ",
        "x=$x$x;",
        "a=(",
        "<<E\n",
        "'",
        "\"",
        "\\",
        "$'\\x",
        "f(){ f; f; }; f;",
        "{a,b}",
        "${x//a/",
        "eval ",
        "for i in {1..500}; do ",
        "lambda x:",
        "exec(",
        "[x for x in ",
        "not ",
        "- ",
        "x[",
        "1+",
        "a.b.c(",
        "%41",
        "\\x41",
        "aGVs",
        "41 ",
        "python3 -c '",
        "| ",
        "&& ",
        "! ",
        "*",
        "?",
        "}",
        ")",
        "fi;",
        "done;",
    ] {
        let text = piece.repeat(16_384 / piece.len());
        let result = within(limit, piece, text.clone().into_bytes());
        let _ = describe(&result);
        let field = base64(text.as_bytes());
        let _ = describe(&examine_base64(&field, &Limits::default()));
        within(limit, piece, format!("import os\n{text}").into_bytes());
    }

    within(
        limit,
        "doubling",
        b"x=aaaaaaaaaaaaaaaa\nwhile true; do x=$x$x$x$x; done\neval $x".to_vec(),
    );
    within(limit, "loops", b"for i in {1..500}; do for j in {1..500}; do for k in {1..500}; do echo $i$j$k; done; done; done".to_vec());
    within(
        limit,
        "python doubling",
        b"import os\nx='a'*1000000\ny=[x*1000 for i in range(10000)]\nexec(''.join(y))".to_vec(),
    );
    let long = "a".repeat(4000);
    for step in [
        "${x##*a*b*}",
        "${x//a*a*b/}",
        "${x%%[ab]*b}",
        "$(echo $x | sed 's/\\(a*\\)*b/c/g')",
        "$(python3 -c '[[y for y in range(99)] for z in range(99)]')",
    ] {
        within(
            limit,
            step,
            format!("x={long}\nwhile true; do y={step}; done\n").into_bytes(),
        );
    }
    within(limit, "zeros", vec![0; 1 << 20]);

    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = Vec::with_capacity(1 << 20);
    while random.len() < 1 << 20 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        random.extend(state.to_le_bytes());
    }
    let result = within(limit, "random bytes", random.clone());
    assert_eq!(result.verdict, Verdict::Unknown);
    let printable: Vec<u8> = random.iter().map(|byte| b' ' + byte % 95).collect();
    within(limit, "random printable bytes", printable);
}

#[test]
fn time_grows_with_the_input_and_not_faster() {
    let line = "export NAME_1=\"value $(date) and ${HOME}/x\" && pip install pandas==2.2.1 | tee -a /var/log/setup.log\n";
    let measure = |count: usize| {
        let input = line.repeat(count).into_bytes();
        let started = Instant::now();
        let _ = examine_bytes(&input);
        started.elapsed().as_secs_f64()
    };
    measure(10);
    let small = measure(400);
    let large = measure(4000);
    println!("400 lines {small:.3} s, 4000 lines {large:.3} s");
    assert!(
        large < small.max(0.01) * 40.0,
        "400 lines {small} s, 4000 lines {large} s"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_examined(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = examine_bytes(&bytes);
    }

    #[test]
    fn any_shell_like_text_is_examined(pieces in proptest::collection::vec(
        prop::sample::select(vec![
            "$(", ")", "`", "${x", "}", "'", "\"", "\\", "\n", ";", "|", "&&", "<<E", "E", "echo ", "x=", "$x", "eval ", "base64 -d",
            "printf '%s'", "case a in", "esac", "if", "fi", "do", "done", "for i in", "{", "}", "[[", "((", "))", "python -c ", "exec(",
            "chr(", "[::-1]", "é", "\0", "\\x41", "%41", "aGVsbG8gd29ybGQgaGVsbG8=", "<(", "@", "#", "//", ":0:1", ",", "..", "sed 's/a/b/'",
            "tr a-z n-za-m", "rev", "cut -c1-", "head -c 5", "<<<", ">", "[", "]", "*", "?", "lambda x:", "import os\n", "for", " in ",
        ]), 0..60)) {
        let text = pieces.concat();
        let _ = examine_text(&text, &Limits::default());
        let _ = examine_base64(&text, &Limits::default());
        let _ = examine_text(&format!("import os\n{text}"), &Limits::default());
    }

    #[test]
    fn a_field_and_its_text_agree(script in "[ -~\n]{0,200}") {
        let by_text = examine_text(&script, &Limits::default());
        let by_field = examine_base64(&base64(script.as_bytes()), &Limits::default());
        if !script.is_empty() {
            prop_assert_eq!(by_text.level, by_field.level);
        }
    }
}
