//! A capture as Zeek's logs: `cargo run -p sensor --example zeek -- capture.pcap out/`.

use engine::zeek::Form;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [capture, folder] = arguments.as_slice() else {
        return Err(std::io::Error::other("give a capture and a folder"));
    };
    let found = source::discover(std::slice::from_ref(capture), &source::Limits::default());
    sensor::write_zeek_logs(&found.objects, Form::Text, Path::new(folder)).map(|_| ())
}
