//! What is asked of a PgSQL node: versions, databases, roles, settings, replay.
