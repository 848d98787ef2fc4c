//! Bounded decompression of gzip, zlib, bzip2 and xz.

use std::io::Read;

/// Memory that an xz dictionary may take, in KiB.
const XZ_MEMORY_KIB: u32 = 64 * 1024;

/// A supported compression format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Gzip,
    Zlib,
    Bzip2,
    Xz,
}

impl Format {
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
        }
    }

    /// Recognises a format by its first bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0x1f, 0x8b, 8]) {
            return Some(Self::Gzip);
        }
        if bytes.starts_with(b"BZh") && bytes.get(4..10) == Some(b"\x31\x41\x59\x26\x53\x59") {
            return Some(Self::Bzip2);
        }
        if bytes.starts_with(&[0xfd, b'7', b'z', b'X', b'Z', 0]) {
            return Some(Self::Xz);
        }
        // A zlib header is only two bytes with a checksum of five bits, so the
        // usual window size is asked for as well.
        match bytes {
            [0x78, flags, _, ..] if (0x78_00 + u32::from(*flags)) % 31 == 0 => Some(Self::Zlib),
            _ => None,
        }
    }
}

/// What came out, and whether all of it did.
#[derive(Debug, Clone)]
pub(super) struct Inflated {
    pub(super) bytes: Vec<u8>,
    /// Why the output stops early.
    pub(super) cut: Option<Cut>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// The stream ends before its end mark or is damaged.
    Broken,
    /// The output would be larger than allowed.
    TooLarge,
}

/// Decompresses at most `limit` bytes.
pub(super) fn inflate(format: Format, bytes: &[u8], limit: usize) -> Inflated {
    match format {
        Format::Gzip => drain(flate2::read::MultiGzDecoder::new(bytes), limit, true),
        Format::Zlib => drain(flate2::read::ZlibDecoder::new(bytes), limit, false),
        Format::Bzip2 => drain(bzip2::read::MultiBzDecoder::new(bytes), limit, true),
        Format::Xz => drain(
            lzma_rust2::XzReader::new_mem_limit(bytes, false, XZ_MEMORY_KIB),
            limit,
            false,
        ),
    }
}

/// Reads until the end, an error or the limit. Formats that allow several
/// members fail on trailing garbage; what came before it counts as whole when
/// the error is about a header.
fn drain(mut reader: impl Read, limit: usize, members: bool) -> Inflated {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 8192];
    loop {
        let room = limit.saturating_sub(bytes.len());
        match reader.read(&mut chunk) {
            Ok(0) => return Inflated { bytes, cut: None },
            Ok(count) => {
                let taken = chunk.get(..count.min(room)).unwrap_or_default();
                bytes.extend_from_slice(taken);
                if count > room {
                    let cut = Some(Cut::TooLarge);
                    return Inflated { bytes, cut };
                }
            }
            Err(error) => {
                let garbage = members
                    && !bytes.is_empty()
                    && matches!(
                        error.kind(),
                        std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData
                    )
                    && error.to_string().contains("header");
                let cut = (!garbage).then_some(Cut::Broken);
                return Inflated { bytes, cut };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(data).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn whole_broken_and_too_large_streams_are_told_apart() {
        let packed = gzip(&[b'a'; 100_000]);
        let whole = inflate(Format::Gzip, &packed, 1 << 20);
        assert_eq!((whole.bytes.len(), whole.cut), (100_000, None));
        let half = inflate(Format::Gzip, &packed[..packed.len() / 2], 1 << 20);
        assert_eq!(half.cut, Some(Cut::Broken));
        let large = inflate(Format::Gzip, &packed, 1000);
        assert_eq!((large.bytes.len(), large.cut), (1000, Some(Cut::TooLarge)));
    }
}
