//! How counts are written: one byte of version, then counts in order, each number as few bytes as it needs.
//!
//! A count is: day, what (one byte each), what follows (0 nothing, 1 a number, 2 a text not said before, 3 a text by its place among
//! those said before), how many. Numbers are zigzag LEB128.

use super::{Cell, Cells, Key, Place, Sub, What};

/// The version of the format.
const FORMAT: u8 = 1;

/// Bytes that are no counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bytes that are no counts")]
pub struct Damaged;

/// A sub key while it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read<'a> {
    /// Nothing else.
    None,
    /// A number.
    Number(i64),
    /// A text.
    Text(&'a str),
}

fn put_number(out: &mut Vec<u8>, n: i64) {
    let mut rest = (n.wrapping_shl(1) ^ (n >> 63)).cast_unsigned();
    while rest > 0x7f {
        out.push(u8::try_from(rest & 0x7f).unwrap_or(0) | 0x80);
        rest >>= 7;
    }
    out.push(u8::try_from(rest).unwrap_or(0));
}

fn put_length(out: &mut Vec<u8>, n: usize) {
    put_number(out, i64::try_from(n).unwrap_or(i64::MAX));
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_length(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn put_cell(out: &mut Vec<u8>, cell: &Cell) {
    put_length(out, cell.0.len());
    let mut said: Vec<&str> = Vec::new();
    for (key, n) in cell.iter() {
        out.push(key.day);
        out.push(key.what as u8);
        match &key.sub {
            Sub::None => out.push(0),
            Sub::Number(number) => {
                out.push(1);
                put_number(out, *number);
            }
            Sub::Text(text) => {
                if let Some(at) = said.iter().position(|one| *one == &**text) {
                    out.push(3);
                    put_length(out, at);
                } else {
                    out.push(2);
                    put_text(out, text);
                    said.push(text);
                }
            }
        }
        put_number(out, n);
    }
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Result<u8, Damaged> {
        let (first, rest) = self.0.split_first().ok_or(Damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<i64, Damaged> {
        let (mut value, mut shift) = (0u64, 0u32);
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).ok_or(Damaged)?;
            if byte & 0x80 == 0 {
                let half = (value >> 1).cast_signed();
                return Ok(if value & 1 == 0 { half } else { !half });
            }
            shift += 7;
        }
    }

    fn length(&mut self) -> Result<usize, Damaged> {
        usize::try_from(self.number()?).map_err(|_| Damaged)
    }

    fn text(&mut self) -> Result<&'a str, Damaged> {
        let n = self.length()?;
        let (text, rest) = self.0.split_at_checked(n).ok_or(Damaged)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| Damaged)
    }

    fn cell(&mut self, each: &mut dyn FnMut(u8, What, Read<'a>, i64)) -> Result<(), Damaged> {
        let n = self.length()?;
        let mut said: Vec<&str> = Vec::new();
        for _ in 0..n {
            let day = self.byte()?;
            let what = What::from_code(self.byte()?).ok_or(Damaged)?;
            let sub = match self.byte()? {
                0 => Read::None,
                1 => Read::Number(self.number()?),
                2 => {
                    let text = self.text()?;
                    said.push(text);
                    Read::Text(text)
                }
                3 => Read::Text(said.get(self.length()?).copied().ok_or(Damaged)?),
                _ => return Err(Damaged),
            };
            each(day, what, sub, self.number()?);
        }
        Ok(())
    }

    fn begin(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let mut all = Self(bytes);
        if all.byte()? == FORMAT { Ok(all) } else { Err(Damaged) }
    }
}

fn owned(sub: Read<'_>) -> Sub {
    match sub {
        Read::None => Sub::None,
        Read::Number(n) => Sub::Number(n),
        Read::Text(text) => Sub::Text(text.into()),
    }
}

impl Cell {
    /// As bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.len() * 6 + 8);
        out.push(FORMAT);
        put_cell(&mut out, self);
        out
    }

    /// From bytes.
    ///
    /// # Errors
    /// They are no counts.
    pub fn read(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut cell = Self::default();
        Self::each(bytes, &mut |day, what, sub, n| cell.add(Key { day, what, sub: owned(sub) }, n))?;
        Ok(cell)
    }

    /// Reads bytes count by count, without making a cell of them: day, what, by what, how many.
    ///
    /// # Errors
    /// They are no counts.
    pub fn each<'a>(bytes: &'a [u8], each: &mut dyn FnMut(u8, What, Read<'a>, i64)) -> Result<(), Damaged> {
        let mut all = Bytes::begin(bytes)?;
        all.cell(each)?;
        if all.0.is_empty() { Ok(()) } else { Err(Damaged) }
    }
}

impl Cells {
    /// As bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = vec![FORMAT];
        put_length(&mut out, self.0.len());
        for (place, cell) in self.iter() {
            put_number(&mut out, i64::from(place.month));
            for text in [&place.item, &place.window, &place.region] {
                put_text(&mut out, text);
            }
            put_cell(&mut out, cell);
        }
        out
    }

    /// Reads bytes and adds what they say.
    ///
    /// # Errors
    /// They are no counts.
    pub fn merge_bytes(&mut self, bytes: &[u8]) -> Result<(), Damaged> {
        self.merge_some(bytes, &|_, _| true)
    }

    /// Reads bytes and adds what they say of some places and counts.
    ///
    /// # Errors
    /// They are no counts.
    pub fn merge_some(&mut self, bytes: &[u8], wanted: &dyn Fn(&Place, What) -> bool) -> Result<(), Damaged> {
        let mut all = Bytes::begin(bytes)?;
        for _ in 0..all.length()? {
            let month = i32::try_from(all.number()?).map_err(|_| Damaged)?;
            let (item, window, region) = (all.text()?.to_owned(), all.text()?.to_owned(), all.text()?.to_owned());
            let place = Place { month, item, window, region };
            let mut read = Ok(());
            self.change(&place, |cell| {
                read = all.cell(&mut |day, what, sub, n| {
                    if wanted(&place, what) {
                        cell.add(Key { day, what, sub: owned(sub) }, n);
                    }
                });
            });
            read?;
        }
        if all.0.is_empty() { Ok(()) } else { Err(Damaged) }
    }
}
