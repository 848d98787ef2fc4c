//! Calls whose outcome or effect is known.

use super::super::codec;
use super::super::inflate::{Format, inflate};
use super::super::normalise::{Language, Payload, Sign};
use super::super::{Class, Level};
use super::evaluate::Python;
use super::value::{MOST, Value, unknown_of};

impl Python<'_, '_> {
    /// Folds a call; effects such as `exec` are noted.
    pub(super) fn call(&mut self, function: Value, arguments: Vec<Value>, line: u32) -> Value {
        let cost: usize = arguments
            .iter()
            .map(|value| value.raw().map_or(0, <[u8]>::len))
            .sum();
        if !self.spend(cost) {
            return Value::Unknown;
        }
        let function = match function {
            Value::Named(name)
                if name.starts_with("__builtins__.") || name.starts_with("builtins.") =>
            {
                Value::Named(
                    name.split_once('.')
                        .map(|(_, rest)| rest.to_owned())
                        .unwrap_or_default(),
                )
            }
            other => other,
        };
        if !matches!(function, Value::Lambda(..)) {
            let mut text = function.render(200);
            text.push(b'(');
            for (count, argument) in arguments.iter().enumerate().take(20) {
                if count > 0 {
                    text.extend_from_slice(b", ");
                }
                text.extend(argument.render(2000));
            }
            text.push(b')');
            self.emit(line, text);
        }
        match function {
            Value::Lambda(parameters, body) => self.apply(&parameters, body, &arguments),
            Value::Named(name) => self.named(&name, &arguments, line),
            Value::Method(value, name) => self.method(&value, &name, &arguments, line),
            Value::Fetched => Value::Fetched,
            Value::Secret => Value::Secret,
            _ => unknown_of(&arguments.iter().collect::<Vec<_>>()),
        }
    }

    fn named(&mut self, name: &str, arguments: &[Value], line: u32) -> Value {
        let first = arguments.first();
        let raw = first.and_then(Value::raw);
        match name {
            "exec" | "eval" | "compile" | "runpy.run_path" | "get_ipython.run_cell" => {
                if let Some(code) = first {
                    self.hand_over("exec", Language::Python, code, line);
                }
                if name == "compile" {
                    return first.cloned().unwrap_or(Value::Unknown);
                }
                return Value::Unknown;
            }
            "os.system"
            | "os.popen"
            | "subprocess.getoutput"
            | "subprocess.getstatusoutput"
            | "commands.getoutput"
            | "pty.spawn"
            | "get_ipython.system"
            | "platform.popen"
            | "asyncio.create_subprocess_shell" => {
                if let Some(code) = first {
                    self.hand_over("system", Language::Shell, code, line);
                }
                return Value::Unknown;
            }
            "subprocess.run"
            | "subprocess.call"
            | "subprocess.Popen"
            | "subprocess.check_output"
            | "subprocess.check_call" => {
                if let Some(code) = first {
                    let code = match code {
                        Value::List(words) => command_line(words),
                        other => other.clone(),
                    };
                    self.hand_over("system", Language::Shell, &code, line);
                }
                return Value::Unknown;
            }
            "marshal.loads" | "pickle.loads" | "dill.loads" | "cloudpickle.loads" => {
                self.sign(Class::Obfuscation, "serialised-code", Level::Medium, line);
                self.report.gap("serialised python code is not read");
                return Value::Unknown;
            }
            "__import__" | "importlib.import_module" => {
                return match raw {
                    Some(module) => Value::Named(String::from_utf8_lossy(module).into_owned()),
                    None => Value::Unknown,
                };
            }
            "getattr" => {
                return match arguments {
                    [Value::Named(module), Value::Text(name), ..] => {
                        let name = String::from_utf8_lossy(name);
                        match module.as_str() {
                            "__builtins__" | "builtins" => Value::Named(name.into_owned()),
                            module => Value::Named(format!("{module}.{name}")),
                        }
                    }
                    _ => Value::Unknown,
                };
            }
            "print" | "sys.stdout.write" | "sys.stdout.buffer.write" => {
                match (raw, &mut self.printed) {
                    (Some(text), Some(printed)) => {
                        printed.extend_from_slice(text);
                        if name == "print" {
                            printed.push(b'\n');
                        }
                    }
                    _ => self.printed = None,
                }
                return Value::Unknown;
            }
            "open" => {
                return match raw {
                    Some(path) => {
                        Value::Method(Box::new(Value::Text(path.to_vec())), String::from("\0file"))
                    }
                    None => Value::Unknown,
                };
            }
            "os.environ.copy" | "os.environ.items" | "os.environ" | "os.environ.values" => {
                return Value::Secret;
            }
            "vars" | "globals" | "locals" => return first.cloned().unwrap_or(Value::Unknown),
            _ => {}
        }
        if is_fetch(name) {
            if arguments
                .iter()
                .any(|value| value.is_or_holds(&Value::Secret))
            {
                self.sign(Class::Exfiltration, "credentials-sent", Level::High, line);
            }
            let metadata = raw
                .is_some_and(|url| String::from_utf8_lossy(url).contains("security-credentials"));
            return if metadata {
                Value::Secret
            } else {
                Value::Fetched
            };
        }
        if is_credential_call(name) {
            return Value::Secret;
        }
        let value = constant_call(name, arguments).or_else(|| self.with_functions(name, arguments));
        value.unwrap_or_else(|| unknown_of(&arguments.iter().collect::<Vec<_>>()))
    }

