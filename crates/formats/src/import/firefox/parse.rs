//! The file's objects, as they are written.

use super::super::json::{Json, Kind, Number};
use super::profile::{Counter, Meta, Native, Profile, Thread};
use super::tables::{Table, positions};
use crate::import::error::ImportError;

/// Reads the whole file.
pub(super) fn parse(json: &mut Json<'_>, profile: &mut Profile) -> Result<(), ImportError> {
    json.begin_object()?;
    while let Some(key) = json.key()? {
        match key {
            "meta" => meta(json, &mut profile.meta)?,
            "shared" => shared(json, profile)?,
            "threads" => threads(json, profile)?,
            "counters" => counters(json, profile)?,
            _ => json.skip()?,
        }
    }
    Ok(())
}

fn meta(json: &mut Json<'_>, meta: &mut Meta) -> Result<(), ImportError> {
    if !json.begins_object()? {
        return Ok(());
    }
    while let Some(key) = json.key()? {
        match key {
            "preprocessedProfileVersion" => meta.version = json.u64()?,
            "product" => meta.product = json.text()?.map(Into::into),
            "oscpu" => meta.platform = json.text()?.map(Into::into),
            "startTime" => meta.start_ms = json.number()?.map(Number::to_f64),
            _ => json.skip()?,
        }
    }
    Ok(())
}

fn shared(json: &mut Json<'_>, profile: &mut Profile) -> Result<(), ImportError> {
    if !json.begins_object()? {
        return Ok(());
    }
    while let Some(key) = json.key()? {
        match Table::of(key) {
            Some(table) => profile.shared.read(table, json)?,
            None => json.skip()?,
        }
    }
    Ok(())
}

fn threads(json: &mut Json<'_>, profile: &mut Profile) -> Result<(), ImportError> {
    if !json.begins_array()? {
        return Ok(());
    }
    while json.next()? {
        profile.threads.push(Thread::default());
        thread(json, profile)?;
        // Tables of threads that allocate nothing would take memory for nothing.
        if profile.threads.last().is_some_and(|thread| thread.native.len() == 0) {
            profile.threads.pop();
        }
    }
    Ok(())
}

fn thread(json: &mut Json<'_>, profile: &mut Profile) -> Result<(), ImportError> {
    let position = profile.threads.len() - 1;
    if !json.begins_object()? {
        return Ok(());
    }
    while let Some(key) = json.key()? {
        let thread = &mut profile.threads[position];
        match key {
            "name" => thread.name = json.text()?.unwrap_or_default().into(),
            "processName" => thread.process_name = json.text()?.unwrap_or_default().into(),
            "pid" => thread.process = id(json)?,
            "nativeAllocations" => native(json, &mut thread.native)?,
            "jsAllocations" => profile.js_allocations += rows(json)?,
            _ => match Table::of(key) {
                Some(table) => thread.tables.read(table, json)?,
                None => json.skip()?,
            },
        }
    }
    Ok(())
}

/// A process: newer versions write a text, older a number.
fn id(json: &mut Json<'_>) -> Result<String, ImportError> {
    if json.kind()? == Kind::Text {
        return Ok(json.text()?.unwrap_or_default().into());
    }
    Ok(json.u64()?.map(|id| id.to_string()).unwrap_or_default())
}

/// How many rows a table says it has.
fn rows(json: &mut Json<'_>) -> Result<u64, ImportError> {
    let mut rows = 0;
    if json.begins_object()? {
        while let Some(key) = json.key()? {
            match key {
                "length" => rows = json.u64()?.unwrap_or(0).min(u64::from(u32::MAX)),
                _ => json.skip()?,
            }
        }
    }
    Ok(rows)
}

