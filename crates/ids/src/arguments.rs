//! The command line, as Suricata's manual has it.

use clap::Args;
use std::path::PathBuf;

/// Suricata's options for reading captures.
#[derive(Clone, Debug, Default, Args)]
pub struct Arguments {
    /// Capture, or a folder of captures
    #[arg(short = 'r', value_name = "FILE|DIR", required = true)]
    pub captures: Vec<PathBuf>,
    /// Folder for eve.json [default: here]
    #[arg(short = 'l', value_name = "DIR")]
    pub log_dir: Option<PathBuf>,
    /// Settings: a suricata.yaml
    #[arg(short = 'c', value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Rules, besides those that the settings name
    #[arg(short = 's', value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// Rules, instead of those that the settings name
    #[arg(short = 'S', value_name = "FILE")]
    pub only_rules: Vec<PathBuf>,
    /// Where the files are that rules load their data sets from
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Checksums: all or none
    #[arg(short = 'k', value_name = "all|none")]
    pub checksums: Option<String>,
    /// A setting that goes before that of the file
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// How threads are used: single, or autofp for one worker per core
    #[arg(long, value_name = "MODE")]
    pub runmode: Option<String>,
    /// As if packets could be dropped
    #[arg(long)]
    pub simulate_ips: bool,
    /// Stop at the first mistake in the settings
    #[arg(long)]
    pub init_errors_fatal: bool,
    /// Nothing is drawn by chance here in any case
    #[arg(long)]
    pub no_random: bool,
    /// A table of what each rule costs, in rule_perf.log
    #[arg(long)]
    pub profile_rules: bool,
    /// A clock for that: without one, costs are counted in steps
    #[arg(skip)]
    pub clock: Option<rules::Clock>,
    /// Workers [default: one; with --runmode autofp one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
    /// A file with a filter in tcpdump's language
    #[arg(short = 'F', value_name = "FILE")]
    pub filter_file: Option<PathBuf>,
    /// A filter in tcpdump's language: tcp port 80 and not net 10.0.0.0/8
    #[arg(value_name = "BPF FILTER")]
    pub filter: Vec<String>,
}
