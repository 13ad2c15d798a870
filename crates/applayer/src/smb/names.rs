//! Names of numbers, as EVE has them.

use super::header::{FileId, Version};

/// A command's name.
pub(super) fn command(version: Version, command: u16) -> String {
    let known = match version {
        Version::V1 => COMMANDS1.iter().find(|(number, _)| *number == command).map(|(_, name)| *name),
        Version::V2 => COMMANDS2.get(usize::from(command)).copied(),
    };
    match (known, version) {
        (Some(name), Version::V1) => format!("SMB1_COMMAND_{name}"),
        (Some(name), Version::V2) => format!("SMB2_COMMAND_{name}"),
        (None, _) => command.to_string(),
    }
}

/// [MS-SMB2] 2.2.1.2.
const COMMANDS2: [&str; 19] = [
    "NEGOTIATE_PROTOCOL",
    "SESSION_SETUP",
    "SESSION_LOGOFF",
    "TREE_CONNECT",
    "TREE_DISCONNECT",
    "CREATE",
    "CLOSE",
    "FLUSH",
    "READ",
    "WRITE",
    "LOCK",
    "IOCTL",
    "CANCEL",
    "KEEPALIVE",
    "FIND",
    "CHANGE_NOTIFY",
    "GET_INFO",
    "SET_INFO",
    "OPLOCK_BREAK",
];

/// [MS-CIFS] 2.2.2.1.
#[rustfmt::skip]
const COMMANDS1: &[(u16, &str)] = &[
    (0x00, "CREATE_DIRECTORY"), (0x01, "DELETE_DIRECTORY"), (0x02, "OPEN"), (0x03, "CREATE"), (0x04, "CLOSE"),
    (0x05, "FLUSH"), (0x06, "DELETE"), (0x07, "RENAME"), (0x08, "QUERY_INFORMATION"), (0x09, "SET_INFORMATION"),
    (0x0a, "READ"), (0x0b, "WRITE"), (0x0c, "LOCK_BYTE_RANGE"), (0x0d, "UNLOCK_BYTE_RANGE"), (0x0e, "CREATE_TEMPORARY"),
    (0x0f, "CREATE_NEW"), (0x10, "CHECK_DIRECTORY"), (0x11, "PROCESS_EXIT"), (0x12, "SEEK"), (0x13, "LOCK_AND_READ"),
    (0x14, "WRITE_AND_UNLOCK"), (0x24, "LOCKING_ANDX"), (0x25, "TRANS"), (0x2b, "ECHO"), (0x2c, "WRITE_AND_CLOSE"),
    (0x2d, "OPEN_ANDX"), (0x2e, "READ_ANDX"), (0x2f, "WRITE_ANDX"), (0x32, "TRANS2"), (0x33, "TRANS2_SECONDARY"),
    (0x34, "FIND_CLOSE2"), (0x71, "TREE_DISCONNECT"), (0x72, "NEGOTIATE_PROTOCOL"), (0x73, "SESSION_SETUP_ANDX"),
    (0x74, "LOGOFF_ANDX"), (0x75, "TREE_CONNECT_ANDX"), (0x80, "QUERY_INFO_DISK"), (0xa0, "NT_TRANS"),
    (0xa1, "NT_TRANS_SECONDARY"), (0xa2, "NT_CREATE_ANDX"), (0xa4, "NT_CANCEL"),
];

/// A dialect of SMB 2 or 3.
pub(super) fn dialect(revision: u16) -> String {
    let known = match revision {
        0x0202 => "2.02",
        0x0210 => "2.10",
        0x0222 => "2.22",
        0x0224 => "2.24",
        0x02ff => "2.??",
        0x0300 => "3.00",
        0x0302 => "3.02",
        0x0310 => "3.10",
        0x0311 => "3.11",
        other => return other.to_string(),
    };
    known.to_owned()
}

/// What opening does with a file that is there, or not ([MS-SMB2] 2.2.13).
pub(super) fn disposition(disposition: u32) -> &'static str {
    const NAMES: [&str; 6] =
        ["FILE_SUPERSEDE", "FILE_OPEN", "FILE_CREATE", "FILE_OPEN_IF", "FILE_OVERWRITE", "FILE_OVERWRITE_IF"];
    NAMES.get(disposition as usize).copied().unwrap_or("UNKNOWN")
}

/// What is shared ([MS-SMB2] 2.2.10).
pub(super) fn share_type(share_type: u8) -> &'static str {
    match share_type {
        1 => "FILE",
        2 => "PIPE",
        3 => "PRINT",
        _ => "UNKNOWN",
    }
}

/// A file's identifier.
pub(super) fn file(file: FileId) -> String {
    match file {
        FileId::Short(number) => format!("{number:04x}"),
        FileId::Long(bytes) => guid(&bytes),
    }
}

