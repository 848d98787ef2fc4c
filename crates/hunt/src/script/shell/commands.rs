//! Commands that matter: built-ins, interpreters, wrappers.

use super::super::codec::{self, Escapes};
use super::super::normalise::Language;
use super::super::python;
use super::state::{Shell, Text, taint};

const SHELLS: [&str; 8] = ["bash", "sh", "dash", "zsh", "ksh", "ash", "rbash", "su"];

impl Shell<'_> {
    /// Runs one command as far as it is known; answers its output.
    pub(super) fn command(&mut self, fields: &[Text], line: u32, rendering: &[u8]) -> Text {
        let Some((name_field, arguments)) = fields.split_first() else {
            return Text::default();
        };
        let name = base_name(name_field);
        if let Some(alias) = self.aliases.get(&name).cloned() {
            self.aliases.remove(&name);
            let mut text = alias.clone();
            for argument in arguments {
                text.bytes.push(b' ');
                text.push(argument);
            }
            let output = self.run_text(&text, line);
            self.aliases.insert(name, alias);
            return output;
        }
        if let Some(output) = self.call(&name, arguments) {
            return output;
        }
        if let Some(output) = self.builtin(&name, arguments, line) {
            return output;
        }
        if let Some(rest) = behind_wrapper(&name, arguments) {
            return self.command(rest, line, rendering);
        }
        if SHELLS.contains(&name.as_str()) {
            return self.shell(&name, arguments, line, rendering);
        }
        if is_python(&name) {
            return self.python(arguments, line, rendering);
        }
        match name.as_str() {
            "curl" | "wget" | "wget2" | "aria2c" | "fetch" => {
                return self.fetch(&name, arguments, line, rendering);
            }
            "nc" | "ncat" | "netcat" | "socat" | "telnet" | "mail" | "sendmail" => {
                let mut text = self.input.clone();
                for argument in arguments {
                    text.taint |= argument.taint;
                }
                self.sent(&text, line, rendering);
                return Text::unknown("", 0);
            }
            "env" | "printenv" => return Text::unknown("", taint::SECRET),
            "aws" => return self.aws(arguments, line, rendering),
            "xargs" => return self.xargs(arguments, line, rendering),
            "crontab" => {
                let text = self.input.clone();
                if !text.unknown {
                    self.payload(line, "crontab", Language::Shell, &text);
                }
                return Text::unknown("", 0);
            }
            "at" | "batch" => {
                let text = self.input.clone();
                return self.interpret(&text, "at", Language::Shell, line);
            }
            "perl" | "ruby" | "node" | "nodejs" | "php" | "lua" | "awk" => {
                self.other_interpreter(&name, arguments, line, rendering);
            }
            _ => {}
        }
        if let Some(output) = self.filter(&name, arguments) {
            return output;
        }
        if name_field.bytes.contains(&b'/') {
            self.run_file(&name_field.bytes, line, rendering);
            let content = self.read_file(&name_field.bytes);
            if !content.unknown && !content.bytes.is_empty() {
                return self.run_text(&content, line);
            }
        }
        // Something unknown that is told to start a shell: `docker run … sh -c …`.
        let start = arguments.iter().position(|word| SHELLS.contains(&base_name(word).as_str()));
        if let Some(rest) = start.and_then(|start| arguments.get(start..))
            && rest.iter().any(|word| word.bytes == b"-c" || word.bytes == b"-lc")
        {
            return self.command(rest, line, rendering);
        }
        Text::unknown("", 0)
    }

    fn builtin(&mut self, name: &str, arguments: &[Text], line: u32) -> Option<Text> {
        match name {
            "echo" => Some(echo(arguments)),
            "printf" => Some(self.printf(arguments)),
            ":" | "true" => {
                self.status = Some(true);
                Some(Text::default())
            }
            "false" => {
                self.status = Some(false);
                Some(Text::default())
            }
            "eval" => {
                let mut text = Text::default();
                for (count, argument) in arguments.iter().enumerate() {
                    if count > 0 {
                        text.bytes.push(b' ');
                    }
                    text.push(argument);
                }
                if text.taint == 0 && text.unknown {
                    return Some(self.run_text(&text, line));
                }
                Some(self.interpret(&text, "eval", Language::Shell, line))
            }
            "source" | "." => {
                let path = arguments.first()?;
                let text = match path.bytes.as_slice() {
                    b"/dev/stdin" | b"-" => self.input.clone(),
                    _ if path.unknown => Text::unknown(path.bytes.clone(), path.taint),
                    bytes => self.read_file(bytes),
                };
                Some(self.interpret(&text, "source", Language::Shell, line))
            }
            "export" | "declare" | "local" | "readonly" | "typeset" => {
                for argument in arguments {
                    let text = argument.str();
                    let Some((name, value)) = text.split_once('=') else {
                        continue;
                    };
                    let mut value = Text::known(value);
                    value.unknown = argument.unknown;
                    value.taint = argument.taint;
                    let (name, appends) = match name.strip_suffix('+') {
                        Some(name) => (name, true),
                        None => (name, false),
                    };
                    if appends {
                        self.variables.entry(name.to_owned()).or_default().push(&value);
                    } else {
                        self.variables.insert(name.to_owned(), value);
                    }
                }
                let secret = arguments.iter().all(|word| word.bytes == b"-p");
                Some(if secret { Text::unknown("", taint::SECRET) } else { Text::default() })
            }
            "set" => {
                if let Some(start) = arguments.iter().position(|word| word.bytes == b"--") {
                    self.positional = arguments.get(start + 1..).unwrap_or_default().to_vec();
                } else if arguments.is_empty() {
                    return Some(Text::unknown("", taint::SECRET));
                } else if !arguments.first().is_some_and(|word| word.bytes.starts_with(b"-") || word.bytes.starts_with(b"+")) {
                    self.positional = arguments.to_vec();
                }
                Some(Text::default())
            }
            "shift" => {
                if !self.positional.is_empty() {
                    self.positional.remove(0);
                }
                Some(Text::default())
            }
            "unset" => {
                for argument in arguments {
                    self.variables.remove(&argument.str());
                }
                Some(Text::default())
            }
            "alias" => {
                for argument in arguments {
                    if let Some((name, value)) = argument.str().split_once('=') {
                        self.aliases.insert(name.to_owned(), Text::known(value));
                    }
                }
                Some(Text::default())
            }
            "let" => {
                for argument in arguments {
                    let value = self.arithmetic_text(&argument.bytes, 0);
                    self.status = value.map(|value| value != 0);
                }
                Some(Text::default())
            }
            "read" | "mapfile" | "readarray" => {
                self.read(arguments);
                Some(Text::default())
            }
            "test" | "[" | "[[" => {
                self.status = test(arguments);
                Some(Text::default())
            }
            "seq" => Some(sequence(arguments)),
            "trap" => {
                let handler = arguments.iter().find(|word| word.bytes != b"--")?.clone();
                Some(self.run_text(&handler, line))
            }
            _ => None,
        }
    }

    fn read(&mut self, arguments: &[Text]) {
        let names: Vec<String> = arguments.iter().map(Text::str).filter(|word| !word.starts_with('-')).collect();
        if self.input.unknown {
            self.status = None;
            for name in names {
                let value = Text::unknown(format!("${name}"), self.input.taint);
                self.variables.insert(name, value);
            }
            return;
        }
        self.status = Some(!self.input.bytes.is_empty());
        let end = self.input.bytes.iter().position(|byte| *byte == b'\n');
        let end = end.unwrap_or(self.input.bytes.len());
        let line = self.input.bytes.get(..end).unwrap_or_default().to_vec();
        let rest = self.input.bytes.get(end + 1..).unwrap_or_default().to_vec();
        self.input.bytes = rest;
        let text = String::from_utf8_lossy(&line).into_owned();
        let mut rest = text.trim();
        let count = names.len();
        for (place, name) in names.into_iter().enumerate() {
            let value = if place + 1 == count {
                std::mem::take(&mut rest)
            } else {
                let (word, tail) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
                rest = tail.trim_start();
                word
            };
            let taint = self.input.taint;
            self.variables.insert(name, Text { bytes: value.into(), unknown: false, taint });
        }
    }

    fn printf(&mut self, arguments: &[Text]) -> Text {
        let mut arguments = arguments;
        let mut variable = None;
        if let [flag, name, rest @ ..] = arguments
            && flag.bytes == b"-v"
        {
            variable = Some(name.str());
            arguments = rest;
        }
        if let [flag, rest @ ..] = arguments
            && flag.bytes == b"--"
        {
            arguments = rest;
        }
        let Some((format, values)) = arguments.split_first() else {
            return Text::default();
        };
        let output = format_values(format, values);
        match variable {
            Some(name) => {
                self.variables.insert(name, output);
                Text::default()
            }
            None => output,
        }
    }

    /// `bash`, `sh`, `su`: text after `-c`, a file, or standard input.
    fn shell(&mut self, name: &str, arguments: &[Text], line: u32, rendering: &[u8]) -> Text {
        let takes_text = |word: &Text| {
            let text = word.str();
            text == "--command" || (text.starts_with('-') && !text.starts_with("--") && text.ends_with('c'))
        };
        if let Some(place) = arguments.iter().position(takes_text) {
            let text = arguments.get(place + 1).cloned().unwrap_or_default();
            let outer = self.positional.clone();
            self.positional = arguments.get(place + 3..).unwrap_or_default().to_vec();
            let output = if text.unknown && text.taint == 0 {
                self.run_text(&text, line)
            } else {
                self.interpret(&text, "shell", Language::Shell, line)
            };
            self.positional = outer;
            return output;
        }
        let operand = arguments.iter().find(|word| !word.bytes.starts_with(b"-") && !word.bytes.starts_with(b"+"));
        let reads_input = arguments.iter().any(|word| word.bytes == b"-s" || word.bytes == b"-");
        match operand {
            Some(path) if name != "su" && !reads_input && path.bytes != b"/dev/stdin" => {
                if path.unknown {
                    if path.taint != 0 {
                        return self.interpret(path, "shell", Language::Shell, line);
                    }
                    return Text::unknown("", 0);
                }
                if path.bytes.starts_with(b"/dev/fd/") {
                    let text = self.read_file(&path.bytes);
                    return self.interpret(&text, "shell", Language::Shell, line);
                }
                self.run_file(&path.bytes, line, rendering);
                let content = self.read_file(&path.bytes);
                if content.unknown { Text::unknown("", 0) } else { self.run_text(&content, line) }
            }
            _ => {
                let text = self.input.clone();
                if text.unknown && text.bytes.is_empty() && text.taint == 0 {
                    return Text::unknown("", 0);
                }
                self.interpret(&text, "shell", Language::Shell, line)
            }
        }
    }

    fn python(&mut self, arguments: &[Text], line: u32, rendering: &[u8]) -> Text {
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let text = word.str();
            match text.as_str() {
                "-" | "/dev/stdin" => break,
                "-m" => return Text::unknown("", self.input.taint),
                "-W" | "-X" => {
                    words.next();
                }
                option if option.starts_with('-') && !option.starts_with("--") && option.ends_with('c') => {
                    let code = words.next().cloned().unwrap_or_default();
                    return self.python_code(&code, line);
                }
                option if option.starts_with('-') => {}
                path => {
                    if word.unknown && word.taint != 0 {
                        return self.interpret(word, "python", Language::Python, line);
                    }
                    let path = path.as_bytes().to_vec();
                    self.run_file(&path, line, rendering);
                    return Text::unknown("", 0);
                }
            }
        }
        let code = self.input.clone();
        if code.unknown && code.bytes.is_empty() && code.taint == 0 {
            return Text::unknown("", 0);
        }
        self.python_code(&code, line)
    }

    /// Notes the code; what it prints is known when it is constant.
    fn python_code(&mut self, code: &Text, line: u32) -> Text {
        self.interpret(code, "python", Language::Python, line);
        if !self.spend(code.bytes.len()) {
            return Text::unknown("", 0);
        }
        match python::printed(&code.bytes) {
            Some(bytes) => Text { bytes, unknown: false, taint: code.taint | taint::DECODED },
            None => Text::unknown("", code.taint),
        }
    }

    fn other_interpreter(&mut self, name: &str, arguments: &[Text], line: u32, rendering: &[u8]) {
        let code = arguments.iter().skip_while(|word| !matches!(word.bytes.as_slice(), b"-e" | b"-r" | b"-E" | b"-ne" | b"-pe"));
        if let Some(code) = code.clone().nth(1).cloned() {
            self.payload(line, "code", Language::Unknown, &code);
        } else if name != "awk" && arguments.is_empty() {
            let text = self.input.clone();
            self.interpret(&text, "code", Language::Unknown, line);
        } else if let Some(path) = arguments.iter().find(|word| !word.bytes.starts_with(b"-")) {
            let path = path.bytes.clone();
            self.run_file(&path, line, rendering);
        }
    }

    fn aws(&mut self, arguments: &[Text], line: u32, rendering: &[u8]) -> Text {
        let words: Vec<String> = arguments.iter().map(Text::str).collect();
        let text = words.join(" ");
        if text.contains("sts get-session-token") || text.contains("sts assume-role") || text.contains("configure get") || text.contains("configure export-credentials") {
            return Text::unknown("", taint::SECRET);
        }
        if text.contains("s3 cp ") {
            let operands: Vec<&Text> = arguments.iter().filter(|word| !word.bytes.starts_with(b"-") || word.bytes == b"-").collect();
            let from = operands.get(2).map(|word| word.bytes.clone()).unwrap_or_default();
            let to = operands.get(3).map(|word| word.bytes.clone()).unwrap_or_default();
            if to.starts_with(b"s3://") {
                let sent = if from == b"-" { self.input.clone() } else { self.read_file(&from) };
                self.sent(&sent, line, rendering);
            }
        }
        Text::unknown("", 0)
    }

    fn xargs(&mut self, arguments: &[Text], line: u32, rendering: &[u8]) -> Text {
        let mut words = arguments;
        let mut placeholder = None;
        while let [first, rest @ ..] = words {
            let text = first.str();
            let Some(option) = text.strip_prefix('-') else {
                break;
            };
            words = rest;
            match option {
                "I" => {
                    placeholder = words.first().map(|word| word.bytes.clone());
                    words = words.get(1..).unwrap_or_default();
                }
                "n" | "P" | "L" | "d" | "s" => words = words.get(1..).unwrap_or_default(),
                _ if option.starts_with('I') => placeholder = option.get(1..).map(|text| text.as_bytes().to_vec()),
                _ => {}
            }
        }
        let input = self.input.clone();
        let mut fields: Vec<Text> = words.to_vec();
        if fields.is_empty() {
            return input;
        }
        let mut text = input.bytes.as_slice();
        while let [rest @ .., b'\n' | b' ' | 0] = text {
            text = rest;
        }
        let item = Text { bytes: text.to_vec(), ..input };
        match placeholder {
            Some(placeholder) => {
                for field in &mut fields {
                    let replaced = self.replace_all(&field.bytes, &placeholder, &item.bytes);
                    if replaced != field.bytes {
                        field.bytes = replaced;
                        field.unknown |= item.unknown;
                        field.taint |= item.taint;
                    }
                }
            }
            None => fields.push(item),
        }
        self.input = Text::default();
        self.command(&fields, line, rendering)
    }

    fn replace_all(&mut self, text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
        let mut result = Vec::new();
        let mut rest = text;
        while let Some((first, tail)) = rest.split_first() {
            match rest.strip_prefix(from) {
                Some(after) if !from.is_empty() && self.spend(to.len()) => {
                    result.extend_from_slice(to);
                    rest = after;
                }
                _ => {
                    result.push(*first);
                    rest = tail;
                }
            }
        }
        result
    }
}

