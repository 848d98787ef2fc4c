//! The table of indicators, after `docs/rules.md` and the threat model.
//!
//! A rule applies when one of `any` and all of `all` occur, whatever the
//! case, and its expression matches. The words keep the expressions off texts
//! that cannot match.

use super::Class::{
    self, CredentialTheft, DefenceEvasion, Discovery, DownloadAndRun, ExecutionChannel,
    Exfiltration, Lateral, Miner, Obfuscation, Persistence, Privilege,
};
use super::Level::{self, High, Low, Medium};

/// One row.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) class: Class,
    pub(super) name: &'static str,
    pub(super) level: Level,
    /// One of these words occurs.
    pub(super) any: &'static [&'static str],
    /// All of these words occur.
    pub(super) all: &'static [&'static str],
    /// Empty when the words are enough.
    pub(super) regex: &'static str,
}

const fn row(
    class: Class,
    name: &'static str,
    level: Level,
    any: &'static [&'static str],
    regex: &'static str,
) -> Rule {
    Rule {
        class,
        name,
        level,
        any,
        all: &[],
        regex,
    }
}

const fn all(
    class: Class,
    name: &'static str,
    level: Level,
    any: &'static [&'static str],
    all: &'static [&'static str],
) -> Rule {
    Rule {
        class,
        name,
        level,
        any,
        all,
        regex: "",
    }
}

