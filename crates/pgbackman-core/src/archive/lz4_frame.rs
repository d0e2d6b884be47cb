//! Walks along one frame of LZ4: passes its bytes on, and knows where it ends. The decoder itself takes a frame without
//! its end mark for a whole one, and continues with whatever stands behind.

use std::io::{self, Read};

/// Flags of a frame's descriptor.
const BLOCK_CHECKSUM: u8 = 0x10;
const CONTENT_SIZE: u8 = 0x08;
const CONTENT_CHECKSUM: u8 = 0x04;
const DICTIONARY: u8 = 0x01;

/// The highest bit of a block's size says that it is not compressed.
const SIZE: u32 = 0x7fff_ffff;

pub(super) struct Lz4Frame<R> {
    packed: R,
    /// The flags, once the descriptor was read.
    flags: Option<u8>,
    /// What was read of the frame's structure and is still to be passed on.
    ahead: Vec<u8>,
    /// What is left of a block.
    left: u64,
    ended: bool,
}

impl<R: Read> Lz4Frame<R> {
    pub(super) const fn new(packed: R) -> Self {
        Self {
            packed,
            flags: None,
            ahead: Vec::new(),
            left: 0,
            ended: false,
        }
    }

    /// What stands behind the frame.
    pub(super) fn into_inner(self) -> R {
        self.packed
    }

    fn take(&mut self, bytes: usize) -> io::Result<()> {
        let start = self.ahead.len();
        self.ahead.resize(start + bytes, 0);
        self.packed.read_exact(&mut self.ahead[start..])
    }

    /// Reads the next piece of structure.
    fn structure(&mut self) -> io::Result<()> {
        self.ahead.clear();
        let Some(flags) = self.flags else {
            // Four bytes say what it is, then come the flags and the size of the blocks.
            self.take(6)?;
            let flags = self.ahead[4];
            let mut more = 1;
            if flags & CONTENT_SIZE != 0 {
                more += 8;
            }
            if flags & DICTIONARY != 0 {
                more += 4;
            }
            self.take(more)?;
            self.flags = Some(flags);
            return Ok(());
        };
        let mut size = [0; 4];
        self.packed.read_exact(&mut size)?;
        self.ahead.extend(size);
        let size = u32::from_le_bytes(size);
        if size == 0 {
            if flags & CONTENT_CHECKSUM != 0 {
                self.take(4)?;
            }
            self.ended = true;
        } else {
            let checksum = if flags & BLOCK_CHECKSUM != 0 { 4 } else { 0 };
            self.left = u64::from(size & SIZE) + checksum;
        }
        Ok(())
    }
}

impl<R: Read> Read for Lz4Frame<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.ahead.is_empty() && self.left == 0 && !self.ended {
            self.structure()?;
        }
        if !self.ahead.is_empty() {
            let count = self.ahead.len().min(buffer.len());
            buffer[..count].copy_from_slice(&self.ahead[..count]);
            self.ahead.drain(..count);
            return Ok(count);
        }
        if self.left == 0 {
            return Ok(0);
        }
        let most = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let read = self.packed.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}
