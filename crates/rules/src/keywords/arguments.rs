//! Values with parts: `name value` pairs between commas, and numbers that may be variables.

use crate::diagnostic::Problem;
use crate::draft::{Draft, Outcome};
use crate::inspect::Amount;
use crate::language::Text;

impl Draft<'_> {
    /// A number within bounds, or a variable.
    pub(crate) fn amount(&self, text: Text<'_>, least: i64, most: i64) -> Outcome<Amount> {
        match text.maybe_number::<i64>() {
            Some(number) if (least..=most).contains(&number) => Ok(Amount::Fixed(number)),
            Some(_) => Err(Problem::at(text, format!("the number must be from {least} to {most}"))),
            None => self.variable(text).map(Amount::Variable),
        }
    }
}

/// A word and what stands behind it: `count 5`.
pub(crate) fn pair(text: Text<'_>) -> (&str, Text<'_>) {
    let word = text.words().next().unwrap_or(text);
    (word.as_str(), text.from(word.start() - text.start() + word.as_str().len()).trim())
}
