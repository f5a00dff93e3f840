//! Events in few bytes, while the whole file is read for the addresses that they use.

/// What of a raw recording is told later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packed {
    Allocate { bytes: u64, stack: u32, address: u64 },
    Free { address: u64 },
    Time { ms: u64 },
}

/// Events one behind the other, about 8 bytes each: numbers of 7 bits a byte, addresses as
/// the distance from the one before.
#[derive(Debug, Default)]
pub(super) struct Packer {
    bytes: Vec<u8>,
    address: u64,
}

impl Packer {
    #[inline]
    pub(super) fn push(&mut self, event: Packed) {
        match event {
            Packed::Allocate { bytes, stack, address } => {
                self.bytes.push(0);
                self.number(bytes);
                self.number(stack.into());
                self.push_address(address);
            }
            Packed::Free { address } => {
                self.bytes.push(1);
                self.push_address(address);
            }
            Packed::Time { ms } => {
                self.bytes.push(2);
                self.number(ms);
            }
        }
    }

    fn push_address(&mut self, address: u64) {
        let distance = address.wrapping_sub(self.address) as i64;
        self.number((distance << 1 ^ distance >> 63) as u64);
        self.address = address;
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn events(&self) -> impl Iterator<Item = Packed> {
        let mut unpacker = Unpacker { bytes: self.bytes.iter(), address: 0 };
        std::iter::from_fn(move || unpacker.next())
    }
}

struct Unpacker<'p> {
    bytes: std::slice::Iter<'p, u8>,
    address: u64,
}

impl Unpacker<'_> {
    fn next(&mut self) -> Option<Packed> {
        Some(match self.bytes.next()? {
            0 => {
                let (bytes, stack) = (self.number(), self.number() as u32);
                Packed::Allocate { bytes, stack, address: self.next_address() }
            }
            1 => Packed::Free { address: self.next_address() },
            _ => Packed::Time { ms: self.number() },
        })
    }

    fn next_address(&mut self) -> u64 {
        let folded = self.number();
        let distance = (folded >> 1) as i64 ^ -((folded & 1) as i64);
        self.address = self.address.wrapping_add(distance as u64);
        self.address
    }

    #[inline]
    fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        for &byte in self.bytes.by_ref() {
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
            shift += 7;
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(events in prop::collection::vec((0..3, any::<u64>(), any::<u32>(), any::<u64>()), 0..50)) {
            let event = |(kind, number, stack, address)| match kind {
                0 => Packed::Allocate { bytes: number, stack, address },
                1 => Packed::Free { address },
                _ => Packed::Time { ms: number },
            };
            let events: Vec<_> = events.into_iter().map(event).collect();
            let mut packer = Packer::default();
            events.iter().for_each(|event| packer.push(*event));
            prop_assert_eq!(packer.events().collect::<Vec<_>>(), events);
        }
    }
}
