//! What an engine does, and what bounds it.

use crate::detection::RuleConfig;
use crate::exception::ExceptionPolicy;
use crate::file_store::FileStoring;
use crate::files::Hashes;
use wire::DecodeConfig;

/// Settings of an engine.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// How frames are decoded.
    pub decode: DecodeConfig,
    /// How fragments are put together.
    pub defragment: flow::DefragmentConfig,
    /// Bounds of that.
    pub defragment_limits: flow::DefragmentLimits,
    /// How flows are kept and streams put together.
    pub flow: flow::Config,
    /// Which hosts put overlapping segments together in which way.
    pub host_policies: flow::tcp::HostPolicies,
    /// Bounds of the flow table.
    pub flow_limits: flow::Limits,
    /// Bounds of application parsers.
    pub application_limits: applayer::Limits,
    /// Which digests are made of files.
    pub hashes: Hashes,
    /// Whether files are kept.
    pub file_storing: Option<FileStoring>,
    /// Are applications looked at? Without, flows and their performance are all there is.
    pub skips_applications: bool,
    /// Do packets that carry others have flows too, as in Suricata? Whoever hands frames to engines calls
    /// [`Engine::handle_outer`](crate::Engine::handle_outer).
    pub has_outer_flows: bool,
    /// What is done with TCP connections whose begin was not seen; told of flows where it is set. Only rules do it.
    pub midstream_policy: Option<ExceptionPolicy>,
    /// Rules, where there are any.
    pub rules: Option<RuleConfig>,
}
