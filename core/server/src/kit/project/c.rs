//! C: a compiler alone. The bindings of the contract are generated here, and the module becomes a component here.

use super::adapter;
use super::build::{Project, unwritten};
use super::contract::{narrowed, wrong};
use super::tool::{Tool, run};
use crate::problem::Problem;
use daylight_host::PluginKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use wit_bindgen_core::Files;
use wit_component::ComponentEncoder;

const ZIG: Tool = Tool {
    names: &["zig", "python-zig"],
    versions: ((0, 13, 0), (0, 17, u32::MAX)),
    install: "各系统在项目中运行 python3 -m venv .venv && .venv/bin/pip install -r requirements.txt（Debian/Ubuntu 先 \
              apt install python3-venv）；或安装 zig（macOS：brew install zig；Windows：winget install zig.zig）",
};

/// Writes a file unless it says so already: what did not change is not compiled again.
fn write(file: &Path, bytes: &[u8]) -> Result<(), Problem> {
    if std::fs::read(file).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    std::fs::write(file, bytes).map_err(|e| unwritten(file, &e))
}

/// The contract as C: a header, a source and an object file with its types.
fn bindings(project: &Project, made: &Path) -> Result<Vec<PathBuf>, Problem> {
    let (mut resolve, world) = narrowed(project)?;
    let mut files = Files::default();
    let options = wit_bindgen_c::Opts::default();
    options.build().generate(&mut resolve, world, &mut files).map_err(|e| wrong("无法由 wit/v1 生成 C 的接口", &e))?;
    let mut compiled = Vec::new();
    for (name, bytes) in files.iter() {
        let file = made.join(name);
        write(&file, bytes)?;
        if !name.ends_with(".h") {
            compiled.push(file);
        }
    }
    Ok(compiled)
}

/// The C sources of the project, sorted.
fn sources(project: &Project) -> Result<Vec<PathBuf>, Problem> {
    let folder = project.dir.join("src");
    let list = std::fs::read_dir(&folder)
        .and_then(|list| list.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>())
        .map_err(|e| Problem::new("project.language", format!("{}：{e}", folder.display())))?;
    let mut list: Vec<PathBuf> = list.into_iter().filter(|f| f.extension().is_some_and(|e| e == "c")).collect();
    list.sort();
    Ok(list)
}

/// Compiles and links everything to one core module.
fn compile(project: &Project, zig: &Path, made: &Path, generated: &[PathBuf]) -> Result<Vec<u8>, Problem> {
    let out = made.join("plugin.core.wasm");
    let mut command = Command::new(zig);
    command
        .current_dir(project.dir)
        .args(["cc", "-target", "wasm32-wasi", "-mexec-model=reactor", "-std=c17", "-O2", "-s", "-Wall", "-Wextra"])
        // Its checks of undefined behaviour trap, which says less than the limits of the host.
        .args(["-fno-sanitize=undefined", "-Wl,--no-entry", "-Wl,-z,stack-size=262144"])
        // Paths of this machine have no place in a component.
        .arg(format!("-ffile-prefix-map={}=.", project.dir.display()))
        .arg("-I")
        .arg(made)
        .arg("-o")
        .arg(&out)
        .args(sources(project)?)
        .args(generated)
        .env("ZIG_LOCAL_CACHE_DIR", made.join("zig"));
    run(&mut command)?;
    std::fs::read(&out).map_err(|e| wrong(&out.display().to_string(), &e))
}

/// The component, with what C's library asks of WASI answered inside it.
pub(super) fn build(project: &mut Project) -> Result<Vec<u8>, Problem> {
    let zig = ZIG.ready(project.tools, &["version"], &mut project.notes)?;
    let made = project.made()?;
    let generated = bindings(project, &made)?;
    let core = compile(project, &zig, &made, &generated)?;
    let mut encoder = ComponentEncoder::default().validate(true).module(&core).map_err(|e| wrong("模块", &e))?;
    if let Some(stub) = adapter::of(&core)? {
        encoder = encoder.adapter(adapter::NAME, &stub).map_err(|e| wrong("WASI", &e))?;
    }
    let world = match project.kind {
        PluginKind::Connector => "connecting",
        PluginKind::Standard => "scoring",
    };
    encoder.encode().map_err(|e| wrong(&format!("模块没有完整实现接口 {world}"), &e))
}
