//! A log and what its records are labelled, beside it.

use super::connection::Connection;

/// A cloud's flow log made from connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Converted {
    /// The object, as the cloud would have written it.
    pub object: Vec<u8>,
    /// Per record and connection in it, one line: `src_offset`, id and label, separated by tabs.
    pub labels: String,
}

impl Converted {
    /// Notes that the record at `offset` of the object has something of a connection.
    pub(super) fn label(&mut self, offset: usize, connection: &Connection) {
        let Connection { id, label, .. } = connection;
        self.labels.push_str(&format!("{offset}\t{id}\t{label}\n"));
    }
}
