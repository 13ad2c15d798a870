//! Protocols of industry: DNP3, EtherNet/IP, Modbus.

use super::{Keyword, Words, number, other, sticky, word};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::{NumberTest, Range};
use crate::language::{Setting, Text, digits, range_of};
use applayer::{Field, enip};

const fn dnp3(field: Field) -> Origin {
    Origin::field(field, &["dnp3"])
}

const fn enip(field: Field) -> Origin {
    Origin::field(field, &["enip"])
}

/// What is asked: the client says it.
const fn modbus(field: Field) -> Origin {
    Origin::field(field, &["modbus"]).of_client()
}

const U8: u64 = u8::MAX as u64;
const U16: u64 = u16::MAX as u64;
const U32: u64 = u32::MAX as u64;

pub(super) const KEYWORDS: &[Keyword] = &[
    word(&["dnp3_func", "dnp3.func"], dnp3(Field::Dnp3Function), (DNP3_FUNCTIONS, U8), "what is asked or answered"),
    other(&["dnp3_ind", "dnp3.ind"], indicators, "what a station says of its state"),
    other(&["dnp3_obj", "dnp3.obj"], object, "group and variation of an object"),
    sticky(&["dnp3.data", "dnp3_data"], dnp3(Field::Dnp3Data), "the message, put together"),
    other(&["enip_command", "enip.command"], command, "the command"),
    other(&["enip.status"], status, "what became of the command"),
    number(&["enip.protocol_version"], enip(Field::EnipProtocolVersion), U16, "the version"),
    number(&["enip.capabilities"], enip(Field::EnipCapabilities), U16, "what a device can"),
    sticky(&["enip.service_name"], enip(Field::EnipServiceName), "the name of a service"),
    sticky(&["enip.product_name"], enip(Field::EnipProductName), "the name of a product"),
    number(&["enip.revision"], enip(Field::EnipRevision), U16, "its revision"),
    number(&["enip.identity_status"], enip(Field::EnipIdentityStatus), U16, "its status"),
    number(&["enip.state"], enip(Field::EnipState), U8, "its state"),
    number(&["enip.serial"], enip(Field::EnipSerial), U32, "its serial number"),
    number(&["enip.product_code"], enip(Field::EnipProductCode), U16, "its number"),
    number(&["enip.device_type"], enip(Field::EnipDeviceType), U16, "what kind of device it is"),
    number(&["enip.vendor_id"], enip(Field::EnipVendor), U16, "who made it"),
    number(&["enip.cip_class"], enip(Field::EnipCipClass), U32, "each class that is asked"),
    number(&["enip.cip_instance"], enip(Field::EnipCipInstance), U32, "each instance that is asked"),
    number(&["enip.cip_attribute"], enip(Field::EnipCipAttribute), U32, "each attribute that is asked for"),
    number(&["enip.cip_status"], enip(Field::EnipCipStatus), U8, "what became of a service"),
    number(&["enip.cip_extendedstatus"], enip(Field::EnipCipExtendedStatus), U16, "more of that"),
    other(&["cip_service", "cipservice"], service, "a service, its class, its attribute"),
    other(&["modbus"], accesses, "functions, and what they access"),
];

/// Functions (IEEE 1815, clause 4.2.2.5).
const DNP3_FUNCTIONS: Words = &[
    ("confirm", 0),
    ("read", 1),
    ("write", 2),
    ("select", 3),
    ("operate", 4),
    ("direct_operate", 5),
    ("direct_operate_nr", 6),
    ("immed_freeze", 7),
    ("immed_freeze_nr", 8),
    ("freeze_clear", 9),
    ("freeze_clear_nr", 10),
    ("freeze_at_time", 11),
    ("freeze_at_time_nr", 12),
    ("cold_restart", 13),
    ("warm_restart", 14),
    ("initialize_data", 15),
    ("initialize_appl", 16),
    ("start_appl", 17),
    ("stop_appl", 18),
    ("save_config", 19),
    ("enable_unsolicited", 20),
    ("disable_unsolicited", 21),
    ("assign_class", 22),
    ("delay_measure", 23),
    ("record_current_time", 24),
    ("open_file", 25),
    ("close_file", 26),
    ("delete_file", 27),
    ("get_file_info", 28),
    ("authenticate_file", 29),
    ("abort_file", 30),
    ("activate_config", 31),
    ("authenticate_req", 32),
    ("authenticate_err", 33),
    ("response", 129),
    ("unsolicited_response", 130),
    ("authenticate_resp", 131),
];