    /// Calls that take a function or call others.
    fn with_functions(&mut self, name: &str, arguments: &[Value]) -> Option<Value> {
        match (name, arguments) {
            ("map", [function, items]) => {
                let mut results = Vec::new();
                for item in items.items()? {
                    if !self.spend(0) {
                        return None;
                    }
                    let result = match function {
                        Value::Lambda(parameters, body) => {
                            self.apply(parameters, *body, std::slice::from_ref(&item))
                        }
                        Value::Named(name) => constant_call(name, std::slice::from_ref(&item))?,
                        _ => return None,
                    };
                    results.push(result);
                }
                Some(Value::List(results))
            }
            _ => None,
        }
    }

    fn sign(&mut self, class: Class, name: &'static str, level: Level, line: u32) {
        if !self.is_quiet() {
            self.report.signs.push(Sign {
                class,
                name,
                level,
                line,
                excerpt: Vec::new(),
            });
        }
    }

    /// Code or a command line reaches an interpreter.
    fn hand_over(&mut self, how: &'static str, language: Language, code: &Value, line: u32) {
        if code.is_or_holds(&Value::Fetched) {
            self.sign(
                Class::DownloadAndRun,
                "downloaded-content-run",
                Level::Medium,
                line,
            );
        }
        let Some(bytes) = code.raw() else {
            return;
        };
        if bytes.is_empty() || self.is_quiet() || !self.spend(bytes.len()) {
            return;
        }
        let bytes = bytes.to_vec();
        let hidden = false;
        self.report.payloads.push(Payload {
            line,
            how,
            language,
            bytes,
            hidden,
        });
    }

