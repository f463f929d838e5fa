//! A fake department that stands: on a port of this machine, in a folder, in a file.

use super::faults::{Fault, Faults};
use super::happening::Happening;
use super::http::{Service, router};
use super::live::Live;
use super::system::{System, of_records};
use super::{Kind, Plan, database_script, files};
use crate::problem::Problem;
use daylight_domain::clock::Clock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// Where a fake department stands.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Address to listen on; nothing: any free port of loopback.
    pub listen: Option<String>,
    /// Folder for files; nothing: a temporary one, removed at the end.
    pub folder: Option<PathBuf>,
}

/// A fake department. It ends when it is dropped.
pub struct Mock {
    plan: Arc<Plan>,
    system: System,
    live: Arc<Live>,
    address: String,
    folder: Option<PathBuf>,
    /// The folder was made for this.
    temporary: bool,
    written: Mutex<Written>,
}

/// How far a system that writes has come.
#[derive(Debug, Default)]
struct Written {
    to: u64,
    owed: Vec<Happening>,
    damaged: bool,
}

pub(super) fn folder_of(e: &std::io::Error, what: &Path) -> Problem {
    Problem::new("mock.folder", format!("{}：{e}", what.display())).fix("指明一个可写的目录")
}

pub(super) async fn bound(listen: Option<&str>) -> Result<(TcpListener, String), Problem> {
    let listen = listen.unwrap_or("127.0.0.1:0");
    let failed = |e: std::io::Error| {
        Problem::new("mock.listen", format!("{listen}：{e}")).fix("换一个未被占用的端口，例：--listen 127.0.0.1:0")
    };
    let local = listen.parse::<std::net::SocketAddr>().is_ok_and(|a| a.ip().is_loopback());
    if !local {
        return Err(Problem::new("mock.listen", format!("“{listen}”不是本机地址"))
            .fix("模拟来源只在本机开放：127.0.0.1:端口 或 [::1]:端口"));
    }
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, format!("http://{address}")))
}

/// Serves until it is ended.
pub(super) fn serve(listener: TcpListener, router: axum::Router, live: &Live) {
    let ending = live.ending.clone();
    tokio::spawn(async move {
        let until = ending.cancelled_owned();
        if let Err(e) = axum::serve(listener, router).with_graceful_shutdown(until).await {
            tracing::error!("模拟来源停止：{e}");
        }
    });
}

/// What callers of a plan's department must present.
fn secret_of(seed: u64) -> String {
    let mut dice = super::Dice::new(seed, "secret");
    format!("mock-{:016x}{:016x}", dice.below(u64::MAX), dice.below(u64::MAX))
}

impl Mock {
    /// Starts a fake department that shows what had happened by this clock.
    ///
    /// # Errors
    /// What [`Plan::truth`] says; `mock.listen`, `mock.folder`.
    pub async fn start(plan: Plan, clock: Arc<dyn Clock>) -> Result<Self, Problem> {
        Self::start_at(plan, clock, Standing::default()).await
    }

    /// The same at a place of one's own.
    ///
    /// # Errors
    /// As [`Mock::start`].
    pub async fn start_at(plan: Plan, clock: Arc<dyn Clock>, at: Standing) -> Result<Self, Problem> {
        let truth = plan.truth()?;
        let secret = secret_of(plan.seed);
        let records = of_records(&plan.faults);
        let system = System::new(truth, &records, plan.seed, clock, plan.shape.clone(), &secret);
        let live = Arc::new(Live::new(plan.faults.clone(), plan.seed));
        let mut mock = Self {
            address: String::new(),
            folder: None,
            temporary: false,
            written: Mutex::default(),
            plan: Arc::new(plan),
            system,
            live,
        };
        match mock.plan.kind {
            Kind::Rest | Kind::Legacy => {
                let (listener, address) = bound(at.listen.as_deref()).await?;
                let service =
                    Service { system: mock.system.clone(), kind: mock.plan.kind, live: Arc::clone(&mock.live) };
                serve(listener, router(service), &mock.live);
                mock.address = address;
            }
            Kind::Csv | Kind::Sql => mock.settle(at.folder).await?,
        }
        Ok(mock)
    }

