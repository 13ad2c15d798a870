//! What can go wrong with a query, with the place in the SQL.

use datafusion::common::{DataFusionError, SchemaError, diagnostic::Diagnostic};
use std::fmt;

/// Why a query cannot be run, or could not be finished.
#[derive(Debug)]
pub struct QueryError {
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where in the SQL.
    pub place: Option<SqlPlace>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A place in an SQL text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqlPlace {
    /// Byte offset of its first character.
    pub offset: usize,
    /// Its length in bytes.
    pub length: usize,
}

impl fmt::Display for QueryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for QueryError {}

impl QueryError {
    /// From DataFusion's error about `sql`.
    pub(crate) fn new(error: &DataFusionError, sql: &str) -> QueryError {
        let mut found = Found::default();
        found.visit(error);
        let message = found.message.unwrap_or_else(|| first_line(&error.strip_backtrace()));
        let place = found
            .line_column
            .or_else(|| line_column_in(&message))
            .and_then(|(line, column)| place_of(sql, line, column))
            .or_else(|| found.name.as_deref().or(quoted(&message)).and_then(|name| place_of_name(sql, name)));
        QueryError { hint: found.hint.or_else(|| hint_for(&message)), message, place }
    }
}

#[derive(Default)]
struct Found {
    message: Option<String>,
    hint: Option<String>,
    line_column: Option<(u64, u64)>,
    name: Option<String>,
}

impl Found {
    fn visit(&mut self, error: &DataFusionError) {
        match error {
            DataFusionError::Diagnostic(diagnostic, inner) => {
                self.diagnostic(diagnostic);
                self.visit(inner);
            }
            DataFusionError::Context(_, inner) => self.visit(inner),
            DataFusionError::Shared(inner) => self.visit(inner),
            DataFusionError::Collection(errors) => errors.iter().take(1).for_each(|error| self.visit(error)),
            DataFusionError::SQL(parser, _) => self.say(parser.to_string().replace("sql parser error: ", "")),
            DataFusionError::Plan(text)
            | DataFusionError::Execution(text)
            | DataFusionError::NotImplemented(text)
            | DataFusionError::Configuration(text) => self.say(first_line(text)),
            DataFusionError::ResourcesExhausted(text) => {
                self.say(format!("the query needs more memory than it may use: {}", first_line(text)));
                self.hint = Some("give it more with --memory, or group by fewer columns".to_owned());
            }
            DataFusionError::SchemaError(schema, _) => self.schema(schema),
            _ => {}
        }
    }

    fn say(&mut self, message: String) {
        if self.message.is_none() {
            self.message = Some(message);
        }
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        self.say(diagnostic.message.clone());
        self.line_column = diagnostic.span.map(|span| (span.start.line, span.start.column));
    }

    fn schema(&mut self, error: &SchemaError) {
        if let SchemaError::FieldNotFound { field, valid_fields } = error {
            self.say(format!("there is no column '{}'", field.name));
            self.name = Some(field.name.clone());
            let near = nearest(&field.name, valid_fields.iter().map(|column| column.name.as_str()));
            self.hint = Some(match near {
                Some(near) => format!("did you mean {near}? `fathom fields` lists every column"),
                None => "`fathom fields` lists every column".to_owned(),
            });
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn hint_for(message: &str) -> Option<String> {
    if message.contains("table 'datafusion") || message.contains("not found") && message.contains("table") {
        return Some("the tables are flows and health".to_owned());
    }
    None
}

/// `Line: 1, Column: 15` in a parser's message.
fn line_column_in(message: &str) -> Option<(u64, u64)> {
    let number_after = |label: &str| {
        let rest = &message[message.find(label)? + label.len()..];
        let digits: String = rest.chars().skip_while(|c| *c == ' ').take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    number_after("Line:").zip(number_after("Column:"))
}

/// The word at a line and column, both from 1.
fn place_of(sql: &str, line: u64, column: u64) -> Option<SqlPlace> {
    let line = usize::try_from(line.checked_sub(1)?).ok()?;
    let column = usize::try_from(column.checked_sub(1)?).ok()?;
    let start: usize = sql.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = sql.get(start..)?;
    let at = rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
    let offset = start + at;
    let length = sql.get(offset..)?.chars().take_while(|c| c.is_alphanumeric() || *c == '_').map(char::len_utf8).sum();
    Some(SqlPlace { offset, length: usize::max(length, 1).min(sql.len().saturating_sub(offset)) })
}

/// Text in single quotes of a message.
fn quoted(message: &str) -> Option<&str> {
    let rest = &message[message.find('\'')? + 1..];
    rest.split('\'').next().filter(|text| !text.is_empty())
}

fn place_of_name(sql: &str, name: &str) -> Option<SqlPlace> {
    sql.to_ascii_lowercase().find(&name.to_ascii_lowercase()).map(|offset| SqlPlace { offset, length: name.len() })
}

/// The name that takes the fewest edits, if it takes few enough.
fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = candidates.map(|candidate| (edits(name, candidate), candidate));
    scored.min().filter(|(edits, _)| *edits <= name.len().div_ceil(3)).map(|(_, candidate)| candidate)
}

/// Levenshtein distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