    fn method(&mut self, value: &Value, name: &str, arguments: &[Value], line: u32) -> Value {
        if let Value::Fetched | Value::Secret = value {
            return value.clone();
        }
        if is_credential_call(name) {
            return Value::Secret;
        }
        let first = arguments.first();
        if name == "write" || name == "write_text" || name == "write_bytes" {
            if let Some(content) = first {
                self.hand_over("file", Language::Unknown, content, line);
            }
            return Value::Unknown;
        }
        let Some(raw) = value.raw() else {
            if matches!(name, "post" | "put" | "send" | "sendall" | "request")
                && arguments
                    .iter()
                    .any(|value| value.is_or_holds(&Value::Secret))
            {
                self.sign(Class::Exfiltration, "credentials-sent", Level::High, line);
            }
            return unknown_of(&arguments.iter().collect::<Vec<_>>());
        };
        let text = |value: Option<&Value>| value.and_then(Value::raw).map(<[u8]>::to_vec);
        let result = match name {
            "decode" => match text(first).as_deref() {
                Some(encoding) if !is_character_set(encoding) => {
                    return decode_by_name(raw, encoding);
                }
                _ => Some(Value::Text(raw.to_vec())),
            },
            "encode" => match text(first).as_deref() {
                Some(encoding) if !is_character_set(encoding) => {
                    return decode_by_name(raw, encoding);
                }
                _ => Some(Value::Bytes(raw.to_vec())),
            },
            "join" => first.and_then(Value::items).and_then(|items| {
                let mut pieces = Vec::new();
                for item in &items {
                    pieces.push(item.raw()?);
                }
                let joined = pieces.join(raw);
                (joined.len() <= MOST).then(|| value.alike(joined))
            }),
            "replace" => match (text(first), text(arguments.get(1))) {
                (Some(from), Some(to)) if !from.is_empty() => {
                    let whole = String::from_utf8_lossy(raw);
                    let changed = whole.replace(
                        &*String::from_utf8_lossy(&from),
                        &String::from_utf8_lossy(&to),
                    );
                    (changed.len() <= MOST).then(|| value.alike(changed.into_bytes()))
                }
                _ => None,
            },
            "strip" | "lstrip" | "rstrip" => Some(value.alike(raw.trim_ascii().to_vec())),
            "lower" => Some(value.alike(raw.to_ascii_lowercase())),
            "upper" => Some(value.alike(raw.to_ascii_uppercase())),
            "swapcase" => {
                let swapped = raw.iter().map(|byte| {
                    if byte.is_ascii_lowercase() {
                        byte.to_ascii_uppercase()
                    } else {
                        byte.to_ascii_lowercase()
                    }
                });
                Some(value.alike(swapped.collect()))
            }
            "split" => {
                let whole = String::from_utf8_lossy(raw).into_owned();
                let pieces: Vec<String> = match text(first) {
                    Some(separator) if !separator.is_empty() => whole
                        .split(&*String::from_utf8_lossy(&separator))
                        .map(str::to_owned)
                        .collect(),
                    _ => whole.split_whitespace().map(str::to_owned).collect(),
                };
                Some(Value::List(
                    pieces
                        .into_iter()
                        .map(|piece| value.alike(piece.into_bytes()))
                        .collect(),
                ))
            }
            "translate" => match first {
                Some(Value::List(pair)) => match (text(pair.first()), text(pair.get(1))) {
                    (Some(from), Some(to)) => {
                        let map: Vec<(u8, u8)> = from.into_iter().zip(to).collect();
                        let mapped = raw.iter().map(|byte| {
                            map.iter()
                                .find(|(from, _)| from == byte)
                                .map_or(*byte, |(_, to)| *to)
                        });
                        Some(value.alike(mapped.collect()))
                    }
                    _ => None,
                },
                _ => None,
            },
            "maketrans" => Some(Value::List(arguments.to_vec())),
            "format" => {
                let mut whole = String::from_utf8_lossy(raw).into_owned();
                for (place, argument) in arguments.iter().enumerate().take(50) {
                    let filled = match argument {
                        Value::Int(value) => value.to_string(),
                        other => String::from_utf8_lossy(other.raw().unwrap_or(b"_")).into_owned(),
                    };
                    whole = whole
                        .replace(&format!("{{{place}}}"), &filled)
                        .replacen("{}", &filled, 1);
                    if whole.len() > MOST {
                        return Value::Unknown;
                    }
                }
                Some(Value::Text(whole.into_bytes()))
            }
            "fromhex" => first
                .and_then(Value::raw)
                .map(|digits| Value::Bytes(codec::hex(digits))),
            _ => None,
        };
        result.unwrap_or(Value::Unknown)
    }
}

/// `['bash', '-c', 'x y']` as one line.
fn command_line(words: &[Value]) -> Value {
    let mut line = Vec::new();
    for word in words {
        if !line.is_empty() {
            line.push(b' ');
        }
        let word = word.raw().unwrap_or(b"_");
        let plain = word
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./:=@%,+".contains(byte));
        if plain && !word.is_empty() {
            line.extend_from_slice(word);
            continue;
        }
        line.push(b'\'');
        for byte in word {
            if *byte == b'\'' {
                line.extend_from_slice(b"'\\''");
            } else {
                line.push(*byte);
            }
        }
        line.push(b'\'');
    }
    Value::Text(line)
}

fn is_fetch(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    matches!(last, "urlopen" | "urlretrieve")
        || ["requests.", "httpx.", "urllib3.", "aiohttp."]
            .iter()
            .any(|module| name.starts_with(module))
            && matches!(last, "get" | "post" | "put" | "request")
}

/// Calls of the AWS libraries that answer credentials.
fn is_credential_call(name: &str) -> bool {
    [
        "get_credentials",
        "get_frozen_credentials",
        "get_session_token",
    ]
    .iter()
    .any(|call| name.ends_with(call))
}

fn is_character_set(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    name.starts_with("utf")
        || name.starts_with("ascii")
        || name.starts_with("latin")
        || name.starts_with("iso")
        || name.starts_with("cp")
}

/// `codecs.decode(x, 'rot13')` and `.decode('hex')`.
fn decode_by_name(raw: &[u8], encoding: &[u8]) -> Value {
    let name = String::from_utf8_lossy(encoding)
        .to_ascii_lowercase()
        .replace(['_', '-'], "");
    match name.trim_end_matches("codec") {
        "rot13" => Value::Text(codec::rot13(raw)),
        "hex" => Value::Bytes(codec::hex(raw)),
        "base64" => {
            codec::base64(raw).map_or(Value::Unknown, |decoded| Value::Bytes(decoded.bytes))
        }
        "zlib" | "zip" | "bz2" => unpack(raw),
        "unicodeescape" | "stringescape" => Value::Text(codec::unescape(raw, codec::Escapes::Ansi)),
        _ => Value::Unknown,
    }
}

fn unpack(raw: &[u8]) -> Value {
    match Format::of(raw) {
        Some(format) => Value::Bytes(inflate(format, raw, MOST).bytes),
        None => Value::Unknown,
    }
}