/// The name of a program without its directory.
fn base_name(word: &Text) -> String {
    let text = word.str();
    let in_directory = ["/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/", "/opt/conda/bin/"]
        .iter()
        .find_map(|directory| text.strip_prefix(directory));
    match in_directory {
        Some(name) => name.to_owned(),
        None if text.contains("/bin/") => text.rsplit('/').next().unwrap_or_default().to_owned(),
        None => text,
    }
}

fn is_python(name: &str) -> bool {
    name.strip_prefix("python")
        .or_else(|| name.strip_prefix("pypy"))
        .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
        || name == "ipython"
}

/// The command behind `sudo`, `nohup`, `timeout 5`, … if there is one.
fn behind_wrapper<'f>(name: &str, arguments: &'f [Text]) -> Option<&'f [Text]> {
    let (options_with_value, operands): (&[&str], usize) = match name {
        "sudo" | "doas" => (&["-u", "-g", "-h", "-p", "-C", "-T", "--user", "--group"], 0),
        "nohup" | "setsid" | "command" | "builtin" | "time" | "busybox" | "toybox" | "unbuffer" | "if" | "do"
        | "then" | "else" | "!" => (&[], 0),
        "exec" => (&["-a"], 0),
        "env" => (&["-u", "-C", "-S"], 0),
        "nice" | "ionice" | "chrt" => (&["-n", "-c", "-p"], 0),
        "stdbuf" => (&["-i", "-o", "-e"], 0),
        "timeout" => (&["-s", "-k"], 1),
        "taskset" | "flock" => (&[], 1),
        "runuser" => (&["-u", "-l"], 0),
        _ => return None,
    };
    let mut rest = arguments;
    let mut operands = operands;
    while let [first, tail @ ..] = rest {
        let text = first.str();
        if options_with_value.contains(&text.as_str()) {
            rest = tail.get(1..)?;
        } else if text.starts_with('-') || (text.contains('=') && matches!(name, "env" | "sudo")) {
            rest = tail;
        } else if operands > 0 {
            operands -= 1;
            rest = tail;
        } else {
            return Some(rest);
        }
        if text == "-c" && name == "runuser" {
            return None;
        }
    }
    None
}

