//! Signals that ask a command to end: Ctrl-C, and a service manager's.

/// Calls `end` at the first of them, for a command that stops in its own time; the second ends the
/// process.
pub fn on_end(end: impl Fn() + Send + 'static) {
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return;
        };
        runtime.block_on(async {
            #[cfg(unix)]
            let mut ended = {
                use tokio::signal::unix::{SignalKind, signal};
                let Ok(ended) = signal(SignalKind::terminate()) else { return };
                ended
            };
            let mut asked = false;
            loop {
                #[cfg(unix)]
                tokio::select! {
                    heard = tokio::signal::ctrl_c() => if heard.is_err() { return },
                    _ = ended.recv() => {}
                }
                #[cfg(not(unix))]
                if tokio::signal::ctrl_c().await.is_err() {
                    return;
                }
                if std::mem::replace(&mut asked, true) {
                    std::process::exit(130);
                }
                end();
            }
        });
    });
}
