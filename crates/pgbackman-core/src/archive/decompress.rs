//! One compressed stream, read to its true end.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::bufread::{GzDecoder, ZlibDecoder};

use super::lz4_frame::Lz4Frame;

/// What data is packed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// Nothing.
    Plain,
    /// A file of gzip.
    Gzip,
    /// zlib, as the custom format has it.
    Zlib,
    /// A frame of LZ4.
    Lz4,
    /// A frame of Zstandard.
    Zstd,
}

/// How much is unpacked at once.
const STEP: usize = 128 * 1024;

/// What went wrong: in the stream, or behind it.
#[derive(Debug)]
pub(super) enum Broken {
    Io(io::Error),
    Trailing,
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Unpacks exactly one stream, gives every piece of it to `see`, and checks that nothing stands behind it. The checksum and
/// the length that gzip and zlib have at their end are compared; a frame must have its end mark.
pub(super) fn unpack<R: BufRead>(
    packed: R,
    packing: Packing,
    see: &mut dyn FnMut(&[u8]),
    stop: &AtomicBool,
) -> Result<(), Broken> {
    let mut packed = packed;
    // A client begins a frame with the first byte that it has to pack: an empty large object is an empty file. Rows are never empty, since
    // they have their end mark.
    if matches!(packing, Packing::Lz4 | Packing::Zstd) && packed.fill_buf()?.is_empty() {
        return Ok(());
    }
    let mut rest = match packing {
        Packing::Plain => {
            drain(&mut packed, see, stop)?;
            return Ok(());
        }
        Packing::Gzip => {
            let mut decoder = GzDecoder::new(packed);
            drain(&mut decoder, see, stop)?;
            decoder.into_inner()
        }
        Packing::Zlib => {
            let mut decoder = ZlibDecoder::new(packed);
            drain(&mut decoder, see, stop)?;
            decoder.into_inner()
        }
        Packing::Lz4 => {
            let frame = Lz4Frame::new(packed);
            let mut decoder = lz4_flex::frame::FrameDecoder::new(frame);
            drain(&mut decoder, see, stop)?;
            // To the frame's own end, which the decoder does not insist on.
            let mut frame = decoder.into_inner();
            io::copy(&mut frame, &mut io::sink())?;
            frame.into_inner()
        }
        Packing::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?.single_frame();
            drain(&mut decoder, see, stop)?;
            decoder.finish()
        }
    };
    if rest.fill_buf()?.is_empty() {
        Ok(())
    } else {
        Err(Broken::Trailing)
    }
}

/// Unpacks what a plain reader gives.
pub(super) fn unpack_read(
    packed: impl Read,
    packing: Packing,
    see: &mut dyn FnMut(&[u8]),
    stop: &AtomicBool,
) -> Result<(), Broken> {
    unpack(BufReader::with_capacity(STEP, packed), packing, see, stop)
}

fn drain(reader: &mut impl Read, see: &mut dyn FnMut(&[u8]), stop: &AtomicBool) -> io::Result<()> {
    let mut buffer = vec![0; STEP];
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("reading was cancelled"));
        }
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => see(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
