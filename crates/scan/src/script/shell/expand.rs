//! Word expansion: parameters, substitutions, splitting.

use super::super::codec::{self, Escapes};
use super::glob;
use super::state::{Shell, Text};
use super::syntax::{Param, ParamOp, Part, Word};

/// Fields of one word.
const MOST_FIELDS: usize = 10_000;
/// Length of a value from which a pattern with wildcards is cut.
const MOST_TRIMMED: usize = 512;

impl Shell<'_> {
    /// Expands a word to fields, as for the arguments of a command.
    pub(super) fn fields(&mut self, word: &Word) -> Vec<Text> {
        let mut fields = Vec::new();
        for word in glob::braces(word) {
            self.split_word(&word, &mut fields);
            if fields.len() > MOST_FIELDS {
                break;
            }
        }
        fields
    }

    fn split_word(&mut self, word: &Word, fields: &mut Vec<Text>) {
        let mut current: Option<Text> = None;
        for (place, part) in word.iter().enumerate() {
            if let Part::Param { param, quoted } = part
                && let Some(items) = self.list(param)
            {
                let joined = *quoted && param_is_star(param);
                for (count, item) in items.into_iter().enumerate() {
                    if count > 0 && !joined {
                        fields.extend(current.take());
                    }
                    let field = current.get_or_insert_with(Text::default);
                    if count > 0 && joined {
                        field.bytes.push(b' ');
                    }
                    field.push(&item);
                }
                continue;
            }
            let (text, quoted) = self.part(word, place, part);
            if quoted || text.unknown {
                current.get_or_insert_with(Text::default).push(&text);
                continue;
            }
            self.split(&text, &mut current, fields);
            if fields.len() > MOST_FIELDS {
                return;
            }
        }
        if let Some(mut last) = current {
            let literal = word
                .iter()
                .all(|part| matches!(part, Part::Literal { quoted: false, .. }));
            if literal && let Some(path) = glob::path(&last.bytes) {
                last = Text::known(path);
            }
            fields.push(last);
        }
    }

    /// Cuts an unquoted value at the separators in force.
    fn split(&self, text: &Text, current: &mut Option<Text>, fields: &mut Vec<Text>) {
        let separators = match self.variables.get("IFS") {
            Some(ifs) if !ifs.unknown => ifs.bytes.clone(),
            _ => b" \t\n".to_vec(),
        };
        let mut first = true;
        for piece in text.bytes.split(|byte| separators.contains(byte)) {
            if !first {
                fields.extend(current.take());
            }
            first = false;
            if !piece.is_empty() {
                let piece = Text {
                    bytes: piece.to_vec(),
                    unknown: false,
                    taint: text.taint,
                };
                current.get_or_insert_with(Text::default).push(&piece);
            }
        }
    }

    /// Expands a word to one value without splitting, as in an assignment.
    pub(super) fn single(&mut self, word: &Word) -> Text {
        let mut whole = Text::default();
        for (place, part) in word.iter().enumerate() {
            if let Part::Param { param, .. } = part
                && let Some(items) = self.list(param)
            {
                for (count, item) in items.iter().enumerate() {
                    if count > 0 {
                        whole.bytes.push(b' ');
                    }
                    whole.push(item);
                }
                continue;
            }
            let (text, _) = self.part(word, place, part);
            whole.push(&text);
        }
        whole
    }

    /// Expands a pattern; quoted characters match only themselves.
    pub(super) fn pattern(&mut self, word: &Word) -> Vec<u8> {
        let mut pattern = Vec::new();
        for (place, part) in word.iter().enumerate() {
            let (text, quoted) = self.part(word, place, part);
            for byte in text.bytes {
                if quoted && matches!(byte, b'*' | b'?' | b'[' | b'\\') {
                    pattern.push(b'\\');
                }
                pattern.push(byte);
            }
        }
        pattern
    }

    /// Expands one part; answers whether it was quoted.
    fn part(&mut self, word: &Word, place: usize, part: &Part) -> (Text, bool) {
        match part {
            Part::Literal { text, quoted } => {
                // Literal text is never split, tilde stays as it is.
                let _ = quoted;
                (Text::known(text.clone()), true)
            }
            Part::Param { param, quoted } => {
                let embedded = is_embedded(word, place);
                (self.parameter(param, embedded), *quoted)
            }
            Part::Command { body, quoted } => {
                let (mut output, rendering) = self.capture(body);
                while output.bytes.last() == Some(&b'\n') {
                    output.bytes.pop();
                }
                output.bytes.retain(|byte| *byte != 0);
                if output.unknown {
                    let mut text = b"$(".to_vec();
                    text.extend_from_slice(&rendering);
                    text.push(b')');
                    output.bytes = text;
                }
                (output, *quoted)
            }
            Part::Arith { text, quoted } => match self.arithmetic(text) {
                Some(value) => (Text::known(value.to_string()), *quoted),
                None => (Text::unknown("$((…))", 0), *quoted),
            },
            Part::Process { body } => {
                let (output, rendering) = self.capture(body);
                let path = format!("/dev/fd/{}", 63 + self.files.len());
                let mut text = b"<(".to_vec();
                text.extend_from_slice(&rendering);
                text.push(b')');
                let taint = output.taint;
                let unknown = output.unknown;
                self.files.insert(path.clone().into_bytes(), output);
                if unknown {
                    // Shown as written; the data flow goes by the taint.
                    return (Text::unknown(text, taint), true);
                }
                (
                    Text {
                        bytes: path.into_bytes(),
                        unknown: false,
                        taint,
                    },
                    true,
                )
            }
        }
    }

    /// The items of `$@`, `$*`, `${a[@]}`; `None` for other parameters.
    fn list(&mut self, param: &Param) -> Option<Vec<Text>> {
        if param.length || param.indirect {
            return None;
        }
        let items = match param.name.as_str() {
            "@" | "*" => self.positional.clone(),
            name => {
                let index = param.index.as_ref()?;
                let all = match index.as_slice() {
                    [Part::Literal { text, .. }] => text == b"@" || text == b"*",
                    _ => false,
                };
                if !all {
                    return None;
                }
                let items = self.arrays.get(name).cloned().unwrap_or_default();
                items.into_iter().map(|(_, item)| item).collect()
            }
        };
        if let ParamOp::Substring { offset, length } = &param.op {
            let offset = usize::try_from(self.arithmetic(offset)?).ok()?;
            let length = match length {
                Some(length) => usize::try_from(self.arithmetic(length)?).ok()?,
                None => usize::MAX,
            };
            return Some(items.into_iter().skip(offset).take(length).collect());
        }
        let mut changed = Vec::new();
        for item in items {
            changed.push(self.operate(item, &param.op, &param.name));
        }
        Some(changed)
    }

    /// The key under which an element of an array is stored.
    pub(super) fn index_key(&mut self, name: &str, index: &Word) -> String {
        let text = self.single(index).str();
        let text = text.trim().to_owned();
        let has_key = |key: &str| {
            self.arrays
                .get(name)
                .is_some_and(|items| items.iter().any(|(found, _)| found == key))
        };
        if text.parse::<usize>().is_ok() || has_key(&text) {
            return text;
        }
        let is_name = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_name && !self.variables.contains_key(&text) {
            return text;
        }
        match self.arithmetic_text(text.as_bytes(), 0) {
            Some(value) if value >= 0 => value.to_string(),
            Some(value) => {
                let length = self.arrays.get(name).map_or(0, Vec::len) as i64;
                (length + value).max(0).to_string()
            }
            None => text,
        }
    }

    fn parameter(&mut self, param: &Param, embedded: bool) -> Text {
        if !self.spend(0) {
            return Text::unknown("", 0);
        }
        let mut value = self.lookup(&param.name, param.index.as_ref());
        if param.indirect {
            let name = value.as_ref().map(Text::str).unwrap_or_default();
            value = self.lookup(&name, None);
        }
        if param.length {
            let counted = match &param.index {
                Some(_) => self.arrays.get(&param.name).map(Vec::len),
                None => value
                    .as_ref()
                    .filter(|value| !value.unknown)
                    .map(|value| value.bytes.len()),
            };
            return match counted {
                Some(count) => Text::known(count.to_string()),
                None => Text::unknown(format!("${{#{}}}", param.name), 0),
            };
        }
        match &param.op {
            ParamOp::Default { assign, word } => {
                return match value {
                    Some(value) if !value.bytes.is_empty() => value,
                    _ => {
                        let value = self.single(word);
                        if *assign {
                            self.variables.insert(param.name.clone(), value.clone());
                        }
                        value
                    }
                };
            }
            ParamOp::Alternative(word) => {
                return match value {
                    Some(value) if !value.bytes.is_empty() => self.single(word),
                    _ => Text::default(),
                };
            }
            _ => {}
        }
        let value = match value {
            Some(value) => value,
            None => self.unset(&param.name, &param.op, embedded),
        };
        self.operate(value, &param.op, &param.name)
    }

    fn lookup(&mut self, name: &str, index: Option<&Word>) -> Option<Text> {
        if let Some(index) = index {
            let key = self.index_key(name, index);
            let items = self.arrays.get(name)?;
            if let Some((found, item)) =
                key.parse::<usize>().ok().and_then(|place| items.get(place))
                && *found == key
            {
                return Some(item.clone());
            }
            let item = items.iter().find(|(found, _)| *found == key);
            return item.map(|(_, item)| item.clone());
        }
        if let Ok(number) = name.parse::<usize>() {
            return match number {
                0 => Some(Text::known("bash")),
                _ => Some(self.positional.get(number - 1).cloned().unwrap_or_default()),
            };
        }
        match name {
            "#" => return Some(Text::known(self.positional.len().to_string())),
            "?" => {
                return match self.status {
                    Some(status) => Some(Text::known(if status { "0" } else { "1" })),
                    None => Some(Text::unknown("$?", 0)),
                };
            }
            "-" => return Some(Text::known("hB")),
            _ => {}
        }
        if let Some(value) = self.variables.get(name) {
            return Some(value.clone());
        }
        if let Some(items) = self.arrays.get(name) {
            return items.first().map(|(_, item)| item.clone());
        }
        (name == "IFS").then(|| Text::known(" \t\n"))
    }

    /// The value of a variable that the script does not set: well-known ones
    /// when pieces are cut out of them, nothing for names that only this
    /// script could have set, else unknown.
    fn unset(&self, name: &str, op: &ParamOp, embedded: bool) -> Text {
        if matches!(
            op,
            ParamOp::Substring { .. } | ParamOp::TrimEnd { .. } | ParamOp::TrimStart { .. }
        ) {
            let usual = match name {
                "HOME" => "/home/ec2-user",
                "PATH" => "/usr/local/bin:/usr/bin:/bin",
                "PWD" | "OLDPWD" => "/home/ec2-user",
                "SHELL" | "BASH" => "/bin/bash",
                "USER" | "LOGNAME" => "ec2-user",
                _ => "",
            };
            if !usual.is_empty() {
                return Text::known(usual);
            }
        }
        let local = name.bytes().any(|byte| byte.is_ascii_lowercase());
        if local || (embedded && !is_environment(name)) {
            return Text::default();
        }
        Text::unknown(format!("${name}"), 0)
    }

    fn operate(&mut self, value: Text, op: &ParamOp, name: &str) -> Text {
        if value.unknown {
            return value;
        }
        let taint = value.taint;
        let bytes = value.bytes;
        let result = match op {
            ParamOp::Substring { offset, length } => {
                let total = bytes.len() as i64;
                let offset = self.arithmetic(offset);
                let length = match length {
                    Some(length) => self.arithmetic(length),
                    None => Some(total),
                };
                let (Some(offset), Some(length)) = (offset, length) else {
                    return Text::unknown(format!("${{{name}:…}}"), taint);
                };
                let start = if offset < 0 {
                    (total + offset).max(0)
                } else {
                    offset.min(total)
                };
                let end = if length < 0 {
                    total + length
                } else {
                    start.saturating_add(length).min(total)
                };
                let range = (start as usize)..(end.max(start) as usize);
                bytes.get(range).unwrap_or_default().to_vec()
            }
            ParamOp::Replace { all, pattern, by } => {
                let pattern = self.pattern(pattern);
                let by = self.single(by).bytes;
                self.replace(&bytes, &pattern, &by, *all)
            }
            ParamOp::TrimStart { long, pattern } => {
                let pattern = self.pattern(pattern);
                self.trim(&bytes, &pattern, true, *long)
            }
            ParamOp::TrimEnd { long, pattern } => {
                let pattern = self.pattern(pattern);
                self.trim(&bytes, &pattern, false, *long)
            }
            ParamOp::Upper { all } => change_case(bytes, *all, u8::to_ascii_uppercase),
            ParamOp::Lower { all } => change_case(bytes, *all, u8::to_ascii_lowercase),
            ParamOp::Transform(b'E' | b'P') => codec::unescape(&bytes, Escapes::Ansi),
            _ => bytes,
        };
        Text {
            bytes: result,
            unknown: false,
            taint,
        }
    }

    /// Replaces matches of a pattern. Patterns with wildcards match single
    /// bytes or nothing here; longer ones are tried at every place within the
    /// budget.
    fn replace(&mut self, text: &[u8], pattern: &[u8], by: &[u8], all: bool) -> Vec<u8> {
        if pattern.is_empty() {
            return text.to_vec();
        }
        let (at_start, at_end, pattern) = match pattern {
            [b'#', rest @ ..] if !all => (true, false, rest),
            [b'%', rest @ ..] if !all => (false, true, rest),
            _ => (false, false, pattern),
        };
        let wild = pattern.contains(&b'*');
        let mut result = Vec::new();
        let mut rest = text;
        let mut done = false;
        while let Some((first, tail)) = rest.split_first() {
            let allowed = !done && (!at_start || rest.len() == text.len());
            let most = if wild {
                rest.len().min(64)
            } else {
                pattern.len().min(rest.len())
            };
            let least = if at_end { rest.len() } else { 1 };
            let mut taken = None;
            if allowed && least <= most && self.spend(if wild { most * 16 } else { 0 }) {
                taken = (least..=most).rev().find(|length| {
                    rest.get(..*length)
                        .is_some_and(|piece| glob::matches(pattern, piece))
                });
            }
            match taken {
                Some(length) => {
                    result.extend_from_slice(by);
                    rest = rest.get(length..).unwrap_or_default();
                    done = !all;
                }
                None => {
                    result.push(*first);
                    rest = tail;
                }
            }
        }
        result
    }

    /// Cuts the shortest or longest match off an end.
    fn trim(&mut self, text: &[u8], pattern: &[u8], start: bool, long: bool) -> Vec<u8> {
        if !self.spend(text.len()) {
            return text.to_vec();
        }
        let wild = pattern
            .iter()
            .filter(|byte| matches!(byte, b'*' | b'?' | b'[' | b'\\'))
            .count();
        let star = if start {
            pattern.strip_prefix(b"*")
        } else {
            pattern.strip_suffix(b"*")
        };
        let length = match star {
            _ if wild == 0 => {
                let fits = if start {
                    text.starts_with(pattern)
                } else {
                    text.ends_with(pattern)
                };
                Some(if fits { pattern.len() } else { 0 })
            }
            Some(mark) if wild == 1 && !mark.is_empty() => cut_at(text, mark, start, long),
            _ => None,
        };
        let fits = |length: &usize| {
            let piece = if start {
                text.get(..*length)
            } else {
                text.get(text.len() - length..)
            };
            piece.is_some_and(|piece| glob::matches(pattern, piece))
        };
        let length = match length {
            Some(length) => length,
            None if text.len() > MOST_TRIMMED || !self.spend(text.len() * 64) => 0,
            None if long => (0..=text.len()).rev().find(fits).unwrap_or(0),
            None => (0..=text.len()).find(fits).unwrap_or(0),
        };
        let kept = if start {
            text.get(length..)
        } else {
            text.get(..text.len() - length)
        };
        kept.unwrap_or_default().to_vec()
    }
}

