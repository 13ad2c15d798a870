//! Names of numbers (CIP Networks Library, volumes 1 and 2).

/// The name of a number.
fn of<T: PartialEq + Copy>(names: &[(T, &'static str)], number: T) -> Option<&'static str> {
    names.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// Commands of the encapsulation, in the words that rules use.
pub const COMMANDS: &[(u16, &str)] = &[
    (0, "nop"),
    (4, "list_services"),
    (0x63, "list_identity"),
    (0x64, "list_interfaces"),
    (0x65, "register_session"),
    (0x66, "unregister_session"),
    (0x6f, "send_rr_data"),
    (0x70, "send_unit_data"),
    (0x72, "indicate_status"),
    (0x73, "cancel"),
];

/// Statuses of the encapsulation, in the words that rules use.
pub const STATUSES: &[(u32, &str)] = &[
    (0, "success"),
    (1, "invalid_cmd"),
    (2, "no_resources"),
    (3, "incorrect_data"),
    (0x64, "invalid_session"),
    (0x65, "invalid_length"),
    (0x69, "unsupported_prot_rev"),
    (0x6a, "encap_header_error"),
];

pub(super) fn command(command: u16) -> Option<&'static str> {
    of(COMMANDS, command)
}

pub(super) fn status(status: u32) -> Option<&'static str> {
    of(STATUSES, status)
}

pub(super) fn cip_service(service: u8) -> Option<&'static str> {
    of(
        &[
            (0x01, "Get Attributes All"),
            (0x02, "Set Attributes All"),
            (0x03, "Get Attribute List"),
            (0x04, "Set Attribute List"),
            (0x05, "Reset"),
            (0x06, "Start"),
            (0x07, "Stop"),
            (0x08, "Create"),
            (0x09, "Delete"),
            (0x0a, "Multiple Service Packet"),
            (0x0d, "Apply Attributes"),
            (0x0e, "Get Attribute Single"),
            (0x10, "Set Attribute Single"),
            (0x11, "Find Next Object Instance"),
            (0x14, "Error Response"),
            (0x15, "Restore"),
            (0x16, "Save"),
            (0x17, "No Operation"),
            (0x18, "Get Member"),
            (0x19, "Set Member"),
            (0x1a, "Insert Member"),
            (0x1b, "Remove Member"),
            (0x1c, "Group Sync"),
            (0x4b, "Execute PCCC"),
            (0x4c, "Read Tag"),
            (0x4d, "Write Tag"),
            (0x4e, "Forward Close"),
            (0x52, "Unconnected Send"),
            (0x54, "Forward Open"),
            (0x55, "Get Instance Attribute List"),
            (0x5a, "Get Connection Owner"),
            (0x5b, "Large Forward Open"),
        ],
        service,
    )
}

pub(super) fn cip_class(class: u32) -> Option<&'static str> {
    of(
        &[
            (0x01, "Identity"),
            (0x02, "Message Router"),
            (0x03, "DeviceNet"),
            (0x04, "Assembly"),
            (0x05, "Connection"),
            (0x06, "Connection Manager"),
            (0x07, "Register"),
            (0x08, "Discrete Input Point"),
            (0x09, "Discrete Output Point"),
            (0x0a, "Analog Input Point"),
            (0x0b, "Analog Output Point"),
            (0x0e, "Presence Sensing"),
            (0x0f, "Parameter"),
            (0x10, "Parameter Group"),
            (0x12, "Group"),
            (0x28, "Motor Data"),
            (0x29, "Control Supervisor"),
            (0x2a, "AC/DC Drive"),
            (0x2b, "Acknowledge Handler"),
            (0x2c, "Overload"),
            (0x37, "File"),
            (0x43, "Time Sync"),
            (0x45, "Originator Connection List"),
            (0x47, "Device Level Ring"),
            (0x48, "QoS"),
            (0x67, "PCCC"),
            (0x6b, "Symbol"),
            (0x6c, "Template"),
            (0xf0, "ControlNet"),
            (0xf3, "Connection Configuration"),
            (0xf4, "Port"),
            (0xf5, "TCP/IP Interface"),
            (0xf6, "Ethernet Link"),
            (0xf7, "CompoNet Link"),
        ],
        class,
    )
}

