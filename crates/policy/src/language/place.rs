//! Places in a policy file.

use std::fmt;

/// A place in a policy file. Places do not count when policies are compared.
#[derive(Clone, Copy, Debug, Default, Eq)]
pub struct Place {
    /// From 1; 0 for what was not read from a file.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

impl PartialEq for Place {
    fn eq(&self, _: &Place) -> bool {
        true
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
