//! Assigns the words of a line to the command's parameters: by position, by name (`dbname=shop`), or by position and
//! then by name.

#[cfg(test)]
mod tests;

use pgbackman_core::domain::text::selector::Given;

use crate::declaration::defaults;
use crate::declaration::spec::{DefaultSource, Form, Parameter, Spec};
use crate::dialogue::prompt;
use crate::error::{CommandError, Misuse};
use crate::line::lexer::Word;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// The value of one parameter on a line.
#[derive(Debug, Clone, Copy)]
struct Bound<'w> {
    /// The parameter's name.
    key: &'w str,
    /// Its value. An empty value of a named parameter clears it, as `#empty#` does.
    given: Given<'w>,
    /// Its declaration, unless it is a row of a configuration table, which the command itself looks up.
    parameter: Option<&'static Parameter>,
}

impl Bound<'_> {
    /// The text as on the line; empty if it is omitted or cleared.
    fn text(&self) -> &str {
        self.given.or_default("")
    }
}

/// Assigns the words of a line (without the command's name) to the command's parameters; omitted parameters get their
/// defaults.
///
/// # Errors
/// For words that do not fit the parameters, or an invalid value.
pub fn bind(shell: &Shell, spec: &'static Spec, words: &[Word]) -> Result<Answers, CommandError> {
    let mut answers = Answers::default();
    let bound = assign(spec, words)?;
    for Bound {
        key,
        given,
        parameter,
    } in &bound
    {
        match parameter {
            Some(parameter) => add(shell, parameter, key, *given, &mut answers)?,
            None => answers.push(*key, given.or_default(""), true),
        }
    }
    if bound.iter().all(|bound| bound.parameter.is_some()) {
        add_unmentioned(shell, spec, &mut answers)?;
    }
    Ok(answers)
}

/// Checks the words of a line by their texts alone: whether they fit the parameters, and whether each value is valid
/// for its kind. Does not query the catalogue.
///
/// # Errors
/// For words that do not fit, or a value that is invalid regardless of the catalogue.
pub fn check_texts(spec: &'static Spec, words: &[Word]) -> Result<(), CommandError> {
    for bound in assign(spec, words)? {
        let Some(parameter) = bound.parameter else {
            continue;
        };
        if bound.given == Given::Default {
            continue;
        }
        parameter
            .kind
            .check(bound.text())
            .map_err(|reason| CommandError::Invalid(format!("{}: {reason}", parameter.label)))?;
    }
    Ok(())
}

/// The values of a line that name an object of this kind; an empty one means the default.
pub fn values_of_kind<'w>(spec: &'static Spec, words: &'w [Word], kind: Kind) -> Vec<&'w str> {
    assign(spec, words)
        .unwrap_or_default()
        .into_iter()
        .filter(|bound| {
            bound
                .parameter
                .is_some_and(|parameter| parameter.kind == kind)
        })
        .map(|bound| bound.given.or_default(""))
        .collect()
}

/// The parameter that a word names, and its value. Only the command's own names count: any other word with a `=` is a
/// value (`--jobs=2`), and so is a word whose name is quoted.
pub fn named<'w>(spec: &'static Spec, word: &'w Word) -> Option<(&'static Parameter, &'w str)> {
    let (name, value) = word.name_and_value()?;
    let parameter = spec
        .parameters
        .iter()
        .find(|parameter| parameter.key == name)?;
    Some((parameter, value))
}

