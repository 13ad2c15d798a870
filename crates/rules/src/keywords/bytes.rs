//! `byte_test`, `byte_jump`, `byte_extract`, `byte_math`: numbers in traffic.

use super::arguments::pair;
use super::{Keyword, other};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Outcome};
use crate::inspect::{
    Amount, ByteExtract, ByteJump, ByteMath, ByteTest, Check, Comparison, Operation, Reading, Source,
};
use crate::language::{Setting, Text, comparison};

pub(super) const KEYWORDS: &[Keyword] = &[
    other(&["byte_test"], byte_test, "a number in the bytes compares so with another"),
    other(&["byte_jump"], byte_jump, "goes on behind as many bytes as a number says"),
    other(&["byte_extract"], byte_extract, "keeps a number in a variable"),
    other(&["byte_math"], byte_math, "computes a number and keeps it in a variable"),
];

/// Bytes of a binary number, and digits of a written one.
const BINARY_BYTES_MAX: i64 = 8;
const DIGITS_MAX: i64 = 23;
const OFFSET_MAX: i64 = 65_535;

/// What the options of all four say.
#[derive(Clone, Copy)]
struct Words {
    is_relative: bool,
    is_little: Option<bool>,
    is_string: bool,
    base: u32,
    mask: Option<u64>,
    multiplier: u64,
}

impl Words {
    const NONE: Words =
        Words { is_relative: false, is_little: None, is_string: false, base: 10, mask: None, multiplier: 1 };

