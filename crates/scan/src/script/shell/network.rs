//! Downloads and uploads: which hosts are known, which files are secret.

use super::super::{Class, Level};
use super::state::{Shell, Text, taint};

/// Hosts from which published set-up scripts install software. A leading dot
/// stands for any host below.
const KNOWN_HOSTS: [&str; 43] = [
    "download.pytorch.org/",
    "pypi.nvidia.com",
    "pip.repos.neuron.amazonaws.com",
    "github.com/huggingface/",
    "github.com/pytorch/",
    "github.com/facebookresearch/",
    "github.com/scikit-learn/",
    "raw.githubusercontent.com/aws-samples/",
    "raw.githubusercontent.com/aws/",
    "raw.githubusercontent.com/awslabs/",
    "raw.githubusercontent.com/jupyter-incubator/",
    "raw.githubusercontent.com/nvm-sh/",
    "github.com/aws-samples/",
    "github.com/aws/",
    "github.com/awslabs/",
    "github.com/docker/",
    "github.com/coder/",
    "github.com/conda-forge/",
    "github.com/jupyter",
    "github.com/stedolan/jq/",
    "github.com/jqlang/jq/",
    "github.com/mikefarah/yq/",
    "repo.anaconda.com/",
    "repo.continuum.io/",
    "conda.anaconda.org/",
    "micro.mamba.pm/",
    "download.docker.com/",
    "get.docker.com",
    "nvidia.github.io/",
    "developer.download.nvidia.com/",
    "rpm.nodesource.com/",
    "deb.nodesource.com/",
    "dl.yarnpkg.com/",
    "bootstrap.pypa.io/",
    "files.pythonhosted.org/",
    "pypi.org/",
    "install.python-poetry.org",
    "astral.sh/",
    "sh.rustup.rs",
    "code-server.dev/",
    "awscli.amazonaws.com/",
    "cran.r-project.org/",
    "cran.rstudio.com/",
];

/// Buckets of AWS from which agents and tools are installed.
const KNOWN_BUCKETS: [&str; 6] = [
    "amazoncloudwatch-agent",
    "amazon-ssm-",
    "aws-cli",
    "aws-emr-resources",
    "dlami",
    "session-manager-downloads",
];

/// True when a path holds credentials.
pub(super) fn is_secret_file(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path);
    [
        ".aws/credentials",
        ".netrc",
        ".git-credentials",
        "/environ",
        "id_rsa",
        "id_ed25519",
        "/etc/shadow",
        ".aws/sso",
    ]
    .iter()
    .any(|secret| path.contains(secret))
}

/// Whether a URL names a host that set-up scripts commonly use.
pub(super) fn is_known_url(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    if scheme == "s3" {
        return false;
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return false;
    }
    let host = host.split(':').next().unwrap_or_default();
    let bucket = host.ends_with(".amazonaws.com")
        && KNOWN_BUCKETS
            .iter()
            .any(|known| host.starts_with(known) || rest.contains(&format!("/{known}")));
    let repository = host.ends_with(".amazonaws.com") && host.contains(".codeartifact.");
    bucket || repository || KNOWN_HOSTS.iter().any(|known| rest.starts_with(known))
}