    /// Finds a folder and writes what there is.
    async fn settle(&mut self, folder: Option<PathBuf>) -> Result<(), Problem> {
        self.temporary = folder.is_none();
        let folder = folder.unwrap_or_else(crate::demo::place::temporary);
        std::fs::create_dir_all(&folder).map_err(|e| folder_of(&e, &folder))?;
        let folder = folder.canonicalize().map_err(|e| folder_of(&e, &folder))?;
        self.address = match self.plan.kind {
            Kind::Sql => format!("sqlite:{}", folder.join(DATABASE).display()),
            _ => folder.display().to_string(),
        };
        if self.plan.kind == Kind::Sql {
            // One that was left there is of another department.
            let _ = std::fs::remove_file(folder.join(DATABASE));
        }
        self.folder = Some(folder);
        self.go_on().await
    }

    /// A system that writes – files, database – writes what is to be seen by now and was not. The others have nothing to do.
    ///
    /// # Errors
    /// `mock.folder`, or the database cannot be written.
    pub async fn go_on(&self) -> Result<(), Problem> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let mut written = self.written.lock().await;
        if self.plan.kind == Kind::Csv {
            let Written { to, owed, .. } = &mut *written;
            *to = files::drop_badly(&self.system, folder, *to, owed, &self.live).map_err(|e| folder_of(&e, folder))?;
            return Ok(());
        }
        self.write_database(&folder.join(DATABASE), &mut written).await
    }

    async fn write_database(&self, file: &Path, written: &mut Written) -> Result<(), Problem> {
        let fault = self.live.next();
        if written.damaged {
            std::fs::remove_file(file).map_err(|e| folder_of(&e, file))?;
            for tail in ["-wal", "-shm"] {
                let mut beside = file.as_os_str().to_owned();
                beside.push(tail);
                let _ = std::fs::remove_file(beside);
            }
            *written = Written::default();
        }
        let create = !file.exists();
        let (mut script, to) = database_script(&self.system, written.to, create);
        if fault == Some(Fault::Empty) {
            // The table is there, and nothing in it yet.
            script.truncate(if create { 3 } else { 0 });
        } else {
            written.to = to;
        }
        if fault == Some(Fault::Repeats) {
            let names: Vec<String> = self.system.columns().iter().map(|c| format!("\"{c}\"")).collect();
            let all = self.system.showing();
            script.extend(
                all.chunks(200).map(|chunk| super::database::insert(&self.system, &names, chunk, 1_000_000_000)),
            );
        }
        daylight_store::run_script(file, &script).await?;
        written.damaged = match fault {
            Some(Fault::Truncated) => {
                let open = std::fs::OpenOptions::new().write(true).open(file);
                let half = open.and_then(|f| f.metadata().and_then(|m| f.set_len(m.len() / 2)));
                half.map_err(|e| folder_of(&e, file)).map(|()| true)?
            }
            Some(Fault::Html) => {
                std::fs::write(file, super::live::PORTAL).map_err(|e| folder_of(&e, file)).map(|()| true)?
            }
            _ => false,
        };
        Ok(())
    }

    /// `http://127.0.0.1:PORT`, the folder, or `sqlite:FILE`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What callers must present; nobody asks for it at a folder or a file.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.system.secret
    }

    /// What it was made from.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Everything it knows or will know, in the order in which it shows it, each with what is the matter with it.
    #[must_use]
    pub fn truth(&self) -> Vec<Happening> {
        self.system.all()
    }

    /// What it shows now.
    #[must_use]
    pub fn showing(&self) -> Vec<Happening> {
        self.system.showing()
    }

    /// From now on these things go wrong, positions counted anew. Faults of records are those of what is not shown yet and of what
    /// is added; faults of cases are part of the story and do not change.
    ///
    /// # Errors
    /// `mock.fault-kind`: a fault such a system cannot have.
    pub fn set_faults(&self, faults: Faults) -> Result<(), Problem> {
        self.plan.check_faults(&faults)?;
        let records = of_records(&faults);
        if records != of_records(&self.live.faults()) {
            self.system.set_faults(&records);
        }
        self.live.set(faults);
        Ok(())
    }

    /// It learns something more – late, corrected, whatever the records say – and shows it next.
    pub fn add(&self, more: Vec<Happening>) {
        self.system.add(more, &of_records(&self.live.faults()));
    }

    /// How many requests it has seen; how many files or writings there were.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.live.asked()
    }
}

/// The file of the business database.
const DATABASE: &str = "business.db";

impl Drop for Mock {
    fn drop(&mut self) {
        self.live.ending.cancel();
        if let Some(folder) = self.folder.as_ref().filter(|_| self.temporary) {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
