//! The main job, end to end: from the shell through cron to a restored database.