/// A GUID. EVE reads all its parts as numbers, the lowest byte first.
pub(super) fn guid(bytes: &[u8; 16]) -> String {
    const PARTS: [(usize, usize); 6] = [(0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 16)];
    let part = |(from, to): (usize, usize)| bytes[from..to].iter().rev().map(|byte| format!("{byte:02x}")).collect();
    let [a, b, c, d, e, f]: [String; 6] = PARTS.map(part);
    format!("{a}-{b}-{c}-{d}-{e}{f}")
}

/// A control of a file system ([MS-FSCC] 2.3, [MS-SMB2] 2.2.31).
pub(super) fn function(function: u32) -> String {
    let known = FUNCTIONS.iter().find(|(number, _)| *number == function);
    known.map_or_else(|| function.to_string(), |(_, name)| (*name).to_owned())
}

#[rustfmt::skip]
const FUNCTIONS: &[(u32, &str)] = &[
    (0x0006_0194, "FSCTL_DFS_GET_REFERRALS"), (0x0006_01b0, "FSCTL_DFS_GET_REFERRALS_EX"),
    (0x0009_0000, "FSCTL_REQUEST_OPLOCK_LEVEL_1"), (0x0009_0018, "FSCTL_LOCK_VOLUME"),
    (0x0009_001c, "FSCTL_UNLOCK_VOLUME"), (0x0009_0020, "FSCTL_DISMOUNT_VOLUME"), (0x0009_0028, "FSCTL_IS_VOLUME_MOUNTED"),
    (0x0009_003c, "FSCTL_GET_COMPRESSION"), (0x0009_c040, "FSCTL_SET_COMPRESSION"),
    (0x0009_0060, "FSCTL_FILESYSTEM_GET_STATISTICS"), (0x0009_0064, "FSCTL_GET_NTFS_VOLUME_DATA"),
    (0x0009_0068, "FSCTL_GET_NTFS_FILE_RECORD"), (0x0009_006f, "FSCTL_GET_VOLUME_BITMAP"),
    (0x0009_0073, "FSCTL_GET_RETRIEVAL_POINTERS"), (0x0009_0074, "FSCTL_MOVE_FILE"), (0x0009_0078, "FSCTL_IS_VOLUME_DIRTY"),
    (0x0009_008f, "FSCTL_FIND_FILES_BY_SID"), (0x0009_0098, "FSCTL_SET_OBJECT_ID"), (0x0009_009c, "FSCTL_GET_OBJECT_ID"),
    (0x0009_00a0, "FSCTL_DELETE_OBJECT_ID"), (0x0009_00a4, "FSCTL_SET_REPARSE_POINT"),
    (0x0009_00a8, "FSCTL_GET_REPARSE_POINT"), (0x0009_00ac, "FSCTL_DELETE_REPARSE_POINT"),
    (0x0009_00bc, "FSCTL_SET_OBJECT_ID_EXTENDED"), (0x0009_00c0, "FSCTL_CREATE_OR_GET_OBJECT_ID"),
    (0x0009_00c4, "FSCTL_SET_SPARSE"), (0x0009_80c8, "FSCTL_SET_ZERO_DATA"),
    (0x0009_40cf, "FSCTL_QUERY_ALLOCATED_RANGES"), (0x0009_00d7, "FSCTL_SET_ENCRYPTION"),
    (0x0009_00db, "FSCTL_ENCRYPTION_FSCTL_IO"), (0x0009_00eb, "FSCTL_READ_FILE_USN_DATA"),
    (0x0009_00ef, "FSCTL_WRITE_USN_CLOSE_RECORD"), (0x0009_02fc, "FSCTL_SET_EXTERNAL_BACKING"),
    (0x0009_8208, "FSCTL_FILE_LEVEL_TRIM"), (0x0009_8344, "FSCTL_DUPLICATE_EXTENTS_TO_FILE"),
    (0x0011_0008, "FSCTL_PIPE_WAIT"), (0x0011_0018, "FSCTL_PIPE_WAIT"), (0x0011_400c, "FSCTL_PIPE_PEEK"),
    (0x0011_c017, "FSCTL_PIPE_TRANSCEIVE"), (0x0014_4064, "FSCTL_SRV_ENUMERATE_SNAPSHOTS"),
    (0x0014_0078, "FSCTL_SRV_REQUEST_RESUME_KEY"), (0x0014_01bb, "FSCTL_SRV_READ_HASH"),
    (0x0014_01d4, "FSCTL_LMR_REQUEST_RESILIENCY"), (0x0014_01fc, "FSCTL_QUERY_NETWORK_INTERFACE_INFO"),
    (0x0014_0200, "FSCTL_VALIDATE_NEGOTIATE_INFO_224"), (0x0014_0204, "FSCTL_VALIDATE_NEGOTIATE_INFO"),
    (0x0014_40f2, "FSCTL_SRV_COPYCHUNK"), (0x0014_80f2, "FSCTL_SRV_COPYCHUNK_WRITE"),
];
