//! Frames: pieces of what a side sends, as its protocol cuts it, by the names that rules know them by.

use crate::protocol::Input;
use crate::sink::Sink;
use model::packet::Side;

/// What a parser says of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameEvent<'a> {
    /// A frame, all of which is here.
    Whole {
        /// Its name, one of [`FRAMES`].
        name: &'static str,
        /// Who sends it.
        sender: Side,
        /// The transaction that it belongs to, if it belongs to one.
        transaction: Option<u64>,
        /// All of it.
        bytes: &'a [u8],
    },
    /// A frame begins.
    Open {
        /// Its name, one of [`FRAMES`]. A side has one open frame of a name at most.
        name: &'static str,
        /// Who sends it.
        sender: Side,
        /// The transaction that it belongs to, if it belongs to one.
        transaction: Option<u64>,
    },
    /// The next bytes of every open frame of a side.
    Data {
        /// Whose.
        sender: Side,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// A frame is over, if it was open.
    Close {
        /// Which.
        name: &'static str,
        /// Whose.
        sender: Side,
        /// Did all of it come?
        is_complete: bool,
    },
}

/// The frames of each protocol, as Suricata 8 names them.
pub const FRAMES: &[(&str, &[&str])] = &[
    ("dns", &["pdu"]),
    ("enip", &["hdr", "data", "pdu", "cip", "enip.item"]),
    ("http", &["request", "response"]),
    ("http2", &["hdr", "data", "pdu"]),
    ("ldap", &["pdu"]),
    ("modbus", &["pdu"]),
    ("mqtt", &["pdu", "header", "data"]),
    (
        "nfs",
        &[
            "rpc.pdu",
            "rpc.hdr",
            "rpc.data",
            "rpc.creds",
            "nfs.pdu",
            "nfs.status",
            "nfs4.pdu",
            "nfs4.hdr",
            "nfs4.ops",
            "nfs4.status",
        ],
    ),
    ("rfb", &["pdu"]),
    (
        "sip",
        &[
            "pdu",
            "request.line",
            "response.line",
            "request.headers",
            "response.headers",
            "request.body",
            "response.body",
        ],
    ),
    (
        "smb",
        &[
            "nbss.pdu",
            "nbss.hdr",
            "nbss.data",
            "smb1.pdu",
            "smb1.hdr",
            "smb1.data",
            "smb2.pdu",
            "smb2.hdr",
            "smb2.data",
            "smb3.pdu",
            "smb3.hdr",
            "smb3.data",
        ],
    ),
    ("smtp", &["command_line", "data", "response_line"]),
    ("ssh", &["record.hdr", "record.data", "record.pdu"]),
    ("telnet", &["pdu", "ctl", "data"]),
    ("tls", &["pdu", "hdr", "data", "alert", "heartbeat", "ssl2.hdr", "ssl2.pdu"]),
    ("websocket", &["header", "pdu", "data"]),
];

/// Frames of these names begin with the next bytes.
pub(crate) fn open_frames(input: Input<'_>, transaction: Option<u64>, names: &[&'static str], sink: &mut dyn Sink) {
    for name in names {
        sink.frame(input.now, FrameEvent::Open { name, sender: input.sender, transaction });
    }
}

/// The next bytes of the frames that are open.
pub(crate) fn continue_frames(input: Input<'_>, sink: &mut dyn Sink) {
    sink.frame(input.now, FrameEvent::Data { sender: input.sender, bytes: input.bytes });
}

/// Frames of these names are over.
pub(crate) fn close_frames(input: Input<'_>, is_complete: bool, names: &[&'static str], sink: &mut dyn Sink) {
    for name in names {
        sink.frame(input.now, FrameEvent::Close { name, sender: input.sender, is_complete });
    }
}

/// Tells whole frames of one message: names and bytes, in order. What is empty is no frame.
pub(crate) fn tell_frames(
    input: Input<'_>,
    transaction: Option<u64>,
    frames: &[(&'static str, &[u8])],
    sink: &mut dyn Sink,
) {
    for (name, bytes) in frames.iter().filter(|(_, bytes)| !bytes.is_empty()) {
        sink.frame(input.now, FrameEvent::Whole { name, sender: input.sender, transaction, bytes });
    }
}
