//! Rust: cargo, for `wasm32-wasip2`.

use super::build::Project;
use super::tool::{Tool, run};
use crate::problem::Problem;
use std::path::Path;
use std::process::Command;

const CARGO: Tool = Tool {
    names: &["cargo"],
    versions: ((1, 85, 0), (u32::MAX, 0, 0)),
    install: "各系统：按 https://rustup.rs 安装 rustup，再运行 rustup target add wasm32-wasip2",
};

/// Paths of this machine have no place in a component: the same sources give the same bytes in any folder.
fn flags(dir: &Path) -> String {
    let home = std::env::var_os("CARGO_HOME").map(std::path::PathBuf::from);
    let home = home.or_else(|| Some(std::path::PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let mut flags = vec![format!("--remap-path-prefix={}=.", dir.display())];
    flags.extend(home.map(|h| format!("--remap-path-prefix={}=cargo", h.display())));
    flags.join("\u{1f}")
}

/// The component, as cargo leaves it.
pub(super) fn build(project: &mut Project) -> Result<Vec<u8>, Problem> {
    let cargo = CARGO.ready(project.tools, &["--version"], &mut project.notes)?;
    let mut command = Command::new(cargo);
    command
        .current_dir(project.dir)
        .args(["build", "--release", "--quiet", "--target", "wasm32-wasip2", "--message-format=short"])
        .env("CARGO_TARGET_DIR", project.dir.join("target"))
        .env("CARGO_ENCODED_RUSTFLAGS", flags(project.dir));
    for inherited in ["RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_TARGET", "CLIPPY_ARGS"] {
        command.env_remove(inherited);
    }
    run(&mut command).map_err(|problem| {
        let missing = ["can't find crate for `core`", "can't find crate for `std`", "may not be installed"];
        if missing.iter().any(|words| problem.message.contains(words)) {
            return Problem::new("build.tool-missing", "缺少目标 wasm32-wasip2").fix("rustup target add wasm32-wasip2");
        }
        problem
    })?;
    let file = project.dir.join("target/wasm32-wasip2/release/plugin.wasm");
    std::fs::read(&file).map_err(|e| {
        Problem::new("build.component", format!("{}：{e}", file.display()))
            .fix("Cargo.toml 的 [lib] 应为 name = \"plugin\"，crate-type = [\"cdylib\"]")
    })
}
