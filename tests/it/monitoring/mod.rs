//! What tells an operator, and an operator's monitoring, how the backups are.

mod signs_of_life;
