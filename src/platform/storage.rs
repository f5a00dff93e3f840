//! Files of the origin's private file system, from a worker: read and written at
//! once, at any place. Bound by hand: web-sys has it under an unstable flag alone.

use core::fmt;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    type Directory;

    #[wasm_bindgen(method, catch, js_name = getDirectoryHandle)]
    fn directory(this: &Directory, name: &str, options: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getFileHandle)]
    fn file(this: &Directory, name: &str, options: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeEntry)]
    fn remove(this: &Directory, name: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method)]
    fn keys(this: &Directory) -> JsValue;

    type FileHandle;

    #[wasm_bindgen(method, catch, js_name = createSyncAccessHandle)]
    fn access(this: &FileHandle) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getFile)]
    fn blob(this: &FileHandle) -> Result<Promise, JsValue>;

    type Access;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Access, buffer: &Uint8Array, options: &JsValue) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn write(this: &Access, buffer: &Uint8Array, options: &JsValue) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn truncate(this: &Access, bytes: f64) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn flush(this: &Access) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = getSize)]
    fn size(this: &Access) -> Result<f64, JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &Access);
}

/// Why a file could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StorageError {
    /// There is no file of that name.
    Missing {
        /// The name.
        name: String,
    },
    /// Somebody has it open: another tab, or the recording in progress.
    Busy {
        /// The name.
        name: String,
    },
    /// The browser gives this origin no more room.
    Full {
        /// Bytes that did not fit.
        bytes: u64,
    },
    /// Anything else, in the browser's words; also where it has no such storage.
    Refused {
        /// Its words.
        reason: String,
    },
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "there is no recording `{name}`"),
            Self::Busy { name } => write!(f, "`{name}` is in use: by another tab, or by the run in progress"),
            Self::Full { bytes } => write!(f, "the browser's storage is full: {bytes} bytes did not fit"),
            Self::Refused { reason } => write!(f, "the browser's storage refused: {reason}"),
        }
    }
}

/// A folder of the origin's own.
pub(super) struct Folder(Directory);

impl Folder {
    /// The folder of that name, which is made where there is none.
    pub(super) async fn open(name: &str) -> Result<Self, StorageError> {
        let root = async {
            let navigator = Reflect::get(&js_sys::global(), &"navigator".into())?;
            let storage = Reflect::get(&navigator, &"storage".into())?;
            let directory = Reflect::get(&storage, &"getDirectory".into())?.dyn_into::<Function>()?;
            let root = JsFuture::from(directory.call0(&storage)?.dyn_into::<Promise>()?).await?;
            JsFuture::from(root.unchecked_into::<Directory>().directory(name, &options("create", true.into()))?).await
        };
        root.await.map(|folder| Self(folder.unchecked_into())).map_err(|error| told(&error, name, 0))
    }

    /// The names of all files, sorted.
    pub(super) async fn names(&self) -> Result<Vec<String>, StorageError> {
        let list = async {
            let (keys, mut names) = (self.0.keys(), Vec::new());
            let next = Reflect::get(&keys, &"next".into())?.dyn_into::<Function>()?;
            loop {
                let step = JsFuture::from(next.call0(&keys)?.dyn_into::<Promise>()?).await?;
                if Reflect::get(&step, &"done".into())?.is_truthy() {
                    return Ok(names);
                }
                names.extend(Reflect::get(&step, &"value".into())?.as_string());
            }
        };
        let names: Result<Vec<String>, JsValue> = list.await;
        let mut names = names.map_err(|error| told(&error, "", 0))?;
        names.sort_unstable();
        Ok(names)
    }

    /// The bytes of a file, open or not.
    pub(super) async fn bytes_of(&self, name: &str) -> Result<u64, StorageError> {
        let size = async {
            let handle = JsFuture::from(self.0.file(name, &JsValue::UNDEFINED)?).await?;
            let blob = JsFuture::from(handle.unchecked_into::<FileHandle>().blob()?).await?;
            Ok(Reflect::get(&blob, &"size".into())?.as_f64().unwrap_or(0.0) as u64)
        };
        size.await.map_err(|error: JsValue| told(&error, name, 0))
    }

    /// Opens a file for this worker alone; makes it where it `may_be_new`.
    pub(super) async fn file(&self, name: &str, may_be_new: bool) -> Result<File, StorageError> {
        let access = async {
            let handle = JsFuture::from(self.0.file(name, &options("create", may_be_new.into()))?).await?;
            JsFuture::from(handle.unchecked_into::<FileHandle>().access()?).await
        };
        let access = access.await.map_err(|error| told(&error, name, 0))?;
        Ok(File { access: access.unchecked_into(), name: name.into() })
    }

    /// Deletes a file.
    pub(super) async fn delete(&self, name: &str) -> Result<(), StorageError> {
        let removed = async { JsFuture::from(self.0.remove(name)?).await };
        removed.await.map(drop).map_err(|error| told(&error, name, 0))
    }
}

/// An open file. Closes when dropped.
pub(super) struct File {
    access: Access,
    pub(super) name: String,
}

impl File {
    /// Bytes there are.
    pub(super) fn size(&self) -> Result<u64, StorageError> {
        self.access.size().map(|bytes| bytes as u64).map_err(|error| told(&error, &self.name, 0))
    }

    /// Everything.
    pub(super) fn read(&self) -> Result<Vec<u8>, StorageError> {
        let bytes = self.size()?;
        let buffer = Uint8Array::new_with_length(u32::try_from(bytes).unwrap_or(u32::MAX));
        let read = self.access.read(&buffer, &options("at", 0.into()));
        read.map(|read| buffer.subarray(0, read as u32).to_vec()).map_err(|error| told(&error, &self.name, bytes))
    }

    /// Writes at a place, and ends the file there.
    pub(super) fn write_end(&self, at: u64, bytes: &[u8]) -> Result<(), StorageError> {
        let length = bytes.len() as u64;
        let written = (|| {
            // A copy: some browsers take no view of shared memory.
            let written = self.access.write(&Uint8Array::from(bytes), &options("at", (at as f64).into()))?;
            self.access.truncate((at + written as u64) as f64)?;
            self.access.flush()?;
            Ok(written as u64)
        })();
        match written.map_err(|error: JsValue| told(&error, &self.name, length))? {
            written if written < length => Err(StorageError::Full { bytes: length - written }),
            _ => Ok(()),
        }
    }

    /// Ends the file at a place, as far as the browser lets it.
    pub(super) fn cut(&self, at: u64) {
        let _ = self.access.truncate(at as f64);
        let _ = self.access.flush();
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.access.close();
    }
}

fn options(name: &str, value: JsValue) -> JsValue {
    let entries = Array::of1(&Array::of2(&name.into(), &value));
    Object::from_entries(&entries).map_or(JsValue::UNDEFINED, JsValue::from)
}

/// The browser's error by its name.
fn told(error: &JsValue, name: &str, bytes: u64) -> StorageError {
    let kind = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default();
    match kind.as_str() {
        "NotFoundError" => StorageError::Missing { name: name.into() },
        "NoModificationAllowedError" => StorageError::Busy { name: name.into() },
        "QuotaExceededError" => StorageError::Full { bytes },
        _ => StorageError::Refused { reason: super::failure::reason_of(error) },
    }
}
