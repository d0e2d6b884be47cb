//! Lines from a terminal: editing, history and completion by rustyline.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use rustyline::completion::{Completer as CompletesLines, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use crate::complete::Completer;
use crate::output::Paint;
use crate::session::history;
use crate::session::input::{Line, LineSource, Purpose, is_unfinished};
use crate::session::pager::Screen;

/// The terminal of a person.
pub(crate) struct Terminal {
    editor: Editor<Assistant, FileHistory>,
    history: Option<std::path::PathBuf>,
}

impl Terminal {
    /// Prepares the terminal, with completion, and with the history of earlier sessions if there is a home directory
    /// for it.
    ///
    /// # Errors
    /// If the terminal cannot be used.
    pub(crate) fn new(completer: Completer, home: Option<&Path>, paint: Paint) -> io::Result<Self> {
        let config = Config::builder()
            .auto_add_history(false)
            .completion_type(CompletionType::List)
            .max_history_size(history::KEPT)
            .and_then(|builder| builder.history_ignore_dups(true))
            .map_err(as_io)?
            .build();
        let mut editor = Editor::with_config(config).map_err(as_io)?;
        editor.set_helper(Some(Assistant {
            completer,
            purpose: Purpose::Command,
            paint,
        }));
        let history = home.map(history::path);
        if let Some(file) = &history {
            // A history that cannot be read or written is not an error; it starts empty.
            let _ = history::prepare(file);
            let _ = editor.load_history(file);
        }
        Ok(Self { editor, history })
    }
}

impl LineSource for Terminal {
    fn read(&mut self, prompt: &str, purpose: &Purpose) -> io::Result<Line> {
        if let Some(assistant) = self.editor.helper_mut() {
            assistant.purpose = purpose.clone();
        }
        match self.editor.readline(prompt) {
            Ok(text) => Ok(Line::Text(text)),
            Err(ReadlineError::Interrupted) => Ok(Line::Interrupted),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(error) => Err(as_io(error)),
        }
    }

    fn is_terminal(&self) -> bool {
        true
    }

    fn remember(&mut self, line: &str) {
        let _ = self.editor.add_history_entry(line);
        if let Some(file) = &self.history {
            let _ = self.editor.append_history(file);
        }
    }

    fn screen(&mut self) -> Option<Screen> {
        let (columns, rows) = self.editor.dimensions()?;
        Some(Screen {
            columns: columns.into(),
            rows: rows.into(),
        })
    }
}

fn as_io(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other),
    }
}

/// The callbacks of rustyline while a line is typed.
struct Assistant {
    completer: Completer,
    purpose: Purpose,
    paint: Paint,
}

impl Helper for Assistant {}

impl Highlighter for Assistant {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        match self.purpose {
            Purpose::Command => self.paint.prompt(prompt),
            Purpose::Answer { .. } | Purpose::Choice(_) => Cow::Borrowed(prompt),
        }
    }
}

impl Hinter for Assistant {
    type Hint = String;
}

impl CompletesLines for Assistant {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = line.get(..pos).unwrap_or(line);
        let completion = self.completer.complete(&self.purpose, before);
        let pairs = completion.candidates.into_iter().map(|candidate| Pair {
            display: candidate.display,
            replacement: candidate.replacement,
        });
        Ok((completion.start, pairs.collect()))
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let open = matches!(self.purpose, Purpose::Command) && is_unfinished(context.input());
        Ok(if open {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}