    /// Takes a word that it knows.
    fn take(&mut self, word: Text<'_>) -> Outcome<bool> {
        let (name, value) = pair(word);
        match (name, value.is_empty()) {
            ("relative", true) => self.is_relative = true,
            ("big", true) => self.is_little = Some(false),
            // The integers of DCE/RPC are those of little machines as good as always.
            ("little" | "dce", true) => self.is_little = Some(true),
            ("endian", false) => self.is_little = Some(endian(value)?),
            ("string", true) => self.is_string = true,
            ("string", false) => {
                self.is_string = true;
                self.base = base(value)?;
            }
            ("hex" | "dec" | "oct", true) => self.base = base(word)?,
            ("bitmask", false) => self.mask = Some(value.number::<u32>()?.into()),
            ("multiplier", false) => self.multiplier = value.number::<u16>()?.into(),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn reading(self, bytes: Amount, offset: Amount, keyword: Text<'_>) -> Outcome<Reading> {
        let most = if self.is_string { DIGITS_MAX } else { BINARY_BYTES_MAX };
        if matches!(bytes, Amount::Fixed(bytes) if bytes > most) {
            return Err(Problem::at(keyword, format!("such a number has {most} bytes at most")));
        }
        let source = match (self.is_string, self.is_little) {
            (true, _) => Source::Digits(self.base),
            (false, Some(true)) => Source::LittleEndian,
            (false, _) => Source::BigEndian,
        };
        Ok(Reading {
            bytes,
            offset,
            is_relative: self.is_relative,
            source,
            mask: self.mask,
            multiplier: self.multiplier,
        })
    }
}

fn endian(value: Text<'_>) -> Outcome<bool> {
    match value.as_str() {
        "big" => Ok(false),
        "little" | "dce" => Ok(true),
        _ => Err(Problem::at(value, "`endian` is `big`, `little` or `dce`")),
    }
}

fn base(value: Text<'_>) -> Outcome<u32> {
    match value.as_str() {
        "hex" => Ok(16),
        "dec" => Ok(10),
        "oct" => Ok(8),
        _ => Err(Problem::at(value, "`string` is of `hex`, `dec` or `oct`")),
    }
}

fn not_known(word: Text<'_>, setting: Setting<'_>) -> Problem {
    Problem::at(word, format!("`{}` does not know `{}`", setting.name.as_str(), word.as_str()))
}

/// The next part, which must be there.
fn need<'a>(parts: &mut impl Iterator<Item = Text<'a>>, setting: Setting<'a>, what: &str) -> Outcome<Text<'a>> {
    let missing = || Problem::at(setting.name, format!("`{}` needs {what}", setting.name.as_str()));
    parts.next().filter(|part| !part.is_empty()).ok_or_else(missing)
}

/// `byte_test:2,>,100,0,relative`
fn byte_test(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let mut parts = setting.needed()?.split(',');
    let bytes = draft.amount(need(&mut parts, setting, "a number of bytes")?, 0, DIGITS_MAX)?;
    let (comparison, is_negated) = operator(need(&mut parts, setting, "an operator")?)?;
    let value = value_of(draft, need(&mut parts, setting, "a value")?)?;
    let offset = draft.amount(need(&mut parts, setting, "an offset")?, -OFFSET_MAX, OFFSET_MAX)?;
    let mut words = Words::NONE;
    for word in parts {
        if !words.take(word)? {
            return Err(not_known(word, setting));
        }
    }
    let reading = words.reading(bytes, offset, setting.name)?;
    draft.push(Check::ByteTest(ByteTest { reading, comparison, value, is_negated }));
    Ok(())
}

fn operator(text: Text<'_>) -> Outcome<(Comparison, bool)> {
    let (sign, is_negated) = match text.strip("!") {
        Some(sign) => (sign, true),
        None => (text, false),
    };
    match comparison(sign) {
        Some((comparison, rest)) if rest.is_empty() => Ok((comparison, is_negated)),
        _ if is_negated && sign.is_empty() => Ok((Comparison::Equal, true)),
        _ => Err(Problem::at(
            text,
            "an operator is one of `<`, `<=`, `>`, `>=`, `=`, `&`, `^`, with `!` before it or not",
        )),
    }
}

/// A number of 64 bits, or a variable.
fn value_of(draft: &Draft<'_>, text: Text<'_>) -> Outcome<Amount> {
    match text.maybe_number::<u64>() {
        Some(number) => Ok(Amount::Fixed(number.cast_signed())),
        None => draft.variable(text).map(Amount::Variable),
    }
}

/// `byte_jump:4,0,relative,post_offset -1`
fn byte_jump(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let mut parts = setting.needed()?.split(',');
    let bytes = draft.amount(need(&mut parts, setting, "a number of bytes")?, 0, DIGITS_MAX)?;
    let offset = draft.amount(need(&mut parts, setting, "an offset")?, -OFFSET_MAX, OFFSET_MAX)?;
    let mut words = Words::NONE;
    let (mut is_aligned, mut is_from_beginning, mut is_from_end) = (false, false, false);
    let mut post_offset = Amount::Fixed(0);
    for word in parts {
        match pair(word) {
            ("align", value) if value.is_empty() => is_aligned = true,
            ("from_beginning", value) if value.is_empty() => is_from_beginning = true,
            ("from_end", value) if value.is_empty() => is_from_end = true,
            ("post_offset", value) => post_offset = draft.amount(value, -OFFSET_MAX, OFFSET_MAX)?,
            _ if words.take(word)? => {}
            _ => return Err(not_known(word, setting)),
        }
    }
    if is_from_beginning && is_from_end {
        return Err(Problem::at(setting.name, "`from_beginning` does not go with `from_end`"));
    }
    let reading = words.reading(bytes, offset, setting.name)?;
    draft.push(Check::ByteJump(ByteJump { reading, is_aligned, is_from_beginning, is_from_end, post_offset }));
    Ok(())
}

/// `byte_extract:2,0,length,relative`
fn byte_extract(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let mut parts = setting.needed()?.split(',');
    let bytes = draft.amount(need(&mut parts, setting, "a number of bytes")?, 1, DIGITS_MAX)?;
    let offset = draft.amount(need(&mut parts, setting, "an offset")?, -OFFSET_MAX, OFFSET_MAX)?;
    let name = need(&mut parts, setting, "the name of a variable")?;
    let mut words = Words::NONE;
    let mut align = 1;
    for word in parts {
        match pair(word) {
            ("align", value) => align = alignment(value)?,
            _ if words.take(word)? => {}
            _ => return Err(not_known(word, setting)),
        }
    }
    let reading = words.reading(bytes, offset, setting.name)?;
    let variable = draft.new_variable(name)?;
    draft.push(Check::ByteExtract(ByteExtract { reading, variable, align }));
    Ok(())
}

fn alignment(value: Text<'_>) -> Outcome<u64> {
    match value.maybe_number() {
        Some(align @ (2 | 4)) => Ok(align),
        _ => Err(Problem::at(value, "`align` is 2 or 4")),
    }
}

/// `byte_math:bytes 2, offset 0, oper +, rvalue 10, result sum, relative`
fn byte_math(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let mut words = Words::NONE;
    let (mut bytes, mut offset, mut operation, mut value, mut result) = (None, None, None, None, None);
    for word in setting.needed()?.split(',') {
        match pair(word) {
            ("bytes", text) => bytes = Some(draft.amount(text, 1, DIGITS_MAX)?),
            ("offset", text) => offset = Some(draft.amount(text, -OFFSET_MAX, OFFSET_MAX)?),
            ("oper", text) => operation = Some(operation_of(text)?),
            ("rvalue", text) => value = Some(value_of(draft, text)?),
            ("result", text) => result = Some(text),
            _ if words.take(word)? => {}
            _ => return Err(not_known(word, setting)),
        }
    }
    let (Some(bytes), Some(offset), Some(operation), Some(value), Some(result)) =
        (bytes, offset, operation, value, result)
    else {
        return Err(Problem::at(setting.name, "`byte_math` needs `bytes`, `offset`, `oper`, `rvalue` and `result`"));
    };
    if operation == Operation::Divide && value == Amount::Fixed(0) {
        return Err(Problem::at(setting.name, "nothing can be divided by 0"));
    }
    let reading = words.reading(bytes, offset, setting.name)?;
    let variable = draft.new_variable(result)?;
    draft.push(Check::ByteMath(ByteMath { reading, operation, value, variable }));
    Ok(())
}

fn operation_of(text: Text<'_>) -> Outcome<Operation> {
    match text.as_str() {
        "+" => Ok(Operation::Add),
        "-" => Ok(Operation::Subtract),
        "*" => Ok(Operation::Multiply),
        "/" => Ok(Operation::Divide),
        "<<" => Ok(Operation::ShiftLeft),
        ">>" => Ok(Operation::ShiftRight),
        _ => Err(Problem::at(text, "`oper` is one of `+`, `-`, `*`, `/`, `<<`, `>>`")),
    }
}
