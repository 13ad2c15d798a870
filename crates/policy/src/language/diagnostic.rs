//! What is wrong with a policy file, and where.

use super::Place;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It holds, but is hardly what was meant.
    Warning,
    /// The policy cannot be used as it stands.
    Error,
}

/// One remark on a policy file.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What is wrong, and what to write instead where that is known.
    pub message: String,
    /// The other place that it is about: of a contradiction, the rule that is contradicted.
    pub other: Option<Place>,
}

impl Diagnostic {
    /// An error at a place.
    pub(super) fn error(place: Place, message: String) -> Diagnostic {
        Diagnostic { severity: Severity::Error, place, message, other: None }
    }

    /// The remark as one line: `policy.txt:3:7: error: no segment is called "dbs" (see policy.txt:1:9)`.
    pub fn text(&self, file: &str) -> String {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let other = self.other.map(|other| format!(" (see {file}:{other})")).unwrap_or_default();
        format!("{file}:{}: {severity}: {}{other}", self.place, self.message)
    }
}
