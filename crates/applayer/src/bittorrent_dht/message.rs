//! Messages of the hash table.

use super::bencode::Value;
use crate::tree::Tree;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Nodes or peers of one message that are kept.
const NODES_MAX: usize = 128;

/// Bytes of a node's or torrent's name.
const ID_BYTES: usize = 20;

/// A node, or a peer, which has no name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub id: Vec<u8>,
    /// Its address.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
}

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A query.
    Request {
        /// What is asked.
        kind: Vec<u8>,
        /// Who asks.
        id: Vec<u8>,
        /// The node that is looked for.
        target: Option<Vec<u8>>,
        /// The torrent that is looked for, or announced.
        info_hash: Option<Vec<u8>>,
        /// What the node that is asked gave before.
        token: Option<Vec<u8>>,
        /// Is the port that the datagram came from?
        implied_port: Option<i64>,
        /// The port that is announced.
        port: Option<i64>,
    },
    /// An answer.
    Response {
        /// Who answers.
        id: Vec<u8>,
        /// Nodes that are nearer.
        nodes: Vec<Node>,
        /// The same of IPv6.
        nodes6: Vec<Node>,
        /// Who has the torrent.
        values: Vec<Node>,
        /// What is to be given back.
        token: Option<Vec<u8>>,
    },
    /// A refusal: its number and why.
    Error(i64, Vec<u8>),
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Tells queries apart.
    pub transaction: Vec<u8>,
    /// Which program sends it.
    pub client_version: Option<Vec<u8>>,
    /// What it is.
    pub body: Body,
}

impl Message {
    /// Reads it.
    pub(super) fn parse(bytes: &[u8]) -> Option<Message> {
        let (whole, _) = Value::read(bytes)?;
        let owned = |name: &[u8]| Some(whole.get(name)?.text()?.to_vec());
        let body = match whole.get(b"y")?.text()? {
            b"q" => request(owned(b"q")?, whole.get(b"a")?)?,
            b"r" => response(whole.get(b"r")?)?,
            b"e" => {
                let mut items = whole.get(b"e")?.items();
                Body::Error(items.next()?.number()?, items.next()?.text()?.to_vec())
            }
            _ => return None,
        };
        Some(Message { transaction: owned(b"t")?, client_version: owned(b"v"), body })
    }

    /// Tells it in EVE's names.
    pub(super) fn tell(&self, tree: &mut dyn Tree) {
        hex("transaction_id", &self.transaction, tree);
        if let Some(version) = &self.client_version {
            hex("client_version", version, tree);
        }
        match &self.body {
            Body::Request { kind, id, target, info_hash, token, implied_port, port } => {
                tree.text("request_type", kind);
                tree.open_object("request");
                hex("id", id, tree);
                for (name, value) in [("target", target), ("info_hash", info_hash), ("token", token)] {
                    value.iter().for_each(|value| hex(name, value, tree));
                }
                for (name, value) in [("implied_port", implied_port), ("port", port)] {
                    value.iter().for_each(|value| tree.signed(name, *value));
                }
                tree.close_object();
            }
            Body::Response { id, nodes, nodes6, values, token } => {
                tree.open_object("response");
                hex("id", id, tree);
                tell_nodes("nodes", nodes, tree);
                tell_nodes("nodes6", nodes6, tree);
                tell_nodes("values", values, tree);
                token.iter().for_each(|token| hex("token", token, tree));
                tree.close_object();
            }
            Body::Error(number, message) => {
                tree.open_object("error");
                tree.signed("num", *number);
                tree.text("msg", message);
                tree.close_object();
            }
        }
    }
}

fn request(kind: Vec<u8>, arguments: Value<'_>) -> Option<Body> {
    let owned = |name: &[u8]| Some(arguments.get(name)?.text()?.to_vec());
    let number = |name: &[u8]| arguments.get(name)?.number();
    Some(Body::Request {
        kind,
        id: owned(b"id")?,
        target: owned(b"target"),
        info_hash: owned(b"info_hash"),
        token: owned(b"token"),
        implied_port: number(b"implied_port"),
        port: number(b"port"),
    })
}

fn response(values: Value<'_>) -> Option<Body> {
    let text = |name: &[u8]| values.get(name)?.text();
    let peers = values.get(b"values").into_iter().flat_map(Value::items).filter_map(Value::text);
    Some(Body::Response {
        id: text(b"id")?.to_vec(),
        nodes: nodes(text(b"nodes").unwrap_or_default(), 4),
        nodes6: nodes(text(b"nodes6").unwrap_or_default(), 16),
        values: peers.filter_map(|peer| node(b"", peer)).take(NODES_MAX).collect(),
        token: text(b"token").map(<[u8]>::to_vec),
    })
}

/// Nodes one behind the other: name, address, port.
fn nodes(bytes: &[u8], address_bytes: usize) -> Vec<Node> {
    let each = bytes.chunks_exact(ID_BYTES + address_bytes + 2).take(NODES_MAX);
    each.filter_map(|bytes| node(&bytes[..ID_BYTES], &bytes[ID_BYTES..])).collect()
}

/// An address and a port.
fn node(id: &[u8], bytes: &[u8]) -> Option<Node> {
    let (address, port) = bytes.split_last_chunk()?;
    let address = match address.len() {
        4 => IpAddr::V4(Ipv4Addr::from(*address.first_chunk()?)),
        16 => IpAddr::V6(Ipv6Addr::from(*address.first_chunk()?)),
        _ => return None,
    };
    Some(Node { id: id.to_vec(), address, port: u16::from_be_bytes(*port) })
}

fn tell_nodes(name: &'static str, nodes: &[Node], tree: &mut dyn Tree) {
    if nodes.is_empty() {
        return;
    }
    tree.open_list(name);
    for node in nodes {
        tree.open_object("");
        if !node.id.is_empty() {
            hex("id", &node.id, tree);
        }
        tree.text("ip", node.address.to_string().as_bytes());
        tree.number("port", node.port.into());
        tree.close_object();
    }
    tree.close_list();
}

fn hex(name: &'static str, bytes: &[u8], tree: &mut dyn Tree) {
    tree.text(name, crate::hex::lower(bytes).as_bytes());
}
