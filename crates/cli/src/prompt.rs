//! The prompt of `fathom query`: history, completion, several lines.

use crate::args::QueryArguments;
use crate::exit::Exit;
use crate::output;
use crate::query::{finish, run_sql};
use anyhow::Result;
use model::{FLOW_FIELDS, HEALTH_FIELDS};
use query::{Engine, FUNCTIONS, Inputs};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Editor, Helper};
use std::path::PathBuf;

/// Words beside names that completion offers.
const WORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "AND",
    "OR",
    "NOT",
    "IN",
    "LIKE",
    "BETWEEN",
    "DISTINCT",
    "COUNT(*)",
    "SUM(",
    "AVG(",
    "MIN(",
    "MAX(",
    "HAVING",
    "DESC",
    "CASE WHEN",
    "EXPLAIN",
    "flows",
    "health",
];

struct SqlHelper;

impl Helper for SqlHelper {}
impl Highlighter for SqlHelper {}

impl Hinter for SqlHelper {
    type Hint = String;
}

impl Completer for SqlHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let is_word = |character: char| character.is_alphanumeric() || character == '_';
        let start = line[..at].rfind(|character| !is_word(character)).map_or(0, |before| before + 1);
        let word = line[start..at].to_ascii_lowercase();
        let columns = FLOW_FIELDS.iter().chain(HEALTH_FIELDS).map(|field| field.name.to_owned());
        let functions = FUNCTIONS.iter().map(|function| format!("{}(", function.name));
        let words = WORDS.iter().map(|word| (*word).to_owned());
        let all = columns.chain(functions).chain(words);
        let mut fitting: Vec<String> = all.filter(|name| name.to_ascii_lowercase().starts_with(&word)).collect();
        fitting.sort_unstable();
        fitting.dedup();
        Ok((start, fitting.into_iter().map(|name| Pair { display: name.clone(), replacement: name }).collect()))
    }
}

impl Validator for SqlHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input().trim();
        let is_complete = text.is_empty() || text.ends_with(';') || text.starts_with('\\') || is_word(text);
        Ok(if is_complete { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

fn is_word(text: &str) -> bool {
    matches!(text, "quit" | "exit" | "help")
}

/// Reads queries until the user has had enough.
pub(crate) fn run(engine: &Engine, inputs: &Inputs, arguments: &QueryArguments) -> Result<Exit> {
    let mut editor: Editor<SqlHelper, FileHistory> = Editor::new()?;
    editor.set_helper(Some(SqlHelper));
    let history = history_path();
    if let Some(path) = &history {
        // There is none the first time.
        let _ = editor.load_history(path);
    }
    output::remark(&format!(
        "{} objects. Tables flows and health; end a query with ; · TAB completes · help · quit",
        inputs.objects.len()
    ));
    loop {
        match editor.readline("fathom> ") {
            Ok(line) => {
                let sql = line.trim().trim_end_matches(';').trim();
                match sql {
                    "" => continue,
                    "quit" | "exit" | "\\q" => break,
                    "help" | "\\?" => output::print(HELP)?,
                    sql => {
                        editor.add_history_entry(line.trim())?;
                        if let Err(error) = run_sql(engine, sql, arguments) {
                            output::print_error(&error);
                        }
                    }
                }
            }
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(path) = history {
        // A history that cannot be saved is no reason to fail.
        let _ = editor.save_history(&path);
    }
    Ok(finish(inputs, arguments.reading.quiet))
}

const HELP: &str = "\
Tables: flows, health. `fathom fields` explains every column and function.
  SELECT src_ip, sum(bytes) AS bytes FROM flows GROUP BY 1 ORDER BY 2 DESC LIMIT 10;
  SELECT time_bucket('5m', time_start) AS t, sum(bytes) FROM flows GROUP BY 1 ORDER BY 1;
  SELECT src_ip, dst_port, count(*) FROM flows WHERE verdict = 'denied' AND NOT is_private(src_ip) GROUP BY 1, 2;
";

fn history_path() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let folder =
        state.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state")))?.join("fathom");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}
