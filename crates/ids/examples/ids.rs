//! `fathom ids` alone, without the rest of the program: for profiling and for Suricata's verification suite.
//!
//!     cargo run --release -p ids --example ids -- -r FILE -l DIR

use clap::Parser;

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    arguments: ids::Arguments,
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    match ids::run(&Command::parse().arguments) {
        Ok(outcome) => {
            outcome.remarks.iter().for_each(|remark| eprintln!("note: {remark}"));
            eprintln!("{:?}", outcome.summary);
            std::process::ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            std::process::ExitCode::from(2)
        }
    }
}
