//! One token: the driver's word for something that happened. The lower four bits of its
//! first byte are its kind, the upper four the time since the one before.

/// Ticks of a unit of time in tokens.
pub(super) const QUANTUM: u64 = 32;
/// Bytes that are enough to say how long a token is.
pub(super) const HEAD: usize = 10;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The time now, and ticks of a second.
    Timestamp { ticks: u64, frequency: u32 },
    /// Time went by.
    Later { ticks: u64 },
    /// The driver took a range of addresses.
    Allocate { address: u64, bytes: u64 },
    /// It gave one back.
    Free { address: u64 },
    /// A resource was made, of a kind in [`KINDS`].
    Create { resource: u32, kind: u8 },
    /// It is no more.
    Destroy { resource: u32 },
    /// It got memory.
    Bind { resource: u32, address: u64, bytes: u64, is_system: bool },
    /// It got a name.
    Name { resource: u32, name: String },
    /// A moment that was named.
    Snapshot { name: String },
    /// An event, by its number.
    Misc(u8),
    /// What is no allocation: page tables, residency, mappings, processes.
    Other,
}

/// Kinds of resources, by number.
pub(super) const KINDS: [&str; 18] = [
    "Image",
    "Buffer",
    "GPU event",
    "Border colour palette",
    "Indirect command generator",
    "Motion estimator",
    "Performance experiment",
    "Query heap",
    "Video decoder",
    "Video encoder",
    "Timestamp",
    "Heap",
    "Pipeline",
    "Descriptor heap",
    "Descriptor pool",
    "Command allocator",
    "Internal",
    "Work graph",
];
/// Heaps hold what other resources are.
pub(super) const HEAP: u8 = 11;

/// Length of a token that begins with these bytes, [`HEAD`] or all there are; `None` of a
/// kind that is not known.
pub(super) fn length_of(head: &[u8], version: u32) -> Option<usize> {
    let byte = |at: usize| head.get(at).copied().unwrap_or_default();
    Some(match byte(0) & 0xf {
        0 | 12 => 12,
        3 => 18,
        4 => 4 + (le(head, 0, 4) >> 12) as usize,
        5 => 2,
        6 | 10 => 8,
        7 => 17,
        8 => 6,
        9 => 10,
        11 => 7,
        13 => 7 + payload_of(byte(6) & 0x3f, byte(9), version)?,
        14 => 1 + usize::from(byte(0) >> 4 & 7),
        15 => 5,
        _ => return None,
    })
}

/// Length of what describes a resource of that kind.
fn payload_of(kind: u8, pools: u8, version: u32) -> Option<usize> {
    Some(match kind {
        0 if version < 16 => 38,
        0 => 39,
        1 => 11,
        2 | 3 | 7 | 16 => 1,
        4 | 5 | 10 => 0,
        6 => 12,
        8 | 13 => 4,
        9 => 6,
        11 => 10,
        12 => 19,
        14 => 3 + 4 * usize::from(pools),
        15 => 44,
        _ => return None,
    })
}

/// Reads a whole token: ticks since the one before, and what it says.
pub(super) fn decode(token: &[u8]) -> (u64, Token) {
    let since = u64::from(token[0] >> 4) * QUANTUM;
    let decoded = match token[0] & 0xf {
        0 => {
            let ticks = (le(token, 0, 8) >> 4).saturating_mul(QUANTUM);
            return (0, Token::Timestamp { ticks, frequency: le(token, 8, 4) as u32 });
        }
        14 => return (0, Token::Later { ticks: le(token, 1, token.len() - 1).saturating_mul(QUANTUM) }),
        9 => return (0, Token::Other),
        4 => user_data(token),
        5 => Token::Misc(token[1] & 0xf),
        7 => Token::Bind {
            address: le(token, 1, 6),
            bytes: le(token, 7, 6) & ((1 << 44) - 1),
            is_system: token[12] & 0x10 != 0,
            resource: le(token, 13, 4) as u32,
        },
        11 => Token::Free { address: le(token, 1, 6) },
        12 => {
            let (pages, address) = (le(token, 1, 3) + 1, le(token, 4, 8) >> 2 & ((1 << 48) - 1));
            Token::Allocate { address, bytes: pages * super::spaces::PAGE }
        }
        13 => Token::Create { resource: le(token, 1, 4) as u32, kind: token[6] & 0x3f },
        15 => Token::Destroy { resource: le(token, 1, 4) as u32 },
        _ => Token::Other,
    };
    (since, decoded)
}

/// A name ends with a zero, behind which stands whose it is.
fn user_data(token: &[u8]) -> Token {
    let data = &token[4..];
    let text = |bytes: &[u8]| super::bytes::text_of(&bytes[..bytes.len().min(256)]);
    match token[1] & 0xf {
        0 if data.len() > 4 => {
            let (name, resource) = data.split_at(data.len() - 4);
            let resource = le(resource, 0, 4) as u32;
            text(name).map_or(Token::Other, |name| Token::Name { resource, name })
        }
        1 => Token::Snapshot { name: text(data).unwrap_or_else(|| "Snapshot".into()) },
        _ => Token::Other,
    }
}

/// Up to eight bytes, the lowest first; what is behind the end is 0.
fn le(bytes: &[u8], at: usize, count: usize) -> u64 {
    let bytes = bytes.get(at..).unwrap_or_default();
    bytes.iter().take(count.min(8)).rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}
