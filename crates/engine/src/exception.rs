//! What is done with traffic that cannot be looked at as it should be: Suricata's exception policies.

use flow::Flow;
use flow::tcp::TcpState;
use wire::Transport;

/// What is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExceptionPolicy {
    /// Nothing.
    #[default]
    Ignore,
    /// Rules do not look at the packet.
    PassPacket,
    /// Rules do not look at the flow any more.
    PassFlow,
    /// Nothing looks at the flow any more.
    Bypass,
    /// The packet is thrown away.
    DropPacket,
    /// All of the flow is thrown away.
    DropFlow,
    /// So it is, and its ends are told.
    Reject,
}

impl ExceptionPolicy {
    /// By its name in `suricata.yaml`; `auto` is `automatic`.
    pub fn named(name: &str, automatic: ExceptionPolicy) -> Option<ExceptionPolicy> {
        Some(match name {
            "ignore" => ExceptionPolicy::Ignore,
            "pass-packet" => ExceptionPolicy::PassPacket,
            "pass-flow" => ExceptionPolicy::PassFlow,
            "bypass" => ExceptionPolicy::Bypass,
            "drop-packet" => ExceptionPolicy::DropPacket,
            "drop-flow" => ExceptionPolicy::DropFlow,
            "reject" | "reject-both" => ExceptionPolicy::Reject,
            "auto" => automatic,
            _ => return None,
        })
    }

    /// Its name in EVE.
    pub const fn name(self) -> &'static str {
        match self {
            ExceptionPolicy::Ignore => "ignore",
            ExceptionPolicy::PassPacket => "pass_packet",
            ExceptionPolicy::PassFlow => "pass_flow",
            ExceptionPolicy::Bypass => "bypass",
            ExceptionPolicy::DropPacket => "drop_packet",
            ExceptionPolicy::DropFlow => "drop_flow",
            ExceptionPolicy::Reject => "reject",
        }
    }

    /// Does it throw something away?
    pub const fn drops(self) -> bool {
        matches!(self, ExceptionPolicy::DropPacket | ExceptionPolicy::DropFlow | ExceptionPolicy::Reject)
    }
}

/// Does this packet belong to a connection whose begin was not seen, and that was not picked up before it? RST says only that there is
/// none.
pub(crate) fn is_midstream_packet(flow: &Flow, packet: &wire::Packet<'_>) -> bool {
    let Transport::Tcp(header) = &packet.transport else { return false };
    let is_opening = header.flags.0 & (SYN | ACK) == SYN;
    flow.tcp_state().is_none_or(|state| state == TcpState::None) && !is_opening && header.flags.0 & RST == 0
}

/// Was there such a packet?
pub(crate) fn is_midstream(flow: &Flow) -> bool {
    let Some(tcp) = &flow.tcp else { return false };
    let has_only_resets = flow.tcp_flags.iter().all(|flags| *flags == 0 || flags & RST != 0);
    tcp.connection.traits.is_midstream || tcp.connection.state == TcpState::None && !has_only_resets
}

const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;
