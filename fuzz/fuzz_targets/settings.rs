//! suricata.yaml from foreign bytes: no panic, no bomb, and whatever was read can be asked.
#![no_main]

use ids::Settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(mut settings) = Settings::parse(text) else { return };
    for key in ["vars.address-groups", "outputs", "app-layer.protocols.http", "stream.memcap"] {
        let found = settings.get(key);
        let _ = (found.text(), found.boolean(), found.bytes(), found.items().len(), found.entries().len());
    }
    let _ = settings.set(text);
});
