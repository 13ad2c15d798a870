//! IP addresses as view columns: 4 bytes for IPv4 (also v4-mapped), 16 for IPv6, network order.
//!
//! A view of up to 12 bytes lies in the view itself (Arrow columnar format, "Variable-size Binary
//! View Layout"), so an IPv4 column has no data buffer at all.

use crate::column::Nulls;
use arrow_array::{ArrayRef, BinaryViewArray};
use arrow_buffer::{Buffer, ScalarBuffer};
use arrow_schema::ArrowError;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// The metadata key that marks a binary column as addresses; its value is `ip`.
pub const ADDRESS_METADATA_KEY: &str = "fathom.type";

/// The address in 4 or 16 bytes of network order; anything else is not an address.
pub fn address_from_bytes(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::V4(Ipv4Addr::from(v4)));
    }
    <[u8; 16]>::try_from(bytes).ok().map(|v6| IpAddr::V6(Ipv6Addr::from(v6)))
}

/// The address as text (RFC 5952), or the bytes in hexadecimal when they are no address.
pub fn format_address(bytes: &[u8]) -> String {
    match address_from_bytes(bytes) {
        Some(address) => address.to_string(),
        None => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// Appends an address in its canonical bytes: 4 for IPv4 and v4-mapped, 16 for IPv6.
pub fn push_address(address: IpAddr, out: &mut Vec<u8>) {
    match address.to_canonical() {
        IpAddr::V4(v4) => out.extend_from_slice(&v4.octets()),
        IpAddr::V6(v6) => out.extend_from_slice(&v6.octets()),
    }
}

/// A column of addresses being built.
#[derive(Default)]
pub(crate) struct AddressColumn {
    views: Vec<u128>,
    v6: Vec<u8>,
    pub(crate) nulls: Nulls,
}

impl AddressColumn {
    pub(crate) fn len(&self) -> usize {
        self.views.len()
    }

    /// `address` is the big-endian value: 10.0.0.1 is 0x0a000001.
    #[inline]
    pub(crate) fn set_v4(&mut self, row: usize, address: u32) {
        self.set_view(row, 4 | u128::from(address.swap_bytes()) << 32);
    }

    pub(crate) fn set_v6(&mut self, row: usize, address: Ipv6Addr) {
        if let Some(v4) = address.to_ipv4_mapped() {
            return self.set_v4(row, u32::from(v4));
        }
        let bytes = address.octets();
        let prefix = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        // An offset over 4 GiB cannot come about: a batch is bounded by its rows.
        let offset = self.v6.len() as u32;
        self.v6.extend_from_slice(&bytes);
        self.set_view(row, 16 | u128::from(prefix) << 32 | u128::from(offset) << 96);
    }

    #[inline]
    fn set_view(&mut self, row: usize, view: u128) {
        if self.views.len() != row {
            self.pad(row);
            self.views.truncate(row);
        }
        self.views.push(view);
    }

    #[cold]
    pub(crate) fn pad(&mut self, rows: usize) {
        if self.views.len() < rows {
            self.nulls.pad(self.views.len(), rows);
            self.views.resize(rows, 0);
        }
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.views.truncate(rows);
        self.nulls.truncate(rows);
    }

    pub(crate) fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        self.pad(rows);
        let views = std::mem::replace(&mut self.views, Vec::with_capacity(rows));
        let buffers = match self.v6.is_empty() {
            true => Vec::new(),
            false => vec![Buffer::from(std::mem::take(&mut self.v6))],
        };
        let array = BinaryViewArray::try_new(ScalarBuffer::from(views), buffers, self.nulls.finish(rows))?;
        Ok(Arc::new(array))
    }
}
