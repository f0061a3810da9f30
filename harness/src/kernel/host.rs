//! The client's side of the host kernel: agents as child processes, each owned by a thread of its own.
//!
//! Invariant: an agent dies with the thread that started it (a parent-death signal is bound to the parent's thread), so these
//! threads live as long as the pool.

use std::io::{self, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::wire::{Reply, Request, receive, send};

/// How long an agent may take for a request. A linker's own limit is far below.
const LIMIT: Duration = Duration::from_secs(900);

/// How agents are started.
#[derive(Debug, Clone)]
pub struct Launcher {
    /// A program whose `agent` command is exdev's.
    pub program: PathBuf,
    /// How much memory an agent's images and trees may take, as a size that tmpfs(5) understands.
    pub scratch: String,
}

/// What becomes of a request, told as it happens.
#[derive(Debug)]
pub enum Event {
    /// An agent has taken up the request with this number.
    Started(usize),
    /// The request with this number was answered.
    Answered(usize, Box<Reply>),
}

/// Agents that serve requests side by side.
///
/// Dropping it waits until the last agent has ended and all it made is gone.
#[derive(Debug)]
pub struct Pool {
    jobs: Option<Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Job {
    number: usize,
    request: Request,
    tell: Sender<Event>,
}

impl Pool {
    /// A pool of `size` agents, each started when it is first needed.
    ///
    /// # Errors
    /// There cannot be so many threads.
    pub fn new(launcher: &Launcher, size: usize) -> io::Result<Self> {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let worker = |_| {
            let (launcher, queue) = (launcher.clone(), Arc::clone(&queue));
            thread::Builder::new().spawn(move || work(&launcher, &queue))
        };
        let workers = (0..size.max(1)).map(worker).collect::<io::Result<_>>()?;
        Ok(Self { jobs: Some(jobs), workers })
    }

    /// Queues a request; `tell` hears of it under `number`.
    pub fn submit(&self, number: usize, request: Request, tell: &Sender<Event>) {
        // The queue only closes with the pool.
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(Job { number, request, tell: tell.clone() });
        }
    }

    /// Serves one request and waits for the answer.
    #[must_use]
    pub fn ask(&self, request: Request) -> Reply {
        let (tell, hear) = channel();
        self.submit(0, request, &tell);
        drop(tell);
        hear.into_iter()
            .find_map(|event| match event {
                Event::Answered(_, reply) => Some(*reply),
                Event::Started(_) => None,
            })
            .unwrap_or_else(Reply::lost)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.jobs = None;
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

fn work(launcher: &Launcher, queue: &Mutex<Receiver<Job>>) {
    let mut agent: Option<Agent> = None;
    loop {
        // Only receiving happens under the lock, and that does not panic.
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { number, request, tell }) = job else { return };
        // Whoever asked may have gone; the next one has not.
        let _ = tell.send(Event::Started(number));
        let reply = serve(launcher, &mut agent, &request);
        let _ = tell.send(Event::Answered(number, Box::new(reply)));
    }
}

/// Asks the agent, started if there is none; one that fails is replaced by the next request.
fn serve(launcher: &Launcher, agent: &mut Option<Agent>, request: &Request) -> Reply {
    let mut serving = match agent.take().map_or_else(|| Agent::start(launcher), Ok) {
        Ok(serving) => serving,
        Err(error) => {
            let program = launcher.program.display();
            return Reply::Broken { problem: format!("failed to start the agent {program}: {error}") };
        }
    };
    match serving.exchange(request) {
        Ok(Some(reply)) => {
            *agent = Some(serving);
            reply
        }
        Ok(None) => Reply::Broken { problem: format!("the agent ended in mid-scenario: {}", serving.ending()) },
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            serving.kill();
            Reply::Broken { problem: format!("the agent did not answer within {} s, and was killed", LIMIT.as_secs()) }
        }
        Err(error) => {
            serving.kill();
            Reply::Broken { problem: format!("failed to talk to the agent: {error}") }
        }
    }
}

/// A running agent; dropping it hangs up, upon which it ends.
#[derive(Debug)]
struct Agent {
    stream: Option<BufReader<UnixStream>>,
    child: Child,
}

impl Agent {
    fn start(launcher: &Launcher) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_read_timeout(Some(LIMIT))?;
        let child = Command::new(&launcher.program)
            .args(["agent", "--scratch", &launcher.scratch])
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self { stream: Some(BufReader::new(ours)), child })
    }

    fn exchange(&mut self, request: &Request) -> io::Result<Option<Reply>> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        send(stream.get_mut(), request)?;
        receive(stream)
    }

    /// Ends an agent that cannot be talked to; the kernel ends all that it started.
    fn kill(&mut self) {
        let _ = self.child.kill();
    }

    fn ending(&mut self) -> String {
        self.stream = None;
        self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.ending();
    }
}
