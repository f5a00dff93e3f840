//! How much the page keeps of documents: each and all together have a limit, told in
//! numbers before anything is read.

use arenascope_units::Bytes;
use thiserror::Error;

/// A larger document is not read: no snapshot of the largest arena comes near, and while
/// it is read its text and its parts lie in the module's memory.
pub const DOCUMENT_MAX: Bytes = Bytes::mib(512);
/// All documents of a page together. They lie outside the module's memory.
pub const SHELF_MAX: Bytes = Bytes::mib(2_048);

/// Why a document is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ShelfError {
    /// It is larger than any may be.
    #[error("it has {document}, and {DOCUMENT_MAX} is the most")]
    TooLarge {
        /// Bytes of the document.
        document: Bytes,
    },
    /// It does not fit beside the others.
    #[error("it has {document}, and the documents that are kept have {kept} of {SHELF_MAX}: delete some first")]
    Full {
        /// Bytes of the document.
        document: Bytes,
        /// What the others take.
        kept: Bytes,
    },
}

/// Whether there is room for a document beside what is kept.
///
/// # Errors
/// [`ShelfError`], with the numbers.
pub fn admit(document: Bytes, kept: Bytes) -> Result<(), ShelfError> {
    if document > DOCUMENT_MAX {
        return Err(ShelfError::TooLarge { document });
    }
    let fits = document.checked_add(kept).is_some_and(|sum| sum <= SHELF_MAX);
    if fits { Ok(()) } else { Err(ShelfError::Full { document, kept }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_fit_up_to_the_last_byte() {
        let rest = Bytes::new(SHELF_MAX.get() - DOCUMENT_MAX.get());
        assert_eq!(admit(DOCUMENT_MAX, rest), Ok(()));
        let more = Bytes::new(rest.get() + 1);
        assert_eq!(admit(DOCUMENT_MAX, more), Err(ShelfError::Full { document: DOCUMENT_MAX, kept: more }));
        let large = Bytes::new(DOCUMENT_MAX.get() + 1);
        assert_eq!(admit(large, Bytes::ZERO), Err(ShelfError::TooLarge { document: large }));
        assert!(admit(Bytes::new(1), Bytes::new(u64::MAX)).is_err());
    }

    #[test]
    fn nine_documents_of_200_mib_fit_and_more_are_told_in_numbers() {
        let document = Bytes::mib(200);
        assert_eq!(admit(document, Bytes::mib(8 * 200)), Ok(()));
        let full = admit(document, Bytes::mib(10 * 200)).unwrap_err().to_string();
        assert_eq!(
            full,
            "it has 200.0 MiB, and the documents that are kept have 2.0 GiB of 2.0 GiB: delete some first"
        );
    }
}