/// Functions of constants.
fn constant_call(name: &str, arguments: &[Value]) -> Option<Value> {
    let first = arguments.first();
    let raw = first.and_then(Value::raw);
    let value = match name {
        "base64.b64decode"
        | "base64.standard_b64decode"
        | "base64.urlsafe_b64decode"
        | "base64.decodebytes"
        | "base64.decodestring"
        | "binascii.a2b_base64" => Value::Bytes(codec::base64(raw?).ok()?.bytes),
        "base64.b32decode" => Value::Bytes(codec::base32(raw?)?),
        "base64.b16decode" | "bytes.fromhex" | "bytearray.fromhex" | "binascii.unhexlify"
        | "binascii.a2b_hex" => Value::Bytes(codec::hex(raw?)),
        "codecs.decode" | "codecs.encode" => {
            let encoding = arguments.get(1).and_then(Value::raw)?;
            if is_character_set(encoding) {
                Value::Text(raw?.to_vec())
            } else {
                decode_by_name(raw?, encoding)
            }
        }
        "zlib.decompress" | "gzip.decompress" | "bz2.decompress" | "lzma.decompress" => {
            unpack(raw?)
        }
        "urllib.parse.unquote" | "urllib.unquote" | "unquote" => Value::Text(codec::percent(raw?)),
        "chr" => match first? {
            Value::Int(code) => {
                let letter = u32::try_from(*code).ok().and_then(char::from_u32)?;
                Value::Text(letter.to_string().into_bytes())
            }
            _ => return None,
        },
        "ord" => {
            let text = String::from_utf8_lossy(raw?);
            Value::Int(i64::from(u32::from(text.chars().next()?)))
        }
        "int" => match first? {
            Value::Int(value) => Value::Int(*value),
            other => {
                let text = String::from_utf8_lossy(other.raw()?);
                let base = match arguments.get(1) {
                    Some(Value::Int(base)) => u32::try_from(*base)
                        .ok()
                        .filter(|base| (2..=36).contains(base))?,
                    _ => 10,
                };
                let digits = text.trim();
                let digits = if base == 16 {
                    digits.trim_start_matches("0x")
                } else {
                    digits
                };
                Value::Int(i64::from_str_radix(digits, base).ok()?)
            }
        },
        "str" | "repr" => match first? {
            Value::Int(value) => Value::Text(value.to_string().into_bytes()),
            other => Value::Text(other.raw()?.to_vec()),
        },
        "bytes" | "bytearray" => match first? {
            Value::List(items) => {
                let mut bytes = Vec::new();
                for item in items {
                    match item {
                        Value::Int(byte) => bytes.push(u8::try_from(*byte).ok()?),
                        _ => return None,
                    }
                }
                Value::Bytes(bytes)
            }
            other => Value::Bytes(other.raw()?.to_vec()),
        },
        "reversed" => {
            let mut items = first?.items()?;
            items.reverse();
            Value::List(items)
        }
        "list" | "tuple" | "iter" | "sorted" => Value::List(first?.items()?),
        "range" => {
            let bounds: Vec<i64> = arguments
                .iter()
                .filter_map(|value| {
                    if let Value::Int(bound) = value {
                        Some(*bound)
                    } else {
                        None
                    }
                })
                .collect();
            let (start, end, step) = match bounds.as_slice() {
                [end] => (0, *end, 1),
                [start, end] => (*start, *end, 1),
                [start, end, step] if *step != 0 => (*start, *end, *step),
                _ => return None,
            };
            let mut items = Vec::new();
            let mut at = start;
            while items.len() < 10_000 && (if step > 0 { at < end } else { at > end }) {
                items.push(Value::Int(at));
                at = at.saturating_add(step);
            }
            Value::List(items)
        }
        "len" => match first? {
            Value::List(items) => Value::Int(items.len() as i64),
            other => Value::Int(other.raw()?.len() as i64),
        },
        "zip" => {
            let (left, right) = (first?.items()?, arguments.get(1)?.items()?);
            Value::List(
                left.into_iter()
                    .zip(right)
                    .map(|(left, right)| Value::List(vec![left, right]))
                    .collect(),
            )
        }
        "enumerate" => {
            let items = first?.items()?.into_iter().enumerate();
            Value::List(
                items
                    .map(|(place, item)| Value::List(vec![Value::Int(place as i64), item]))
                    .collect(),
            )
        }
        "str.maketrans" | "bytes.maketrans" | "string.maketrans" => Value::List(arguments.to_vec()),
        "dict" => unknown_of(&arguments.iter().collect::<Vec<_>>()),
        "memoryview" => first?.clone(),
        _ => return None,
    };
    Some(value)
}