fn echo(arguments: &[Text]) -> Text {
    let mut escapes = false;
    let mut newline = true;
    let mut words = arguments;
    while let [first, rest @ ..] = words {
        let is_flag = first.bytes.len() > 1
            && first.bytes.first() == Some(&b'-')
            && first.bytes.iter().skip(1).all(|byte| matches!(byte, b'n' | b'e' | b'E'));
        if !is_flag {
            break;
        }
        escapes |= first.bytes.contains(&b'e');
        newline &= !first.bytes.contains(&b'n');
        words = rest;
    }
    let mut output = Text::default();
    for (count, word) in words.iter().enumerate() {
        if count > 0 {
            output.bytes.push(b' ');
        }
        output.push(word);
    }
    if escapes && output.bytes.contains(&b'\\') {
        let decoded = codec::unescape(&output.bytes, Escapes::Echo);
        if decoded.len() * 2 < output.bytes.len() {
            output.taint |= taint::DECODED;
        }
        output.bytes = decoded;
    }
    if newline {
        output.bytes.push(b'\n');
    }
    output
}

/// `printf`: the format is used again while values are left.
fn format_values(format: &Text, values: &[Text]) -> Text {
    let mut output = Text { bytes: Vec::new(), unknown: format.unknown, taint: format.taint };
    let pattern = codec::unescape(&format.bytes, Escapes::Echo);
    if pattern.len() * 2 < format.bytes.len() {
        output.taint |= taint::DECODED;
    }
    let mut values = values.iter();
    loop {
        let mut used = false;
        let mut rest = pattern.as_slice();
        while let Some((first, tail)) = rest.split_first() {
            rest = tail;
            if *first != b'%' {
                output.bytes.push(*first);
                continue;
            }
            let flags = rest.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b' ' | b'#' | b'+')).count();
            let width_text = rest.get(..flags).unwrap_or_default();
            let Some(kind) = rest.get(flags) else {
                break;
            };
            rest = rest.get(flags + 1..).unwrap_or_default();
            if *kind == b'%' {
                output.bytes.push(b'%');
                continue;
            }
            let value = values.next();
            used |= value.is_some();
            if let Some(value) = value {
                output.unknown |= value.unknown;
                output.taint |= value.taint;
            }
            let text = value.map(Text::str).unwrap_or_default();
            let number = || parse_number(&text);
            let zero = width_text.first() == Some(&b'0');
            let width = codec::number(width_text, 10, 3).0 as usize;
            let spelled = match kind {
                b'b' => codec::unescape(text.as_bytes(), Escapes::Echo),
                b'c' => text.bytes().take(1).collect(),
                b'd' | b'i' | b'u' => pad(number().to_string(), width, zero),
                b'x' => pad(format!("{:x}", number()), width, zero),
                b'X' => pad(format!("{:X}", number()), width, zero),
                b'o' => pad(format!("{:o}", number()), width, zero),
                _ => value.map(|value| value.bytes.clone()).unwrap_or_default(),
            };
            output.bytes.extend(spelled);
        }
        if !used || values.len() == 0 || output.bytes.len() > 1 << 20 {
            return output;
        }
    }
}