/// Assigns each word to a parameter. A parameter that every form has is in the result even if the line omits it.
/// Without words, a list gets the defaults of its filters; no other command runs with defaults alone.
fn assign<'w>(spec: &'static Spec, words: &'w [Word]) -> Result<Vec<Bound<'w>>, CommandError> {
    if spec.parameters.is_empty() {
        return Err(CommandError::NoParameters);
    }
    if let Some(bound) = assignments(spec, words)? {
        return Ok(bound);
    }
    if words.is_empty() && spec.filters {
        return complete(spec, longest(spec), Vec::new());
    }
    let first_name = words
        .iter()
        .position(|word| named(spec, word).is_some())
        .filter(|_| !has_assignments(spec));
    let Some(first_name) = first_name else {
        let keys =
            of_count(spec, words.len()).ok_or_else(|| spec.misused(miscounted(spec, words)))?;
        return Ok(by_position(spec, keys, words).collect());
    };
    let keys = longest(spec);
    if first_name > keys.len() {
        return Err(spec.misused(Misuse::WrongCount));
    }
    let (positions, names) = words.split_at(first_name);
    let mut bound: Vec<Bound<'w>> = by_position(spec, keys, positions).collect();
    add_names(spec, names, &mut bound)?;
    complete(spec, keys, bound)
}

/// The words of a configuration's form: the parameters before the assignments, each by position or name, then at
/// least one `parameter=value`. `None` if the line has another form.
fn assignments<'w>(
    spec: &'static Spec,
    words: &'w [Word],
) -> Result<Option<Vec<Bound<'w>>>, CommandError> {
    let Some(Form::Assignments(keys)) = spec
        .forms
        .iter()
        .find(|form| matches!(form, Form::Assignments(_)))
    else {
        return Ok(None);
    };
    // No server or node has such a name: it is an assignment.
    let is_value =
        |word: &&Word| word.name_and_value().is_none() || assignment(word.text()).is_none();
    let positions = words.iter().take(keys.len()).take_while(is_value).count();
    let (positions, names) = words.split_at(positions);
    if names.is_empty() || !names.iter().all(|word| assignment(word.text()).is_some()) {
        return Ok(None);
    }
    let mut bound: Vec<Bound<'w>> = by_position(spec, keys, positions).collect();
    for (name, value) in names.iter().filter_map(|word| assignment(word.text())) {
        if bound.iter().any(|bound| bound.key == name) {
            return Err(spec.misused(Misuse::Twice(name.to_owned())));
        }
        bound.push(Bound {
            key: name,
            given: meant(value),
            parameter: spec.parameter(name).filter(|_| keys.contains(&name)),
        });
    }
    if bound.iter().all(|bound| bound.parameter.is_some()) {
        return Err(spec.misused(Misuse::WrongCount));
    }
    complete(spec, keys, bound).map(Some)
}

/// Adds the named values.
fn add_names<'w>(
    spec: &'static Spec,
    names: &'w [Word],
    bound: &mut Vec<Bound<'w>>,
) -> Result<(), CommandError> {
    for word in names {
        let Some((parameter, value)) = named(spec, word) else {
            let misuse = match word.name_and_value().and_then(|_| assignment(word.text())) {
                Some((name, _)) => Misuse::UnknownName(name.to_owned()),
                None => Misuse::PositionAfterName {
                    word: word.text().to_owned(),
                    name: bound.last().map_or("", |bound| bound.key).to_owned(),
                },
            };
            return Err(spec.misused(misuse));
        };
        if bound.iter().any(|bound| bound.key == parameter.key) {
            return Err(spec.misused(Misuse::Twice(parameter.key.to_owned())));
        }
        bound.push(Bound {
            key: parameter.key,
            given: meant(value),
            parameter: Some(parameter),
        });
    }
    Ok(())
}

/// Orders the values by the keys, so that a default finds what it depends on, and adds the omitted parameters that
/// every form has.
fn complete<'w>(
    spec: &'static Spec,
    keys: &'static [&'static str],
    mut bound: Vec<Bound<'w>>,
) -> Result<Vec<Bound<'w>>, CommandError> {
    for &key in keys {
        if bound.iter().any(|bound| bound.key == key) || !is_in_every_form(spec, key) {
            continue;
        }
        let parameter = spec.parameter(key);
        if parameter.is_some_and(must_be_given) {
            return Err(spec.misused(Misuse::Missing(key.to_owned())));
        }
        bound.push(Bound {
            key,
            given: Given::Default,
            parameter,
        });
    }
    bound.sort_by_key(|bound| {
        keys.iter()
            .position(|key| *key == bound.key)
            .unwrap_or(keys.len())
    });
    Ok(bound)
}

