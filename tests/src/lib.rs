//! The harness: throw-away clusters, sandboxes, proxies, terminals.