fn pad(text: String, width: usize, zero: bool) -> Vec<u8> {
    let fill = if zero { "0" } else { " " };
    let missing = width.saturating_sub(text.len());
    let mut padded = fill.repeat(missing).into_bytes();
    padded.extend(text.bytes());
    padded
}

/// Numbers of `printf`: decimal, hexadecimal, octal, or `'a` for a character.
fn parse_number(text: &str) -> i64 {
    let text = text.trim();
    if let Some(letter) = text.strip_prefix(['\'', '"']) {
        return letter.chars().next().map_or(0, |letter| i64::from(u32::from(letter)));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return i64::from_str_radix(digits, 16).unwrap_or(0);
    }
    if text.len() > 1 && text.starts_with('0') {
        return i64::from_str_radix(text, 8).unwrap_or(0);
    }
    text.parse().unwrap_or(0)
}

fn sequence(arguments: &[Text]) -> Text {
    let numbers: Vec<i64> = arguments.iter().filter_map(|word| word.str().parse().ok()).collect();
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] if *step != 0 => (*first, *step, *last),
        _ => return Text::unknown("", 0),
    };
    let mut bytes = Vec::new();
    let mut value = first;
    while bytes.len() < 1 << 16 && (if step > 0 { value <= last } else { value >= last }) {
        bytes.extend(value.to_string().bytes());
        bytes.push(b'\n');
        value = value.saturating_add(step);
    }
    Text::known(bytes)
}

/// `[ a = b ]`, `[ 1 -lt 2 ]`, `[ -z x ]` over known words.
fn test(arguments: &[Text]) -> Option<bool> {
    if arguments.iter().any(|word| word.unknown) {
        return None;
    }
    let words: Vec<String> = arguments.iter().map(Text::str).filter(|word| word != "]" && word != "]]").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["-z", text] => Some(text.is_empty()),
        ["-n", text] => Some(!text.is_empty()),
        [left, operator, right] => {
            let numbers = || Some((left.parse::<i64>().ok()?, right.parse::<i64>().ok()?));
            match *operator {
                "=" | "==" => Some(left == right),
                "!=" => Some(left != right),
                "-eq" => numbers().map(|(left, right)| left == right),
                "-ne" => numbers().map(|(left, right)| left != right),
                "-lt" => numbers().map(|(left, right)| left < right),
                "-le" => numbers().map(|(left, right)| left <= right),
                "-gt" => numbers().map(|(left, right)| left > right),
                "-ge" => numbers().map(|(left, right)| left >= right),
                _ => None,
            }
        }
        _ => None,
    }
}
