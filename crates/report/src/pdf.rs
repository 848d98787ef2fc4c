//! PDF: a browser prints the page.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Names of the browser, in the order in which they are tried behind `REMPART_CHROMIUM`.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// How long printing may take.
const LONGEST: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(50);

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// No browser was found.
    #[error(
        "no Chromium found (tried {tried}); install it (Debian: `apt-get install chromium`) or name the program in REMPART_CHROMIUM"
    )]
    NoBrowser {
        /// The names that were tried.
        tried: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The browser ended without a PDF.
    #[error("{browser} wrote no PDF ({status}): {said}")]
    Failed {
        /// The program.
        browser: PathBuf,
        /// How it ended.
        status: String,
        /// The end of what it said.
        said: String,
    },
    /// The browser took too long.
    #[error("{browser} did not finish in {} seconds", LONGEST.as_secs())]
    TooLong {
        /// The program.
        browser: PathBuf,
    },
}

/// Prints the page at `html` to `pdf`, with a headless Chromium that has a profile of its own and no
/// network.
///
/// The browser is the program in the environment variable `REMPART_CHROMIUM`, or `chromium`,
/// `chromium-browser` or `google-chrome` in the search path. As root, its sandbox cannot work and is
/// off: the page is one of ours and its policy lets nothing else run.
///
/// # Errors
/// No browser, files that cannot be read or written, a browser that fails or takes over two minutes.
pub fn pdf(html: &Path, pdf: &Path) -> Result<(), PdfError> {
    let browser = browser(
        std::env::var_os("REMPART_CHROMIUM"),
        std::env::var_os("PATH"),
    )?;
    let page = html.canonicalize().map_err(|error| file(html, error))?;
    let folder = tempfile::tempdir().map_err(|error| file(&std::env::temp_dir(), error))?;
    let written = folder.path().join("report.pdf");
    let log = folder.path().join("log");
    let said = std::fs::File::create(&log).map_err(|error| file(&log, error))?;
    let mut command = Command::new(&browser);
    command
        .args([
            "--headless",
            "--disable-gpu",
            "--disable-extensions",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--no-default-browser-check",
            "--no-pdf-header-footer",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--proxy-server=127.0.0.1:9",
            "--virtual-time-budget=10000",
        ])
        .arg(flag("--user-data-dir=", &folder.path().join("profile")))
        .arg(flag("--print-to-pdf=", &written))
        .env("HOME", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said);
    if is_root() {
        command.arg("--no-sandbox");
    }
    command.arg(address(&page));
    let status = finish(&mut command, &browser)?;
    if !status.success() || !written.is_file() {
        let said = std::fs::read(&log).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<&str> = said.lines().rev().take(3).collect();
        let said = rempart_findings::visible(&lines.join(" / ")).into_owned();
        return Err(PdfError::Failed {
            browser,
            status: status.to_string(),
            said,
        });
    }
    std::fs::copy(&written, pdf).map_err(|error| file(pdf, error))?;
    Ok(())
}

fn file(path: &Path, error: io::Error) -> PdfError {
    PdfError::File {
        path: path.to_owned(),
        error,
    }
}

fn flag(name: &str, path: &Path) -> OsString {
    let mut flag = OsString::from(name);
    flag.push(path);
    flag
}

fn finish(command: &mut Command, browser: &Path) -> Result<std::process::ExitStatus, PdfError> {
    let failed = |error| file(browser, error);
    let mut child = command.spawn().map_err(failed)?;
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(status);
        }
        if begun.elapsed() > LONGEST {
            // It may have ended in between; then there is nothing to end.
            let _ = child.kill();
            let _ = child.wait();
            return Err(PdfError::TooLong {
                browser: browser.to_owned(),
            });
        }
        std::thread::sleep(PAUSE);
    }
}

/// The browser, by its name in the environment or the search path.
fn browser(named: Option<OsString>, search: Option<OsString>) -> Result<PathBuf, PdfError> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        let path = PathBuf::from(&named);
        let found = match path.components().count() {
            1 => in_path(&path, search.as_ref()),
            _ => path.is_file().then_some(path),
        };
        // A name that was given is not replaced by another program.
        let tried = format!("REMPART_CHROMIUM={}", named.to_string_lossy());
        return found.ok_or(PdfError::NoBrowser { tried });
    }
    let mut found = NAMES
        .iter()
        .filter_map(|name| in_path(Path::new(name), search.as_ref()));
    found.next().ok_or_else(|| PdfError::NoBrowser {
        tried: NAMES.join(", "),
    })
}

fn in_path(name: &Path, search: Option<&OsString>) -> Option<PathBuf> {
    let folders = std::env::split_paths(search?);
    folders
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// `file://` and the path, with what an address cannot hold in percent form.
fn address(path: &Path) -> String {
    let mut address = String::from("file://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => address.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => address.push(char::from(*byte)),
            byte => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // The owner of the process's own directory is who runs it.
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_browser_is_named_with_what_to_install() {
        let error = browser(None, Some("/nowhere".into()))
            .unwrap_err()
            .to_string();
        assert!(error.contains("apt-get install chromium") && error.contains("google-chrome"));
        let error = browser(Some("/nowhere/b".into()), None)
            .unwrap_err()
            .to_string();
        assert!(error.contains("REMPART_CHROMIUM=/nowhere/b"), "{error}");
    }

    #[test]
    fn the_first_name_in_the_search_path_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["google-chrome", "chromium-browser"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = browser(None, Some(folder.path().into())).unwrap();
        assert_eq!(found, folder.path().join("chromium-browser"));
    }

    #[test]
    fn paths_become_addresses() {
        assert_eq!(
            address(Path::new("/a b/é#?.html")),
            "file:///a%20b/%C3%A9%23%3F.html"
        );
    }
}
