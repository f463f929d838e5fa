//! Python: `componentize-py`, which puts the sources beside CPython.

use super::build::Project;
use super::contract::written;
use super::tool::{Tool, run};
use crate::problem::Problem;
use std::process::Command;

const COMPONENTIZE: Tool = Tool {
    names: &["componentize-py"],
    versions: ((0, 25, 0), (0, 25, u32::MAX)),
    install: "Debian/Ubuntu：apt install python3-venv；各系统（Python 3.10 或更新）在项目中运行 \
              python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
};

/// The component, with WASI answered inside it.
pub(super) fn build(project: &mut Project) -> Result<Vec<u8>, Problem> {
    let tool = COMPONENTIZE.ready(project.tools, &["--version"], &mut project.notes)?;
    let contract = written(project)?;
    let out = project.made()?.join("plugin.wasm");
    let mut command = Command::new(tool);
    command
        .current_dir(project.dir)
        .arg("--wit-path")
        .arg(contract)
        .args(["--world", project.kind.as_str(), "--quiet"])
        .args(["componentize", "plugin", "--python-path", "src", "--stub-wasi", "--output"])
        .arg(&out)
        // What a person's own environment has is no part of the plugin; nor is the order of a set by chance.
        .env_remove("VIRTUAL_ENV")
        .env_remove("PYTHONPATH")
        .env("PYTHONHASHSEED", "0");
    run(&mut command)?;
    std::fs::read(&out).map_err(|e| Problem::new("build.component", format!("{}：{e}", out.display())))
}
