//! Every test that needs a server, cron, atd, real files or signals.
