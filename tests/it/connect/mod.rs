//! Configuration and connections: what libpq users expect, TLS, password files.
