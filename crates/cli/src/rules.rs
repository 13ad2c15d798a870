//! `fathom rules`: are rules right, what does one do, which keywords are there?

use crate::args::RulesCommand;
use crate::exit::Exit;
use crate::intel::read_whole;
use crate::output;
use ::rules::{Reader, Settings, check, explain, keyword_table};
use anyhow::{Result, bail};
use std::path::PathBuf;

/// Bytes of one rule file that are read.
const RULE_FILE_BYTES_MAX: usize = 1 << 30;

pub(crate) fn run(command: &RulesCommand) -> Result<Exit> {
    match command {
        RulesCommand::Check { files } => {
            let texts = read(files)?;
            let named: Vec<(&str, &[u8])> = texts.iter().map(|(name, text)| (name.as_str(), text.as_slice())).collect();
            let report = check(&named, &Settings::default());
            output::print(&report.text)?;
            Ok(if report.refused > 0 { Exit::Partial } else { Exit::Done })
        }
        RulesCommand::Explain { sid, files } => {
            let settings = Settings::default();
            let mut reader = Reader::new(&settings);
            read(files)?.iter().for_each(|(name, text)| reader.read(name, text));
            let reading = reader.finish();
            let told: String = reading
                .rules
                .iter()
                .filter(|rule| rule.about.sid == *sid)
                .map(|rule| explain(rule, &reading.names))
                .collect();
            if told.is_empty() {
                bail!("no rule that could be read has the sid {sid}; `fathom rules check` says which were refused");
            }
            output::print(&told)?;
            Ok(Exit::Done)
        }
        RulesCommand::List => {
            output::print(&keyword_table())?;
            Ok(Exit::Done)
        }
    }
}

fn read(files: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>> {
    let text = |path: &PathBuf| Ok((path.display().to_string(), read_whole("rule file", path, RULE_FILE_BYTES_MAX)?));
    files.iter().map(text).collect()
}
