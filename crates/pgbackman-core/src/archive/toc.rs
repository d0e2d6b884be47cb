//! The entries of an archive's table of contents.

use std::io::BufRead;

use super::error::{ArchiveError, Reason};
use super::header::{Format, Header};
use super::input::Input;

/// When an entry is restored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Section {
    /// At any time.
    #[default]
    None,
    /// Before the data.
    PreData,
    /// The data.
    Data,
    /// After the data.
    PostData,
}

/// One entry. Texts are in the archive's encoding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the archive.
    pub id: u32,
    /// Whether data belongs to it.
    pub has_data: bool,
    /// The OID of the catalog that has the object.
    pub class: Vec<u8>,
    /// The object's OID.
    pub object: Vec<u8>,
    /// The name; with a table for what belongs to one.
    pub tag: Vec<u8>,
    /// The kind: `TABLE`, `TABLE DATA`, `ACL`.
    pub kind: Vec<u8>,
    /// When it is restored.
    pub section: Section,
    /// The SQL that makes it.
    pub definition: Vec<u8>,
    /// The SQL that drops it.
    pub drop: Vec<u8>,
    /// The COPY statement of a table's rows; empty where they are INSERT statements.
    pub copy: Vec<u8>,
    /// The schema; empty where there is none.
    pub schema: Vec<u8>,
    /// The tablespace.
    pub tablespace: Vec<u8>,
    /// The table access method.
    pub access_method: Vec<u8>,
    /// The kind of relation, as a character's number; 0 where it is none or not told (before 1.16).
    pub relation_kind: i64,
    /// The owner.
    pub owner: Vec<u8>,
    /// The numbers of the entries that must be there first.
    pub depends_on: Vec<u32>,
    /// The file with its data, without the suffix of a compression (directory format).
    pub file: Option<Vec<u8>>,
}

impl Entry {
    /// What it is, in words: kind, schema and name.
    pub fn described(&self) -> String {
        let words = [&self.kind, &self.schema, &self.tag];
        let words = words.into_iter().filter(|word| !word.is_empty());
        words
            .map(|word| String::from_utf8_lossy(word).replace(['\n', '\r'], " "))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether it is of this kind.
    pub fn is(&self, kind: &str) -> bool {
        self.kind == kind.as_bytes()
    }
}

pub(super) fn read<R: BufRead>(
    input: &mut Input<R>,
    header: &Header,
) -> Result<Vec<Entry>, ArchiveError> {
    let count = input.int()?;
    if count < 0 {
        return Err(input.error(Reason::Nonsense("a negative number of entries")));
    }
    // Grows with what is there, whatever the count says.
    let mut entries = Vec::new();
    for _ in 0..count {
        entries.push(entry(input, header)?);
    }
    Ok(entries)
}

fn entry<R: BufRead>(input: &mut Input<R>, header: &Header) -> Result<Entry, ArchiveError> {
    let id = input.int()?;
    let id = match u32::try_from(id) {
        Ok(id) if id > 0 => id,
        _ => return Err(input.error(Reason::Nonsense("an invalid number of an entry"))),
    };
    let has_data = input.int()? != 0;
    let [class, object, tag, kind] = [
        input.words()?,
        input.words()?,
        input.words()?,
        input.words()?,
    ];
    let section = match input.int()? {
        1 => Section::None,
        2 => Section::PreData,
        3 => Section::Data,
        4 => Section::PostData,
        _ => return Err(input.error(Reason::Nonsense("an invalid section of an entry"))),
    };
    let [definition, drop, copy, schema, tablespace] = [
        input.words()?,
        input.words()?,
        input.words()?,
        input.words()?,
        input.words()?,
    ];
    let access_method = if header.minor >= 14 {
        input.words()?
    } else {
        Vec::new()
    };
    let relation_kind = if header.minor >= 16 { input.int()? } else { 0 };
    let owner = input.words()?;
    // Whether the table has OIDs, which none has had since 12.
    input.words()?;
    let mut depends_on = Vec::new();
    while let Some(text) = input.text()? {
        let number = std::str::from_utf8(&text)
            .ok()
            .and_then(|text| text.parse().ok());
        match number {
            Some(number) => depends_on.push(number),
            None => return Err(input.error(Reason::Nonsense("an invalid number of a dependency"))),
        }
    }
    let file = match header.format {
        Format::Directory => input.text()?.filter(|name| !name.is_empty()),
        Format::Custom => {
            // Where its data stands. The data is read in the order of the file, which names the entry of each block.
            input.byte()?;
            for _ in 0..header.offset_size {
                input.byte()?;
            }
            None
        }
    };
    Ok(Entry {
        id,
        has_data,
        class,
        object,
        tag,
        kind,
        section,
        definition,
        drop,
        copy,
        schema,
        tablespace,
        access_method,
        relation_kind,
        owner,
        depends_on,
        file,
    })
}
