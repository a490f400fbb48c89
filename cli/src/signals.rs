//! Signals that ask a command to end: Ctrl-C, and a service manager's.
//!
//! A process catches them once and for good, but it may carry out many commands one after the
//! other (`qf chat`). So one thread hears them, and tells whoever listens at that moment: the one
//! that began to listen last. When nobody does, the process ends as if they were not caught.

use std::sync::{Mutex, PoisonError, mpsc};

/// What the process ends with when a signal ends it.
const ENDED: i32 = 130;

/// A signal that was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// Ctrl-C.
    Interrupt,
    /// Whoever looks after processes wants it to end.
    Terminate,
}

/// Somebody who listens.
struct Listener {
    id: u64,
    end: Box<dyn Fn() + Send>,
    /// Whether Ctrl-C is no business of this process for as long as this one listens.
    deaf: bool,
    /// Whether it was asked to end before.
    asked: bool,
}

/// Everybody who listens, the last on top.
struct Listeners {
    all: Vec<Listener>,
    next: u64,
    begun: bool,
}

static LISTENERS: Mutex<Listeners> =
    Mutex::new(Listeners { all: Vec::new(), next: 0, begun: false });

/// Somebody listens until this is dropped.
#[must_use = "when it is dropped, nobody listens any more"]
pub struct Listening(u64);

impl Drop for Listening {
    fn drop(&mut self) {
        let mut listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.all.retain(|listener| listener.id != self.0);
    }
}

/// Calls `end` at the first signal, for a command that stops in its own time; the second ends the
/// process.
pub fn on_end(end: impl Fn() + Send + 'static) -> Listening {
    listen(Box::new(end), false)
}

/// Leaves Ctrl-C to a program that has the terminal meanwhile.
pub fn leave_interrupts() -> Listening {
    listen(Box::new(|| {}), true)
}

fn listen(end: Box<dyn Fn() + Send>, deaf: bool) -> Listening {
    let mut listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
    let id = listeners.next;
    listeners.next += 1;
    listeners.all.push(Listener { id, end, deaf, asked: false });
    if !std::mem::replace(&mut listeners.begun, true) {
        // Nothing is sent: it is dropped when signals are caught, or cannot be.
        let (caught, wait) = mpsc::channel();
        std::thread::spawn(move || hear(caught));
        let _ = wait.recv();
    }
    Listening(id)
}

/// Tells the one who listens, or ends the process.
fn tell(heard: Heard) {
    let mut listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
    match listeners.all.last_mut() {
        Some(listener) if listener.deaf && heard == Heard::Interrupt => {}
        Some(listener) if !listener.deaf && !listener.asked => {
            listener.asked = true;
            (listener.end)();
        }
        _ => std::process::exit(ENDED),
    }
}

/// Hears signals as long as the process runs.
fn hear(caught: mpsc::Sender<()>) {
    if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
        runtime.block_on(signals(caught));
    }
}

#[cfg(unix)]
async fn signals(caught: mpsc::Sender<()>) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut interrupts) = signal(SignalKind::interrupt()) else { return };
    let Ok(mut ends) = signal(SignalKind::terminate()) else { return };
    drop(caught);
    loop {
        let heard = tokio::select! {
            _ = interrupts.recv() => Heard::Interrupt,
            _ = ends.recv() => Heard::Terminate,
        };
        tell(heard);
    }
}

#[cfg(not(unix))]
async fn signals(caught: mpsc::Sender<()>) {
    drop(caught);
    while tokio::signal::ctrl_c().await.is_ok() {
        tell(Heard::Interrupt);
    }
}
