//! Names of connections and files, as Zeek's look: a letter and 96 bits in 62 digits.

use super::value::Value;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits of 96 bits.
const LENGTH: usize = 17;

/// The name of a flow of this number: the same whenever the same flow is seen.
pub(super) fn of_flow(id: u64) -> Value {
    Value::Text(spelled(b'C', id, 0))
}

/// The name of a flow's file.
pub(super) fn of_file(id: u64, file: u64) -> Value {
    Value::Text(spelled(b'F', id, file.wrapping_add(1)))
}

/// The name, as text.
pub(super) fn spelled(letter: u8, id: u64, salt: u64) -> Vec<u8> {
    let salted = id ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut rest = u128::from(mix(salted)) << 32 | u128::from(mix(!salted) >> 32);
    let mut name = vec![letter];
    for _ in 0..LENGTH {
        name.push(DIGITS[(rest % 62) as usize]);
        rest /= 62;
    }
    name
}

/// SplitMix64's last step: every bit depends on every other, and no two numbers become one.
fn mix(word: u64) -> u64 {
    let mixed = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
