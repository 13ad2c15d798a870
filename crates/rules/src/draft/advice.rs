//! What is wrong with a rule as a whole: lengths that contradict each other, what is slow, what can never match.

use super::{Draft, Outcome};
use crate::detect::rule::{Condition, FlagMode, ValueStep};
use crate::diagnostic::Problem;
use crate::inspect::{Amount, Check, Content, Range};
use crate::language::Text;

/// Contents of so few bytes are found nearly everywhere.
const SHORT_BYTES: usize = 2;

impl Draft<'_> {
    /// Contents that are longer than their buffer may be. Suricata refuses these rules too.
    pub(super) fn check_lengths(&self, whole: Text<'_>) -> Outcome {
        for list in &self.lists {
            for size in sizes(&list.checks) {
                if let Some(needed) = bytes_needed(&list.checks).filter(|needed| *needed > size.last) {
                    let what = format!("a content needs {needed} bytes, but the buffer has {} at most", size.last);
                    return Err(list.problem(what));
                }
            }
        }
        let payload_sizes = self.conditions.iter().filter_map(|condition| match condition {
            Condition::PayloadBytes(range) if !range.is_negated => Some(range.last),
            _ => None,
        });
        for last in payload_sizes {
            if let Some(needed) = bytes_needed(&self.payload).filter(|needed| *needed > last) {
                let what = format!("a content needs {needed} bytes, but `dsize` allows {last} at most");
                return Err(Problem::at(whole.part(0, 1), what));
            }
        }
        Ok(())
    }

    /// Says what is slow and what can never match.
    pub(super) fn advise(&mut self, whole: Text<'_>) {
        let what = [self.slowness(), never_matching(&self.conditions), self.bits_that_exclude_each_other()];
        for (what, hint) in what.into_iter().flatten() {
            self.remarks.push(Problem::at(whole.part(0, 1), what).severity(crate::Severity::Warning).hint(hint));
        }
    }

    fn checks_of_all(&self) -> impl Iterator<Item = &Check> {
        self.lists.iter().flat_map(|list| &list.checks).chain(&self.payload)
    }

    fn slowness(&self) -> Option<(String, String)> {
        let longest = self.checks_of_all().filter_map(found_by).map(|content| content.pattern().len()).max();
        let reads_bytes = |check: &Check| {
            matches!(check, Check::Regex(_) | Check::ByteTest(_) | Check::ByteJump(_) | Check::ByteExtract(_))
        };
        match longest {
            None if self.checks_of_all().any(|check| matches!(check, Check::Regex(_))) => Some((
                "`pcre` without a `content`: it is tried on everything that the header lets through".to_owned(),
                "put a `content` before it that whatever matches contains".to_owned(),
            )),
            None if self.checks_of_all().any(reads_bytes) => Some((
                "bytes are read without a `content`: of everything that the header lets through".to_owned(),
                "put a `content` before them".to_owned(),
            )),
            None if self.checks_of_all().any(|check| matches!(check, Check::Content(_))) => Some((
                "all contents are negated: the rule matches nearly everywhere".to_owned(),
                "say what must be there as well".to_owned(),
            )),
            Some(length) if length <= SHORT_BYTES && !self.has_small_buffer() => Some((
                format!("the longest content has {length} bytes, which are found nearly everywhere"),
                "a longer one makes the rule cheaper".to_owned(),
            )),
            _ => None,
        }
    }

    /// Is a content bound to its place, or its buffer of a fixed size? Short ones do no harm there.
    fn has_small_buffer(&self) -> bool {
        let is_bound = |check: &Check| match check {
            Check::Content(content) => content.depth.is_some(),
            Check::Size(_) => true,
            _ => false,
        };
        self.checks_of_all().any(is_bound)
            || self.conditions.iter().any(|condition| matches!(condition, Condition::PayloadBytes(_)))
    }

    fn bits_that_exclude_each_other(&self) -> Option<(String, String)> {
        let is_wanted = |bit: &u32| self.values.iter().any(|step| *step == ValueStep::IsSet(vec![*bit]));
        let unwanted = self.values.iter().filter_map(|step| match step {
            ValueStep::IsNotSet(bits) => Some(bits),
            _ => None,
        });
        let bit = unwanted.flatten().copied().find(|bit| is_wanted(bit))?;
        let name = self.names.name(bit).map_or("", |name| &**name);
        Some((
            format!("the rule never matches: the bit `{name}` must be set and must not be"),
            "one of both is meant".to_owned(),
        ))
    }
}

/// A content that says where a rule may match.
fn found_by(check: &Check) -> Option<&Content> {
    match check {
        Check::Content(content) if !content.is_negated => Some(content),
        _ => None,
    }
}

fn sizes(checks: &[Check]) -> impl Iterator<Item = Range> {
    checks.iter().filter_map(|check| match check {
        Check::Size(range) if !range.is_negated => Some(*range),
        _ => None,
    })
}

/// Bytes that a buffer has at least if its contents are there; only fixed places count. Behind `base64_decode` it is
/// another buffer.
fn bytes_needed(checks: &[Check]) -> Option<u64> {
    let of_buffer = checks.iter().take_while(|check| !matches!(check, Check::Base64(_)));
    of_buffer.filter_map(found_by).map(|content| content.pattern().len() as u64 + fixed_offset(content)).max()
}

fn fixed_offset(content: &Content) -> u64 {
    match content.offset {
        Some(Amount::Fixed(bytes)) => u64::try_from(bytes).unwrap_or(0),
        Some(Amount::Variable(_)) | None => 0,
    }
}

/// Two conditions that exclude each other.
fn never_matching(conditions: &[Condition]) -> Option<(String, String)> {
    let pairs = conditions
        .iter()
        .enumerate()
        .flat_map(|(place, one)| conditions[place + 1..].iter().map(move |other| (one, other)));
    let (one, _) = pairs.into_iter().find(|(one, other)| exclude_each_other(one, other))?;
    let subject = match one {
        Condition::TcpFlags { .. } => "TCP flags",
        Condition::Sender(_) => "directions",
        Condition::Established(_) => "states of the flow",
        _ => "numbers of the header",
    };
    Some((
        format!("the rule never matches: two of its {subject} exclude each other"),
        "one of both is meant".to_owned(),
    ))
}

fn exclude_each_other(one: &Condition, other: &Condition) -> bool {
    use Condition::{Established, IpProtocol, Number, Sender, TcpFlags};
    match (one, other) {
        (Sender(one), Sender(other)) => one != other,
        (Established(one), Established(other)) => one != other,
        (Number(one, range), Number(other, beside)) if one == other => are_apart(*range, *beside),
        (IpProtocol(range), IpProtocol(beside)) => are_apart(*range, *beside),
        (
            TcpFlags { flags: one, ignored: 0, mode: FlagMode::Exactly },
            TcpFlags { flags: other, ignored: 0, mode: FlagMode::Exactly },
        ) => one != other,
        _ => false,
    }
}

fn are_apart(one: Range, other: Range) -> bool {
    !one.is_negated && !other.is_negated && (one.last < other.first || other.last < one.first)
}
