//! What a client says of itself (MS-RDPBCGR 2.2.1.3): a conference's request, and blocks of data in it.

use crate::reader::Reader;
use crate::utf16;

/// Channels of one client that are kept; the protocol knows no more.
const CHANNELS_MAX: usize = 31;

/// Types of blocks.
const CORE: u16 = 0xc001;
const NETWORK: u16 = 0xc003;

/// What a client says of itself. What is not there is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Its version of RDP.
    pub version: u32,
    /// Pixels of its desktop, across and down.
    pub desktop: (u16, u16),
    /// Bits of a pixel.
    pub color_depth: Option<u16>,
    /// The language of its keyboard, as Windows numbers it.
    pub keyboard_layout: u32,
    /// The build of its operating system.
    pub build: u32,
    /// Its computer.
    pub name: Vec<u8>,
    /// Type and subtype of its keyboard, and how many function keys it has.
    pub keyboard: (u32, u32, u32),
    /// The file of its input method.
    pub input_method: Vec<u8>,
    /// Its product, as a number.
    pub product: Option<u16>,
    /// Its serial number.
    pub serial: Option<u32>,
    /// What it can.
    pub capabilities: Option<u16>,
    /// Its product, by its licence.
    pub id: Vec<u8>,
    /// How it is connected, where it says so.
    pub connection: Option<u8>,
    /// The size of its screen, in millimetres.
    pub physical: Option<(u32, u32)>,
    /// How its screen is turned, in degrees.
    pub orientation: Option<u16>,
    /// How much it enlarges: the desktop, the device, in percent.
    pub scale: Option<(u32, u32)>,
    /// Channels it asks for.
    pub channels: Vec<Vec<u8>>,
}

impl Client {
    /// Reads a conference's request; `None` where it is none.
    pub(super) fn parse(message: &[u8]) -> Option<Client> {
        // The key of the conference's data (T.124): its length follows, and the blocks.
        const KEY: &[u8] = b"Duca";
        let at = memchr::memmem::find(message, KEY)? + KEY.len();
        let mut reader = Reader::new(&message[at..]);
        // A length of one byte, or of two with the highest bit set (X.691).
        if reader.u8()? & 0x80 != 0 {
            reader.skip(1)?;
        }
        let mut client = None;
        let mut channels = Vec::new();
        while let (Some(kind), Some(length)) = (reader.le16(), reader.le16()) {
            let Some(block) = reader.take(usize::from(length).saturating_sub(4)) else { break };
            match kind {
                CORE => client = Client::core(Reader::new(block)),
                NETWORK => channels = network(Reader::new(block)),
                _ => {}
            }
        }
        Some(Client { channels, ..client? })
    }

    fn core(mut reader: Reader<'_>) -> Option<Client> {
        let version = reader.le32()?;
        let desktop = (reader.le16()?, reader.le16()?);
        let (old_depth, _) = (reader.le16()?, reader.le16()?);
        let (keyboard_layout, build) = (reader.le32()?, reader.le32()?);
        let name = utf16::to_utf8(utf16::zero_ended(reader.take(32)?).0);
        let keyboard = (reader.le32()?, reader.le32()?, reader.le32()?);
        let input_method = utf16::to_utf8(utf16::zero_ended(reader.take(64)?).0);
        let mut client = Client {
            version,
            desktop,
            color_depth: depth(old_depth),
            keyboard_layout,
            build,
            name,
            keyboard,
            input_method,
            ..Client::default()
        };
        // Newer clients say more, in order.
        let _ = client.newer(&mut reader);
        Some(client)
    }

    fn newer(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.color_depth = depth(reader.le16()?).or(self.color_depth);
        self.product = Some(reader.le16()?);
        self.serial = Some(reader.le32()?);
        let high_depth = reader.le16()?;
        self.color_depth = matches!(high_depth, 4 | 8 | 15 | 16 | 24).then_some(high_depth).or(self.color_depth);
        let _supported_depths = reader.le16()?;
        self.capabilities = Some(reader.le16()?);
        self.id = utf16::to_utf8(utf16::zero_ended(reader.take(64)?).0);
        let (connection, _) = (reader.u8()?, reader.u8()?);
        // It counts only where a capability says so.
        const HAS_CONNECTION: u16 = 0x20;
        self.connection = self.capabilities.is_some_and(|bits| bits & HAS_CONNECTION != 0).then_some(connection);
        let _protocol = reader.le32()?;
        self.physical = Some((reader.le32()?, reader.le32()?));
        self.orientation = Some(reader.le16()?);
        self.scale = Some((reader.le32()?, reader.le32()?));
        Some(())
    }
}

/// RNS_UD_COLOR_4BPP and its neighbours.
fn depth(code: u16) -> Option<u16> {
    match code {
        0xca00 => Some(4),
        0xca01 => Some(8),
        0xca02 => Some(15),
        0xca03 => Some(16),
        0xca04 => Some(24),
        _ => None,
    }
}

/// Names of eight bytes, each with its options.
fn network(mut reader: Reader<'_>) -> Vec<Vec<u8>> {
    let count = reader.le32().unwrap_or(0) as usize;
    let channel = |_| {
        let name = reader.take(8)?;
        reader.skip(4)?;
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        Some(name[..end].to_vec())
    };
    (0..count.min(CHANNELS_MAX)).map_while(channel).collect()
}
