//! Files of the origin's private file system, from a worker: read and written at
//! once, at any place. Bound by hand: web-sys has it under an unstable flag alone.

use crate::recording::spill::Source;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use thiserror::Error;
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
    fn values(this: &Directory) -> JsValue;

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
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum StorageError {
    /// There is no file of that name.
    #[error("there is no recording `{name}`")]
    Missing {
        /// The name.
        name: String,
    },
    /// Somebody has it open: another tab, or the recording in progress.
    #[error("`{name}` is in use: by another tab, or by the run in progress")]
    Busy {
        /// The name.
        name: String,
    },
    /// The browser gives this origin no more room.
    #[error("the browser's storage is full: {missing} of {wanted} bytes did not fit; delete recordings to make room")]
    Full {
        /// Bytes that did not fit.
        missing: u64,
        /// Bytes that were to be written.
        wanted: u64,
    },
    /// Anything else, in the browser's words; also where it has no such storage.
    #[error("the browser's storage refused: {reason}")]
    Refused {
        /// Its words.
        reason: String,
    },
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

    /// The names of all files, sorted; folders are none.
    pub(super) async fn files(&self) -> Result<Vec<String>, StorageError> {
        let list = async {
            let (values, mut names) = (self.0.values(), Vec::new());
            let next = Reflect::get(&values, &"next".into())?.dyn_into::<Function>()?;
            loop {
                let step = JsFuture::from(next.call0(&values)?.dyn_into::<Promise>()?).await?;
                if Reflect::get(&step, &"done".into())?.is_truthy() {
                    return Ok(names);
                }
                let entry = Reflect::get(&step, &"value".into())?;
                if Reflect::get(&entry, &"kind".into())?.as_string().as_deref() == Some("file") {
                    names.extend(Reflect::get(&entry, &"name".into())?.as_string());
                }
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
    /// Bytes of the file, as the browser counts them.
    pub(super) fn size(&self) -> Result<u64, StorageError> {
        self.access.size().map(|bytes| bytes as u64).map_err(|error| told(&error, &self.name, 0))
    }

    /// Writes at a place, and ends the file there.
    ///
    /// # Errors
    /// [`StorageError::Full`] also where the browser says that it wrote, and the file's size
    /// says otherwise.
    pub(super) fn write_end(&self, at: u64, bytes: &[u8]) -> Result<(), StorageError> {
        let wanted = bytes.len() as u64;
        let size = (|| {
            // A copy: some browsers take no view of shared memory.
            let written = self.access.write(&Uint8Array::from(bytes), &options("at", (at as f64).into()))?;
            self.access.truncate((at + written as u64) as f64)?;
            self.access.flush()?;
            Ok((at + written as u64).min(self.access.size()? as u64))
        })();
        let size = size.map_err(|error: JsValue| told(&error, &self.name, wanted))?;
        match (at + wanted).saturating_sub(size) {
            0 => Ok(()),
            missing => Err(StorageError::Full { missing: missing.min(wanted), wanted }),
        }
    }

    /// Ends the file at a place, as far as the browser lets it.
    pub(super) fn cut(&self, at: u64) {
        let _ = self.access.truncate(at as f64);
        let _ = self.access.flush();
    }
}

impl Source for &File {
    type Error = StorageError;

    fn bytes(&self) -> Result<u64, StorageError> {
        self.size()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> Result<usize, StorageError> {
        let length = into.len() as u64;
        // A copy: some browsers take no view of shared memory.
        let buffer = Uint8Array::new_with_length(into.len() as u32);
        let read = self.access.read(&buffer, &options("at", (at as f64).into()));
        let read = (read.map_err(|error| told(&error, &self.name, length))? as usize).min(into.len());
        buffer.subarray(0, read as u32).copy_to(&mut into[..read]);
        Ok(read)
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

/// The browser's error by its name; `wanted` bytes were to be read or written.
fn told(error: &JsValue, name: &str, wanted: u64) -> StorageError {
    let kind = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default();
    match kind.as_str() {
        "NotFoundError" => StorageError::Missing { name: name.into() },
        "NoModificationAllowedError" => StorageError::Busy { name: name.into() },
        // A folder of that name is no file.
        "TypeMismatchError" => StorageError::Missing { name: name.into() },
        "QuotaExceededError" => StorageError::Full { missing: wanted, wanted },
        _ => StorageError::Refused { reason: super::failure::reason_of(error) },
    }
}