/// Indicators (IEEE 1815, clause 4.2.2.6).
const DNP3_INDICATORS: Words = &[
    ("all_stations", 0x0100),
    ("class_1_events", 0x0200),
    ("class_2_events", 0x0400),
    ("class_3_events", 0x0800),
    ("need_time", 0x1000),
    ("local_control", 0x2000),
    ("device_trouble", 0x4000),
    ("device_restart", 0x8000),
    ("no_func_code_support", 0x0001),
    ("object_unknown", 0x0002),
    ("parameter_error", 0x0004),
    ("event_buffer_overflow", 0x0008),
    ("already_executing", 0x0010),
    ("config_corrupt", 0x0020),
    ("reserved_2", 0x0040),
    ("reserved_1", 0x0080),
];

const fn exactly(number: u64) -> Range {
    Range { first: number, last: number, is_negated: false }
}

fn named(text: Text<'_>, names: Words) -> Outcome<u64> {
    let known = names.iter().find(|(known, _)| text.is(known)).map(|(_, number)| *number);
    known.ok_or_else(|| Problem::at(text, format!("`{}` is not known here", text.as_str())))
}

/// `dnp3_ind:class_1_events,class_2_events`: one of these is set.
fn indicators(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let names = setting.needed()?.split(',');
    let bits = names.map(|name| named(name, DNP3_INDICATORS)).try_fold(0, |bits, bit| bit.map(|bit| bits | bit))?;
    let test = NumberTest { bits, is_negated: true, ..exactly(0).into() };
    draft.push_number(dnp3(Field::Dnp3Indicators), test, setting)
}

/// `dnp3_obj:12,1`
fn object(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let Some((group, variation)) = value.split_once(',') else {
        return Err(Problem::at(value, "this is a group, a comma, and a variation"));
    };
    let (group, variation): (u8, u8) = (group.number()?, variation.number()?);
    let wanted = u64::from(group) << 8 | u64::from(variation);
    draft.push_number(dnp3(Field::Dnp3Object), exactly(wanted), setting)
}

/// The number that a name of EtherNet/IP stands for, or a range of numbers.
fn enip_number<T: Copy + Into<u64>>(text: Text<'_>, max: u64, names: &[(T, &str)]) -> Outcome<Range> {
    let (name, is_negated) = text.strip("!").map_or((text, false), |name| (name, true));
    match names.iter().find(|(_, known)| name.is(known)) {
        Some((number, _)) => Ok(Range { is_negated, ..exactly((*number).into()) }),
        None => range_of(text, max),
    }
}

/// `enip_command:99`, `enip_command:list_identity`
fn command(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let range = enip_number(setting.needed()?, U16, enip::COMMANDS)?;
    draft.push_number(enip(Field::EnipCommand), range, setting)
}

fn status(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let range = enip_number(setting.needed()?, U32, enip::STATUSES)?;
    draft.push_number(enip(Field::EnipStatus), range, setting)
}

/// The highest bit of a service says that it is answered.
const CIP_SERVICE_MAX: u64 = 0x7f;

/// `cip_service:75`, `cip_service:16,246`, `cip_service:16,246,6`
fn service(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let parts: Vec<Text<'_>> = value.split(',').collect();
    let (field, wanted) = match parts[..] {
        [service] => (Field::CipService, digits(service, CIP_SERVICE_MAX)?),
        [service, class] => {
            let (service, class) = (digits(service, CIP_SERVICE_MAX)?, digits(class, U32)?);
            (Field::CipServiceClass, service << 32 | class)
        }
        [service, class, attribute] => {
            let (service, class) = (digits(service, CIP_SERVICE_MAX)?, digits(class, U16)?);
            (Field::CipServiceAttribute, service << 48 | class << 32 | digits(attribute, U32)?)
        }
        _ => return Err(Problem::at(value, "this is a service, its class, and its attribute at most")),
    };
    draft.push_number(enip(field), exactly(wanted), setting)
}

/// Categories of functions, by their numbers from and to.
const MODBUS_CATEGORIES: &[(&str, u64, u64)] =
    &[("unassigned", 1, 1), ("assigned", 2, 2), ("public", 1, 2), ("user", 3, 3), ("reserved", 4, 4), ("all", 1, 4)];

