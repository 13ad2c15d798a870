//! SMB and DCE/RPC.

use super::{Keyword, other, sticky, word};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::{Amount, Check, Content, NumberTest, Range, Which};
use crate::language::{Setting, Text, digits, range_of};
use applayer::Field;

const SMB: &[&str] = &["smb"];
const DCERPC: &[&str] = &["dcerpc", "smb"];

const fn smb(field: Field) -> Origin {
    Origin::field(field, SMB)
}

const fn dcerpc(field: Field) -> Origin {
    Origin::field(field, DCERPC)
}

pub(super) const KEYWORDS: &[Keyword] = &[
    sticky(&["smb.named_pipe", "smb_named_pipe"], smb(Field::SmbNamedPipe).of_client(), "the pipe that is opened"),
    sticky(&["smb.share", "smb_share"], smb(Field::SmbShare).of_client(), "the share that is opened"),
    sticky(&["smb.ntlmssp_user"], smb(Field::SmbNtlmsspUser).of_client(), "the user of NTLM"),
    sticky(&["smb.ntlmssp_domain"], smb(Field::SmbNtlmsspDomain).of_client(), "the domain of NTLM"),
    word(&["smb.version"], smb(Field::SmbVersion), (&[], 2), "the version of SMB: 1 or 2"),
    sticky(&["dcerpc.stub_data", "dce_stub_data"], dcerpc(Field::DcerpcStubData), "the data of a request or response"),
    other(&["dcerpc.opnum", "dce_opnum"], operation, "the operation that is called"),
    other(&["dcerpc.iface", "dce_iface"], interface, "the interface that is bound"),
];

/// `dcerpc.opnum:15,20-25`: one of these.
fn operation(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let parts = value.as_str().split(',').scan(0, |start, part| {
        let text = value.part(*start, *start + part.len());
        *start += part.len() + 1;
        Some(text)
    });
    let any_of = parts.map(operation_range).collect::<Outcome<Vec<Range>>>()?;
    let test = NumberTest { bits: u64::MAX, any_of, is_negated: false, which: Which::Any };
    draft.push_number(dcerpc(Field::DcerpcOpnum), test, setting)
}

/// Here both ends of a range count.
fn operation_range(text: Text<'_>) -> Outcome<Range> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (digits(first, u32::MAX.into())?, digits(last, u32::MAX.into())?);
    match first <= last {
        true => Ok(Range { first, last, is_negated: false }),
        false => Err(Problem::at(text, "the range ends before it begins")),
    }
}

/// `dcerpc.iface:367abb81-9844-35f1-ad32-98f038001003,>1,any_frag`
fn interface(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let mut parts = value.split(',');
    let uuid = parts.next().unwrap_or(value);
    let groups: Vec<_> = uuid.as_str().split('-').collect();
    let is_uuid = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if !is_uuid {
        return Err(Problem::at(uuid, "an interface is a UUID"));
    }
    for part in parts.filter(|part| !part.is("any_frag")) {
        let version = range_of(part, u16::MAX.into())?;
        draft.push_number(dcerpc(Field::DcerpcInterfaceVersion), version, setting)?;
    }
    let mut content = Content::new(uuid.as_str().to_ascii_lowercase().as_bytes(), false);
    content.depth = Some(Amount::Fixed(uuid.as_str().len() as i64));
    draft.push_into(dcerpc(Field::DcerpcInterface), Check::Content(content), setting)
}
