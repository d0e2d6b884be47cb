//! Splits SQL text, as `pg_dump` and `pg_restore` write it, into tokens: aware of quotes, dollar quotes and comments,
//! streaming, keeping no more than a bounded part of any token.
//!
//! It works on bytes: a script is in its database's encoding, and in every encoding a server can have, a byte below 128
//! is the ASCII character.

use std::io::{self, BufRead};

/// Bytes kept of a token; names are at most 63 characters, longer texts (function bodies) are of no interest.
const KEPT: usize = 1024;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A key word, unquoted identifier or number, in lower case.
    Word(Vec<u8>),
    /// A quoted identifier, without its quotes.
    Quoted(Vec<u8>),
    /// A string constant: its value, cut where it is long. Of a dollar-quoted one nothing is kept.
    Literal(Vec<u8>),
    /// Any other character.
    Symbol(u8),
}

impl Token {
    /// Whether it is this key word, given in lower case.
    pub fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word.as_bytes())
    }

    /// The name, where the token is one: an identifier, quoted or not.
    pub fn name(&self) -> Option<&[u8]> {
        match self {
            Self::Word(name) | Self::Quoted(name) => Some(name),
            Self::Literal(_) | Self::Symbol(_) => None,
        }
    }
}

/// Whether these tokens begin with these key words.
pub fn begins(tokens: &[Token], words: &[&str]) -> bool {
    tokens.len() >= words.len()
        && words
            .iter()
            .zip(tokens)
            .all(|(word, token)| token.is_word(word))
}

/// The name at this place among the tokens.
pub fn name(tokens: &[Token], at: usize) -> Option<String> {
    let name = tokens.get(at)?.name()?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// The tokens of a script; an error of the reader is passed on.
#[derive(Debug)]
pub struct Tokens<R> {
    reader: R,
    /// Bytes read ahead, the next one last.
    ahead: Vec<u8>,
    /// Whether nothing but blanks stands before the next byte on its line: there a backslash starts a `psql` command.
    line_start: bool,
    /// Bytes taken from the reader and not given back.
    taken: usize,
    /// Where the last token began, in the same count.
    began: usize,
}

impl<R: BufRead> Tokens<R> {
    /// Reads a script from its beginning.
    pub const fn new(reader: R) -> Self {
        Self {
            reader,
            ahead: Vec::new(),
            line_start: true,
            taken: 0,
            began: 0,
        }
    }

    /// Where the last token stands: bytes since the beginning, or since [`Tokens::restart`].
    pub(super) const fn span(&self) -> std::ops::Range<usize> {
        self.began..self.taken
    }

    /// Counts again; a line of SQL begins. Returns the reader, from which nothing has been read ahead behind a symbol.
    pub(super) fn restart(&mut self, at_line_start: bool) -> &mut R {
        self.taken = 0;
        self.began = 0;
        self.line_start |= at_line_start;
        &mut self.reader
    }

    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        if let Some(byte) = self.ahead.pop() {
            self.taken += 1;
            return Ok(Some(byte));
        }
        let byte = self.reader.fill_buf()?.first().copied();
        if byte.is_some() {
            self.reader.consume(1);
            self.taken += 1;
        }
        Ok(byte)
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        let byte = self.next_byte()?;
        if let Some(byte) = byte {
            self.ahead.push(byte);
            self.taken -= 1;
        }
        Ok(byte)
    }

    /// Takes the next byte if it is this one.
    fn take(&mut self, wanted: u8) -> io::Result<bool> {
        let found = self.peek()? == Some(wanted);
        if found {
            self.next_byte()?;
        }
        Ok(found)
    }

    fn token(&mut self) -> io::Result<Option<Token>> {
        while let Some(byte) = self.next_byte()? {
            match byte {
                b'\n' => self.line_start = true,
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {}
                b'-' if self.take(b'-')? => self.skip_line()?,
                b'/' if self.take(b'*')? => self.skip_comment()?,
                // \restrict and \unrestrict (trap 8): a line for psql, not SQL.
                b'\\' if self.line_start => self.skip_line()?,
                _ => {
                    self.line_start = false;
                    self.began = self.taken - 1;
                    return self.token_from(byte).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn token_from(&mut self, byte: u8) -> io::Result<Token> {
        match byte {
            b'"' => Ok(Token::Quoted(self.quoted(b'"', false)?)),
            b'\'' => Ok(Token::Literal(self.quoted(b'\'', false)?)),
            b'e' | b'E' if self.take(b'\'')? => Ok(Token::Literal(self.quoted(b'\'', true)?)),
            b'$' => self.dollar(),
            _ if is_word_byte(byte) => self.word(byte),
            _ => Ok(Token::Symbol(byte)),
        }
    }

    fn word(&mut self, first: u8) -> io::Result<Token> {
        let mut word = vec![first.to_ascii_lowercase()];
        while let Some(byte) = self.peek()? {
            if !is_word_byte(byte) && byte != b'$' {
                break;
            }
            self.next_byte()?;
            keep(&mut word, byte.to_ascii_lowercase());
        }
        Ok(Token::Word(word))
    }

    /// Up to the closing quote; two stand for one, and with `escapes` a backslash protects what follows.
    fn quoted(&mut self, quote: u8, escapes: bool) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        loop {
            match self.next_byte()? {
                Some(b'\\') if escapes => {
                    if let Some(byte) = self.next_byte()? {
                        keep(&mut text, byte);
                    }
                }
                Some(byte) if byte == quote => {
                    if !self.take(quote)? {
                        return Ok(text);
                    }
                    keep(&mut text, quote);
                }
                Some(byte) => keep(&mut text, byte),
                None => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the SQL text ends inside quotes",
                    ));
                }
            }
        }
    }

    /// `$tag$…$tag$`, or a lone `$`.
    fn dollar(&mut self) -> io::Result<Token> {
        let mut delimiter = vec![b'$'];
        loop {
            match self.peek()? {
                Some(b'$') => {
                    self.next_byte()?;
                    delimiter.push(b'$');
                    self.skip_past(&delimiter)?;
                    return Ok(Token::Literal(Vec::new()));
                }
                Some(byte)
                    if is_word_byte(byte) && !(delimiter.len() == 1 && byte.is_ascii_digit()) =>
                {
                    self.next_byte()?;
                    delimiter.push(byte);
                }
                _ => return Ok(Token::Symbol(b'$')),
            }
        }
    }

    /// Reads past the next occurrence of a delimiter. It begins with its only possible overlap, `$`, so that a failed
    /// match can only restart at its last byte.
    fn skip_past(&mut self, delimiter: &[u8]) -> io::Result<()> {
        let mut matched = 0;
        while let Some(byte) = self.next_byte()? {
            matched = match byte {
                _ if byte == delimiter[matched] => matched + 1,
                b'$' => 1,
                _ => 0,
            };
            if matched == delimiter.len() {
                return Ok(());
            }
        }
        Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the SQL text ends inside dollar quotes",
        ))
    }

    fn skip_line(&mut self) -> io::Result<()> {
        while let Some(byte) = self.next_byte()? {
            if byte == b'\n' {
                break;
            }
        }
        self.line_start = true;
        Ok(())
    }

    /// A comment between `/*` and `*/`; they nest.
    fn skip_comment(&mut self) -> io::Result<()> {
        let mut depth = 1;
        while let Some(byte) = self.next_byte()? {
            match byte {
                b'*' if self.take(b'/')? => depth -= 1,
                b'/' if self.take(b'*')? => depth += 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
        Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the SQL text ends inside a comment",
        ))
    }
}

