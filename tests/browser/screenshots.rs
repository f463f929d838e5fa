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
    // Coarser and coarser, until there are few enough.
    let (colours, indexed) = [8u16, 17, 34, 51].iter().find_map(|step| indexed(&pixels, *step)).expect("few colours");
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, frame.width, frame.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(colours);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&indexed)).expect("a picture");
    out
}

/// The colours of a picture in steps, and each pixel as the number of its own; nothing where they are too many.
fn indexed(pixels: &[[u8; 3]], step: u16) -> Option<(Vec<u8>, Vec<u8>)> {
    let near = |c: u8| u8::try_from(((u16::from(c) + step / 2) / step * step).min(255)).unwrap_or(255);
    let (mut numbers, mut colours) = (BTreeMap::new(), Vec::new());
    let mut all = Vec::with_capacity(pixels.len());
    for pixel in pixels {
        let colour = pixel.map(near);
        let number = *numbers.entry(colour).or_insert_with(|| {
            colours.extend(colour);
            colours.len() / 3 - 1
        });
        all.push(u8::try_from(number).ok()?);
    }
    Some((colours, all))
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
