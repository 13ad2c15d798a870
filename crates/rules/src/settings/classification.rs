//! `classification.config`: what a `classtype` means, and how bad it is.

use crate::diagnostic::{Diagnostic, Problem};
use crate::file::lines;
use crate::language::Text;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A class of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// In words.
    pub description: Arc<str>,
    /// 1 is the worst.
    pub priority: u32,
}

/// Classes by their names in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    classes: BTreeMap<String, Class>,
}

impl Classes {
    /// Reads a file. Where a name comes twice, the first counts.
    pub fn read(file: &str, text: &str) -> (Classes, Vec<Diagnostic>) {
        let mut classes = Classes::default();
        let diagnostics = lines(file, text, |line| {
            let (name, class) = class_of(line)?;
            classes.classes.entry(name).or_insert(class);
            Ok(())
        });
        (classes, diagnostics)
    }

    /// A class by its name, in any case.
    pub fn named(&self, name: &str) -> Option<&Class> {
        self.classes.get(name).or_else(|| self.classes.get(&name.to_ascii_lowercase()))
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.classes.keys().map(String::as_str)
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }
}

/// `config classification: name,description,priority`
fn class_of(line: Text<'_>) -> Result<(String, Class), Problem> {
    let wrong = || Problem::at(line, "a class is `config classification: name,description,priority`");
    let rest = line.strip("config").and_then(|rest| rest.strip("classification")).and_then(|rest| rest.strip(":"));
    let (name, rest) = rest.and_then(|rest| rest.split_once(',')).ok_or_else(wrong)?;
    let comma = rest.as_str().rfind(',').ok_or_else(wrong)?;
    let (description, priority) = (rest.part(0, comma).trim(), rest.from(comma + 1).trim());
    if name.is_empty() {
        return Err(wrong());
    }
    let class = Class { description: description.as_str().into(), priority: priority.number()? };
    Ok((name.as_str().to_ascii_lowercase(), class))
}
