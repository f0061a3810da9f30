//! Agents that serve requests side by side, each owned by a thread of its own.
//!
//! Invariant: an agent dies with the thread that started it (a parent-death signal is bound to the parent's thread), so these
//! threads live as long as the pool. A thread starts at most one agent in each kernel, when it is first needed, and keeps it.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::child::{Child, Exchange};
use super::given::Site;
use super::name::{Choice, Kernel};
use super::wire::{Reply, Request};

/// How agents are started.
#[derive(Debug, Clone)]
pub struct Launcher {
    /// A program whose `agent` and `guest` commands are exdev's.
    pub program: PathBuf,
    /// How much memory an agent's images and trees may take, as a size that tmpfs(5) understands.
    pub scratch: String,
    /// How long a guest may show no sign of life; with `None`, a minute.
    pub patience: Option<Duration>,
    /// Where agents on the host work that make no filesystems.
    pub site: Option<Site>,
}

/// What becomes of a request, told as it happens.
#[derive(Debug)]
pub enum Event {
    /// An agent has taken up the request with this number.
    Started(usize),
    /// The request with this number was answered.
    Answered(usize, Box<Answer>),
}

/// An answer, and where it comes from.
#[derive(Debug)]
pub struct Answer {
    /// The kernel that was asked last.
    pub kernel: Kernel,
    /// What its agent said.
    pub reply: Reply,
}

impl Answer {
    /// The answer to a request that was never answered.
    #[must_use]
    pub fn lost() -> Self {
        let problem = "the thread that owns the agent ended; this is a bug in exdev".to_owned();
        Self { kernel: Kernel::Host, reply: Reply::Broken { problem } }
    }
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
    choice: Choice,
    tell: Sender<Event>,
}

impl Pool {
    /// A pool in which `size` requests are served at once.
    ///
    /// # Errors
    /// There cannot be so many threads.
    pub fn new(launcher: &Launcher, size: usize) -> io::Result<Self> {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let worker = |number| {
            let (launcher, queue) = (launcher.clone(), Arc::clone(&queue));
            thread::Builder::new().spawn(move || work(launcher, number, &queue))
        };
        let workers = (0..size.max(1)).map(worker).collect::<io::Result<_>>()?;
        Ok(Self { jobs: Some(jobs), workers })
    }

    /// Queues a request for one of the chosen kernels; `tell` hears of it under `number`.
    pub fn submit(&self, number: usize, request: Request, choice: Choice, tell: &Sender<Event>) {
        // The queue only closes with the pool.
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(Job { number, request, choice, tell: tell.clone() });
        }
    }

    /// Serves one request and waits for the answer.
    #[must_use]
    pub fn ask(&self, request: Request, choice: Choice) -> Answer {
        let (tell, hear) = channel();
        self.submit(0, request, choice, &tell);
        drop(tell);
        hear.into_iter()
            .find_map(|event| match event {
                Event::Answered(_, answer) => Some(*answer),
                Event::Started(_) => None,
            })
            .unwrap_or_else(Answer::lost)
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

fn work(launcher: Launcher, number: usize, queue: &Mutex<Receiver<Job>>) {
    let mut agents = Agents { launcher, number, running: Vec::new() };
    loop {
        // Only receiving happens under the lock, and that does not panic.
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { number, request, choice, tell }) = job else { return };
        // Whoever asked may have gone; the next one has not.
        let _ = tell.send(Event::Started(number));
        let answer = agents.serve(&request, choice);
        let _ = tell.send(Event::Answered(number, Box::new(answer)));
    }
}

/// The agents of one thread.
struct Agents {
    launcher: Launcher,
    /// The thread's number.
    number: usize,
    running: Vec<(Kernel, Child)>,
}

impl Agents {
    /// Asks one kernel after the other until one can.
    fn serve(&mut self, request: &Request, choice: Choice) -> Answer {
        let Some((&first, others)) = choice.kernels().split_first() else { return Answer::lost() };
        let mut answer = Answer { kernel: first, reply: self.ask(first, request) };
        for &kernel in others {
            if !matches!(answer.reply, Reply::NotHere { .. }) {
                break;
            }
            let reply = self.ask(kernel, request);
            answer = Answer { kernel, reply: answer.reply.or_else(reply) };
        }
        answer
    }

    /// Asks the agent in one kernel, started if there is none; one that fails is replaced by the next request.
    fn ask(&mut self, kernel: Kernel, request: &Request) -> Reply {
        let running = self.running.iter().position(|(of, _)| *of == kernel);
        let agent = running.map(|index| self.running.swap_remove(index).1);
        let started = agent.map_or_else(|| Child::start(kernel, &self.launcher, self.number), Ok);
        let mut agent = match started {
            Ok(agent) => agent,
            Err(error) => {
                let program = self.launcher.program.display();
                return Reply::Broken { problem: format!("failed to start the agent {program}: {error}") };
            }
        };
        match agent.exchange(request) {
            Exchange::Answered(reply) => {
                self.running.push((kernel, agent));
                reply
            }
            Exchange::Failed(problem) => Reply::Broken { problem },
        }
    }
}
