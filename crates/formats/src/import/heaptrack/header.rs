//! What the first lines say of the run.

use super::fields::Fields;
use super::parts::FORMAT;
use crate::import::error::ImportError;
use crate::import::lines::Lines;
use arenascope_trace::{CannotTell, Manifest, NoteKind};

/// The newest version of the form that is known.
const VERSION_MAX: u64 = 3;
/// heaptrack before 1.0 called itself 1.2.0, and wrote what became version 1.
const BEFORE_VERSIONS: u64 = 0x0001_0200;

/// What the lines before the first of the recording itself say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// Of heaptrack, a byte for each of its parts.
    pub(super) program: u64,
    /// Of the form.
    pub(super) version: u64,
    pub(super) command: Option<String>,
    /// Bytes of a page, and pages of the machine.
    pub(super) page_bytes: u64,
    pub(super) pages: u64,
    pub(super) is_attached: bool,
    /// Whether it is what was written while the program ran.
    pub(super) is_raw: bool,
}

/// Whether a line is `v program version`.
pub(super) fn is_version(line: &[u8]) -> bool {
    version(line).is_some()
}

fn version(line: &[u8]) -> Option<(u64, u64)> {
    let mut fields = Fields(line.strip_prefix(b"v ")?);
    let program = fields.number().filter(|&program| program >= 0x1_0000)?;
    let version = if fields.is_over() { u64::from(program == BEFORE_VERSIONS) } else { fields.number()? };
    fields.is_over().then_some((program, version))
}

impl Header {
    /// Reads up to the first line that is none of these.
    pub(super) fn read(lines: &mut Lines) -> Result<Self, ImportError> {
        let mut header = Self::default();
        while let Some(line) = lines.next_whole()? {
            let fields = Fields(line.bytes.get(1..).unwrap_or_default());
            match line.bytes {
                [b'v', b' ', ..] => {
                    let expected = "`v` and two hexadecimal numbers";
                    let versions = version(line.bytes).ok_or_else(|| line.malformed(line.bytes, expected))?;
                    (header.program, header.version) = versions;
                    header.check_version()?;
                }
                [b'X', b' ', ..] => header.command = Some(String::from_utf8_lossy(fields.text()).into_owned()),
                [b'I', b' ', ..] => {
                    let mut fields = fields;
                    header.page_bytes = fields.number().unwrap_or(0);
                    header.pages = fields.number().unwrap_or(0);
                }
                [b'A', ..] => header.is_attached = true,
                [b'x' | b'm', b' ', ..] => header.is_raw = true,
                [] | [b'#', ..] => {}
                _ => {
                    lines.put_back();
                    break;
                }
            }
            if header.is_raw {
                lines.put_back();
                break;
            }
        }
        Ok(header)
    }

    fn check_version(&self) -> Result<(), ImportError> {
        if (1..=VERSION_MAX).contains(&self.version) {
            return Ok(());
        }
        let (version, known) = (self.version.to_string(), "1 to 3");
        Err(ImportError::Version { format: FORMAT, version, known })
    }

    pub(super) fn describe(&self, manifest: &mut Manifest) {
        let [_, major, minor, patch] = (self.program as u32).to_be_bytes();
        let source = &mut manifest.source;
        source.version = Some(self.version.to_string());
        source.tool = Some(format!("heaptrack {major}.{minor}.{patch}"));
        source.subject.clone_from(&self.command);
        if self.pages > 0 && self.page_bytes > 0 {
            let gib = self.pages as f64 * self.page_bytes as f64 / f64::from(1 << 30);
            source.host = Some(format!("{gib:.1} GiB of memory in pages of {} B", self.page_bytes));
        }
        if self.is_attached {
            Self::note_attached(manifest);
        }
    }

    /// Says how much of the machine's memory the program held at most.
    pub(super) fn note_resident(&self, pages: u64, manifest: &mut Manifest) {
        let bytes = pages.saturating_mul(self.page_bytes);
        if bytes > 0 {
            let what = "B of the machine's memory at once, heaptrack's own included";
            manifest.note(NoteKind::Remark, format!("the program held at most {bytes} {what}"));
        }
    }

    /// Says that the recording began when the program already ran.
    pub(super) fn note_attached(manifest: &mut Manifest) {
        let why = "heaptrack was attached to a program that ran: what it had taken before is not recorded";
        manifest.lacks(CannotTell::Outside, why);
    }
}
