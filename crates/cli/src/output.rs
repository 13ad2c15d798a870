//! Standard output and standard error: the only place that prints.

use anyhow::{Error, Result};
use query::write::WriteError;
use query::{QueryError, SqlPlace};
use std::io::{self, BufWriter, IsTerminal, Write};

/// Standard output, buffered.
pub(crate) fn stdout() -> BufWriter<io::StdoutLock<'static>> {
    BufWriter::with_capacity(256 << 10, io::stdout().lock())
}

/// Is standard output a terminal?
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Are colours wanted on standard output? `NO_COLOR` says no.
pub(crate) fn wants_color() -> bool {
    stdout_is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Columns of the terminal; 100 where there is none.
pub(crate) fn terminal_width() -> usize {
    let from_variable = || std::env::var("COLUMNS").ok()?.parse().ok();
    let from_terminal = || comfy_table::Table::new().width().map(usize::from);
    from_variable().or_else(from_terminal).unwrap_or(100).clamp(60, 240)
}

/// Prints text as it is.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// A remark on standard error.
pub(crate) fn remark(text: &str) {
    // Nothing can be done when even standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Was the reader of our output gone, as in `fathom ... | head`?
pub(crate) fn is_closed_pipe(error: &Error) -> bool {
    error.chain().any(|cause| {
        let io_error = cause.downcast_ref::<io::Error>().or_else(|| match cause.downcast_ref::<WriteError>() {
            Some(WriteError::Io(error)) => Some(error),
            _ => None,
        });
        io_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// An error, with the place in the SQL where it has one.
pub(crate) fn print_error(error: &Error) {
    match error.downcast_ref::<SqlFailure>() {
        Some(failure) => remark(&failure.render()),
        None => remark(&format!("fathom: {error:#}")),
    }
}

/// A query that failed, with its text.
#[derive(Debug)]
pub(crate) struct SqlFailure {
    pub(crate) sql: String,
    pub(crate) error: QueryError,
}

impl std::fmt::Display for SqlFailure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.error)
    }
}

impl std::error::Error for SqlFailure {}

impl SqlFailure {
    /// The error with the line of SQL and a mark under the place.
    pub(crate) fn render(&self) -> String {
        let mut text = format!("fathom: {}\n", self.error.message);
        if let Some(place) = self.error.place {
            text.push_str(&underline(&self.sql, place));
        }
        if let Some(hint) = &self.error.hint {
            text.push_str(&format!("  hint: {hint}\n"));
        }
        text.trim_end().to_owned()
    }
}

fn underline(sql: &str, place: SqlPlace) -> String {
    let before = &sql[..place.offset.min(sql.len())];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_no = before.matches('\n').count() + 1;
    let line = sql[line_start..].lines().next().unwrap_or_default();
    let column = sql[line_start..place.offset.min(sql.len())].chars().count();
    let mark = "^".repeat(place.length.clamp(1, 60));
    let gutter = format!("{line_no:>4} | ");
    format!("{gutter}{line}\n{}{mark} line {line_no}, column {}\n", " ".repeat(gutter.len() + column), column + 1)
}
