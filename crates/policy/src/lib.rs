//! Who may talk to whom on what, and who does: policies against flows.
//!
//! A policy file names segments and rules ([`language`]); [`Policy::parse`] reads it and says what is wrong where,
//! contradictions with both places. Flows are folded into who talked to whom ([`Traffic`], bounded and mergeable), and
//! only then held against a policy ([`audit`]), turned into one ([`learn`]), or held against what a cloud's firewalls
//! allow ([`firewall`]). What the internet reached is told by [`exposure`], what blacklists would hit by [`list_hits`].
//! Knows nothing of: files, log formats, SQL, the clock, the command line.
//! Start at: [`Policy`], [`Matcher`], [`Traffic`], [`audit`], [`learn`], [`firewall::Firewall`].
//!
//! ```
//! use policy::{Policy, Matcher};
//!
//! let text = "segment web = 10.0.1.0/24\nallow internet -> web on tcp/443\n";
//! let (policy, diagnostics) = Policy::parse(text);
//! assert!(diagnostics.is_empty());
//! let matcher = Matcher::new(&policy);
//! let [client, server] = ["198.100.1.7", "10.0.1.9"].map(|text| matcher.side_of(text.parse().unwrap()));
//! assert!(matcher.decide(&client, &server, 6, 443).is_inside());
//! assert!(!matcher.decide(&client, &server, 6, 22).is_inside());
//! ```

mod audit;
mod bits;
mod exposure;
pub mod firewall;
pub mod language;
mod learn;
mod limits;
mod list_hits;
mod matcher;
mod per_host;
mod prefixes;
mod render;
mod traffic;

pub use audit::{Audit, Group, GroupEdge, RuleUse, audit};
pub use exposure::{Exposure, exposure};
pub use language::{Diagnostic, Policy, Severity};
pub use learn::{LearnOptions, Learned, learn};
pub use limits::Limits;
pub use list_hits::{ListHits, ListedEdge, list_hits};
pub use matcher::{Decision, Matcher, Side};
pub use traffic::{Edge, EdgeKey, Host, Traffic, WANTED};
