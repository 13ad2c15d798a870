//! Developer commands of this workspace: `cargo xtask <command>`.
//!
//! One module per command. Nothing here is part of the product, and no command reads the clock
//! into its output: the same arguments give the same bytes.

mod clock;
mod estate;
mod flows;
mod gcp_entry;
mod random;
mod tidy;

use clap::Parser;

/// Developer commands of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask")]
enum Command {
    /// Write the bundled example estate: one day of an invented three-cloud company.
    Estate(estate::Args),
    /// Write a large day of flow logs for benchmarks.
    Flows(flows::Args),
    /// Check layers, purity, file sizes and words.
    Tidy,
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Estate(args) => estate::run(&args),
        Command::Flows(args) => flows::run(&args),
        Command::Tidy => tidy::run(),
    }
}
