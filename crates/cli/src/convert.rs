//! `fathom convert`: the normalised table as a file.

use crate::args::{ConvertArguments, ConvertTarget, QueryFormat};
use crate::config::Config;
use crate::exit::Exit;
use crate::file_output::write_file;
use crate::output::{self, SqlFailure};
use crate::progress::Progress;
use crate::query::{finish, format_of_path, output_format};
use anyhow::{Context, Result, bail};
use engine::zeek::Form;
use model::{FieldIndex, FlowField, Projection};
use query::arrow::array::RecordBatch;
use query::arrow::datatypes::SchemaRef;
use query::scan::{Wanted, in_order};
use query::write::{BatchWriter, OutputFormat, WriteError};
use query::{Condition, Inputs, Keep, write_flows};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

pub(crate) fn run(arguments: &ConvertArguments) -> Result<Exit> {
    let config = Config::load(arguments.reading.config.as_deref())?;
    let inputs = config.inputs(&arguments.inputs, &arguments.reading)?;
    if inputs.objects.is_empty() {
        return Ok(finish(&inputs, arguments.reading.quiet));
    }
    if let (Some(ConvertTarget::Zeek), Some(folder)) = (arguments.to, &arguments.output) {
        return zeek(arguments, &inputs, folder);
    }
    let format = match (arguments.format, &arguments.output) {
        (Some(QueryFormat::Table), _) => bail!("a table is for reading; write csv, json, ndjson or parquet"),
        (Some(format), _) => format,
        (None, Some(path)) => format_of_path(path)?,
        (None, None) => bail!("name a file with -o, or a format for standard output with --format"),
    };
    let columns = columns_of(&arguments.columns)?;
    let condition = condition_of(arguments.condition.as_deref(), &inputs)?;
    let progress = Progress::show(&inputs, arguments.reading.quiet);
    match &arguments.output {
        Some(path) => write_file(path, |file| write_all(&inputs, format, columns, condition.as_ref(), file))?,
        None => write_all(&inputs, format, columns, condition.as_ref(), BufWriter::new(std::io::stdout()))?,
    }
    drop(progress);
    Ok(finish(&inputs, arguments.reading.quiet))
}

/// Captures as Zeek's logs in a folder.
fn zeek(arguments: &ConvertArguments, inputs: &Inputs, folder: &Path) -> Result<Exit> {
    let form = match arguments.format {
        None => Form::Text,
        Some(QueryFormat::Json | QueryFormat::Ndjson) => Form::Json,
        Some(_) => bail!("Zeek's logs are tab-separated, or with --format ndjson JSON lines"),
    };
    if arguments.condition.is_some() || !arguments.columns.is_empty() {
        bail!("--where and --columns are of flows; Zeek's logs are always whole");
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let summary = sensor::write_zeek_logs(&inputs.objects, form, folder)
        .with_context(|| format!("cannot write logs into {}", folder.display()))?;
    if !arguments.reading.quiet {
        for problem in &summary.problems {
            output::remark(&format!("{}: at byte {}: {}", problem.object, problem.offset, problem.what));
        }
        output::remark(&format!("{} capture(s), {} frames", summary.captures, summary.counters.frames));
    }
    Ok(if summary.captures == 0 { Exit::Usage } else { finish(inputs, arguments.reading.quiet) })
}

/// The columns of that name, or all.
fn columns_of(names: &[String]) -> Result<Projection<FlowField>> {
    if names.is_empty() {
        return Ok(Projection::all());
    }
    let column = |name: &String| {
        FlowField::from_name(name.trim())
            .with_context(|| format!("there is no column '{name}'; `fathom fields` lists every column"))
    };
    Ok(Projection::of(names.iter().map(column).collect::<Result<Vec<_>>>()?))
}

/// `--where`, `--since` and `--until` as one condition.
pub(crate) fn condition_of(sql: Option<&str>, inputs: &Inputs) -> Result<Option<Condition>> {
    let failure = |sql: &str, error| SqlFailure { sql: sql.to_owned(), error };
    if let Some(sql) = sql {
        // On its own first, so that an error points into what the user wrote.
        Condition::parse(sql).map_err(|error| failure(sql, error))?;
    }
    let time = |name: &str, bound: Option<i64>| bound.map(|ns| format!("time_start {name} to_timestamp_nanos({ns})"));
    let parts: Vec<String> =
        [sql.map(|sql| format!("({sql})")), time(">=", inputs.options.since_ns), time("<", inputs.options.until_ns)]
            .into_iter()
            .flatten()
            .collect();
    if parts.is_empty() {
        return Ok(None);
    }
    let all = parts.join(" AND ");
    Ok(Some(Condition::parse(&all).map_err(|error| failure(&all, error))?))
}

fn write_all<W: Write + Send>(
    inputs: &Inputs,
    format: QueryFormat,
    columns: Projection<FlowField>,
    condition: Option<&Condition>,
    output: W,
) -> Result<()> {
    let mut wanted = Wanted { columns, filters: Vec::new(), health: false };
    let mut compiled = None;
    if let Some(condition) = condition {
        condition.columns.iter().for_each(|column| wanted.columns.insert(*column));
        wanted.filters.clone_from(&condition.filters);
        compiled = Some(condition.compile(&wanted.columns)?);
    }
    let schema: SchemaRef = Arc::new(table::schema(&columns));
    let kept: Vec<usize> = wanted
        .columns
        .iter()
        .enumerate()
        .filter(|(_, field)| columns.contains(*field))
        .map(|(place, _)| place)
        .collect();
    let keep = |flows: RecordBatch| match &compiled {
        Some(condition) => Ok(condition.keep(&flows)?.project(&kept)?),
        None => Ok(flows),
    };
    match output_format(format) {
        OutputFormat::Parquet => write_flows(inputs, &wanted, &schema, &keep, output)?.flush()?,
        format => write_in_order(inputs, &wanted, BatchWriter::new(format, &schema, output)?, &keep)?.flush()?,
    }
    Ok(())
}

fn write_in_order<W: Write + Send>(
    inputs: &Inputs,
    wanted: &Wanted,
    mut writer: BatchWriter<W>,
    keep: &Keep<'_>,
) -> Result<W, WriteError> {
    let mut outcome = Ok(());
    in_order(inputs, wanted, |batches| {
        outcome = keep(batches.flows).and_then(|flows| writer.write(&flows));
        outcome.is_ok()
    });
    outcome?;
    writer.finish()
}
