//! Differences between what others say and what we say, and the table that explains them.

use std::collections::BTreeMap;
use std::fmt::Write;

/// A difference that is meant to be. Exact: another count of it, also none, fails the test.
#[derive(Clone, Copy, Debug)]
pub struct Explained {
    /// The file, by the end of its path.
    pub file: &'static str,
    /// The field, as the other side names it.
    pub field: &'static str,
    /// In how many records it differs.
    pub count: usize,
    /// Why that is right.
    pub why: &'static str,
}

/// One value that is not the same on both sides.
#[derive(Clone, Debug)]
struct Difference {
    file: String,
    record: usize,
    field: String,
    theirs: String,
    ours: String,
}

/// Differences found so far.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    compared: usize,
    found: Vec<Difference>,
}

impl Differences {
    /// Compares one value; `None` is null. `record` counts from 1.
    pub fn compare(&mut self, file: &str, record: usize, field: &str, theirs: Option<&str>, ours: Option<&str>) {
        self.compared += 1;
        if theirs != ours {
            let shown = |text: Option<&str>| text.map_or("null".to_owned(), |text| format!("{text:?}"));
            let (theirs, ours) = (shown(theirs), shown(ours));
            self.found.push(Difference { file: file.to_owned(), record, field: field.to_owned(), theirs, ours });
        }
    }

    /// How many values were compared.
    pub fn compared(&self) -> usize {
        self.compared
    }

    /// Everything that is wrong: differences that the table does not explain, and rows of the table that
    /// explain nothing or another number of records. Empty if all is well.
    pub fn unexplained(&self, table: &[Explained]) -> String {
        let mut message = String::new();
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for difference in &self.found {
            let explains = |row: &Explained| difference.file.ends_with(row.file) && difference.field == row.field;
            match table.iter().position(explains) {
                Some(row) => *counts.entry(row).or_default() += 1,
                None => {
                    let Difference { file, record, field, theirs, ours } = difference;
                    let _ = writeln!(message, "{file}, record {record}: {field} is {theirs}, ours {ours}");
                }
            }
        }
        for (number, row) in table.iter().enumerate() {
            let count = counts.get(&number).copied().unwrap_or_default();
            if count != row.count {
                let _ = writeln!(
                    message,
                    "{}, {}: {count} records differ, explained are {}",
                    row.file, row.field, row.count
                );
            }
        }
        message
    }

    /// Fails if a difference is not in the table, or something in the table is no difference.
    ///
    /// # Panics
    /// With everything that is wrong.
    #[track_caller]
    pub fn check(&self, table: &[Explained]) {
        let message = self.unexplained(table);
        assert!(message.is_empty(), "{message}");
        assert!(self.compared > 0, "nothing was compared");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_explained_passes() {
        let explained = |field: &'static str, count: usize| Explained { file: "a.log", field, count, why: "a test" };
        let mut differences = Differences::default();
        differences.compare("x/a.log", 1, "port", Some("0"), None);
        differences.compare("x/a.log", 2, "port", Some("22"), Some("22"));
        differences.check(&[explained("port", 1)]);
        assert_eq!(differences.unexplained(&[]), "x/a.log, record 1: port is \"0\", ours null\n");
        assert!(differences.unexplained(&[explained("port", 2)]).contains("1 records differ, explained are 2"));
        assert!(differences.unexplained(&[explained("port", 1), explained("bytes", 1)]).contains("bytes: 0 records"));
    }
}
