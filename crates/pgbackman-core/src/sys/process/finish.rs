//! The end of a program of a run: its own, or the one that a deadline or a signal brings about.
#![forbid(unsafe_code)]

use tokio::time::{sleep_until, timeout};

use super::child::{Ending, Finished, Limits, Running, ending_of, tail_of};
use super::error::ProcessError;
use super::group::ProcessGroup;
use crate::sys::signal::StopSignals;

impl Running {
    /// Waits for its end, and brings it about when the deadline passes or a signal asks us to stop: SIGTERM to the whole
    /// group, then, when all that it started have ended or the grace is over, SIGKILL to it. After such an end nothing more
    /// can be started in the group.
    pub async fn finish(
        self,
        group: &ProcessGroup,
        limits: Limits,
        stop: &mut StopSignals,
    ) -> Result<Finished, ProcessError> {
        let Self {
            mut child,
            path,
            mut stderr,
        } = self;
        let watch_failed = |source| ProcessError::Watch {
            program: path.clone(),
            source,
        };
        let ending = tokio::select! {
            status = child.wait() => {
                let ending = ending_of(status.map_err(watch_failed)?);
                return Ok(Finished { ending, stderr_tail: tail_of(stderr).await });
            }
            () = sleep_until(limits.deadline) => Ending::TimedOut,
            signal = stop.recv() => Ending::Stopped(signal),
        };
        group.terminate();
        // Standard error closes when the last of those that have it is gone: pg_dumpall ends before its pg_dump.
        let all_gone = async {
            child.wait().await?;
            Ok::<_, std::io::Error>((&mut stderr).await.unwrap_or_default())
        };
        let in_time = timeout(limits.grace, all_gone).await;
        group.kill();
        let stderr_tail = if let Ok(tail) = in_time {
            tail.map_err(watch_failed)?
        } else {
            child.wait().await.map_err(watch_failed)?;
            tail_of(stderr).await
        };
        Ok(Finished {
            ending,
            stderr_tail,
        })
    }
}
