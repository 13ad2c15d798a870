//! `suricata.yaml` and `--set` as one tree, asked by Suricata's dotted names.

use saphyr::{LoadableYamlNode, Scalar, Yaml};

/// Bytes of a settings file that are read.
pub(crate) const FILE_BYTES_MAX: usize = 4 << 20;

/// A tree of settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Settings {
    /// Nothing is said.
    #[default]
    Nothing,
    /// A value, as text.
    Value(String),
    /// Items in order.
    List(Vec<Settings>),
    /// Names and what they stand for, in order.
    Map(Vec<(String, Settings)>),
}

static NOTHING: Settings = Settings::Nothing;

impl Settings {
    /// Reads a file's text.
    ///
    /// # Errors
    /// What is wrong and where (line, column), in words.
    pub fn parse(text: &str) -> Result<Settings, String> {
        let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
        Ok(documents.first().map(Settings::of).unwrap_or_default())
    }

    fn of(yaml: &Yaml<'_>) -> Settings {
        match yaml {
            Yaml::Value(scalar) => Settings::of_scalar(scalar),
            Yaml::Representation(text, ..) => Settings::Value(text.to_string()),
            Yaml::Sequence(items) => Settings::List(items.iter().map(Settings::of).collect()),
            Yaml::Mapping(entries) => {
                let entry = |(key, value): (&Yaml<'_>, &Yaml<'_>)| match Settings::of(key) {
                    Settings::Value(name) => Some((name, Settings::of(value))),
                    _ => None,
                };
                Settings::Map(entries.iter().filter_map(entry).collect())
            }
            Yaml::Tagged(_, inner) => Settings::of(inner),
            Yaml::Alias(_) | Yaml::BadValue => Settings::Nothing,
        }
    }

    fn of_scalar(scalar: &Scalar<'_>) -> Settings {
        match scalar {
            Scalar::Null => Settings::Nothing,
            Scalar::Boolean(value) => Settings::Value(if *value { "yes" } else { "no" }.to_owned()),
            Scalar::Integer(number) => Settings::Value(number.to_string()),
            Scalar::FloatingPoint(number) => Settings::Value(number.to_string()),
            Scalar::String(text) => Settings::Value(text.to_string()),
        }
    }

    /// Sets `outputs.1.eve-log.enabled=no`. What is not there is made.
    ///
    /// # Errors
    /// When there is no `=`.
    pub fn set(&mut self, assignment: &str) -> Result<(), String> {
        let (key, value) =
            assignment.split_once('=').ok_or_else(|| format!("--set {assignment}: write it as key=value"))?;
        *self.place(key.trim()) = Settings::Value(value.trim().to_owned());
        Ok(())
    }

    fn place(&mut self, key: &str) -> &mut Settings {
        key.split('.').fold(self, |here, step| here.step_mut(step))
    }

    fn step_mut(&mut self, step: &str) -> &mut Settings {
        if let Settings::List(items) = self
            && let Ok(place) = step.parse::<usize>()
            && place < items.len()
        {
            let Settings::List(items) = self else { return self };
            return &mut items[place];
        }
        if !matches!(self, Settings::Map(_)) {
            // `- anomaly` may become `- anomaly: {types: ...}`.
            *self = match std::mem::take(self) {
                Settings::Value(name) if name == step => Settings::Map(vec![(name, Settings::Nothing)]),
                _ => Settings::Map(Vec::new()),
            };
        }
        let Settings::Map(entries) = self else { return self };
        let place = match entries.iter().position(|(name, _)| name == step) {
            Some(place) => place,
            None => {
                entries.push((step.to_owned(), Settings::Nothing));
                entries.len() - 1
            }
        };
        &mut entries[place].1
    }

    /// What stands at a dotted name; nothing where there is none.
    pub fn get(&self, key: &str) -> &Settings {
        key.split('.').fold(self, |here, step| match here {
            Settings::Map(entries) => {
                entries.iter().find(|(name, _)| name == step).map_or(&NOTHING, |(_, value)| value)
            }
            Settings::List(items) => step.parse::<usize>().ok().and_then(|place| items.get(place)).unwrap_or(&NOTHING),
            _ => &NOTHING,
        })
    }

    /// Text, if it is a value.
    pub fn text(&self) -> Option<&str> {
        match self {
            Settings::Value(text) => Some(text),
            _ => None,
        }
    }

    /// Yes or no, as Suricata reads it.
    pub fn boolean(&self) -> Option<bool> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "yes" | "true" | "1" | "on" => Some(true),
            "no" | "false" | "0" | "off" => Some(false),
            _ => None,
        }
    }

    /// Bytes: `64mb`, `250 KiB`, `1024`.
    pub fn bytes(&self) -> Option<u64> {
        let text = self.text()?.trim().to_ascii_lowercase();
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic() || letter == ' ');
        let number: u64 = digits.trim().parse().ok()?;
        let unit = match text[digits.len()..].trim() {
            "" | "b" => 1,
            "kb" | "kib" | "k" => 1 << 10,
            "mb" | "mib" | "m" => 1 << 20,
            "gb" | "gib" | "g" => 1 << 30,
            _ => return None,
        };
        number.checked_mul(unit)
    }

    /// Items of a list; of anything else none.
    pub fn items(&self) -> &[Settings] {
        match self {
            Settings::List(items) => items,
            _ => &[],
        }
    }

    /// Names and what they stand for; of anything else none.
    pub fn entries(&self) -> &[(String, Settings)] {
        match self {
            Settings::Map(entries) => entries,
            _ => &[],
        }
    }

    /// A list's item as name and settings: `- dns`, or `- dns: {...}`.
    pub fn named(&self) -> Option<(&str, &Settings)> {
        match self {
            Settings::Value(name) => Some((name, &NOTHING)),
            Settings::Map(entries) => entries.first().map(|(name, settings)| (name.as_str(), settings)),
            _ => None,
        }
    }

    /// Is nothing said?
    pub fn is_nothing(&self) -> bool {
        *self == Settings::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "%YAML 1.1\n---\noutputs:\n  - fast:\n      enabled: no\n  - eve-log:\n      types:\n        - alert\n        - anomaly:\n            types:\n              stream: yes\nstream:\n  memcap: 64mb\n";

    #[track_caller]
    fn check(key: &str, expected: Option<&str>) {
        let settings = Settings::parse(TEXT).expect("YAML");
        assert_eq!(settings.get(key).text(), expected);
    }

    #[test]
    fn names() {
        check("outputs.0.fast.enabled", Some("no"));
        check("outputs.1.eve-log.types.0", Some("alert"));
        check("outputs.1.eve-log.types.1.anomaly.types.stream", Some("yes"));
        check("outputs.7", None);
        check("stream.memcap.more", None);
    }

    #[test]
    fn assignments() {
        let mut settings = Settings::parse(TEXT).expect("YAML");
        for assignment in ["outputs.1.eve-log.types.0.alert.payload=yes", "a.b.c=1", "stream.memcap= 250 KiB"] {
            settings.set(assignment).expect("assignment");
        }
        assert_eq!(settings.get("outputs.1.eve-log.types.0.alert.payload").boolean(), Some(true));
        assert_eq!(settings.get("a.b.c").text(), Some("1"));
        assert_eq!(settings.get("stream.memcap").bytes(), Some(250 << 10));
        assert!(settings.set("nothing").is_err());
    }

    #[test]
    fn mistakes_have_a_place() {
        let error = Settings::parse("a:\n  - b\n c: [").expect_err("no YAML");
        assert!(error.contains("line"), "{error}");
    }
}
