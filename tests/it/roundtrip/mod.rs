//! A database, dumped, restored on another cluster, compared.
