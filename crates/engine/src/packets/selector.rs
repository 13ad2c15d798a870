//! Which sessions are meant.

use crate::eve::community_id_of;
use crate::event::flow_number;
use flow::{Endpoint, Flow};
use model::packet::Timestamp;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Which sessions are meant.
///
/// As text: a `flow_id` of the tables (`2718281828`), a Community ID (`1:wCb3OG7yAFWelaUydu0D+125CLM=`), an end
/// (`10.0.0.1`, `10.0.0.1:443`, `[fd00::1]:443`) or two of them with a hyphen or an arrow between, in any order, with a
/// protocol before them if that matters: `udp 10.0.0.1 -> 10.0.0.2:53`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FlowSelector {
    /// Every one, and packets without a session.
    #[default]
    All,
    /// The one of this `flow_id`.
    Number(u64),
    /// Those of this Community ID.
    CommunityId(String),
    /// Those between these ends.
    Ends {
        /// IP protocol number.
        protocol: Option<u8>,
        /// One end.
        one: End,
        /// The other, if that matters.
        other: Option<End>,
    },
}

/// An end of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Its address.
    pub address: IpAddr,
    /// Its port, if that matters.
    pub port: Option<u16>,
}

impl End {
    fn is(self, end: Endpoint) -> bool {
        self.address == end.address && self.port.is_none_or(|port| port == end.port)
    }
}

impl FlowSelector {
    /// Is a session that begins at this moment one of them?
    pub fn fits(&self, flow: &Flow, start: Timestamp) -> bool {
        let (client, server, protocol) = (flow.client(), flow.server(), flow.protocol());
        match self {
            FlowSelector::All => true,
            // Who is the client may turn out later; the number is made of the ends in their final order.
            FlowSelector::Number(number) => [(client, server), (server, client)]
                .into_iter()
                .any(|(client, server)| flow_number(client, server, protocol, start) == *number),
            FlowSelector::CommunityId(id) => community_id_of(flow, 0).is_some_and(|own| own.as_str() == id),
            FlowSelector::Ends { protocol: wanted, one, other } => {
                let is_between =
                    |first: Endpoint, second: Endpoint| one.is(first) && other.is_none_or(|other| other.is(second));
                wanted.is_none_or(|wanted| wanted == protocol)
                    && (is_between(client, server) || is_between(server, client))
            }
        }
    }
}

/// A text that names no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSelector {
    /// The part that could not be read.
    pub part: String,
}

impl std::fmt::Display for BadSelector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "'{}' names no session: give a flow_id, a Community ID (1:...), an end (10.0.0.1 or 10.0.0.1:443) or two of them (10.0.0.1-10.0.0.2:443)",
            self.part
        )
    }
}

impl std::error::Error for BadSelector {}

const PROTOCOLS: &[(&str, u8)] = &[("icmp", 1), ("icmp6", 58), ("sctp", 132), ("tcp", 6), ("udp", 17)];

impl FromStr for FlowSelector {
    type Err = BadSelector;

    fn from_str(text: &str) -> Result<FlowSelector, BadSelector> {
        let text = text.trim();
        if let Ok(number) = text.parse() {
            return Ok(FlowSelector::Number(number));
        }
        if text.strip_prefix("1:").is_some_and(|hash| hash.len() == 28 && hash.ends_with('=')) {
            return Ok(FlowSelector::CommunityId(text.to_owned()));
        }
        let (protocol, rest) = match text.split_once(char::is_whitespace) {
            Some((word, rest)) => match PROTOCOLS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) {
                Some((_, number)) => (Some(*number), rest),
                None => (None, text),
            },
            None => (None, text),
        };
        let is_between = |character: char| character.is_whitespace() || matches!(character, '-' | '>' | '→' | ',');
        let mut ends = rest.split(is_between).filter(|part| !part.is_empty()).map(end);
        let bad = || BadSelector { part: text.to_owned() };
        let (one, other) = (ends.next().ok_or_else(bad)??, ends.next().transpose()?);
        if ends.next().is_some() {
            return Err(bad());
        }
        Ok(FlowSelector::Ends { protocol, one, other })
    }
}

fn end(text: &str) -> Result<End, BadSelector> {
    if let Ok(address) = text.trim_matches(['[', ']']).parse() {
        return Ok(End { address, port: None });
    }
    let socket: SocketAddr = text.parse().map_err(|_| BadSelector { part: text.to_owned() })?;
    Ok(End { address: socket.ip(), port: Some(socket.port()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(
        protocol: Option<u8>,
        one: (&str, Option<u16>),
        other: Option<(&str, Option<u16>)>,
    ) -> Option<FlowSelector> {
        let end = |(address, port): (&str, Option<u16>)| End { address: address.parse().unwrap(), port };
        Some(FlowSelector::Ends { protocol, one: end(one), other: other.map(end) })
    }

    #[test]
    fn sessions_are_named_in_many_ways() {
        let cases = [
            ("42", Some(FlowSelector::Number(42))),
            (
                "1:wCb3OG7yAFWelaUydu0D+125CLM=",
                Some(FlowSelector::CommunityId("1:wCb3OG7yAFWelaUydu0D+125CLM=".into())),
            ),
            ("10.0.0.1", selector(None, ("10.0.0.1", None), None)),
            ("fd00::1", selector(None, ("fd00::1", None), None)),
            ("[fd00::1]:443", selector(None, ("fd00::1", Some(443)), None)),
            ("10.0.0.1:1234-10.0.0.2:80", selector(None, ("10.0.0.1", Some(1234)), Some(("10.0.0.2", Some(80))))),
            ("UDP 10.0.0.1 -> 10.0.0.2:53", selector(Some(17), ("10.0.0.1", None), Some(("10.0.0.2", Some(53))))),
            ("", None),
            ("tcp", None),
            ("10.0.0.1 10.0.0.2 10.0.0.3", None),
            ("10.0.0.1:99999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<FlowSelector>().ok(), expected, "{text:?}");
        }
    }
}
