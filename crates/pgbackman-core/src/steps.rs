//! The named steps of a program's work, and who observes them: a test that ends or stops a program at one of them.
#![forbid(unsafe_code)]

/// Observes the steps of a program's work.
pub trait Observer<S>: Send + Sync {
    /// The work has reached `step`; the next step has not begun. Runs in the task or thread that does the work.
    fn reached(&self, step: S);
}

/// Ignores every step. The installed programs use it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl<S> Observer<S> for NoObserver {
    fn reached(&self, _step: S) {}
}
