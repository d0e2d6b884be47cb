//! Writes the documents that are made from the code into the sources: `cargo xtask docs` starts it.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match write(&root) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask-documents: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes what is not as it has to be, and names it.
fn write(root: &Path) -> Result<(), Box<dyn Error>> {
    for document in xtask_documents::all(root)? {
        let path = root.join(&document.path);
        if fs::read_to_string(&path).is_ok_and(|text| text == document.text) {
            continue;
        }
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(&path, document.text)
            .map_err(|error| format!("could not write {}: {error}", path.display()))?;
        println!("written: {}", document.path.display());
    }
    Ok(())
}
