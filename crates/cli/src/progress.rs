//! Progress with rate and time left, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use query::Inputs;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Shows progress until it is dropped.
pub(crate) struct Progress {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to show how much of the inputs has been read.
    pub(crate) fn show(inputs: &Inputs, quiet: bool) -> Progress {
        let stop = Arc::new(AtomicBool::new(false));
        if quiet || !std::io::stderr().is_terminal() {
            return Progress { stop, thread: None };
        }
        let (inputs, stopped) = (inputs.clone(), stop.clone());
        let thread = std::thread::spawn(move || draw(&inputs, &stopped));
        Progress { stop, thread: Some(thread) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic of the drawing thread must not hide the result.
            let _ = thread.join();
        }
    }
}

fn draw(inputs: &Inputs, stopped: &AtomicBool) {
    const TEMPLATE: &str = "{bar:32} {binary_bytes} of {binary_total_bytes}  {binary_bytes_per_sec}  {msg}  {eta} left";
    let bar = ProgressBar::with_draw_target(Some(inputs.bytes_stored()), ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar()));
    // Short work shows nothing at all.
    std::thread::park_timeout(Duration::from_millis(400));
    while !stopped.load(Ordering::Relaxed) {
        bar.set_position(inputs.stats.bytes_stored.load(Ordering::Relaxed));
        let records = inputs.stats.records.load(Ordering::Relaxed);
        let done = inputs.stats.objects_done.load(Ordering::Relaxed);
        bar.set_message(format!(
            "{:.1} M records, object {} of {}",
            records as f64 / 1e6,
            done + 1,
            inputs.objects.len()
        ));
        std::thread::park_timeout(Duration::from_millis(100));
    }
    bar.finish_and_clear();
}