impl Shell<'_> {
    /// `curl`, `wget` and other ways to fetch: notes the file they write and
    /// answers what they print.
    pub(super) fn fetch(
        &mut self,
        tool: &str,
        arguments: &[Text],
        line: u32,
        rendering: &[u8],
    ) -> Text {
        let mut origin = 0;
        let mut url_name = None;
        let mut output = None;
        let mut remote_name = tool != "curl";
        let mut sends = false;
        let mut carries = self.input.taint & taint::SECRET;
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let text = word.str();
            carries |= word.taint & taint::SECRET;
            if text.contains("://") && !text.starts_with('-') {
                origin |= self.origin(&text);
                let path = text.split(['?', '#']).next().unwrap_or_default();
                url_name = path.rsplit('/').next().map(|name| name.as_bytes().to_vec());
                continue;
            }
            let wget = tool == "wget";
            match text.as_str() {
                "-o" | "--output" if !wget => output = words.next().map(|path| path.bytes.clone()),
                "-O" | "--output-document" if wget => {
                    output = words.next().map(|path| path.bytes.clone())
                }
                "-O" | "--remote-name" => remote_name = true,
                "-d" | "--data" | "--data-binary" | "--data-raw" | "--data-urlencode" | "-F"
                | "--form" | "-T" | "--upload-file" | "--post-data" | "--post-file"
                | "--body-data" => sends = true,
                other => {
                    let short = other.starts_with('-') && !other.starts_with("--");
                    if short && other.contains('O') && !wget {
                        remote_name = true;
                    } else if short
                        && ((other.ends_with('o') && !wget) || (other.ends_with('O') && wget))
                    {
                        output = words.next().map(|path| path.bytes.clone());
                    } else if let Some(path) = other
                        .strip_prefix("--output=")
                        .or_else(|| other.strip_prefix("--output-document="))
                        .or_else(|| {
                            other
                                .strip_prefix("-O")
                                .filter(|path| wget && !path.is_empty())
                        })
                    {
                        output = Some(path.as_bytes().to_vec());
                    }
                    sends |= ["--post-data=", "--post-file=", "--data=", "-d@", "-F"]
                        .iter()
                        .any(|option| other.starts_with(option));
                }
            }
        }
        if carries != 0 {
            let to_metadata = origin & (taint::FOREIGN | taint::KNOWN_HOST) == 0;
            if sends || !to_metadata {
                self.sign(
                    Class::Exfiltration,
                    "credentials-sent",
                    Level::High,
                    line,
                    rendering,
                );
            }
        }
        let fetched = Text::unknown("", origin);
        let to_output = output
            .as_deref()
            .is_some_and(|path| path == b"-" || path == b"/dev/stdout");
        let path = match output {
            Some(path) => Some(path),
            None if remote_name => url_name,
            None => None,
        };
        match path {
            Some(path) if !to_output && path != b"/dev/null" => {
                self.write_file(&path, fetched, false);
                Text::default()
            }
            _ => fetched,
        }
    }

    /// Where the answer of a URL comes from.
    fn origin(&self, url: &str) -> u8 {
        if url.contains("security-credentials") || url.contains("169.254.170.2") {
            return taint::SECRET;
        }
        let metadata = url.contains("169.254.169.254") || url.contains("fd00:ec2::254");
        let local = url.contains("://localhost") || url.contains("://127.0.0.1");
        if metadata || local {
            return 0;
        }
        if is_known_url(url) {
            taint::KNOWN_HOST
        } else {
            taint::FOREIGN
        }
    }

    /// Something goes out over the network: notes it when it is secret.
    pub(super) fn sent(&mut self, text: &Text, line: u32, to: &[u8]) {
        if text.taint & taint::SECRET != 0 {
            self.sign(
                Class::Exfiltration,
                "credentials-sent",
                Level::High,
                line,
                to,
            );
        }
    }

    /// A file is run as a program.
    pub(super) fn run_file(&mut self, path: &[u8], line: u32, rendering: &[u8]) {
        let name = path.strip_prefix(b"./").unwrap_or(path);
        let file = self.files.get(path).or_else(|| self.files.get(name));
        let base = |path: &[u8]| {
            path.rsplit(|byte| *byte == b'/')
                .next()
                .unwrap_or_default()
                .to_vec()
        };
        let file = match file {
            Some(file) => Some(file.clone()),
            None => {
                let wanted = base(path);
                self.files
                    .iter()
                    .find(|(found, _)| base(found) == wanted)
                    .map(|(_, text)| text.clone())
            }
        };
        let origin = file.as_ref().map_or(0, |file| file.taint);
        if origin & taint::FOREIGN != 0 {
            self.sign(
                Class::DownloadAndRun,
                "downloaded-file-run",
                Level::Medium,
                line,
                rendering,
            );
        } else if origin & taint::KNOWN_HOST != 0 {
            self.sign(
                Class::DownloadAndRun,
                "known-download-run",
                Level::Low,
                line,
                rendering,
            );
        }
        if origin & taint::DECODED != 0 {
            self.sign(
                Class::Obfuscation,
                "decoded-file-run",
                Level::Medium,
                line,
                rendering,
            );
        }
        let temporary = [&b"/tmp/"[..], b"/var/tmp/", b"/dev/shm/"]
            .iter()
            .any(|place| path.starts_with(place));
        let hidden = base(path).first() == Some(&b'.') && base(path).len() > 2;
        if hidden && (temporary || path.starts_with(b"./") || path.starts_with(b"/")) {
            self.sign(
                Class::DownloadAndRun,
                "runs-hidden-file",
                Level::Medium,
                line,
                rendering,
            );
        } else if temporary {
            // What an archive of a known host held is as known as the archive.
            let fetched = |wanted: u8| self.files.values().any(|file| file.taint & wanted != 0);
            let unpacked = fetched(taint::KNOWN_HOST) && !fetched(taint::FOREIGN);
            let written =
                file.is_some_and(|file| !file.unknown || file.taint & taint::KNOWN_HOST != 0);
            let known = unpacked || written;
            let level = if known { Level::Low } else { Level::Medium };
            self.sign(
                Class::DownloadAndRun,
                "runs-from-temporary-directory",
                level,
                line,
                rendering,
            );
        }
    }
}
