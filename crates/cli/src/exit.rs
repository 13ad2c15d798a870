//! What the exit code says.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was read.
    Done,
    /// Findings at or above `--fail-on`.
    Findings,
    /// Bad usage, or nothing could be read.
    Usage,
    /// Some input could not be read; the rest was.
    Partial,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Partial => 3,
        })
    }
}
