//! Processes under measurement: starting them, their CPU time and memory, from Linux's `/proc`.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server process that ends with the value.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Address and process id, as the load generator wants them.
    pub(crate) fn target(&self) -> (SocketAddr, u32) {
        (self.address, self.child.id())
    }

    /// Starts the bare actix server of this program on a file of answers; see [`crate::bare`].
    pub(crate) fn bare(answer: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("--bare-server").arg(answer).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, address: line.trim().parse().unwrap() }
    }

    /// Starts `cairn serve` and waits for its first 200; gives how long that took.
    pub(crate) fn cairn(program: &Path, data: &Path, database: Option<&str>, path: &str) -> (Self, Duration) {
        let (address, operator) = (free_address(), free_address());
        let mut command = Command::new(program);
        command.arg("serve").stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
        command.env("CAIRN__DATA_DIR", data).env("CAIRN__HTTP__ADDRESS", address.to_string());
        command.env("CAIRN__OPERATOR__ADDRESS", operator.to_string());
        command.env("CAIRN__CONTENT__APPLY_SHIPPED", "false").env("CAIRN__LOG__LEVEL", "warn");
        if let Some(url) = database {
            command.env("CAIRN__DATABASE__URL", url);
        }
        let start = Instant::now();
        let server = Self { child: command.spawn().unwrap(), address };
        let request = crate::load::get(path, &[]);
        while start.elapsed() < Duration::from_secs(20) {
            if std::net::TcpStream::connect(address).is_ok() && crate::load::fetch(address, &request).0 == 200 {
                let took = start.elapsed();
                return (server, took);
            }
            std::hint::spin_loop();
        }
        panic!("`{} serve` did not answer {path} within 20 s", program.display());
    }

    /// Resident memory in MiB.
    pub(crate) fn resident(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The CPU time, user and system, that a process has used. The kernel counts in hundredths of a second.
pub(crate) fn cpu_time(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name, in parentheses, may hold spaces; state is the first field behind it.
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}
