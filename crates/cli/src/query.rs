//! `fathom query`: SQL over flow logs.

use crate::args::{QueryArguments, QueryFormat};
use crate::config::Config;
use crate::exit::Exit;
use crate::file_output::write_file;
use crate::output::{self, SqlFailure};
use crate::progress::Progress;
use crate::prompt;
use anyhow::{Result, bail};
use model::vocabulary::HealthKind;
use query::arrow::array::RecordBatch;
use query::write::{BatchWriter, OutputFormat, cells};
use query::{Engine, Inputs};
use std::io::{BufWriter, Write};
use std::path::Path;

pub(crate) fn run(arguments: &QueryArguments) -> Result<Exit> {
    let config = Config::load(arguments.reading.config.as_deref())?;
    let (sql, names) = split(&arguments.sql_and_inputs);
    if names.is_empty() {
        bail!("no input: name files or folders with flow logs after the SQL, or - for standard input");
    }
    let inputs = config.inputs_with_rules(names, &arguments.reading, &arguments.rules)?;
    let engine = Engine::new(&inputs, &config.engine_options(arguments.memory.as_deref())?)?;
    match sql {
        Some(sql) => {
            let progress = Progress::show(&inputs, arguments.reading.quiet);
            run_sql(&engine, sql, arguments)?;
            drop(progress);
            Ok(finish(&inputs, arguments.reading.quiet))
        }
        None => prompt::run(&engine, &inputs, arguments),
    }
}

/// The first argument is SQL when it begins like a query.
fn split(arguments: &[String]) -> (Option<&str>, &[String]) {
    const BEGINNINGS: [&str; 7] = ["select", "with", "explain", "show", "describe", "values", "("];
    let is_sql = |text: &String| {
        let text = text.trim_start().to_ascii_lowercase();
        let is_one_word = !text.contains(char::is_whitespace);
        BEGINNINGS.iter().any(|word| text.starts_with(word)) && !(is_one_word && Path::new(&text).exists())
    };
    match arguments.split_first() {
        Some((first, rest)) if is_sql(first) || (first.contains(char::is_whitespace) && !Path::new(first).exists()) => {
            (Some(first), rest)
        }
        _ => (None, arguments),
    }
}

/// Runs one query and prints its result.
pub(crate) fn run_sql(engine: &Engine, sql: &str, arguments: &QueryArguments) -> Result<()> {
    let failure = |error| SqlFailure { sql: sql.to_owned(), error };
    let results = engine.query(sql).map_err(failure)?;
    let schema = results.schema();
    let batches = results.map(|batch| batch.map_err(|error| anyhow::Error::new(failure(error))));
    match (format_of(arguments)?, &arguments.output) {
        (QueryFormat::Table, None) => print_table(batches, &RecordBatch::new_empty(schema), arguments.rows),
        (QueryFormat::Table, Some(_)) => bail!("a table is for reading; write csv, json, ndjson or parquet to a file"),
        (format, Some(path)) => write_file(path, |file| {
            let writer = BatchWriter::new(output_format(format), &schema, file)?;
            write_batches(writer, batches)
        }),
        (format, None) => {
            // The lock of standard output cannot go to another thread, which writers may want.
            let output = BufWriter::new(std::io::stdout());
            write_batches(BatchWriter::new(output_format(format), &schema, output)?, batches)
        }
    }
}

fn write_batches<W: Write + Send>(
    mut writer: BatchWriter<W>,
    batches: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<()> {
    for batch in batches {
        writer.write(&batch?)?;
    }
    Ok(writer.finish()?.flush()?)
}

fn format_of(arguments: &QueryArguments) -> Result<QueryFormat> {
    if let Some(format) = arguments.format {
        return Ok(format);
    }
    match &arguments.output {
        Some(path) => format_of_path(path),
        None if output::stdout_is_terminal() => Ok(QueryFormat::Table),
        None => Ok(QueryFormat::Csv),
    }
}

/// The format that a file's ending names.
pub(crate) fn format_of_path(path: &Path) -> Result<QueryFormat> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    Ok(match OutputFormat::from_name(&ending) {
        Some(OutputFormat::Csv) => QueryFormat::Csv,
        Some(OutputFormat::Json) => QueryFormat::Json,
        Some(OutputFormat::Ndjson) => QueryFormat::Ndjson,
        Some(OutputFormat::Parquet) => QueryFormat::Parquet,
        None => {
            bail!("{}: the ending says no format; use .parquet, .csv, .json or .ndjson, or --format", path.display())
        }
    })
}

/// The format in the writer's terms.
pub(crate) fn output_format(format: QueryFormat) -> OutputFormat {
    match format {
        QueryFormat::Table | QueryFormat::Csv => OutputFormat::Csv,
        QueryFormat::Json => OutputFormat::Json,
        QueryFormat::Ndjson => OutputFormat::Ndjson,
        QueryFormat::Parquet => OutputFormat::Parquet,
    }
}

fn print_table(batches: impl Iterator<Item = Result<RecordBatch>>, empty: &RecordBatch, rows_max: usize) -> Result<()> {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_style(comfy_table::TableComponent::HeaderLines, '─');
    table.set_style(comfy_table::TableComponent::MiddleHeaderIntersections, '─');
    table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
    let head = cells(empty)?;
    table.set_header(&head.names);
    for (column, is_number) in table.column_iter_mut().zip(&head.is_number) {
        column.set_padding((0, 2));
        if *is_number {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    let mut rows = 0;
    for batch in batches {
        let batch = batch?;
        let shown = batch.slice(0, batch.num_rows().min(rows_max - rows.min(rows_max)));
        rows += batch.num_rows();
        for row in cells(&shown)?.rows {
            table.add_row(row.iter().map(|cell| printable(cell)));
        }
        if rows > rows_max {
            break;
        }
    }
    let more = match rows {
        rows if rows > rows_max => {
            format!("\n{rows_max} rows shown, there are more; --rows N shows more, --format csv all")
        }
        1 => "\n1 row".to_owned(),
        rows => format!("\n{rows} rows"),
    };
    output::print(&format!("{table}{more}\n"))
}

/// Text from a log, safe for a terminal: no control characters.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(
            |character| if character.is_control() { character.escape_default().collect() } else { vec![character] },
        )
        .collect()
}

/// What could not be read, and the exit code for it.
pub(crate) fn finish(inputs: &Inputs, quiet: bool) -> Exit {
    for problem in inputs.problems.iter() {
        output::remark(&format!("fathom: {problem}"));
    }
    let is_lost = inputs.problems.iter().any(|problem| problem.severity == source::Severity::Error);
    if inputs.objects.is_empty() {
        return Exit::Usage;
    }
    if inputs.stats.is_partial() {
        let counts = inputs.stats.health();
        let losses = HealthKind::ALL.iter().filter(|kind| kind.is_loss()).map(|kind| kind.name());
        let lost: Vec<String> =
            losses.filter_map(|kind| counts.get(kind).map(|count| format!("{count} {kind}"))).collect();
        if !quiet {
            output::remark(&format!(
                "fathom: not everything could be read ({}); SELECT * FROM health says what and where",
                lost.join(", ")
            ));
        }
        return Exit::Partial;
    }
    if is_lost { Exit::Partial } else { Exit::Done }
}
