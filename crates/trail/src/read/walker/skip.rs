//! Passing over text without reading it.

/// CloudWatch Logs writes exported lines as a time, a space and the message.
pub(super) fn after_log_timestamp(window: &[u8], position: usize) -> Option<usize> {
    let line = window.get(position..)?;
    let line = line.get(..line.len().min(48))?;
    let brace = memchr::memchr(b'{', line)?;
    let stamp = std::str::from_utf8(line.get(..brace)?).ok()?.trim_end();
    let is_stamp = stamp.len() >= 20
        && stamp.ends_with('Z')
        && stamp
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"-:.TZ".contains(&byte));
    is_stamp.then_some(position + brace)
}

/// Finds the end of a value without keeping it: brackets are counted, strings passed over.
#[derive(Debug, Default)]
pub(super) struct Skipper {
    depth: usize,
    in_string: bool,
    after_backslash: bool,
}

impl Skipper {
    /// The position after the value, when it lies in the window.
    pub(super) fn find_end(&mut self, window: &[u8], position: usize) -> Option<usize> {
        for (index, &byte) in window.iter().enumerate().skip(position) {
            if self.in_string {
                if self.after_backslash {
                    self.after_backslash = false;
                } else if byte == b'\\' {
                    self.after_backslash = true;
                } else if byte == b'"' {
                    self.in_string = false;
                    if self.depth == 0 {
                        return Some(index + 1);
                    }
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(index + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}
