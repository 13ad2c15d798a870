use super::*;
use proptest::prelude::*;

/// Names and values.
type Fields = Vec<(Vec<u8>, Vec<u8>)>;

fn decoded(decoder: &mut Decoder, block: &[u8]) -> Result<Fields, Error> {
    let mut fields = Vec::new();
    decoder.decode(block, &mut |instruction| {
        if let Instruction::Field { name, value } = instruction {
            fields.push((name.to_vec(), value.to_vec()));
        }
    })?;
    Ok(fields)
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn requests_with_huffman_of_rfc_7541_appendix_c_4() {
    let mut decoder = Decoder::default();
    let mut check = |block: &str, expected: &[(&str, &str)]| {
        let expected: Vec<_> = expected.iter().map(|(n, v)| (n.as_bytes().to_vec(), v.as_bytes().to_vec())).collect();
        assert_eq!(decoded(&mut decoder, &bytes(block)), Ok(expected));
    };
    let common = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")];
    check("828684418cf1e3c2e5f23a6ba0ab90f4ff", &common);
    check("828684be5886a8eb10649cbf", &[&common[..], &[("cache-control", "no-cache")]].concat());
    check(
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
        &[
            (":method", "GET"),
            (":scheme", "https"),
            (":path", "/index.html"),
            (":authority", "www.example.com"),
            ("custom-key", "custom-value"),
        ],
    );
    assert_eq!(decoder.table_bytes, 164);
}

#[test]
fn damaged_blocks() {
    let check = |block: &str, expected: Error| {
        assert_eq!(decoded(&mut Decoder::default(), &bytes(block)), Err(expected), "{block}");
    };
    check("80", Error::Index);
    check("be", Error::Index);
    check("ff80808080", Error::Integer);
    check("ffffffffff7f", Error::Integer);
    check("0005", Error::Truncated);
    check("000361", Error::Truncated);
    check("40", Error::Truncated);
    check("0081ff00", Error::Huffman);
    check("0084ffffffff00", Error::Huffman);
}

#[test]
fn the_table_keeps_its_size() {
    let mut decoder = Decoder::default();
    for number in 0..10_000u32 {
        let mut block = vec![0x40, 4];
        block.extend(number.to_be_bytes());
        block.extend([4]);
        block.extend(number.to_be_bytes());
        decoded(&mut decoder, &block).unwrap();
        assert!(decoder.table_bytes <= TABLE_BYTES_DEFAULT);
    }
    assert_eq!(decoder.table.len(), TABLE_BYTES_DEFAULT / 40);
    decoder.resize(u64::MAX);
    assert_eq!(decoder.table_bytes_max, TABLE_BYTES_MAX);
    decoder.resize(0);
    assert_eq!((decoder.table.len(), decoder.table_bytes), (0, 0));
}

proptest! {
    #[test]
    fn decodes_what_another_encoder_encodes(
        blocks in prop::collection::vec(prop::collection::vec(("[a-c:-]{0,9}", "[ -~]{0,60}"), 0..20), 0..6),
    ) {
        let (mut encoder, mut decoder) = (fluke_hpack::Encoder::new(), Decoder::default());
        for fields in blocks {
            let block = encoder.encode(fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())));
            let expected: Vec<_> = fields.iter().map(|(n, v)| (n.as_bytes().to_vec(), v.as_bytes().to_vec())).collect();
            prop_assert_eq!(decoded(&mut decoder, &block), Ok(expected));
        }
    }

    #[test]
    fn whatever_comes_is_no_panic(block in prop::collection::vec(any::<u8>(), 0..60)) {
        // Not compared: the other decoder panics on blocks that end in the middle.
        let _ = decoded(&mut Decoder::default(), &block);
    }

    #[test]
    fn huffman_agrees_with_another_decoder(text in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut block = vec![0x00, 0x01, b'x', 0x80 | text.len() as u8];
        block.extend(&text);
        let other = fluke_hpack::Decoder::new().decode(&block).ok();
        prop_assert_eq!(decoded(&mut Decoder::default(), &block).ok(), other);
    }
}
