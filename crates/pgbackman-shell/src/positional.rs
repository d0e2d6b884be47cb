//! The positional form of a command: its words, matched to one of the declared forms.

use pgbackman_core::domain::text::selector::Given;

use crate::answers::Answers;
use crate::defaults;
use crate::error::CommandError;
use crate::kind::Kind;
use crate::prompt;
use crate::shell::Shell;
use crate::spec::{Form, Parameter, Spec};

/// Gives the words of a line (the command's name left out) to the command's parameters.
///
/// # Errors
/// A wrong number of words, or a value that is not acceptable.
pub fn bind(shell: &Shell, spec: &'static Spec, words: &[String]) -> Result<Answers, CommandError> {
    if spec.parameters.is_empty() {
        return Err(CommandError::NoParameters);
    }
    let form = choose(spec.forms, words).ok_or(CommandError::WrongCount)?;
    let mut answers = Answers::default();
    let keys = match form {
        Form::Words(keys) | Form::Assignments(keys) => keys,
        Form::Rest(key) => {
            answers.push(*key, words.join(" "), true);
            return Ok(answers);
        }
    };
    for (key, word) in keys.iter().zip(words) {
        add(shell, spec, key, word, &mut answers)?;
    }
    for word in &words[keys.len()..] {
        // The form was chosen because every word left is an assignment.
        let (key, value) = assignment(word).ok_or(CommandError::WrongCount)?;
        if answers.get(key).is_some() {
            return Err(CommandError::Invalid(format!("{key:?} is given twice")));
        }
        // A parameter that is named is meant: nothing behind it clears it, as `#empty#` does.
        answers.push(key, Given::from_text(value).or_default(""), true);
    }
    if matches!(form, Form::Words(_)) {
        add_unmentioned(shell, spec, &mut answers)?;
    }
    Ok(answers)
}

/// Checks the words of a line as far as their texts alone tell: their number, and what each kind of value may be. Nothing
/// is asked of the catalogue.
///
/// # Errors
/// A wrong number of words, or a value that is not acceptable whatever the catalogue has.
pub fn check_texts(spec: &'static Spec, words: &[String]) -> Result<(), CommandError> {
    if spec.parameters.is_empty() {
        return Err(CommandError::NoParameters);
    }
    let form = choose(spec.forms, words).ok_or(CommandError::WrongCount)?;
    for (parameter, word) in parameters_of(spec, form).zip(words) {
        let value = match Given::from_text(word) {
            Given::Default => continue,
            Given::Clear => "",
            Given::Value(value) => value,
        };
        parameter
            .kind
            .check(value)
            .map_err(|reason| CommandError::Invalid(format!("{}: {reason}", parameter.label)))?;
    }
    Ok(())
}

/// The words of a line that name something of this kind, where its form has such parameters.
pub fn words_of_kind<'w>(spec: &'static Spec, words: &'w [String], kind: Kind) -> Vec<&'w str> {
    let Some(form) = choose(spec.forms, words) else {
        return Vec::new();
    };
    parameters_of(spec, form)
        .zip(words)
        .filter(|(parameter, _)| parameter.kind == kind)
        .map(|(_, word)| word.as_str())
        .collect()
}

/// The parameters of a form, in its order.
fn parameters_of(spec: &'static Spec, form: &Form) -> impl Iterator<Item = &'static Parameter> {
    let keys: &'static [&'static str] = match form {
        Form::Words(keys) | Form::Assignments(keys) => keys,
        Form::Rest(_) => &[],
    };
    keys.iter().filter_map(|key| spec.parameter(key))
}

/// The form whose shape the words have. Assignments come first: a value that looks like one is nothing a shorter form
/// could mean.
fn choose<'f>(forms: &'f [Form], words: &[String]) -> Option<&'f Form> {
    let assignments = |form: &&Form| match form {
        Form::Assignments(keys) => {
            words.len() > keys.len()
                && words[keys.len()..]
                    .iter()
                    .all(|word| assignment(word).is_some())
        }
        _ => false,
    };
    let words_or_rest = |form: &&Form| match form {
        Form::Words(keys) => keys.len() == words.len(),
        Form::Rest(_) => true,
        Form::Assignments(_) => false,
    };
    forms
        .iter()
        .find(assignments)
        .or_else(|| forms.iter().find(words_or_rest))
}

/// `parameter=value`, the parameter being a name of the configuration tables.
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
    spec: &'static Spec,
    key: &'static str,
    word: &str,
    answers: &mut Answers,
) -> Result<(), CommandError> {
    let parameter = spec.parameter(key).ok_or(CommandError::WrongCount)?;
    let default = if word.is_empty() {
        defaults::value(shell, parameter, key, answers)?
    } else {
        None
    };
    let (value, given) = prompt::answer(word, default.as_deref());
    // What is stored is left as it is by whoever asks for no change of it.
    if given || !parameter.is_of_a_row() {
        prompt::acceptable(shell, parameter, &value)?;
    }
    answers.push(key, value, given);
    Ok(())
}

/// Parameters that the chosen form does not have get their defaults.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_form_is_chosen_by_the_number_of_words_or_by_assignments() {
        let forms = [
            Form::Words(&["server", "a", "b"]),
            Form::Assignments(&["server"]),
        ];
        assert_eq!(choose(&forms, &words("1 x y")), Some(&forms[0]));
        assert_eq!(choose(&forms, &words("1 a=x b=y")), Some(&forms[1]));
        assert_eq!(choose(&forms, &words("1 a=x")), Some(&forms[1]));
        assert_eq!(choose(&forms, &words("1 --jobs=4 y")), Some(&forms[0]));
        assert_eq!(choose(&forms, &words("1 x")), None);
        assert_eq!(choose(&forms, &words("1")), None);
    }
}