/// Whether the parameter requires a value: it has no default, or an empty default that its kind does not accept.
fn must_be_given(parameter: &Parameter) -> bool {
    match parameter.default {
        DefaultSource::Required => true,
        DefaultSource::Empty => parameter.kind.check("").is_err(),
        _ => false,
    }
}

fn by_position<'w>(
    spec: &'static Spec,
    keys: &'static [&'static str],
    words: &'w [Word],
) -> impl Iterator<Item = Bound<'w>> {
    keys.iter().zip(words).map(|(key, word)| Bound {
        key,
        given: Given::from_text(word.text()),
        parameter: spec.parameter(key),
    })
}

/// The value after a name.
fn meant(value: &str) -> Given<'_> {
    match Given::from_text(value) {
        Given::Default => Given::Clear,
        given => given,
    }
}

/// The error for a line without a matching form: unknown names, if the line ends with such words.
fn miscounted(spec: &Spec, words: &[Word]) -> Misuse {
    let name = |word: &Word| {
        let (name, _) = word
            .name_and_value()
            .and_then(|_| assignment(word.text()))?;
        Some(name.to_owned())
    };
    match words.last().and_then(name) {
        Some(_) if !has_assignments(spec) => words
            .iter()
            .find_map(name)
            .map_or(Misuse::WrongCount, Misuse::UnknownName),
        _ => Misuse::WrongCount,
    }
}

fn has_assignments(spec: &Spec) -> bool {
    let assigns = |form: &Form| matches!(form, Form::Assignments(_));
    spec.forms.iter().any(assigns)
}

/// The keys of each form of a fixed number of words.
fn forms(spec: &'static Spec) -> impl Iterator<Item = &'static [&'static str]> {
    spec.forms.iter().filter_map(|form| match form {
        Form::Words(keys) => Some(*keys),
        Form::Assignments(_) | Form::Rest(_) => None,
    })
}

/// The form that takes this number of words.
fn of_count(spec: &'static Spec, count: usize) -> Option<&'static [&'static str]> {
    forms(spec).find(|keys| keys.len() == count)
}

/// The form that has all parameters.
fn longest(spec: &'static Spec) -> &'static [&'static str] {
    forms(spec)
        .max_by_key(|keys| keys.len())
        .unwrap_or_default()
}

fn is_in_every_form(spec: &'static Spec, key: &str) -> bool {
    spec.forms.iter().all(|form| match form {
        Form::Words(keys) | Form::Assignments(keys) => keys.contains(&key),
        Form::Rest(_) => false,
    })
}

/// `parameter=value`, where the parameter is a name in the configuration tables.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let named = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    named.then_some((name, value))
}

fn add(
    shell: &Shell,
    parameter: &'static Parameter,
    key: &str,
    given: Given<'_>,
    answers: &mut Answers,
) -> Result<(), CommandError> {
    let default = if given == Given::Default {
        defaults::value(shell, parameter, key, answers)?
    } else {
        None
    };
    let (value, given) = prompt::stands_for(given, default.as_deref());
    // A stored value may remain even if it would not be accepted today.
    if given || !parameter.is_of_a_row() {
        prompt::acceptable(shell, parameter, &value)?;
    }
    answers.push(key, value, given);
    Ok(())
}

/// Adds the defaults of omitted parameters.
fn add_unmentioned(shell: &Shell, spec: &Spec, answers: &mut Answers) -> Result<(), CommandError> {
    for parameter in spec
        .parameters
        .iter()
        .filter(|parameter| parameter.each.is_none())
    {
        if answers.get(parameter.key).is_none() {
            let value = defaults::value(shell, parameter, parameter.key, answers)?;
            answers.push(parameter.key, value.unwrap_or_default(), false);
        }
    }
    Ok(())
}
