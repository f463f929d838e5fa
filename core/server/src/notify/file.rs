//! A relay by files, for a network without a way out: one JSON file per message, which a ferry (摆渡) carries to another network
//! and removes. A file is there whole or not at all, and the same message again is the same file.

use super::channel::{Failure, Post, Speaker};
use super::webhook::envelope;
use crate::app::App;
use crate::config::notify::Channel;
use async_trait::async_trait;
use std::io::Write;
use std::path::{Path, PathBuf};

pub(super) struct Relay {
    folder: PathBuf,
    id: String,
}

impl Relay {
    pub(super) fn new(app: &App, channel: &Channel) -> Self {
        Self { folder: app.config.path(Path::new(channel.address())), id: channel.id.clone() }
    }
}

/// Writes a file that appears under its name only when all of it is on the disk.
fn write(folder: &Path, name: &str, text: &str) -> std::io::Result<()> {
    let part = folder.join(format!(".{name}.part"));
    let mut file = std::fs::File::create(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&part, folder.join(name))?;
    std::fs::File::open(folder)?.sync_all()
}

#[async_trait]
impl Speaker for Relay {
    async fn send(&self, post: &Post<'_>) -> Result<(), Failure> {
        let text = envelope(&self.id, post)?;
        let (folder, name) = (self.folder.clone(), format!("{}.json", post.key));
        let failed = |why: String| Failure::whole("notify.folder", format!("{}：{why}", self.folder.display()));
        // A folder on another machine can hang; a thread of its own hangs alone.
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &text));
        match tokio::time::timeout(super::channel::WAIT, written).await {
            Ok(Ok(done)) => done.map_err(|e| failed(e.to_string())),
            Ok(Err(e)) => Err(failed(e.to_string())),
            Err(_) => Err(Failure::late()),
        }
    }
}
