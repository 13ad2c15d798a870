//! `conn.log` as JSON, one object per record: `"id.orig_h"`, or with another scope separator.

use super::fields::{Slot, Slots, Values, ZeekField, is_kept, known_field};
use super::others::Others;
use super::{PROVIDER, SOURCE_KIND, record};
use crate::filter::Filter;
use crate::format::{DecodeOptions, Decoder, Format, Likeness, Origin};
use crate::health::{Place, excerpt};
use crate::json::{self, JsonDecoder, Read, Reader, Records, Text, Value};
use model::vocabulary::HealthKind;
use model::{FlowField as F, Projection};
use table::{FlowColumns, Tables};

/// Zeek's `conn.log` as JSON.
pub struct ZeekJson;

impl Format for ZeekJson {
    fn name(&self) -> &'static str {
        "zeek_json"
    }

    fn describe(&self) -> &'static str {
        "Zeek conn.log as JSON, alone or in one stream with other logs, which are passed over"
    }

    fn sniff(&self, head: &[u8]) -> Likeness {
        if !json::looks_like_json(head) {
            return Likeness::No;
        }
        let has_pair = |keys: [&str; 2]| keys.iter().all(|key| json::has_key(head, key));
        let has_ends = has_pair(["id.orig_h", "id.resp_h"]) || has_pair(["id_orig_h", "id_resp_h"]);
        if has_ends && json::has_key(head, "ts") {
            return Likeness::Sure;
        }
        match has_pair(["_path", "ts"]) {
            true => Likeness::Maybe,
            false => Likeness::No,
        }
    }

    fn decoder(&self, options: &DecodeOptions) -> Box<dyn Decoder> {
        Box::new(JsonDecoder::new(ConnObjects::new(options), options.limits))
    }
}

/// Keys remembered by their place in a record.
const KEYS_MAX: usize = 64;

/// Keys in the order in which records have them, with their fields: most records are alike.
#[derive(Default)]
struct Keys {
    known: Vec<(Box<[u8]>, Option<&'static ZeekField>)>,
}

impl Keys {
    /// The field of the key at a place of the record.
    #[inline]
    fn field(&mut self, place: usize, key: &[u8]) -> Option<&'static ZeekField> {
        if let Some((known, field)) = self.known.get(place)
            && **known == *key
        {
            return *field;
        }
        self.look_up(place, key)
    }

    #[cold]
    fn look_up(&mut self, place: usize, key: &[u8]) -> Option<&'static ZeekField> {
        let field = known_field(key);
        if place < self.known.len() {
            self.known[place] = (key.into(), field);
        } else if place == self.known.len() && place < KEYS_MAX {
            self.known.push((key.into(), field));
        }
        field
    }
}

/// Decodes objects of a Zeek log.
struct ConnObjects {
    origin: Origin,
    filters: Vec<Filter>,
    depth_max: usize,
    wanted: Option<Projection<F>>,
    needed: Slots,
    keys: Keys,
    others: Others,
    scratch: String,
}

impl ConnObjects {
    fn new(options: &DecodeOptions) -> ConnObjects {
        ConnObjects {
            origin: Origin { provider: PROVIDER, source_kind: SOURCE_KIND, object: options.object.clone() },
            filters: options.filters.clone(),
            depth_max: options.limits.json_depth_max,
            wanted: None,
            needed: Slots::default(),
            keys: Keys::default(),
            others: Others::default(),
            scratch: String::new(),
        }
    }

    fn look_at_projection(&mut self, flows: &mut FlowColumns) {
        if self.wanted.as_ref() != Some(flows.projection()) {
            self.wanted = Some(*flows.projection());
            self.needed = Slots::of(flows.projection(), &self.filters);
            record::set_constants(&self.origin, flows);
        }
    }

    fn values<'a>(&mut self, reader: &mut Reader<'a>) -> Read<Values<'a>> {
        let (mut values, mut place) = (Values::new(), 0);
        reader.object(|reader, key| {
            let field = self.keys.field(place, key.raw);
            place += 1;
            match (field, reader.value()?) {
                (Some(field), value) if value != Value::Null && values.get(field.slot).is_none() => {
                    values.set(field.slot, value.text());
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(values)
    }

    /// Everything that no column has, and a field that comes again.
    fn keep(&mut self, bytes: &[u8], flows: &mut FlowColumns) {
        let mut path = String::new();
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut seen = Slots::default();
        let mut visit = |name: &str, text: Text<'_>| {
            let field = known_field(name.as_bytes());
            let is_again = field.is_some_and(|field| seen.contains(field.slot));
            field.into_iter().for_each(|field| seen.insert(field.slot));
            let is_null = text.raw == b"null" && !text.escaped;
            if (is_kept(field) || is_again) && !is_null {
                record::keep(name, text, &mut scratch, flows);
            }
        };
        // The object was walked before: it cannot be malformed where it was read.
        let _ = json::flatten::flatten(Value::Object(bytes), &mut path, self.depth_max, &mut visit);
        self.scratch = scratch;
    }
}

/// Is it a connection: by its path, or, where it has none, by a field that only connections have?
fn is_connection(values: &Values<'_>) -> bool {
    match values.raw(Slot::Path) {
        Some(path) => path == b"conn",
        None => [Slot::ConnState, Slot::History, Slot::OrigPackets].iter().any(|slot| values.get(*slot).is_some()),
    }
}

impl Records for ConnObjects {
    fn wrappers(&self) -> &'static [&'static str] {
        &[]
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn record(&mut self, bytes: &[u8], place: Place, out: &mut Tables) -> Read<usize> {
        self.look_at_projection(&mut out.flows);
        let mut reader = Reader::new(bytes);
        let values = self.values(&mut reader)?;
        let bytes = &bytes[..reader.at()];
        if !is_connection(&values) {
            self.others.count(values.raw(Slot::Path).unwrap_or_default(), place);
        } else if !record::has_ends(&values) {
            let detail = format!("not a record of a connection: {}", excerpt(bytes));
            place.note(HealthKind::ParseError, &detail, &self.origin, out);
        } else if record::passes(&values, &self.filters) {
            if out.flows.wants(F::Ext) {
                self.keep(bytes, &mut out.flows);
            }
            record::write(&values, self.needed, place, &self.origin, &mut self.scratch, out);
        }
        Ok(bytes.len())
    }

    fn finish(&mut self, out: &mut Tables) {
        self.others.tell(&self.origin, out);
    }
}
