//! Builds the bundled plugins for `wasm32-wasip2` and signs them with a key that is forgotten when the build ends; its public
//! half is built into the program, so that bundled plugins take the same way in as anybody else's.

use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

const BUNDLED: [&str; 8] = [
    "connector-rest-json",
    "connector-sql-view",
    "connector-csv-drop",
    "connector-legacy-xml",
    "standard-county-2025",
    "standard-classic-9",
    "standard-ningbo-6",
    "standard-table-standard",
];

fn main() -> Result<(), Box<dyn Error>> {
    embed_sample()?;
    embed_kit()?;
    name_runtime()?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    let plugins = root.join("plugins");
    for watched in ["sdk", "connectors", "standards", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", plugins.join(watched).display());
    }
    println!("cargo::rerun-if-changed={}", root.join("wit/v1").display());
    println!("cargo::rerun-if-changed={}", root.join("core/formula").display());

    // Beside the target folder of this build, so that every checkout and every shared folder builds them once.
    let target = out.ancestors().nth(4).unwrap_or(&out).join("plugins");
    let mut cargo = Command::new(std::env::var("CARGO")?);
    cargo.args(["build", "--release", "--locked", "--target", "wasm32-wasip2"]);
    for name in BUNDLED {
        cargo.args(["--package", &format!("daylight-{name}")]);
    }
    cargo.current_dir(&plugins).env("CARGO_TARGET_DIR", &target);
    for inherited in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_TARGET",
        "CLIPPY_ARGS",
    ] {
        cargo.env_remove(inherited);
    }
    let done = cargo.output()?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        let hint = if said.contains("can't find crate for `core`") || said.contains("may not be installed") {
            "\nthe target is missing: run  rustup target add wasm32-wasip2"
        } else {
            ""
        };
        return Err(format!("bundled plugins do not build:\n{said}{hint}").into());
    }

    let mut seed = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut seed)?;
    let key = SigningKey::from_bytes(&seed);
    let mut list = format!(
        "/// The public half of the key that signed the bundled plugins.\npub const KEY: &str = \"{}\";\n\n",
        hex::encode(key.verifying_key().to_bytes())
    );
    list.push_str("/// Name, component, signature.\npub const PLUGINS: &[(&str, &[u8], &str)] = &[\n");
    for name in BUNDLED {
        let file = format!("daylight_{}.wasm", name.replace('-', "_"));
        let bytes = std::fs::read(target.join("wasm32-wasip2/release").join(&file))?;
        copy(&out.join(&file), &bytes)?;
        let mut message = b"daylight-plugin-v1\0".to_vec();
        message.extend_from_slice(&Sha256::digest(&bytes));
        let signature = hex::encode(key.sign(&message).to_bytes());
        let short = name.split_once('-').map_or(name, |(_, rest)| rest);
        list.push_str(&format!(
            "    (\"{short}\", include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\")), \"{signature}\"),\n"
        ));
    }
    list.push_str("];\n");
    std::fs::write(out.join("bundled.rs"), list)?;
    Ok(())
}

fn copy(to: &Path, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    std::fs::write(to, bytes)?;
    Ok(())
}

/// The version of the runtime that is built in, for diagnostics: only the host knows the crate, the lock file knows its version.
fn name_runtime() -> Result<(), Box<dyn Error>> {
    let lock = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../../Cargo.lock").canonicalize()?;
    println!("cargo::rerun-if-changed={}", lock.display());
    let text = std::fs::read_to_string(lock)?;
    let version = text.split("[[package]]").find(|one| one.contains("name = \"wasmtime\"\n"));
    let version = version.and_then(|one| one.split("version = \"").nth(1)?.split('"').next()).unwrap_or("unknown");
    println!("cargo::rustc-env=DAYLIGHT_WASMTIME={version}");
    Ok(())
}

/// The files below a folder, sorted, without what a build leaves behind.
fn files_below(root: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if wanted(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A constant with files: path below their folder, text.
fn constant(doc: &str, name: &str, root: &Path, files: &[PathBuf]) -> Result<String, Box<dyn Error>> {
    let mut list = format!("/// {doc}: path below its folder, text.\npub const {name}: &[(&str, &str)] = &[\n");
    for file in files {
        let below = file.strip_prefix(root)?.display().to_string();
        list.push_str(&format!("    (\"{below}\", include_str!(\"{}\")),\n", file.display()));
    }
    list.push_str("];\n");
    Ok(list)
}

/// Builds the sample configuration into the program, so that the demonstration needs no file beside it.
fn embed_sample() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../../config").canonicalize()?;
    println!("cargo::rerun-if-changed={}", root.display());
    let kept = |file: &Path| file.extension().is_some_and(|e| e == "toml") || file.ends_with("trust/README.md");
    let files = files_below(&root, kept)?;
    let list = constant("Every file of the sample configuration", "FILES", &root, &files)?;
    std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join("sample.rs"), list)?;
    Ok(())
}

/// Builds into the program what a vendor begins with: templates, the SDK for Rust and the contract.
fn embed_kit() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    let mut list = String::new();
    for (doc, name, folder) in [
        ("Templates of projects", "TEMPLATES", "plugins/templates"),
        ("The SDK for Rust", "SDK", "plugins/sdk"),
        ("The contract", "WIT", "wit/v1"),
    ] {
        let folder = root.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        let kept = |file: &Path| {
            ["rs", "toml", "wit", "md", "json", "js", "py", "c", "h", "txt"]
                .iter()
                .any(|e| file.extension().is_some_and(|x| x == *e))
                || file.file_name().is_some_and(|name| name == "gitignore")
        };
        list.push_str(&constant(doc, name, &folder, &files_below(&folder, kept)?)?);
    }
    for (doc, name, file) in
        [("its workspace", "CARGO", "Cargo.toml"), ("the versions it is tried with", "LOCK", "Cargo.lock")]
    {
        let file = root.join("plugins").join(file);
        list.push_str(&format!(
            "/// The SDK for Rust: {doc}.\npub const {name}: &str = include_str!(\"{}\");\n",
            file.display()
        ));
    }
    std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join("kit.rs"), list)?;
    Ok(())
}
