//! `pgbackman_setup`: the catalogue on a server, and embedded.
