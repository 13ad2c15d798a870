//! `fathom ids`: captures through the packet engine behind Suricata's command line.

use crate::exit::Exit;
use crate::output;
use crate::time::ticks_ns;
use anyhow::Result;
use ids::{Arguments, Outcome};

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let arguments =
        Arguments { clock: arguments.profile_rules.then_some(ticks_ns as rules::Clock), ..arguments.clone() };
    let Outcome { summary, remarks, profile } = ids::run(&arguments)?;
    if let Some(profile) = profile {
        output::print(&profile.to_string())?;
    }
    remarks.iter().for_each(|remark| output::remark(&format!("note: {remark}")));
    for problem in &summary.problems {
        output::remark(&format!("{}: at byte {}: {}", problem.object, problem.offset, problem.what));
    }
    let counters = &summary.counters;
    output::remark(&format!(
        "{} capture(s), {} frames, {} bytes; {} malformed",
        summary.captures, counters.frames, counters.bytes, counters.malformed
    ));
    // A damaged capture that was read as far as it goes is no failure to scripts that were written for Suricata.
    Ok(if summary.captures == 0 { Exit::Usage } else { Exit::Done })
}