/// Names that describe set-up work; beside another indicator they add no
/// weight.
pub(super) const IDIOMS: [&str; 10] = [
    "proxy-variable",
    "pip-configuration",
    "metadata-address",
    "s3-upload",
    "known-download-run",
    "docker-group",
    "pip-trusted-host",
    "kernel-specification",
    "chat-webhook",
    "caller-identity",
];

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    // A channel for somebody outside.
    row(ExecutionChannel, "dev-tcp", High, &["/dev/tcp/", "/dev/udp/"], ""),
    row(ExecutionChannel, "interactive-shell", Medium, &["sh -"], r"\b(?:ba|z|k|da|c)?sh\s+(?:-\S+\s+)*-[abd-z]*i[abd-z]*(?:\s|$|[^\w.-])"),
    row(ExecutionChannel, "interactive-shell-redirected", High, &["sh -"], r"\b(?:ba|z|k|da|c)?sh\s+-\w*i\w*\s*(?:\d?[<>]|\|)"),
    row(ExecutionChannel, "netcat-exec", High, &["nc", "netcat"], r"\b(?:nc|ncat|netcat)(?:\.\w+)?\s(?:[^\n|;]*\s)?(?:-\w*[ec]\s*(?:/|\S*sh\b|cmd)|--exec|--sh-exec)"),
    row(ExecutionChannel, "netcat-listener", Medium, &["nc", "netcat"], r"\b(?:nc|ncat|netcat)\s+-\w*l"),
    row(ExecutionChannel, "netcat-to-shell", High, &["nc", "netcat", "telnet"], r"\b(?:nc|ncat|netcat|telnet)\s[^\n|]*\|\s*(?:/\S*/)?(?:ba|z|da|k)?sh\b|\|\s*(?:/\S*/)?(?:ba|z|da|k)?sh\b[^\n]*\|\s*(?:nc|ncat|netcat|telnet)\s"),
    Rule { class: ExecutionChannel, name: "fifo-shell", level: High, any: &["nc ", "ncat ", "netcat", "s_client", "telnet "], all: &["mkfifo"], regex: r"mkfifo" },
    Rule { class: ExecutionChannel, name: "fifo-shell", level: High, any: &["nc ", "ncat ", "netcat"], all: &["mknod"], regex: r"mknod\s+\S+\s+p\b" },
    row(ExecutionChannel, "netcat-coprocess", High, &["coproc"], r"\bcoproc\s+(?:\w+\s+\{?\s*)?(?:nc|ncat|netcat|socat|openssl|telnet)\b"),
    row(ExecutionChannel, "socat-exec", High, &["socat"], r"\bsocat\b[^\n]*(?:exec|system|shell):"),
    row(ExecutionChannel, "openssl-shell", High, &["s_client"], r"sh\b[^\n]*\|\s*openssl\s+s_client|s_client[^\n]*\|\s*(?:/\S*/)?(?:ba|z|da)?sh\b"),
    all(ExecutionChannel, "python-socket-shell", High, &["dup2", "pty.spawn", "subprocess", "os.system"], &["socket", "connect", "import"]),
    row(ExecutionChannel, "pty-spawn", High, &["pty.spawn"], ""),
    row(ExecutionChannel, "perl-socket-shell", High, &["io::socket", "use socket"], r"(?i:io::socket::inet|use\s+socket)"),
    row(ExecutionChannel, "ruby-socket-shell", High, &["tcpsocket"], r"TCPSocket\.(?:new|open)"),
    row(ExecutionChannel, "php-socket-shell", High, &["fsockopen"], r"fsockopen\s*\("),
    Rule { class: ExecutionChannel, name: "node-socket-shell", level: High, any: &["net.socket", "net.connect", "net.createconnection"], all: &["child_process"], regex: r"net\.(?:Socket|connect|createConnection)" },
    Rule { class: ExecutionChannel, name: "lua-socket-shell", level: High, any: &["io.popen", "os.execute"], all: &["socket"], regex: r"socket\.tcp|require\s*\(?['\x22]socket" },
    row(ExecutionChannel, "awk-network", High, &["/inet/tcp/", "/inet/udp/"], ""),
    row(ExecutionChannel, "ssh-reverse-tunnel", High, &["ssh"], r"\bssh\b[^\n;|]*\s-\w*R\s*(?:\S+:)?\d+(?::|\s)"),
    row(ExecutionChannel, "autossh", High, &["autossh"], ""),
    row(ExecutionChannel, "tunnel-tool", High, &["ngrok", "chisel", "frpc", "cloudflared", "bore", "localtunnel", "serveo.net", "localhost.run", "gs-netcat", "gsocket", "tmate", "upterm", "ligolo", "wstunnel", "pwncat", "rathole", "inlets"], r"(?i)\b(?:ngrok|chisel\s+(?:client|server)|chisel_\d|frpc|cloudflared|bore\s+local|bore\.pub|localtunnel|serveo\.net|localhost\.run|gs-netcat|gsocket|tmate|upterm|ligolo|wstunnel|pwncat|rathole|inlets)\b"),
    row(ExecutionChannel, "tailscale-join", High, &["tailscale"], r"tailscale\s+up|--auth-?key"),
    row(ExecutionChannel, "remote-display-shell", High, &["xterm"], r"\bxterm\s+-display"),
    row(ExecutionChannel, "attack-framework", High, &["meterpreter", "msfvenom", "msfconsole"], ""),

    // Fetched and run.
    row(DownloadAndRun, "pipe-to-shell", Medium, &["curl", "wget", "fetch ", "lynx"], r"\b(?:curl|wget|fetch|lynx)\s[^\n;]*\|\s*(?:sudo\s+(?:-\S+\s+(?:\w+\s+)?)*)?(?:(?:env|nohup|exec|command)\s+)?(?:/\S*/)?(?:(?:ba|z|da|k|a)?sh|python[\d.]*|perl|ruby|node|php)(?:\s|$|[;&)\x22'])"),
    row(DownloadAndRun, "shell-from-download", Medium, &["curl", "wget"], r"(?:\b(?:ba|z|da|k)?sh\b|\beval|\bsource|(?:^|\s)\.|\bpython[\d.]*)\s+(?:-\w+\s+)*['\x22]?(?:<\(|\$\(|`)\s*(?:curl|wget)\b"),
    row(DownloadAndRun, "bare-address-url", Medium, &["http", "ftp://"], r"(?i)\b(?:https?|t?ftp)://(?:\d{1,3}\.){3}\d{1,3}(?:[:/\s'\x22]|$)"),
    row(DownloadAndRun, "paste-host", Medium, &["pastebin.com", "paste.ee", "hastebin", "rentry.co", "transfer.sh", "gist.githubusercontent.com", "0x0.st", "termbin.com", "ix.io/", "dpaste", "anonfiles", "file.io/", "catbox.moe", "cdn.discordapp.com", "ghostbin", "controlc.com", "temp.sh", "oshi.at", "bashupload"], ""),
    row(DownloadAndRun, "pip-from-url", Medium, &["pip"], r"\bpip[\d.]*\s+install\b[^\n;|&]*(?:\s|@\s?|\+)['\x22]?(?:https?|git\+https?|ftp)://"),
    row(DownloadAndRun, "pip-foreign-index", Medium, &["pip"], r"\bpip[\d.]*\s[^\n;|&]*\s(?:--index-url|-i|--extra-index-url|--find-links|-f)[ =]\s*['\x22]?https?://"),
    row(DownloadAndRun, "pip-trusted-host", Low, &["--trusted-host"], ""),
    row(DownloadAndRun, "package-from-url", Medium, &["conda", "npm", "yarn"], r"\b(?:conda|mamba)\s+install\b[^\n;|&]*\shttps?://|\bnpm\s+(?:i|install|add)\b[^\n;|&]*(?:\shttps?://|git\+|--registry)"),
    row(DownloadAndRun, "unchecked-certificate", Low, &["curl", "wget"], r"\bcurl\b[^\n|;]*\s(?:-\w*k\w*\s|--insecure)|\bwget\b[^\n|;]*--no-check-certificate"),
    row(DownloadAndRun, "download-made-executable", Medium, &["chmod"], r"\b(?:curl|wget)\s[^\n]*(?:&&|;)\s*(?:sudo\s+)?chmod\s+(?:\S*\+\S*x|0?[57][0-7]{2})\S*[^\n]*(?:&&|;)\s*(?:nohup\s+|sudo\s+)?(?:\./|/)"),
    row(DownloadAndRun, "memory-file", Medium, &["memfd_create"], ""),

    // Hidden content.
    row(Obfuscation, "decode-to-shell", Medium, &["base64", "base32", "xxd", "openssl"], r"(?:base64\s+(?:-d|-D|-\w*d|--decode)|base32\s+(?:-d|--decode)|xxd\s+-\w*r[^\n|]*)[^\n]*\|\s*(?:sudo\s+)?(?:/\S*/)?(?:ba|z|da|k)?sh\b"),
    row(Obfuscation, "python-encoded-code", Medium, &["exec(", "eval(", "exec (", "eval ("], r"\b(?:exec|eval)\s*\(\s*(?:compile\s*\(\s*)?(?:__import__|base64\.|zlib\.|codecs\.|marshal\.|bytes\.fromhex|bytearray|b64decode|gzip\.|bz2\.|lzma\.|''\.join|\x22\x22\.join)"),
    row(Obfuscation, "blank-from-ifs", Medium, &["$ifs", "${ifs"], r"[\w/.}]\$\{?IFS\b"),
    row(Obfuscation, "history-cleared", Medium, &["history -c", "unset histfile", "histfile=/dev/null", "histsize=0", "histfilesize=0", "set +o history", "shopt -uo history"], ""),
    row(Obfuscation, "time-stamp-changed", Low, &["touch "], r"\btouch\s+(?:-\S+\s+)*(?:-\w*[rtd]\s|--reference|--date)"),
    row(Obfuscation, "ansi-quoted-command", Medium, &["$'\\"], r"\$'(?:\\x[0-9a-fA-F]{2}|\\[0-7]{3}|\\u00[0-9a-fA-F]{2}){3,}"),

    // Credentials.
    row(CredentialTheft, "instance-credentials", Medium, &["security-credentials"], ""),
    row(CredentialTheft, "metadata-address", Low, &["169.254.169.254", "fd00:ec2::254", "instance-data/latest"], ""),
    row(CredentialTheft, "metadata-address-disguised", Medium, &["2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.16689662", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "169.254.169.254.nip.io", "169.254.169.254.xip.io"], ""),
    row(CredentialTheft, "container-credentials", Medium, &["169.254.170.2", "aws_container_credentials_relative_uri", "aws_container_credentials_full_uri", "aws_container_authorization_token"], ""),
    row(CredentialTheft, "session-credentials", Low, &["get_credentials("], ""),
    row(CredentialTheft, "aws-credential-file", Medium, &[".aws/"], r"\.aws/(?:credentials|sso/|cli/cache)"),
    row(CredentialTheft, "session-token-request", Medium, &["get-session-token", "export-credentials", "configure get", "get_session_token", "get_frozen_credentials"], r"get-session-token|export-credentials|configure\s+get\s+\S*(?:secret|token|access)|get_session_token|get_frozen_credentials"),
    row(CredentialTheft, "environment-sent", Medium, &["env", "export -p"], r"\b(?:env|printenv|export\s+-p)\s*(?:\|[^\n]*\b(?:curl|wget|nc|ncat|base64|gzip)\b|>\s*/dev/tcp)|\b(?:curl|wget)\s[^\n]*(?:\$\(|`)\s*(?:env|printenv)\b"),
    row(CredentialTheft, "secret-file-read", Medium, &[".git-credentials", ".netrc", ".docker/config.json", ".pgpass", ".kube/config", ".ssh/id_"], r"(?:\b(?:cat|cp|curl|scp|tar|base64|grep|less|head|tail|strings|xxd|zip)\s[^>\n]*|<\s*\S*|open\s*\(\s*['\x22][^'\x22]*|@\S*)(?:\.git-credentials|\.netrc|\.docker/config\.json|\.pgpass|\.kube/config|\.ssh/id_)"),
    row(CredentialTheft, "jupyter-token-read", Medium, &["jupyter/runtime", "nbserver-", "jpserver-", "cookie_secret"], r"\b(?:cat|grep|curl|cp|tar|jq)\s[^>\n]*(?:jupyter/runtime|nbserver-|jpserver-|cookie_secret)"),
    row(CredentialTheft, "process-environment", Medium, &["/environ"], r"/proc/[^/\s]+/environ"),
    row(CredentialTheft, "password-file", Medium, &["/etc/shadow"], ""),

    // Sent away.
    row(Exfiltration, "file-upload", Medium, &["curl"], r"\bcurl\b[^\n;]*\s(?:-\w*T\s|--upload-file|-F[ =]?['\x22]?\w+=@|--form[ =]?['\x22]?\w+=@|(?:-\w*d|--data(?:-binary|-raw|-urlencode|-ascii)?)[ =]?['\x22]?(?:\w+=)?@)"),
    row(Exfiltration, "output-sent", Medium, &["curl", "wget"], r"\bcurl\b[^\n]*\s(?:-\w*d|--data\S*)[ =]?['\x22]?[^\s'\x22]*(?:\$\(|`)|\b(?:curl|wget)\s[^\n|]*https?://[^\s|]*(?:\$\(|`)\s*(?:cat|base64|whoami|hostname|id|env|uname|tar)\b"),
    row(Exfiltration, "file-post", Medium, &["--post-file", "--body-file"], ""),
    row(Exfiltration, "data-post", Low, &["--post-data", "--data", "curl"], r"--post-data|\bcurl\b[^\n]*\s(?:-d|--data\S*)\s"),
    row(Exfiltration, "copy-to-host", Medium, &["scp ", "sftp ", "rsync "], r"\b(?:scp|sftp|rsync)\s[^\n]*\S+@\S+:|\brsync\s[^\n]*rsync://"),
    row(Exfiltration, "rclone", Medium, &["rclone"], r"\brclone\s+(?:\S+\s+)*(?:copy|sync|move|rcat)"),
    row(Exfiltration, "dns-tunnel", Medium, &["dig ", "nslookup ", "host ", "iodine", "dnscat"], r"\b(?:dig|nslookup|host)\s[^\n]*(?:\$\(|\$\{?\w|`)[^\n]*\.[a-z]|\b(?:iodine|dnscat)"),
    row(Exfiltration, "git-push-elsewhere", Medium, &["git push"], r"git\s+push\s+(?:\S+\s+)*(?:https?|ssh|git)://"),
    row(Exfiltration, "request-catcher", Medium, &["webhook.site", "requestbin", "pipedream.net", "burpcollaborator", "oastify", "interact.sh", ".oast.", "requestcatcher", "beeceptor", "discord.com/api/webhooks", "discordapp.com/api/webhooks", "api.telegram.org"], ""),
    row(Exfiltration, "chat-webhook", Low, &["hooks.slack.com", "webhook.office.com"], ""),
    row(Exfiltration, "s3-upload", Low, &["s3 cp", "s3 sync", "s3 mv"], r"aws\s+s3\s+(?:cp|sync|mv)\s+(?:--\S+\s+)*(?:[^\s]+)\s+['\x22]?s3://"),
    row(Exfiltration, "foreign-endpoint", Medium, &["--endpoint-url"], r"aws\s[^\n]*--endpoint-url[ =]\s*\S+"),
    row(Exfiltration, "file-upload", Medium, &["requests.post", "requests.put"], r"requests\.(?:post|put)\([^\n]*(?:open\(|files\s*=)"),

    // Mining.
    row(Miner, "miner-name", High, &["xmrig", "xmr-stak", "minerd", "cpuminer", "ethminer", "nbminer", "t-rex", "lolminer", "phoenixminer", "gminer", "ccminer", "cgminer", "bfgminer", "teamredminer", "nanominer", "srbminer", "kawpowminer", "kdevtmpfsi", "kinsing", "cryptonight"], r"(?i)(?:\b|_)(?:xmrig|xmr-stak|minerd|cpuminer|ethminer|nbminer|t-rex\s+-|t-rex-\d|lolminer|phoenixminer|gminer|ccminer|cgminer|bfgminer|teamredminer|nanominer|srbminer|kawpowminer|kdevtmpfsi|kinsing|cryptonight)"),
    row(Miner, "stratum", High, &["stratum+tcp", "stratum+ssl", "stratum+tls", "stratum1+", "stratum2+", "stratum://"], ""),
    row(Miner, "mining-pool", High, &["minexmr", "supportxmr", "nanopool", "hashvault", "moneroocean", "2miners", "ethermine", "f2pool", "nicehash", "c3pool", "herominers", "unmineable", "miningpoolhub", "woolypooly", "flexpool", "xmrpool", "monerohash", "minergate", "dwarfpool", "sparkpool", "zpool.ca", "prohashing", "kryptex", "viabtc", "antpool"], ""),
    row(Miner, "wallet", High, &["4"], r"\b4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b"),
    row(Miner, "wallet", High, &["wallet", "-u", "-w", "--user"], r"(?:--wallet|--user|-u|-w)[ =]\s*['\x22]?(?:0x[0-9a-fA-F]{40}|bc1[0-9a-z]{25,60})\b"),
    row(Miner, "miner-option", High, &["--donate-level", "--randomx-", "--cpu-max-threads-hint", "--nicehash", "--coin"], r"--donate-level|--randomx-|--cpu-max-threads-hint|--nicehash|--coin[ =](?:monero|xmr)"),
    row(Miner, "miner-option", High, &["--algo", "-a "], r"(?:--algo|-a)[ =](?:rx/0|cryptonight\S*|cn/\w+|ethash|etchash|kawpow|randomx|octopus|autolykos2?|progpow|equihash)\b"),
    row(Miner, "pool-port", Medium, &[":3333", ":4444", ":5555", ":7777", ":14444", ":14433"], r"(?:-o|--url|--pool|-P|--server)[ =]\s*\S+:(?:3333|4444|5555|7777|14444|14433)\b"),

    // Stays.
    row(Persistence, "crontab", Low, &["crontab"], r"\bcrontab\b"),
    row(Persistence, "cron-file", Low, &["/etc/cron", "/var/spool/cron"], ""),
    row(Persistence, "cron-reboot", Low, &["@reboot"], ""),
    row(Persistence, "systemd-unit", Low, &["systemd/system", "systemctl enable", "systemd/user", "systemctl --user enable"], ""),
    row(Persistence, "authorized-keys", Medium, &["authorized_keys"], ""),
    row(Persistence, "shell-profile", Low, &[".bashrc", ".bash_profile", ".profile", ".zshrc", "/etc/profile"], r"(?:>>?|\btee\s+(?:-a\s+)?|\bsed\s+-i[^\n]*)\s*['\x22]?\S*(?:\.bashrc|\.bash_profile|\.profile|\.zshrc|/etc/profile)"),
    row(Persistence, "boot-script", Medium, &["rc.local", "/etc/init.d/", "update-rc.d"], r"rc\.local|(?:>|\bcp\s[^\n]*|\bmv\s[^\n]*|\btee\s[^\n]*)\s*/etc/init\.d/|update-rc\.d"),
    row(Persistence, "jupyter-configuration", Low, &["jupyter_"], r"jupyter_\w*config\.(?:py|json|d)"),
    row(Persistence, "ipython-startup", Low, &["profile_default/startup"], ""),
    row(Persistence, "kernel-specification", Low, &["kernel.json"], ""),
    row(Persistence, "python-start-hook", Medium, &["sitecustomize", "usercustomize", "pythonstartup"], ""),
    row(Persistence, "python-path-file", Medium, &[".pth"], r"(?:site|dist)-packages/\S*\.pth\b|\.pth['\x22]?\s*,\s*['\x22]w|getsitepackages[^\n]*\.pth"),
    row(Persistence, "pip-configuration", Low, &["pip config", "pip3 config", "pip.conf", ".condarc", "conda config"], ""),
    row(Persistence, "account-added", Medium, &["useradd", "adduser", "chpasswd", "passwd"], r"\b(?:useradd|adduser)\s|\bchpasswd\b|\bpasswd\s+(?:--stdin|root|ec2-user)"),
    row(Persistence, "sudoers-change", Medium, &["/etc/sudoers", "nopasswd", "usermod"], r"/etc/sudoers|(?i:nopasswd)|usermod\s+-\w*G\w*\s+(?:wheel|sudo|root)"),
    row(Persistence, "docker-group", Low, &["usermod"], r"usermod\s+-\w*G\w*\s+docker"),
    row(Persistence, "loader-preload", Medium, &["ld_preload", "ld.so.preload"], ""),
    row(Persistence, "git-hook", Low, &[".git/hooks/", "core.hookspath"], ""),

    // Monitoring off.
    row(DefenceEvasion, "agent-stopped", Medium, &["cloudwatch", "awslogs", "auditd", "falcon", "guardduty", "osquery", "wazuh", "fluent", "syslog"], r"(?:systemctl\s+(?:--\S+\s+)*(?:stop|disable|mask)|\bservice\s+\S*\s*|pkill|killall|\bkill\s|(?:yum|dnf|apt|apt-get)\s+(?:-\S+\s+)*(?:remove|erase|purge)|rpm\s+-e)[^\n]*(?:cloudwatch|awslogs|auditd|falcon|guardduty|osquery|wazuh|fluent|syslog)(?:\S*\s+stop|[^\n]*)"),
    row(DefenceEvasion, "ssm-agent-stopped", Low, &["ssm-agent", "snap.amazon-ssm"], r"(?:stop|disable|mask|remove|erase|purge|kill|-e)\s[^\n]*ssm-agent"),
    row(DefenceEvasion, "logs-deleted", Medium, &["/var/log", ".bash_history", "journalctl"], r"\b(?:rm|shred|truncate|unlink)\s[^\n]*(?:/var/log|\.bash_history)|>\s*/var/log/(?:messages|secure|auth|wtmp|btmp|lastlog|audit|cloud|syslog)|>\s*\S*\.bash_history|journalctl\s+[^\n]*--vacuum"),
    row(DefenceEvasion, "firewall-opened", Medium, &["iptables", "ufw ", "nft ", "firewalld"], r"ip6?tables\s+(?:-F|--flush|-X|-P\s+\w+\s+ACCEPT)|\bufw\s+disable|\bnft\s+flush|(?:stop|disable)\s+firewalld"),
    row(DefenceEvasion, "firewall-changed", Low, &["iptables"], r"\bip6?tables\s+-"),
    row(DefenceEvasion, "kernel-protection-off", Medium, &["setenforce", "selinux=", "aa-teardown"], r"setenforce\s+0|(?i:selinux=(?:disabled|permissive))|aa-teardown"),
    row(DefenceEvasion, "proxy-variable", Low, &["_proxy"], r"(?i)\b(?:https?|no|all|ftp)_proxy['\x22\]]*\s*="),
    row(DefenceEvasion, "auto-stop-removed", Medium, &["autostop", "auto-stop", "auto_stop", "crontab -r"], r"(?:\b(?:pkill|killall|kill|rm|mv)\s|sed\s+-i|grep\s+-v)[^\n]*auto[-_]?stop|crontab\s+-r"),
    row(DefenceEvasion, "trail-stopped", High, &["cloudtrail", "guardduty", "aws logs", "configservice"], r"aws\s+cloudtrail\s+(?:stop-logging|delete-trail|update-trail|put-event-selectors)|aws\s+guardduty\s+(?:delete|update)-detector|aws\s+logs\s+delete-log-|aws\s+configservice\s+(?:stop|delete)"),

    // More rights.
    row(Privilege, "setuid", Medium, &["chmod"], r"\bchmod\s+(?:-\S+\s+)*(?:[ugoa]*\+\w*s|0?[4-7][0-7]{3})\s"),
    row(Privilege, "docker-socket", Medium, &["docker.sock"], ""),
    row(Privilege, "privileged-container", Medium, &["docker run", "podman run", "docker  run"], r"(?:docker|podman)\s+run\b[^\n]*(?:--privileged|--pid[ =]host|-v\s+/:|--volume[ =]/:|--cap-add)"),
    row(Privilege, "namespace-change", Medium, &["nsenter", "unshare"], r"\bnsenter\s|\bunshare\s+-"),
    row(Privilege, "kernel-module", Medium, &["insmod"], r"\binsmod\s"),
    row(Privilege, "capability-change", Medium, &["setcap", "capsh"], r"\bsetcap\s|\bcapsh\s"),
    row(Privilege, "container-escape", Medium, &["release_agent", "core_pattern", "/proc/1/root", "chroot /host"], ""),
    row(Privilege, "pkexec", Medium, &["pkexec"], r"\bpkexec\s"),

    // Elsewhere.
    row(Lateral, "assume-role", Medium, &["assume-role", "assume_role"], r"sts\s+assume-role|\.assume_role\w*\("),
    row(Lateral, "identity-change", Medium, &["aws iam"], r"aws\s+iam\s+(?:create|put|attach|update|add|delete|detach|upload)-"),
    row(Lateral, "sagemaker-create", Medium, &["aws sagemaker"], r"aws\s+sagemaker\s+(?:create|update)-"),
    row(Lateral, "remote-command", Medium, &["aws ssm", "send_command"], r"aws\s+ssm\s+(?:send-command|start-session)|\.send_command\("),
    row(Lateral, "compute-change", Medium, &["aws lambda", "aws ec2"], r"aws\s+lambda\s+(?:create-function|update-function-code|add-permission|invoke)|aws\s+ec2\s+(?:run-instances|authorize-security-group|modify-instance)"),
    row(Lateral, "kubectl", Medium, &["kubectl"], r"\bkubectl\s+(?:\S+\s+)*?(?:exec|apply|create|get\s+secret)"),
    row(Lateral, "ssh-login", Medium, &["ssh "], r"\bssh\s[^\n]*\S+@\S+"),

    // Looking around.
    row(Discovery, "account-listing", Low, &["aws iam", "aws organizations", "aws ec2", "list-buckets", "list-secrets"], r"aws\s+iam\s+(?:list|get)-|aws\s+organizations\s+(?:list|describe)-|aws\s+ec2\s+describe-|s3api\s+list-buckets|secretsmanager\s+list-"),
    row(Discovery, "caller-identity", Low, &["get-caller-identity"], ""),
    row(Discovery, "bucket-listing", Low, &["aws s3 ls"], r"aws\s+s3\s+ls\s*(?:$|[|;&>)\n])"),
    row(Discovery, "account-names", Low, &["getent", "/etc/passwd"], r"\bgetent\s+(?:passwd|group|shadow|hosts)|/etc/passwd"),
    row(Discovery, "network-scan", Low, &["nmap", "masscan", "zmap"], r"\b(?:nmap|masscan|zmap)\s"),
];