/// What is accessed.
const MODBUS_STORES: Words = &[("discretes", 0), ("coils", 1), ("input", 2), ("holding", 3)];

const MODBUS_WRITE: u64 = 2;

const MODBUS_ADDRESS_MAX: u64 = U16 + 1;

/// `modbus: unit 10, function 4, subfunction 4`, `modbus: access write holding, address 500, value >200`
fn accesses(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let mut access = Access::default();
    for part in setting.needed()?.split(',').map(Text::trim) {
        let (word, value) = part.split_once(' ').map_or((part, part.part(0, 0)), |(word, value)| (word, value.trim()));
        match word.as_str() {
            "unit" => draft.push_number(modbus(Field::ModbusUnit), range_of(value, U8)?, setting)?,
            "function" => function(draft, setting, value)?,
            "subfunction" => {
                draft.push_number(modbus(Field::ModbusSubfunction), range_of(value, U16)?, setting)?;
            }
            "access" => access.read(value)?,
            "address" => access.address = Some(range_of(value, MODBUS_ADDRESS_MAX)?),
            "value" => access.value = Some((value, range_of(value, U16)?)),
            _ => {
                return Err(Problem::at(
                    word,
                    "this is `unit`, `function`, `subfunction`, `access`, `address` or `value`",
                ));
            }
        }
    }
    access.push(draft, setting)
}

/// A function by its number, or those of a category.
fn function(draft: &mut Draft<'_>, setting: Setting<'_>, value: Text<'_>) -> Outcome {
    let (name, is_negated) = value.strip("!").map_or((value, false), |name| (name, true));
    match MODBUS_CATEGORIES.iter().find(|(known, ..)| name.as_str() == *known) {
        Some((_, first, last)) => {
            let range = Range { first: *first, last: *last, is_negated };
            draft.push_number(modbus(Field::ModbusCategory), range, setting)
        }
        None => {
            let number = digits(name, U8)?;
            draft.push_number(modbus(Field::ModbusFunction), Range { is_negated, ..exactly(number) }, setting)
        }
    }
}

/// What a rule says of what is read or written.
#[derive(Default)]
struct Access<'a> {
    /// Read 1, written 2.
    direction: Option<u64>,
    store: Option<u64>,
    address: Option<Range>,
    value: Option<(Text<'a>, Range)>,
}

impl Access<'_> {
    fn read(&mut self, value: Text<'_>) -> Outcome {
        let (direction, store) =
            value.split_once(' ').map_or((value, None), |(first, rest)| (first, Some(rest.trim())));
        self.direction = Some(named(direction, &[("read", 1), ("write", MODBUS_WRITE)])?);
        self.store = store.map(|store| named(store, MODBUS_STORES)).transpose()?;
        Ok(())
    }

    fn push(self, draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
        let is_address_missing = self.address.is_none() && self.value.is_some();
        if is_address_missing || self.direction.is_none() && self.address.is_some() {
            return Err(Problem::at(
                setting.name,
                "an `address` stands behind an `access`, and a `value` behind an `address`",
            ));
        }
        let Some(direction) = self.direction else { return Ok(()) };
        if direction == MODBUS_WRITE && self.store.is_some_and(|store| store == 0 || store == 2) {
            return Err(Problem::at(setting.name, "discretes and inputs are not written"));
        }
        let Some(store) = self.store else {
            let range = Range { first: direction << 4, last: direction << 4 | 0xf, is_negated: false };
            return draft.push_number(modbus(Field::ModbusAccess), range, setting);
        };
        let access = direction << 4 | store;
        match (self.address, self.value) {
            (None, _) => draft.push_number(modbus(Field::ModbusAccess), exactly(access), setting),
            (Some(address), None) => {
                draft.push_number(modbus(Field::ModbusAddress), shifted(address, access << 32), setting)
            }
            (Some(address), Some((_, value))) if address.first == address.last && !address.is_negated => {
                let base = access << 48 | address.first << 16;
                draft.push_number(modbus(Field::ModbusValue), shifted(value, base), setting)
            }
            (Some(_), Some((value, _))) => {
                draft.never(value, "Fathom compares the value at one address only");
                draft.need_application(modbus(Field::ModbusValue), setting)
            }
        }
    }
}

/// The range behind a base.
const fn shifted(range: Range, base: u64) -> Range {
    Range { first: base + range.first, last: base + range.last, is_negated: range.is_negated }
}
