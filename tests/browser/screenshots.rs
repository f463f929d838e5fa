//! Pictures of the main pages for the README: `cargo test -p daylight-tests --test browser screenshots -- --ignored`.

use crate::chromium::Chromium;
use crate::house::House;
use crate::tab::{Kind, Tab};
use daylight_domain::role::Role;
use std::collections::BTreeMap;
use std::path::Path;

/// Bytes of one picture.
const MOST: usize = 150 * 1024;

/// File, as whom, address.
const PICTURES: &[(&str, Role, &str)] = &[
    ("overview", Role::Supervision, "/"),
    ("cards", Role::Supervision, "/cards"),
    ("card", Role::Handler, "/cards/{card}"),
    ("case", Role::Supervision, "/cases/{department}/{case}"),
    ("score", Role::Supervision, "/scores/{run}"),
];

/// The same picture in at most 256 colours, which is what a page has but for the edges of its letters.
fn light(picture: &[u8]) -> Vec<u8> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(picture));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().expect("a picture");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("a picture");
    let samples = frame.color_type.samples();
    assert!(samples >= 3, "a picture in colours");
    let pixels: Vec<[u8; 3]> = pixels[..frame.buffer_size()].chunks(samples).map(|p| [p[0], p[1], p[2]]).collect();
    let (colours, indexed) = indexed(&pixels);
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, frame.width, frame.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(colours);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&indexed)).expect("a picture");
    out
}

/// The commonest colours of a picture, and for each pixel which of them is its own or like it most.
fn indexed(pixels: &[[u8; 3]]) -> (Vec<u8>, Vec<u8>) {
    let mut counts: BTreeMap<[u8; 3], u32> = BTreeMap::new();
    pixels.iter().for_each(|p| *counts.entry(*p).or_default() += 1);
    let mut colours: Vec<[u8; 3]> = counts.keys().copied().collect();
    colours.sort_by_key(|c| std::cmp::Reverse(counts[c]));
    colours.truncate(256);
    let far = |a: [u8; 3], b: [u8; 3]| a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum::<u32>();
    let like = |colour: [u8; 3]| (0..=255).zip(&colours).min_by_key(|(_, c)| far(**c, colour)).map_or(0, |(at, _)| at);
    let known: BTreeMap<[u8; 3], u8> = counts.keys().map(|c| (*c, like(*c))).collect();
    (colours.concat(), pixels.iter().map(|p| known[p]).collect())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes browser/screenshots"]
async fn screenshots() {
    let browser = Chromium::start().expect("a browser");
    let house = House::with_data().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/screenshots");
    let mut sessions = BTreeMap::new();
    for (name, role, path) in PICTURES {
        if !sessions.contains_key(role.as_str()) {
            sessions.insert(role.as_str(), house.signed_in(role.name_zh(), *role).await);
        }
        let tab = Tab::open(&browser, &house.base, Kind::default());
        tab.as_session(&sessions[role.as_str()]);
        assert_eq!(tab.go(&house.place(path)), Ok(200), "{name}");
        let picture = light(&tab.picture());
        assert!(picture.len() <= MOST, "{name}: {} bytes", picture.len());
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("a picture");
    }
}
