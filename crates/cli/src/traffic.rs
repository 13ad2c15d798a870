//! Inputs folded into who talked to whom: what `fathom policy` and `fathom intel check --logs` ask.

use crate::args::InputArguments;
use crate::config::Config;
use crate::exit::Exit;
use crate::progress::Progress;
use crate::query::finish;
use ::policy::{Limits, Traffic, WANTED};
use anyhow::{Result, bail};
use model::Projection;
use query::Inputs;
use query::scan::{Batches, Part, Wanted, fold};

/// Pairs that a part holds before it is merged: a few MB.
const PART_EDGES: usize = 65_536;

/// Who talked to whom in these inputs, and whether all of them could be read.
pub(crate) fn read(names: &[String], reading: &InputArguments) -> Result<(Traffic, Exit)> {
    let inputs = Config::load(reading.config.as_deref())?.inputs(names, reading)?;
    if inputs.objects.is_empty() && inputs.problems.is_empty() {
        bail!("nothing to read: the inputs name no file");
    }
    let progress = Progress::show(&inputs, reading.quiet);
    let traffic = fold_inputs(&inputs);
    drop(progress);
    let exit = finish(&inputs, reading.quiet);
    Ok((traffic, exit))
}

fn fold_inputs(inputs: &Inputs) -> Traffic {
    let wanted = Wanted::columns(Projection::of(WANTED.iter().copied()));
    let mut whole = Traffic::new(Limits::default());
    let begin = || TrafficPart(Traffic::new(Limits::default()));
    fold(inputs, &wanted, &begin, |part: TrafficPart| whole.merge(part.0));
    whole
}

/// Some records of one object.
struct TrafficPart(Traffic);

impl Part for TrafficPart {
    fn push(&mut self, batches: &Batches) {
        self.0.push(&batches.flows);
    }

    fn is_full(&self) -> bool {
        self.0.len() >= PART_EDGES
    }
}
