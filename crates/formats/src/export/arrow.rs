//! Every event as a row of an Arrow IPC file (Feather 2), which pandas, Polars and DuckDB
//! open as it is: record batches of [`ROWS`], names as dictionaries.

use super::error::{ExportError, each};
use super::live::Live;
use super::row::{OPERATIONS, Row};
use arenascope_trace::{Event, Run, Site, Stacks};
use arrow_array::builder::{Int8Builder, Int32Builder, StringBuilder, UInt16Builder, UInt32Builder, UInt64Builder};
use arrow_array::types::{ArrowDictionaryKeyType, Int8Type, Int32Type};
use arrow_array::{ArrayRef, DictionaryArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

/// Rows of a record batch.
const ROWS: usize = 1 << 16;

pub(super) fn write(run: &dyn Run, out: &mut dyn Write) -> Result<(), ExportError> {
    let names = Names::of(run);
    let schema = Arc::new(schema(run));
    let mut file = FileWriter::try_new(out, &schema).map_err(failed)?;
    let (mut columns, mut live) = (Columns::default(), Live::default());
    each(run, |event| {
        columns.push(event, &Row::of(event, &live, run.manifest()), &names);
        live.apply(event).for_each(drop);
        if columns.rows == ROWS {
            file.write(&columns.finish(&names, &schema).map_err(failed)?).map_err(failed)?;
        }
        Ok(())
    })?;
    if columns.rows != 0 {
        file.write(&columns.finish(&names, &schema).map_err(failed)?).map_err(failed)?;
    }
    file.finish().map_err(failed)
}

fn failed(error: ArrowError) -> ExportError {
    match error {
        ArrowError::IoError(_, error) => ExportError::Write(error),
        other => ExportError::Write(io::Error::other(other)),
    }
}

/// The columns; what the run is stands beside them, as JSON.
fn schema(run: &dyn Run) -> Schema {
    let named = |index: DataType| DataType::Dictionary(Box::new(index), Box::new(DataType::Utf8));
    let fields = vec![
        Field::new("time_us", DataType::UInt64, false),
        Field::new("thread", DataType::UInt16, false),
        Field::new("op", named(DataType::Int8), false),
        Field::new("id", DataType::UInt64, true),
        Field::new("bytes", DataType::UInt64, true),
        Field::new("address", DataType::UInt64, true),
        Field::new("space", named(DataType::Int8), true),
        Field::new("category", named(DataType::Int8), true),
        Field::new("site", DataType::UInt32, true),
        Field::new("function", named(DataType::Int32), true),
        Field::new("note", DataType::Utf8, true),
    ];
    let about = HashMap::from([("arenascope.manifest".to_string(), run.manifest().to_text())]);
    Schema::new_with_metadata(fields, about)
}

/// The dictionaries, which are the same in every batch, as the file format demands.
struct Names<'r> {
    operations: ArrayRef,
    spaces: ArrayRef,
    categories: ArrayRef,
    functions: ArrayRef,
    /// Position in `functions` of each frame, by its number.
    function_of: Vec<i32>,
    stacks: &'r Stacks,
}

impl<'r> Names<'r> {
    fn of(run: &'r dyn Run) -> Self {
        let (manifest, stacks) = (run.manifest(), run.stacks());
        let mut positions = HashMap::new();
        let mut functions = Vec::new();
        let position_of = |frame: &'r arenascope_trace::Frame| {
            *positions.entry(&*frame.function).or_insert_with(|| {
                functions.push(&*frame.function);
                functions.len() as i32 - 1
            })
        };
        let function_of = stacks.frames().iter().map(position_of).collect();
        Self {
            operations: texts(OPERATIONS),
            spaces: texts(manifest.spaces.iter().map(|space| &*space.label)),
            categories: texts(manifest.categories.iter().map(|category| &*category.label)),
            functions: texts(functions),
            function_of,
            stacks,
        }
    }

    fn function(&self, site: Site) -> Option<i32> {
        let (_, frame) = self.stacks.node(site)?;
        self.function_of.get(frame.0 as usize).copied()
    }
}

fn texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(texts))
}

/// The rows of the next batch.
#[derive(Default)]
struct Columns {
    rows: usize,
    time_us: UInt64Builder,
    thread: UInt16Builder,
    operation: Int8Builder,
    id: UInt64Builder,
    bytes: UInt64Builder,
    address: UInt64Builder,
    space: Int8Builder,
    category: Int8Builder,
    site: UInt32Builder,
    function: Int32Builder,
    note: StringBuilder,
}

