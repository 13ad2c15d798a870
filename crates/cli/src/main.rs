//! `fathom`: flow logs of any cloud and packets, read as one thing.
//!
//! One file per subcommand; [`COMMANDS`](args::Command) says which. This crate alone prints, reads
//! the clock and decides exit codes. Nothing depends on it.

mod args;
mod baseline;
mod config;
mod convert;
mod exit;
mod feeds;
mod fields;
mod file_output;
mod ids;
mod intel;
mod inventory;
mod knowledge;
mod output;
mod packets;
mod parts;
mod policy;
mod progress;
mod prompt;
mod query;
mod report;
mod rules;
mod time;
mod traffic;
mod watch;

use args::{Arguments, Command};
use clap::Parser;
use exit::Exit;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Report(arguments) => report::run(&arguments),
        Command::Watch(arguments) => watch::run(&arguments),
        Command::Query(arguments) => query::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Packets(arguments) => packets::run(&arguments),
        Command::Fields(arguments) => fields::run(&arguments),
        Command::Ids(arguments) => ids::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments.command),
        Command::Intel(arguments) => intel::run(&arguments),
        Command::Policy(arguments) => policy::run(&arguments),
    };
    let exit = outcome.unwrap_or_else(|error| {
        if output::is_closed_pipe(&error) {
            return Exit::Done;
        }
        output::print_error(&error);
        Exit::Usage
    });
    exit.into()
}
