//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use engine::packets::FlowSelector;
use std::path::PathBuf;

/// Shows what a hybrid, multi-cloud network really does, from flow logs down to packets.
#[derive(Debug, Parser)]
#[command(
    name = "fathom",
    version,
    about,
    after_help = "Exit codes: 0 done · 1 findings at or above --fail-on · 2 bad usage or input · 3 some input unreadable",
    max_term_width = 100
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Understand a network in a minute: traffic, who was turned away, what the internet reaches, findings
    #[command(
        after_help = "Examples:\n  fathom report logs/\n  fathom report logs/ --intel blacklists/*.txt --html report.html\n  \
        fathom report logs/ --since 2026-03-02T09:00 --where \"dst_port = 22\" --json | jq .findings\n  \
        fathom report logs/april/ --baseline logs/march/"
    )]
    Report(ReportArguments),
    /// Go on reading logs as they arrive, and tell each finding once; lists that change are taken in anew
    #[command(after_help = "Examples:\n  fathom watch logs/ --intel lists/\n  \
        fathom watch logs/ --baseline normal.json --suppress known.txt --ocsf >> findings.ndjson")]
    Watch(WatchArguments),
    /// Ask anything in SQL: tables flows and health, and of captures http, dns, tls, ...
    #[command(
        after_help = "Examples:\n  fathom query \"SELECT src_ip, sum(bytes) AS bytes FROM flows GROUP BY 1 ORDER BY 2 DESC LIMIT 10\" logs/\n  \
        fathom query logs/          (a prompt)\n  fathom query \"SELECT * FROM health\" logs/ --format ndjson"
    )]
    Query(QueryArguments),
    /// Write the normalised flows as Parquet, CSV, JSON or NDJSON
    #[command(
        after_help = "Examples:\n  fathom convert logs/ -o flows.parquet\n  fathom convert logs/ --format ndjson | jq .src_ip"
    )]
    Convert(ConvertArguments),
    /// The packets of a session, what its ends said to each other, and the packets as a capture of their own
    #[command(
        after_help = "A session is named by flow_id, Community ID, an end, or two ends:\n  fathom packets capture.pcap --flow 10.0.0.1:40000-10.0.0.2:80\n  \
        fathom packets capture.pcap --flow 1:wCb3OG7yAFWelaUydu0D+125CLM= --follow\n  fathom packets captures/ --flow \"udp 10.0.0.2:53\" --write dns.pcapng"
    )]
    Packets(PacketsArguments),
    /// Every column: type, unit, meaning, and where each provider has it; and every SQL function
    Fields(FieldsArguments),
    /// Captures through the packet engine behind Suricata's options; writes EVE JSON
    #[command(
        after_help = "Examples:\n  fathom ids -r capture.pcap -l out/\n  fathom ids -r captures/ -c suricata.yaml --set stream.midstream=true -l out/ --workers 2"
    )]
    Ids(::ids::Arguments),
    /// Suricata rules: are these files right, what does a rule do, which keywords are there
    #[command(
        after_help = "Examples:\n  fathom rules check my.rules\n  fathom rules explain 2019401 emerging.rules\n  fathom rules list"
    )]
    Rules(RulesArguments),
    /// Blacklists: is this file right, and what is known about an address
    #[command(after_help = "Examples:\n  fathom intel check blacklists/*.txt warninglists/*.json\n  \
        fathom intel check blacklists/*.txt --logs logs/\n  fathom intel lookup 45.9.148.20 blacklists/*.txt")]
    Intel(IntelArguments),
    /// Who may talk to whom on what: check, audit, learn, firewall rules, exposure
    #[command(
        after_help = "Examples:\n  fathom policy learn logs/march/ -o policy.txt\n  fathom policy audit policy.txt logs/april/\n  \
        fathom policy firewall logs/march/ --rules groups.json interfaces.json --later logs/april/\n  fathom policy exposure logs/"
    )]
    Policy(PolicyArguments),
}

/// What every command that reads logs takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct InputArguments {
    /// Columns of AWS records without a header line, such as "version account-id interface-id ..."
    #[arg(long, value_name = "FIELDS")]
    pub(crate) aws_format: Option<String>,
    /// Threads that decode [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Only records that begin at or after this time: 2026-03-02, 2026-03-02T09:12Z, or -2h before now
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) since: Option<String>,
    /// Only records that begin before this time
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<String>,
    /// Settings file [default: fathom.toml, where there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// No progress, no remarks
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ReportArguments {
    /// Files, folders, globs, or - for standard input
    #[arg(required = true)]
    pub(crate) inputs: Vec<String>,
    #[command(flatten)]
    pub(crate) reading: InputArguments,
    #[command(flatten)]
    pub(crate) looking: LookingArguments,
    /// Show what a host of ours usually does (by --baseline) and what it does in these records
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) profile: Option<std::net::IpAddr>,
    /// Write down what is normal in these records: hours of the week, peers, services
    #[arg(long, value_name = "FILE")]
    pub(crate) learn: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the findings as OCSF events, class Detection Finding (2004): a JSON object a line
    #[arg(long, conflicts_with = "json")]
    pub(crate) ocsf: bool,
    /// Also write a self-contained HTML page
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Exit with 1 when there is a finding of this severity or a higher one
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<Severity>,
}

/// What is looked at, with what: the same in a report and while logs are watched.
#[derive(Clone, Debug, Args)]
pub(crate) struct LookingArguments {
    /// Only records for which this SQL condition is true
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,
    #[command(flatten)]
    pub(crate) knowledge: KnowledgeArguments,
    #[command(flatten)]
    pub(crate) rules: RuleArguments,
    /// Conversations that are looked at record by record, 200 bytes each; of more, a share of the pairs of hosts is
    #[arg(long, value_name = "N", default_value_t = 150_000)]
    pub(crate) conversations: usize,
}

/// What a report knows beside the records.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct KnowledgeArguments {
    /// Blacklists, in any common format: files, or folders of them
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) intel: Vec<PathBuf>,
    /// Whose interfaces and addresses are: describe-network-interfaces, AWS Config, a table, the clouds' IP ranges
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) inventory: Vec<PathBuf>,
    /// Countries and autonomous systems of addresses: databases in MaxMind's format (GeoLite2, DB-IP, IPinfo)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) geo: Vec<PathBuf>,
    /// Findings not to show: a line each of detector, entity, last day, reason
    #[arg(long, value_name = "FILE")]
    pub(crate) suppress: Option<PathBuf>,
    /// What moving a gigabyte costs, by class: a table of class, price_per_gb, provider, region
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// Also tell what departs from a normal time: a file of --learn, or logs of that time
    #[arg(long, value_name = "FILE|LOGS", num_args = 1..)]
    pub(crate) baseline: Vec<String>,
}

/// `fathom watch`.
#[derive(Clone, Debug, Args)]
pub(crate) struct WatchArguments {
    /// Folders that logs arrive in, files, or globs
    #[arg(required = true)]
    pub(crate) inputs: Vec<String>,
    #[command(flatten)]
    pub(crate) reading: InputArguments,
    #[command(flatten)]
    pub(crate) looking: LookingArguments,
    /// How often to look for what is new: 30s, 5m
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = crate::time::parse_duration)]
    pub(crate) every: std::time::Duration,
    /// Findings rest on what arrived in so long a time, and at most twice as long: 24h, 7d
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = crate::time::parse_duration)]
    pub(crate) keep: std::time::Duration,
    /// Stop after so many looks
    #[arg(long, value_name = "N")]
    pub(crate) looks: Option<u64>,
    /// Print each finding as one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Print each finding as an OCSF event, class Detection Finding (2004): a JSON object a line
    #[arg(long, conflicts_with = "json")]
    pub(crate) ocsf: bool,
}

/// What captures are held against.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RuleArguments {
    /// Rules in Suricata's language that captures are held against: their alerts become findings and the table alerts
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) rules: Vec<PathBuf>,
    /// A suricata.yaml with the variables of the rules, such as HOME_NET [default: private addresses]
    #[arg(long, value_name = "FILE")]
    pub(crate) rule_settings: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct QueryArguments {
    /// The SQL, then files, folders, globs, or - for standard input; without SQL, a prompt
    #[arg(required = true, value_name = "SQL|INPUT")]
    pub(crate) sql_and_inputs: Vec<String>,
    #[command(flatten)]
    pub(crate) reading: InputArguments,
    #[command(flatten)]
    pub(crate) rules: RuleArguments,
    /// How to print the result [default: a table on a terminal, CSV elsewhere]
    #[arg(long, short, value_name = "FORMAT")]
    pub(crate) format: Option<QueryFormat>,
    /// Write to a file; its ending decides the format
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Bytes that groups, sorts and joins may hold before they go to disk, such as 500MB
    #[arg(long, value_name = "BYTES")]
    pub(crate) memory: Option<String>,
    /// Rows that a table shows at most; other formats always have all
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) rows: usize,
}

#[derive(Clone, Copy, Debug, ValueEnum, PartialEq, Eq)]
pub(crate) enum QueryFormat {
    Table,
    Csv,
    Json,
    Ndjson,
    Parquet,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ConvertArguments {
    /// Files, folders, globs, or - for standard input
    #[arg(required = true)]
    pub(crate) inputs: Vec<String>,
    #[command(flatten)]
    pub(crate) reading: InputArguments,
    /// Where to write; its ending (.parquet, .csv, .json, .ndjson) decides the format [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// parquet, csv, json or ndjson
    #[arg(long, short, value_name = "FORMAT")]
    pub(crate) format: Option<QueryFormat>,
    /// Write captures as Zeek's logs (conn.log, dns.log, ...) into the folder that -o names; with --format ndjson as JSON lines
    #[arg(long, value_name = "FORM", requires = "output")]
    pub(crate) to: Option<ConvertTarget>,
    /// Only these columns, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Only records for which this SQL condition is true
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PacketsArguments {
    /// Captures: files, folders, globs, or - for standard input
    #[arg(required = true)]
    pub(crate) inputs: Vec<String>,
    #[command(flatten)]
    pub(crate) reading: InputArguments,
    /// Only packets of this session: flow_id, Community ID, an end (10.0.0.1:443) or two (10.0.0.1-10.0.0.2:443)
    #[arg(long = "flow", value_name = "SESSION")]
    pub(crate) session: Option<FlowSelector>,
    /// Print what the ends said, put together, instead of the packets
    #[arg(long)]
    pub(crate) follow: bool,
    /// The same in hexadecimal
    #[arg(long)]
    pub(crate) hex: bool,
    /// Write the packets to a capture; .pcap or .pcapng
    #[arg(long, short, value_name = "FILE")]
    pub(crate) write: Option<PathBuf>,
    /// Stop after so many packets
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

#[derive(Clone, Copy, Debug, ValueEnum, PartialEq, Eq)]
pub(crate) enum ConvertTarget {
    Zeek,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct RulesArguments {
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// What is wrong in rule files, and what is slow or never matches: with file, line, column and a hint
    Check {
        /// Rule files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// What a rule does, in words
    Explain {
        /// Its sid
        sid: u32,
        /// Rule files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Every keyword, as a table in Markdown
    List,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct FieldsArguments {
    /// Only columns and functions with this in their name or meaning
    pub(crate) search: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the reference page in Markdown
    #[arg(long, conflicts_with = "json")]
    pub(crate) markdown: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct IntelArguments {
    #[command(subcommand)]
    pub(crate) command: IntelCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum IntelCommand {
    /// What a list holds, what of it is not matched and why, how clean it is, and what it would hit
    Check {
        /// Lists, warning lists among them
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Flow logs: what would the lists hit in them?
        #[arg(long, value_name = "INPUT", num_args = 1..)]
        logs: Vec<String>,
        #[command(flatten)]
        reading: InputArguments,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Fetch lists over HTTPS; one that has not changed is not fetched again, one that looks broken does not replace what is there
    #[command(
        after_help = "Example:\n  fathom intel update https://feodotracker.abuse.ch/downloads/ipblocklist.txt --into lists/"
    )]
    Update {
        /// Where lists are; NAME=URL names the file, otherwise the end of the URL does
        #[arg(required = true, value_name = "[NAME=]URL")]
        urls: Vec<String>,
        /// The folder they are kept in
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
        /// Also take a list that has less than half of the entries that it had
        #[arg(long)]
        force: bool,
        /// Also fetch over HTTP, where anybody on the way can change a list
        #[arg(long)]
        insecure: bool,
    },
    /// What lists say about an address
    Lookup {
        /// The address
        address: std::net::IpAddr,
        /// Lists
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PolicyArguments {
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Is a policy file right? Contradictions are named with both places
    Check {
        /// The policy
        policy: PathBuf,
    },
    /// Flows against a policy: accepted outside of it, refused inside of it, rules never used
    Audit {
        /// The policy
        policy: PathBuf,
        /// Files, folders, globs, or - for standard input
        #[arg(required = true)]
        inputs: Vec<String>,
        #[command(flatten)]
        reading: InputArguments,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// A first policy from a period of flows, for review
    Learn {
        /// Files, folders, globs, or - for standard input
        #[arg(required = true)]
        inputs: Vec<String>,
        #[command(flatten)]
        reading: InputArguments,
        /// Where to write [default: standard output]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Security groups, NACLs, NSGs and firewall rules against flows: unused, too wide, and what a narrower rule refuses
    Firewall {
        /// Files, folders, globs, or - for standard input
        #[arg(required = true)]
        inputs: Vec<String>,
        /// The clouds' JSON: rules, and the interfaces or instances they guard
        #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
        rules: Vec<PathBuf>,
        /// A later period that the proposals are checked against
        #[arg(long, value_name = "INPUT", num_args = 1..)]
        later: Vec<String>,
        #[command(flatten)]
        reading: InputArguments,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// What the internet really reached
    Exposure {
        /// Files, folders, globs, or - for standard input
        #[arg(required = true)]
        inputs: Vec<String>,
        #[command(flatten)]
        reading: InputArguments,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
}
