//! Reads captures and writes EVE JSON to standard output: the packet side without the rest of the program, for profiling.
//!
//!     cargo run --release -p engine --example eve -- FILE... > eve.json

use capture::{FrameDetails, FrameReader, FrameSink, Note};
use engine::eve::{EveOptions, EveWriter, LineSink};
use engine::{Config, Engine};
use model::packet::{Frame, Timestamp};
use std::io::{Read, Write};

struct Output(std::io::StdoutLock<'static>);

impl LineSink for Output {
    fn line(&mut self, _frame_number: u64, line: &[u8]) {
        // Nobody reads any more: nothing to do about it.
        let _ = self.0.write_all(line);
    }
}

struct Worker {
    engine: Engine,
    writer: EveWriter<Output>,
    last: (Timestamp, u64),
}

impl FrameSink for Worker {
    fn frame(&mut self, frame: Frame<'_>, _details: FrameDetails) {
        self.last = (frame.timestamp, frame.number);
        self.engine.handle_frame(frame, &mut self.writer);
    }

    fn note(&mut self, note: Note<'_>) {
        eprintln!("{note:?}");
    }
}

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let writer = EveWriter::new(EveOptions::default(), Output(std::io::stdout().lock()));
        let engine = Engine::new(&Config::default());
        let mut worker = Worker { engine, writer, last: (Timestamp(0), 0) };
        let mut reader = FrameReader::new(capture::Limits::default());
        let mut file = std::fs::File::open(&path)?;
        let mut chunk = vec![0; 1 << 20];
        loop {
            let length = file.read(&mut chunk)?;
            if length == 0 {
                break;
            }
            reader.push(&chunk[..length], &mut worker);
        }
        reader.finish(&mut worker);
        worker.engine.finish(worker.last.0, worker.last.1, &mut worker.writer);
        eprintln!("{path}: {:?} {:?}", worker.engine.counters(), worker.engine.flow_counters());
    }
    Ok(())
}