/// General statuses (volume 1, appendix B).
pub(super) fn cip_status(status: u8) -> Option<&'static str> {
    of(
        &[
            (0x00, "Success"),
            (0x01, "Connection failure"),
            (0x02, "Resource unavailable"),
            (0x03, "Invalid parameter value"),
            (0x04, "Path segment error"),
            (0x05, "Path destination unknown"),
            (0x06, "Partial transfer"),
            (0x07, "Connection lost"),
            (0x08, "Service not supported"),
            (0x09, "Invalid attribute value"),
            (0x0a, "Attribute list error"),
            (0x0b, "Already in requested mode/state"),
            (0x0c, "Object state conflict"),
            (0x0d, "Object already exists"),
            (0x0e, "Attribute not settable"),
            (0x0f, "Privilege violation"),
            (0x10, "Device state conflict"),
            (0x11, "Reply data too large"),
            (0x12, "Fragmentation of a primitive value"),
            (0x13, "Not enough data"),
            (0x14, "Attribute not supported"),
            (0x15, "Too much data"),
            (0x16, "Object does not exist"),
            (0x17, "Service fragmentation sequence not in progress"),
            (0x18, "No stored attribute data"),
            (0x19, "Store operation failure"),
            (0x1a, "Routing failure, request packet too large"),
            (0x1b, "Routing failure, response packet too large"),
            (0x1c, "Missing attribute list entry data"),
            (0x1d, "Invalid attribute value list"),
            (0x1e, "Embedded service error"),
            (0x1f, "Vendor specific error"),
            (0x20, "Invalid parameter"),
            (0x25, "Key failure in path"),
            (0x26, "Path size invalid"),
            (0x27, "Unexpected attribute in list"),
            (0x28, "Invalid member ID"),
            (0x29, "Member not settable"),
        ],
        status,
    )
}

pub(super) fn vendor(vendor: u16) -> Option<&'static str> {
    of(
        &[
            (1, "Rockwell Automation/Allen-Bradley"),
            (5, "Rockwell Automation/Reliance Elec."),
            (26, "Festo SE & Co. KG"),
            (34, "Schneider Automation, Inc."),
            (40, "WAGO Corporation"),
            (44, "Yaskawa Electric"),
            (46, "ABB, Inc."),
            (47, "Omron Corporation"),
            (48, "Turck, Inc."),
            (90, "HMS Industrial Networks AB"),
            (108, "Beckhoff Automation"),
            (161, "Mitsubishi Electric Corporation"),
            (243, "Schneider Electric"),
            (283, "Hilscher GmbH"),
            (356, "Fanuc Robotics America, Inc."),
            (562, "Phoenix Contact"),
            (1251, "Siemens AG"),
        ],
        vendor,
    )
}

pub(super) fn device_type(kind: u16) -> Option<&'static str> {
    of(
        &[
            (0x00, "Generic Device"),
            (0x02, "AC Drive Device"),
            (0x03, "Motor Overload"),
            (0x04, "Limit Switch"),
            (0x05, "Inductive Proximity Switch"),
            (0x06, "Photoelectric Sensor"),
            (0x07, "General Purpose Discrete I/O"),
            (0x0c, "Communications Adapter"),
            (0x0e, "Programmable Logic Controller"),
            (0x10, "Position Controller"),
            (0x13, "DC Drive"),
            (0x15, "Contactor"),
            (0x16, "Motor Starter"),
            (0x17, "Soft Start"),
            (0x18, "Human-Machine Interface"),
            (0x1b, "Pneumatic Valve(s)"),
            (0x22, "Encoder"),
            (0x25, "CIP Motion Drive"),
            (0x2b, "Generic Device (keyable)"),
            (0x2c, "Managed Ethernet Switch"),
        ],
        kind,
    )
}
