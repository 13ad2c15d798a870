//! Captures as Zeek's logs in a folder.

use crate::replay::{Reading, Summary, Taker, read_all};
use engine::Engine;
use engine::zeek::{Form, LogSink, ZeekWriter, config};
use model::packet::Frame;
use source::Object;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Reads captures one after the other, as if they were one, and writes `conn.log`, `dns.log`, ... into a folder. Logs without a row
/// are not there.
///
/// # Errors
/// When a log cannot be written. What is wrong with a capture is a [`Problem`](crate::Problem) in the summary.
pub fn write_zeek_logs(captures: &[Object], form: Form, folder: &Path) -> std::io::Result<Summary> {
    let config = config();
    let logs = Logs { folder: folder.to_owned(), files: Vec::new(), error: None };
    let mut conversion = Conversion { engine: Engine::new(&config), writer: ZeekWriter::new(form, logs) };
    let mut summary = Summary::default();
    read_all(captures, Reading { config: &config, filter: None }, &mut conversion, &mut summary);
    let Conversion { mut engine, mut writer } = conversion;
    engine.finish(summary.last.0, summary.last.1, &mut writer);
    summary.counters = *engine.counters();
    writer.finish().finish().map(|()| summary)
}

/// One engine, so that rows come in the order of the capture.
struct Conversion {
    engine: Engine,
    writer: ZeekWriter<Logs>,
}

impl Taker for Conversion {
    fn take(&mut self, _shard: usize, frame: Frame<'_>, packet: &wire::Packet<'_>) {
        self.engine.handle_packet(&frame, packet, &mut self.writer);
    }
}

/// The files, opened as their first lines come.
struct Logs {
    folder: PathBuf,
    files: Vec<(&'static str, BufWriter<File>)>,
    error: Option<std::io::Error>,
}

impl Logs {
    fn write(&mut self, log: &'static str, line: &[u8]) -> std::io::Result<()> {
        let place = match self.files.iter().position(|(name, _)| *name == log) {
            Some(place) => place,
            None => {
                let file = File::create(self.folder.join(format!("{log}.log")))?;
                self.files.push((log, BufWriter::new(file)));
                self.files.len() - 1
            }
        };
        self.files[place].1.write_all(line)
    }

    fn finish(mut self) -> std::io::Result<()> {
        match self.error.take() {
            Some(error) => Err(error),
            None => self.files.iter_mut().try_for_each(|(_, file)| file.flush()),
        }
    }
}

impl LogSink for Logs {
    fn line(&mut self, log: &'static str, line: &[u8]) {
        if self.error.is_none() {
            self.error = self.write(log, line).err();
        }
    }
}
