//! JavaScript: `componentize-qjs`, which puts the sources beside QuickJS.

use super::build::Project;
use super::contract::written;
use super::tool::{Tool, run, version_in};
use crate::problem::Problem;
use std::path::Path;
use std::process::Command;

const COMPONENTIZE: Tool = Tool {
    names: &["componentize-qjs"],
    versions: ((0, 4, 5), (0, 4, u32::MAX)),
    install: "各系统：安装 Node.js 18 或更新（Debian/Ubuntu：apt install nodejs npm；Windows：winget install OpenJS.NodeJS.LTS；\
              macOS：brew install node），再在项目中运行 npm install",
};

/// The version of the package a tool was installed with: it does not say it itself.
fn packaged(tool: &Path) -> Option<String> {
    let package = tool.canonicalize().ok()?.parent()?.parent()?.join("package.json");
    let said: serde_json::Value = serde_json::from_slice(&std::fs::read(package).ok()?).ok()?;
    said.get("version")?.as_str().map(str::to_owned)
}

/// The component, with WASI answered inside it.
pub(super) fn build(project: &mut Project) -> Result<Vec<u8>, Problem> {
    let tool = COMPONENTIZE.place(project.tools)?;
    COMPONENTIZE.fits(packaged(&tool).as_deref().and_then(version_in), &mut project.notes)?;
    let contract = written(project)?;
    let out = project.made()?.join("plugin.wasm");
    let mut command = Command::new(tool);
    command
        .current_dir(project.dir)
        .arg("--wit")
        .arg(contract)
        .args(["--world", project.kind.as_str(), "--js", "src/plugin.js", "--module-root", "."])
        // Nothing runs beside a plugin, and it has neither files nor sockets.
        .args(["--sync", "--stub-wasi", "--output"])
        .arg(&out);
    run(&mut command)?;
    std::fs::read(&out).map_err(|e| Problem::new("build.component", format!("{}：{e}", out.display())))
}
