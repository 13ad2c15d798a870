//! A value as dotted paths and texts, for the column `ext`.

use super::reader::{Read, Reader, Text, Value};

/// Calls `visit` with the dotted path of every scalar, array and empty object in `value`. An object
/// deeper than `depth_left` is not entered but visited itself.
pub(crate) fn flatten<'a>(
    value: Value<'a>,
    path: &mut String,
    depth_left: usize,
    visit: &mut dyn FnMut(&str, Text<'a>),
) -> Read<()> {
    let Value::Object(raw) = value else {
        visit(path, value.text());
        return Ok(());
    };
    let mut is_empty = true;
    if depth_left > 0 {
        let mut scratch = String::new();
        Reader::new(raw).object(|reader, key| {
            is_empty = false;
            let length = path.len();
            if length > 0 {
                path.push('.');
            }
            path.push_str(key.decode(&mut scratch));
            let member = reader.value()?;
            flatten(member, path, depth_left - 1, visit)?;
            path.truncate(length);
            Ok(())
        })?;
    }
    if is_empty {
        visit(path, value.text());
    }
    Ok(())
}

/// Calls `visit` with every string in `value`, keys left out, however deep down to `depth_left`.
/// Returns false if something was deeper.
pub(crate) fn strings<'a>(value: Value<'a>, depth_left: usize, visit: &mut dyn FnMut(Text<'a>)) -> Read<bool> {
    let mut is_all = true;
    let mut each = |reader: &mut Reader<'a>| {
        let member = reader.value()?;
        is_all &= strings(member, depth_left - 1, visit)?;
        Ok(())
    };
    match value {
        Value::Object(_) | Value::Array(_) if depth_left == 0 => return Ok(false),
        Value::Object(raw) => Reader::new(raw).object(|reader, _| each(reader))?,
        Value::Array(raw) => Reader::new(raw).array(each)?,
        Value::Text(text) => visit(text),
        _ => {}
    }
    Ok(is_all)
}