fn native(json: &mut Json<'_>, native: &mut Native) -> Result<(), ImportError> {
    if !json.begins_object()? {
        return Ok(());
    }
    while let Some(key) = json.key()? {
        match key {
            "time" => column(json, &mut native.time, |time| time.map_or(f64::NAN, Number::to_f64))?,
            "timeDeltas" => deltas(json, &mut native.time)?,
            // Older versions called it a duration.
            "weight" | "duration" => {
                column(json, &mut native.weight, |weight| weight.and_then(Number::to_i64).unwrap_or(0))?;
            }
            "stack" => positions(json, &mut native.stack)?,
            "memoryAddress" => {
                column(json, &mut native.address, |address| address.and_then(Number::to_u64).unwrap_or(0))?;
            }
            "threadId" => column(json, &mut native.thread, |thread| thread.and_then(Number::to_u64).unwrap_or(0))?,
            _ => json.skip()?,
        }
    }
    Ok(())
}

fn column<T>(json: &mut Json<'_>, into: &mut Vec<T>, of: impl Fn(Option<Number>) -> T) -> Result<(), ImportError> {
    into.clear();
    if json.begins_array()? {
        while json.next()? {
            into.push(of(json.number()?));
        }
    }
    Ok(())
}

/// Times, each as the difference from the one before.
fn deltas(json: &mut Json<'_>, into: &mut Vec<f64>) -> Result<(), ImportError> {
    column(json, into, |delta| delta.map_or(0.0, Number::to_f64))?;
    let mut time = 0.0;
    for delta in into {
        time += *delta;
        *delta = time;
    }
    Ok(())
}

fn counters(json: &mut Json<'_>, profile: &mut Profile) -> Result<(), ImportError> {
    if !json.begins_array()? {
        return Ok(());
    }
    while json.next()? {
        profile.counters.push(Counter::default());
        counter(json, profile)?;
        // Counters of power or of the processor are not of memory.
        if profile.counters.last().is_some_and(|counter| !counter.is_of_memory()) {
            profile.counters.pop();
        }
    }
    Ok(())
}

fn counter(json: &mut Json<'_>, profile: &mut Profile) -> Result<(), ImportError> {
    let Some(counter) = profile.counters.last_mut() else { return Ok(()) };
    if !json.begins_object()? {
        return Ok(());
    }
    while let Some(key) = json.key()? {
        match key {
            "name" => counter.name = json.text()?.unwrap_or_default().into(),
            "category" => counter.category = json.text()?.unwrap_or_default().into(),
            "pid" => counter.process = id(json)?,
            "samples" => samples(json, counter)?,
            "sampleGroups" => sample_groups(json, counter)?,
            _ => json.skip()?,
        }
    }
    Ok(())
}

/// Before version 48 samples are in a group, or in a list of groups.
fn sample_groups(json: &mut Json<'_>, counter: &mut Counter) -> Result<(), ImportError> {
    if json.kind()? != Kind::Array {
        return sample_group(json, counter);
    }
    json.begin_array()?;
    let mut is_first = true;
    while json.next()? {
        if std::mem::take(&mut is_first) { sample_group(json, counter)? } else { json.skip()? }
    }
    Ok(())
}

fn sample_group(json: &mut Json<'_>, counter: &mut Counter) -> Result<(), ImportError> {
    if !json.begins_object()? {
        return Ok(());
    }
    while let Some(key) = json.key()? {
        match key {
            "samples" => samples(json, counter)?,
            _ => json.skip()?,
        }
    }
    Ok(())
}

fn samples(json: &mut Json<'_>, counter: &mut Counter) -> Result<(), ImportError> {
    if !json.begins_object()? {
        return Ok(());
    }
    while let Some(key) = json.key()? {
        match key {
            "time" => column(json, &mut counter.time, |time| time.map_or(f64::NAN, Number::to_f64))?,
            "timeDeltas" => deltas(json, &mut counter.time)?,
            "count" => column(json, &mut counter.change, |count| count.map_or(0.0, Number::to_f64))?,
            _ => json.skip()?,
        }
    }
    Ok(())
}
