//! A headless Chromium over the pipe of its DevTools protocol: messages of JSON that end in a zero
//! byte, in at descriptor 3 and out at 4. No port, no other program.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

const LONGEST: Duration = Duration::from_secs(60);

pub(crate) struct Browser {
    process: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    session: String,
    number: u64,
    /// What the page did since it was opened.
    pub(crate) seen: Seen,
    folder: tempfile::TempDir,
}

/// What a page must not do.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Errors and warnings of the console, exceptions, violations of the policy.
    pub(crate) problems: Vec<String>,
    /// Addresses that were asked for.
    pub(crate) requests: Vec<String>,
    /// Dialogs that a script opened.
    pub(crate) dialogs: Vec<String>,
}

/// How a reader has set the browser.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader {
    pub(crate) dark: bool,
    pub(crate) calm: bool,
    pub(crate) width: u32,
    pub(crate) script: bool,
}

pub(crate) const LIGHT: Reader = Reader {
    dark: false,
    calm: false,
    width: 1440,
    script: true,
};
pub(crate) const DARK: Reader = Reader {
    dark: true,
    ..LIGHT
};

/// A browser, or nothing where none is named.
pub(crate) fn browser() -> Option<Browser> {
    let Some(program) = std::env::var_os("REMPART_CHROMIUM") else {
        eprintln!("skipped: REMPART_CHROMIUM is not set");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let profile = format!(
        "--user-data-dir={}",
        folder.path().join("profile").display()
    );
    // The shell gives the two descriptors, which the standard library cannot.
    let mut process = Command::new("sh")
        .args([
            "-c",
            "exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null",
            "sh",
        ])
        .arg(program)
        .args([
            "--headless",
            "--remote-debugging-pipe",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-extensions",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            &profile,
            "about:blank",
        ])
        .env("HOME", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = process.stdout.take().unwrap();
    let (sender, messages) = channel();
    std::thread::spawn(move || {
        for message in BufReader::new(output).split(0) {
            let Ok(message) = message else { break };
            if sender
                .send(serde_json::from_slice(&message).unwrap())
                .is_err()
            {
                break;
            }
        }
    });
    let input = process.stdin.take().unwrap();
    let mut browser = Browser {
        process,
        input,
        messages,
        session: String::new(),
        number: 0,
        seen: Seen::default(),
        folder,
    };
    let target = browser.ask("Target.createTarget", json!({ "url": "about:blank" }));
    let attach = json!({ "targetId": target["targetId"], "flatten": true });
    let attached = browser.ask("Target.attachToTarget", attach);
    browser.session = attached["sessionId"].as_str().unwrap().to_owned();
    for domain in ["Page", "Runtime", "Log", "Network"] {
        browser.ask(&format!("{domain}.enable"), json!({}));
    }
    Some(browser)
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Browser {
    /// Sends a command and waits for its answer; events on the way are noted.
    pub(crate) fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let number = self.number;
        let mut message = json!({ "id": number, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = Value::from(self.session.clone());
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes).unwrap();
        self.input.flush().unwrap();
        let begun = Instant::now();
        loop {
            let message = self.next(begun, method);
            if message["id"] == number {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.note(&message);
        }
    }

    fn next(&mut self, begun: Instant, what: &str) -> Value {
        let left = LONGEST.saturating_sub(begun.elapsed());
        let message = self.messages.recv_timeout(left);
        message.unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    fn note(&mut self, message: &Value) {
        let parameters = &message["params"];
        match message["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" => {
                let text = parameters["exceptionDetails"].to_string();
                self.seen.problems.push(text);
            }
            "Runtime.consoleAPICalled" if parameters["type"] != "log" => {
                self.seen.problems.push(parameters["args"].to_string());
            }
            "Log.entryAdded" => {
                let entry = &parameters["entry"];
                let text = format!("{}: {}", entry["source"], entry["text"]);
                self.seen.problems.push(text);
            }
            "Network.requestWillBeSent" => {
                let url = parameters["request"]["url"].as_str().unwrap_or_default();
                self.seen.requests.push(url.chars().take(300).collect());
            }
            "Page.javascriptDialogOpening" => {
                self.seen.dialogs.push(parameters["message"].to_string());
            }
            _ => {}
        }
    }

    /// Opens a page as a reader has set the browser, and waits until it is loaded.
    pub(crate) fn open(&mut self, page: &str, reader: Reader) {
        let path = self.folder.path().join("report.html");
        std::fs::write(&path, page).unwrap();
        let scheme = if reader.dark { "dark" } else { "light" };
        let motion = if reader.calm {
            "reduce"
        } else {
            "no-preference"
        };
        let features = json!({ "media": "", "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": motion },
        ] });
        self.ask("Emulation.setEmulatedMedia", features);
        let size = json!({ "width": reader.width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", size);
        let off = json!({ "value": !reader.script });
        self.ask("Emulation.setScriptExecutionDisabled", off);
        self.seen = Seen::default();
        let address = format!("file://{}", path.display());
        self.ask("Page.navigate", json!({ "url": address }));
        let begun = Instant::now();
        loop {
            let message = self.next(begun, "load");
            self.note(&message);
            if message["method"] == "Page.loadEventFired" {
                break;
            }
            if message["method"] == "Page.javascriptDialogOpening" {
                self.ask("Page.handleJavaScriptDialog", json!({ "accept": true }));
            }
        }
    }

    /// The value of an expression in the page; promises are waited for.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let asked =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.ask("Runtime.evaluate", asked);
        let thrown = &answer["exceptionDetails"];
        assert!(thrown.is_null(), "{thrown}");
        answer["result"]["value"].clone()
    }

    pub(crate) fn press(&mut self, key: &str, code: u32) {
        let text = if key == "Enter" { "\r" } else { "" };
        let mut down =
            json!({ "type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code });
        if !text.is_empty() {
            down["text"] = Value::from(text);
        }
        self.ask("Input.dispatchKeyEvent", down);
        let up = json!({ "type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code });
        self.ask("Input.dispatchKeyEvent", up);
    }

    pub(crate) fn write(&mut self, text: &str) {
        self.ask("Input.insertText", json!({ "text": text }));
    }

    /// Lets the page work for a while.
    pub(crate) fn pause(&mut self, milliseconds: u32) {
        self.value(&format!(
            "new Promise((done) => setTimeout(done, {milliseconds}))"
        ));
    }

    /// A picture of an element, or of so many points of the page from its top.
    pub(crate) fn picture(&mut self, name: &str, selector: Option<&str>, height: u32) {
        let clip = match selector {
            Some(selector) => self.value(&format!(
                "(() => {{ const box = document.querySelector({}).getBoundingClientRect(); return {{ x: box.x + scrollX - 12, y: box.y + scrollY - 12, width: box.width + 24, height: Math.min(box.height + 24, {height}), scale: 1 }}; }})()",
                json!(selector)
            )),
            None => self.value(&format!("({{ x: 0, y: 0, width: innerWidth, height: {height}, scale: 1 }})")),
        };
        let asked = json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
        let answer = self.ask("Page.captureScreenshot", asked);
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(answer["data"].as_str().unwrap())
            .unwrap();
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(folder().join(format!("{name}.png")), bytes).unwrap();
    }

    /// Fails when the page did what no page of ours does.
    pub(crate) fn expect_quiet(&mut self, what: &str) {
        assert!(
            self.seen.problems.is_empty(),
            "{what}: {:#?}",
            self.seen.problems
        );
        assert!(
            self.seen.dialogs.is_empty(),
            "{what}: {:?}",
            self.seen.dialogs
        );
        let outside = |url: &&String| {
            !(url.ends_with("/report.html")
                || url.contains("/report.html#")
                || url.as_str() == "data:,")
        };
        let outside: Vec<_> = self.seen.requests.iter().filter(outside).collect();
        assert!(outside.is_empty(), "{what}: {outside:?}");
        assert!(!self.seen.requests.is_empty(), "{what}: nothing was loaded");
    }
}

/// Where pictures go.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("report")
}
