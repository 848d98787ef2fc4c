//! The checksum that GitHub puts at the end of its tokens.

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// True when the last six characters of what follows the prefix are the
/// CRC-32 of the others, in base 62.
pub(super) fn is_github(body: &str) -> bool {
    let Some((random, sum)) = body
        .len()
        .checked_sub(6)
        .and_then(|at| body.split_at_checked(at))
    else {
        return false;
    };
    base62(crc32(random.as_bytes())) == sum.as_bytes()
}

fn base62(mut number: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        let place = usize::try_from(number % 62).unwrap_or(0);
        *digit = BASE62.get(place).copied().unwrap_or(b'0');
        number /= 62;
    }
    digits
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            let mask = (sum & 1).wrapping_neg();
            sum = (sum >> 1) ^ (0xedb8_8320 & mask);
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    /// The token that the announcement of the format shows.
    #[test]
    fn a_published_token() {
        let body = ["zQWBuTSOoRi4A9sp", "HcVY5ncnsDkxkJ", "0mLq17"].concat();
        assert!(is_github(&body));
        assert!(!is_github(&body.replace('z', "y")));
        assert!(!is_github("short"));
    }
}
