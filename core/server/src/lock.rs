//! Who is at work in a data folder. Every process that may write holds a shared lock on one file for as long as it lives; who
//! gets the lock alone knows that whatever was left running is dead. The system frees a lock when its process dies, however.

use crate::problem::Problem;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// A lock that is held.
#[derive(Debug)]
pub struct Presence {
    _file: File,
    /// Nobody else was here when it was taken.
    pub alone: bool,
}

fn open(path: &Path) -> Result<File, Problem> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(|e| failed(path, &e))
}

fn failed(path: &Path, e: &std::io::Error) -> Problem {
    Problem::new("lock.file", format!("{} 无法锁定：{e}", path.display()))
        .fix("检查数据目录的权限；不要放在网络文件系统上")
}

fn taken(result: Result<(), TryLockError>, path: &Path) -> Result<bool, Problem> {
    match result {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(e)) => Err(failed(path, &e)),
    }
}

/// Says that this process is at work in a data folder.
///
/// # Errors
/// `lock.file`; `backup.busy` while somebody replaces the database.
pub fn present(data: &Path) -> Result<Presence, Problem> {
    let path = data.join("daylight.lock");
    let file = open(&path)?;
    let alone = taken(file.try_lock(), &path)?;
    if alone {
        file.unlock().map_err(|e| failed(&path, &e))?;
    }
    if !taken(file.try_lock_shared(), &path)? {
        return Err(Problem::new("backup.busy", "数据库正在被恢复").fix("等恢复结束后再试"));
    }
    Ok(Presence { _file: file, alone })
}

/// Takes a data folder for this process alone, or nothing when somebody is at work in it.
///
/// # Errors
/// `lock.file`.
pub fn alone(data: &Path) -> Result<Option<Presence>, Problem> {
    let path = data.join("daylight.lock");
    let file = open(&path)?;
    Ok(taken(file.try_lock(), &path)?.then_some(Presence { _file: file, alone: true }))
}

/// Only one appliance serves a data folder.
///
/// # Errors
/// `serve.running`.
pub fn serving(data: &Path) -> Result<Presence, Problem> {
    let path = data.join("serve.lock");
    let file = open(&path)?;
    if taken(file.try_lock(), &path)? {
        return Ok(Presence { _file: file, alone: true });
    }
    Err(Problem::new("serve.running", format!("{} 已有一个实例在服务", data.display()))
        .fix("systemctl status daylight 查看；一个数据目录只能由一个实例服务"))
}

/// Only one process pulls a department.
///
/// # Errors
/// `pull.running`.
pub fn pulling(data: &Path, department: &str) -> Result<Presence, Problem> {
    let path = data.join(format!("pull-{department}.lock"));
    let file = open(&path)?;
    if taken(file.try_lock(), &path)? {
        return Ok(Presence { _file: file, alone: true });
    }
    Err(Problem::new("pull.running", format!("“{department}”正由另一个进程拉取"))
        .fix("等那次结束，或用 pull list 查看"))
}

/// Whether an appliance serves a data folder.
///
/// # Errors
/// `lock.file`.
pub fn is_served(data: &Path) -> Result<bool, Problem> {
    let path = data.join("serve.lock");
    if !path.exists() {
        return Ok(false);
    }
    Ok(!taken(open(&path)?.try_lock(), &path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_second_is_not_alone_and_nobody_serves_twice() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = present(folder.path()).expect("a lock");
        assert!(first.alone);
        let second = present(folder.path()).expect("a lock");
        assert!(!second.alone, "the first still lives");
        assert!(alone(folder.path()).expect("asked").is_none());
        drop((first, second));
        let whole = alone(folder.path()).expect("asked").expect("nobody else");
        assert_eq!(present(folder.path()).expect_err("it is being replaced").code, "backup.busy");
        drop(whole);
        assert!(present(folder.path()).expect("a lock").alone);
        let serving_here = serving(folder.path()).expect("the first");
        assert_eq!(serving(folder.path()).expect_err("the second").code, "serve.running");
        assert!(is_served(folder.path()).expect("asked"));
        drop(serving_here);
        assert!(!is_served(folder.path()).expect("asked"));
    }
}