/// How much `*mark` takes off the start, or `mark*` off the end.
fn cut_at(text: &[u8], mark: &[u8], start: bool, long: bool) -> Option<usize> {
    let mut places = text
        .windows(mark.len())
        .enumerate()
        .filter(|(_, window)| *window == mark);
    let place = if start == long {
        places.next_back()
    } else {
        places.next()
    };
    let taken = place.map(|(place, _)| {
        if start {
            place + mark.len()
        } else {
            text.len() - place
        }
    });
    Some(taken.unwrap_or(0))
}

fn param_is_star(param: &Param) -> bool {
    let star =
        |word: &Word| matches!(word.as_slice(), [Part::Literal { text, .. }] if text == b"*");
    param.name == "*" || param.index.as_ref().is_some_and(star)
}

fn change_case(mut bytes: Vec<u8>, all: bool, change: fn(&u8) -> u8) -> Vec<u8> {
    let count = if all { bytes.len() } else { 1 };
    for byte in bytes.iter_mut().take(count) {
        *byte = change(byte);
    }
    bytes
}

/// True when letters stand right before and after the part, as in `cu${X}rl`.
fn is_embedded(word: &Word, place: usize) -> bool {
    let edge = |part: Option<&Part>, last: bool| match part {
        Some(Part::Literal { text, .. }) => {
            let byte = if last { text.last() } else { text.first() };
            byte.is_some_and(u8::is_ascii_alphanumeric)
        }
        Some(Part::Param { .. }) => true,
        _ => false,
    };
    let before = place.checked_sub(1).and_then(|before| word.get(before));
    edge(before, true) && edge(word.get(place + 1), false)
}

/// Variables that a container or a login sets.
fn is_environment(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "HOME", "PATH", "PWD", "USER", "LOGNAME", "SHELL", "HOSTNAME", "LANG", "TERM", "UID",
        "EUID", "OSTYPE",
    ];
    NAMES.contains(&name)
        || ["AWS_", "SM_", "SAGEMAKER_", "CONDA_", "JUPYTER_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
}
