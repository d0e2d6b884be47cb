//! The shell: sessions, prompts, output formats.
