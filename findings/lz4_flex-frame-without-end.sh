#!/bin/sh
# lz4_flex 0.11.7 reads an LZ4 frame that ends between two blocks as if it were whole: no error, and the rest is missing.
#
# A frame ends with a mark of four zero bytes. The decoder takes the end of its input, where the size of the next block should
# be, for that mark, even when half of the size is there. A file that was cut at such a place comes out short with Ok.
set -eu

work=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
cat >"$work/Cargo.toml" <<'TOML'
[package]
name = "seen"
version = "0.0.0"
edition = "2021"

[dependencies]
lz4_flex = "=0.11.7"
TOML
cat >"$work/src/main.rs" <<'RUST'
use std::io::{Read, Write};

use lz4_flex::frame::{BlockSize, FrameDecoder, FrameEncoder, FrameInfo};

/// Where the blocks of a frame without sums end: behind its header of 7 bytes each is preceded by its size.
fn ends_of_blocks(frame: &[u8]) -> Vec<usize> {
    let (mut at, mut ends) = (7, Vec::new());
    loop {
        let size = u32::from_le_bytes(frame[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        if size == 0 {
            return ends;
        }
        at += 4 + size as usize;
        ends.push(at);
    }
}

fn main() {
    let rows: Vec<u8> = (0..200_000).flat_map(|n: u32| format!("{n}\trow\n").into_bytes()).collect();
    let info = FrameInfo::new().block_size(BlockSize::Max64KB);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(&rows).unwrap();
    let frame = encoder.finish().unwrap();
    let third = ends_of_blocks(&frame)[10];
    for (what, length) in [
        ("whole", frame.len()),
        ("without its end mark", frame.len() - 4),
        ("cut behind its eleventh block", third),
        ("cut in the size of its twelfth block", third + 2),
        ("cut in its twelfth block", third + 20),
    ] {
        let mut text = Vec::new();
        let read = FrameDecoder::new(&frame[..length]).read_to_end(&mut text);
        let ended = if read.is_ok() { "Ok" } else { "an error" };
        println!("{what}: {ended}, {} of {} bytes", text.len(), rows.len());
    }
}
RUST
cargo run --quiet --manifest-path "$work/Cargo.toml" | tee "$work/seen"
cat >"$work/expected" <<'TEXT'
whole: Ok, 2088890 of 2088890 bytes
without its end mark: Ok, 2088890 of 2088890 bytes
cut behind its eleventh block: Ok, 720896 of 2088890 bytes
cut in the size of its twelfth block: Ok, 720896 of 2088890 bytes
cut in its twelfth block: an error, 720896 of 2088890 bytes
TEXT
if ! cmp -s "$work/expected" "$work/seen"; then
    echo 'CHANGED: expected'
    cat "$work/expected"
    exit 1
fi
