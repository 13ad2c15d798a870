//! `fathom packets`: the packets of a session, what its ends said, and the packets as a file of their own.

mod conversation;
mod export;

use crate::args::PacketsArguments;
use crate::config::Config;
use crate::exit::Exit;
use crate::output;
use crate::query::finish;
use anyhow::{Context, Result};
use capture::{FrameDetails, FrameReader, FrameSink, Note};
use conversation::Conversation;
use engine::packets::{PacketSink, SeenPacket, SessionReader, describe, ends};
use export::Export;
use flow::Flow;
use model::packet::{Frame, Side, Timestamp};
use source::Object;
use std::io::{BufWriter, StdoutLock, Write};

/// Bytes that say whether an object is a capture.
const HEAD_BYTES: usize = 64 << 10;

pub(crate) fn run(arguments: &PacketsArguments) -> Result<Exit> {
    let config = Config::load(arguments.reading.config.as_deref())?;
    let inputs = config.inputs(&arguments.inputs, &arguments.reading)?;
    let mut printer = Printer::new(arguments)?;
    for object in inputs.objects.iter() {
        printer.captures += u64::from(read_object(object, arguments, &mut printer)?);
        if printer.is_done() {
            break;
        }
    }
    printer.finish(arguments.reading.quiet)?;
    let exit = finish(&inputs, arguments.reading.quiet);
    Ok(match (printer.captures, printer.is_partial) {
        (0, _) => Exit::Usage,
        (_, true) => Exit::Partial,
        _ => exit,
    })
}

/// Reads one object; false if it is no capture.
fn read_object(object: &Object, arguments: &PacketsArguments, printer: &mut Printer) -> Result<bool> {
    let mut reader = object.open(&source::Limits::default()).with_context(|| object.name.clone())?;
    let is_capture = reader.peek(HEAD_BYTES).is_ok_and(|head| capture::sniff(head).is_some());
    if !is_capture {
        if !arguments.reading.quiet {
            output::remark(&format!("{}: no capture, so there are no packets in it", object.name));
        }
        return Ok(false);
    }
    let mut frames = FrameReader::new(capture::Limits::default());
    let sessions = SessionReader::new(&engine::Config::default(), arguments.session.clone().unwrap_or_default());
    let mut feed = Feed { sessions, object: &object.name, printer };
    while !feed.printer.is_done() {
        match reader.next_chunk().with_context(|| object.name.clone())? {
            Some(chunk) => frames.push(chunk, &mut feed),
            None => break,
        }
    }
    frames.finish(&mut feed);
    feed.sessions.finish(feed.printer);
    Ok(true)
}

/// Hands frames to the sessions.
struct Feed<'a> {
    sessions: SessionReader,
    object: &'a str,
    printer: &'a mut Printer,
}

impl FrameSink for Feed<'_> {
    fn frame(&mut self, frame: Frame<'_>, _details: FrameDetails) {
        self.sessions.handle_frame(frame, self.printer);
    }

    fn note(&mut self, note: Note<'_>) {
        let (offset, what) = match &note {
            Note::Damaged { offset, damage } => (offset, damage.text().to_owned()),
            Note::OverLimit { offset, length } => (offset, format!("a frame or block of {length} bytes was left out")),
            Note::Truncated { offset, present, needed } => {
                (offset, format!("the file ends in a record: {present} of {needed} bytes are there"))
            }
            _ => return,
        };
        self.printer.is_partial = true;
        output::remark(&format!("{}: at byte {offset}: {what}", self.object));
    }
}

/// Prints what the sessions tell. What cannot be written is kept and told at the end.
struct Printer {
    out: BufWriter<StdoutLock<'static>>,
    conversation: Option<Conversation>,
    export: Option<Export>,
    /// Are packets listed?
    lists: bool,
    limit: u64,
    first: Option<Timestamp>,
    packets: u64,
    captures: u64,
    /// Was something of a capture lost?
    is_partial: bool,
    failure: Option<anyhow::Error>,
}

impl Printer {
    fn new(arguments: &PacketsArguments) -> Result<Printer> {
        let conversation =
            (arguments.follow || arguments.hex).then(|| Conversation::new(arguments.hex, output::wants_color()));
        Ok(Printer {
            out: output::stdout(),
            lists: conversation.is_none() && arguments.write.is_none(),
            conversation,
            export: arguments.write.as_deref().map(Export::new).transpose()?,
            limit: arguments.limit.unwrap_or(u64::MAX),
            first: None,
            packets: 0,
            captures: 0,
            is_partial: false,
            failure: None,
        })
    }

    /// Is there nothing more to print?
    fn is_done(&self) -> bool {
        self.failure.is_some() || self.packets >= self.limit
    }

    fn finish(&mut self, quiet: bool) -> Result<()> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.out.flush()?;
        let export = self.export.take();
        let written = export.map(|export| export.finish()).transpose()?;
        if !quiet && let Some(place) = written {
            output::remark(&format!("{} packets written to {}", self.packets, place.display()));
        } else if !quiet && self.packets == 0 && self.captures > 0 {
            output::remark(
                "no packet fits; `fathom query \"SELECT flow_id, src_ip, src_port, dst_ip, dst_port FROM flows\"` lists the sessions",
            );
        }
        Ok(())
    }

    fn keep(&mut self, outcome: Result<()>) {
        if let Err(failure) = outcome {
            self.failure.get_or_insert(failure);
        }
    }

    /// `     7     0.001204  10.0.0.1:40000 → 10.0.0.2:80  tcp [S] seq 0 ...`
    fn list(&mut self, seen: &SeenPacket<'_>) -> Result<()> {
        let first = *self.first.get_or_insert(seen.frame.timestamp);
        let seconds = (seen.frame.timestamp.0 - first.0) as f64 / 1e9;
        let arrow = match seen.flow {
            Some((_, Side::Client)) => '>',
            Some((_, Side::Server)) => '<',
            None => ' ',
        };
        let (number, ends, what) = (seen.frame.number, ends(seen.packet), describe(seen));
        writeln!(self.out, "{number:>7} {seconds:>12.6} {arrow} {ends:<45} {what}")?;
        Ok(())
    }
}

impl PacketSink for Printer {
    fn packet(&mut self, seen: &SeenPacket<'_>) {
        if self.is_done() {
            return;
        }
        self.packets += 1;
        if self.lists {
            let outcome = self.list(seen);
            self.keep(outcome);
        }
        if let Some(export) = &mut self.export {
            let outcome = export.write(seen.frame);
            self.keep(outcome);
        }
    }

    fn said(&mut self, flow: &Flow, sender: Side, bytes: &[u8]) {
        if let Some(conversation) = &mut self.conversation {
            let outcome = conversation.said(flow, sender, bytes, &mut self.out);
            self.keep(outcome);
        }
    }

    fn gap(&mut self, flow: &Flow, sender: Side, bytes: u64) {
        if let Some(conversation) = &mut self.conversation {
            let outcome = conversation.gap(flow, sender, bytes, &mut self.out);
            self.keep(outcome);
        }
    }
}