impl<R: BufRead> Iterator for Tokens<R> {
    type Item = io::Result<Token>;

    fn next(&mut self) -> Option<Self::Item> {
        self.token().transpose()
    }
}

fn keep(text: &mut Vec<u8>, byte: u8) {
    if text.len() < KEPT {
        text.push(byte);
    }
}

/// Letters, digits, `_`, and every byte of a non-ASCII character.
const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(sql: &str) -> Vec<String> {
        Tokens::new(sql.as_bytes())
            .map(|token| match token.unwrap() {
                Token::Word(text) => String::from_utf8(text).unwrap(),
                Token::Quoted(text) => format!("\"{}\"", String::from_utf8(text).unwrap()),
                Token::Literal(text) => format!("'{}'", String::from_utf8(text).unwrap()),
                Token::Symbol(byte) => char::from(byte).to_string(),
            })
            .collect()
    }

    #[test]
    fn quotes_comments_and_dollar_quotes_hide_what_is_in_them() {
        assert_eq!(
            tokens("GRANT a\tON \"T;\"\"x\";"),
            ["grant", "a", "on", "\"T;\"x\"", ";"]
        );
        assert_eq!(
            tokens("x 'it''s; \\' y E'a\\';b' z"),
            ["x", "'it's; \\'", "y", "'a';b'", "z"]
        );
        assert_eq!(
            tokens("a -- b; 'c\nd /* e /* f */ ; \" */ g"),
            ["a", "d", "g"]
        );
        assert_eq!(
            tokens("a $b$ ; $c$ ' $b c$b$ d $$;$$ $1"),
            ["a", "''", "d", "''", "$", "1"]
        );
        assert_eq!(tokens("a$b$c; e 'x'"), ["a$b$c", ";", "e", "'x'"]);
        assert_eq!(
            tokens("\\restrict 'abc\na;\n\\unrestrict abc\nb - c/d"),
            ["a", ";", "b", "-", "c", "/", "d"]
        );
    }

    #[test]
    fn an_unfinished_text_is_an_error() {
        for sql in ["'a", "\"a", "$$ a", "/* a", "$x$ $y$"] {
            assert!(
                Tokens::new(sql.as_bytes()).any(|token| token.is_err()),
                "{sql}"
            );
        }
    }

    #[test]
    fn a_long_constant_is_not_held_in_memory() {
        let sql = format!("'{}' x", "a".repeat(1_000_000));
        let tokens: Vec<Token> = Tokens::new(sql.as_bytes()).map(Result::unwrap).collect();
        assert!(matches!(&tokens[0], Token::Literal(text) if text.len() == KEPT));
        assert!(tokens[1].is_word("x"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Tokens::new(bytes.as_slice()).collect::<Result<Vec<_>, _>>();
        }
    }
}