impl Columns {
    fn push(&mut self, event: &Event, row: &Row, names: &Names<'_>) {
        let known = |position: u8, names: &ArrayRef| (usize::from(position) < names.len()).then_some(position as i8);
        self.rows += 1;
        self.time_us.append_value(event.time_us);
        self.thread.append_value(event.thread);
        self.operation.append_value(row.operation as i8);
        self.id.append_option(row.id);
        self.bytes.append_option(row.bytes);
        self.address.append_option(row.address);
        self.space.append_option(row.space.and_then(|space| known(space.0, &names.spaces)));
        self.category.append_option(row.category.and_then(|category| known(category.0, &names.categories)));
        self.site.append_option((event.site != Site::NONE).then_some(event.site.0));
        self.function.append_option(names.function(event.site));
        self.note.append_option(row.note.as_deref());
    }

    fn finish(&mut self, names: &Names<'_>, schema: &Arc<Schema>) -> Result<RecordBatch, ArrowError> {
        self.rows = 0;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.time_us.finish()),
            Arc::new(self.thread.finish()),
            named::<Int8Type>(self.operation.finish(), &names.operations)?,
            Arc::new(self.id.finish()),
            Arc::new(self.bytes.finish()),
            Arc::new(self.address.finish()),
            named::<Int8Type>(self.space.finish(), &names.spaces)?,
            named::<Int8Type>(self.category.finish(), &names.categories)?,
            Arc::new(self.site.finish()),
            named::<Int32Type>(self.function.finish(), &names.functions)?,
            Arc::new(self.note.finish()),
        ];
        RecordBatch::try_new(schema.clone(), columns)
    }
}

fn named<K: ArrowDictionaryKeyType>(keys: PrimitiveArray<K>, names: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(DictionaryArray::try_new(keys, names.clone())?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_trace::{Action, CategoryId, Collected, Frame, Space, SpaceId};
    use arrow_array::cast::AsArray;
    use arrow_array::types::UInt64Type;
    use arrow_ipc::reader::FileReader;

    #[test]
    fn batches_are_read_back_with_one_dictionary() {
        let mut run = Collected::default();
        run.manifest.add_space(Space { label: "Heap".into(), ..Space::default() });
        let categories = ["Buffer", "Texture"].map(|label| run.manifest.category(label));
        let frame = run.stacks.intern(Frame { function: "load".into(), ..Frame::default() });
        let sites = [Site::NONE, run.stacks.child(Site::NONE, frame)];
        for id in 0..2 * ROWS as u64 + 5 {
            let (category, site) = (categories[id as usize % 2], sites[id as usize % 2]);
            let action = Action::Allocate { id, space: SpaceId(0), address: 9, bytes: id * id, category };
            run.events.push(Event { time_us: id, thread: 3, site, action });
        }
        run.events.push(Event { time_us: 0, thread: 0, site: Site(77), action: Action::Free { id: 2 } });
        let action = Action::Allocate { id: 0, space: SpaceId(9), address: 0, bytes: 0, category: CategoryId(9) };
        run.events.push(Event { time_us: 0, thread: 0, site: Site::NONE, action });

        let mut file = Vec::new();
        write(&run, &mut file).unwrap();
        let batches: Vec<_> = FileReader::try_new(io::Cursor::new(file), None).unwrap().map(Result::unwrap).collect();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [ROWS, ROWS, 7]);
        let mut id = 0;
        for batch in &batches {
            let text = |column: &str, row: usize| {
                let column = batch.column_by_name(column).unwrap().as_any_dictionary();
                let names = column.values().as_string::<i32>();
                let keys = column.normalized_keys();
                (!column.keys().is_null(row)).then(|| names.value(keys[row]).to_string())
            };
            let bytes = batch.column_by_name("bytes").unwrap().as_primitive::<UInt64Type>();
            for row in 0..batch.num_rows().min(5) {
                let expected = (["Buffer", "Texture"][id % 2], [None, Some("load")][id % 2]);
                assert_eq!(text("op", row).as_deref(), Some("allocate"));
                assert_eq!(text("category", row).as_deref(), Some(expected.0));
                assert_eq!(text("function", row).as_deref(), expected.1);
                assert_eq!(bytes.value(row), (id * id) as u64);
                id += 1;
            }
            id = id.next_multiple_of(ROWS);
        }
        let last = batches[2].column_by_name("bytes").unwrap().as_primitive::<UInt64Type>();
        assert_eq!((last.value(5), last.value(6)), (4, 0));
        assert!(batches[2].column_by_name("category").unwrap().is_null(6));
    }
}
