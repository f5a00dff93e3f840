//! Files of one crate that name each other in a circle: none of them can be read, moved or
//! tested without the others.

use crate::rules::module_of;
use crate::source::{Named, Role, read};
use std::collections::{BTreeMap, BTreeSet};

type Module = Vec<String>;

/// A crate's files: path below its `src`, and text. `root` is the file that is the crate.
pub(crate) struct Sources<'a> {
    pub(crate) root: &'a str,
    pub(crate) files: &'a [(String, String)],
}

/// The circles of a crate, each as its files in order.
pub(crate) fn circles(sources: &Sources<'_>) -> Vec<Vec<String>> {
    let arrows = Graph::of(sources).arrows();
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        arrows.keys().map(|from| (from, reach(&arrows, from))).collect();
    let circle_of = |file: &String| -> Vec<String> {
        reached[file].iter().filter(|other| reached[**other].contains(file)).map(ToString::to_string).collect()
    };
    let circles: BTreeSet<Vec<String>> = arrows.keys().map(circle_of).filter(|circle| circle.len() > 1).collect();
    circles.into_iter().collect()
}

/// Every file that one leads to, itself only where something leads back to it.
fn reach<'a>(arrows: &'a BTreeMap<String, BTreeSet<String>>, from: &String) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&String> = arrows[from].iter().collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(&arrows[file]);
        }
    }
    reached
}

/// Which file each module is, and which names it passes on.
struct Graph {
    files: BTreeMap<Module, String>,
    paths: BTreeMap<Module, Vec<Named>>,
    passed_on: BTreeMap<Module, BTreeMap<String, Module>>,
}

impl Graph {
    fn of(sources: &Sources<'_>) -> Self {
        let mut graph = Self { files: BTreeMap::new(), paths: BTreeMap::new(), passed_on: BTreeMap::new() };
        for (file, text) in sources.files {
            let module = if file == sources.root { Vec::new() } else { module_of(file) };
            let mut paths = read(&module, text).paths;
            // What tests of a file name is no part of it.
            paths.retain(|named| !named.is_inline);
            let module: Module = module.iter().map(ToString::to_string).collect();
            graph.files.insert(module.clone(), file.clone());
            graph.paths.insert(module, paths);
        }
        for (module, paths) in &graph.paths {
            let public = paths.iter().filter(|named| named.role == Role::ReExport);
            let names = public.filter_map(|named| {
                let path = graph.within(module, &BTreeMap::new(), &named.segments)?;
                Some((path.last()?.clone(), path))
            });
            graph.passed_on.insert(module.clone(), names.collect());
        }
        graph
    }

    /// From each file to those that it names. What it only passes on it does not need.
    fn arrows(&self) -> BTreeMap<String, BTreeSet<String>> {
        let arrows_of = |(module, paths): (&Module, &Vec<Named>)| {
            let imports = paths.iter().filter(|named| named.role != Role::Expression);
            let names = imports.filter_map(|named| {
                let path = self.within(module, &BTreeMap::new(), &named.segments)?;
                Some((path.last()?.clone(), path))
            });
            let names = names.collect();
            let needed = paths.iter().filter(|named| named.role != Role::ReExport);
            let targets = needed.filter_map(|named| self.within(module, &names, &named.segments));
            let files = targets.map(|path| self.files[&self.home_of(path)].clone());
            (self.files[module].clone(), files.filter(|file| *file != self.files[module]).collect())
        };
        self.paths.iter().map(arrows_of).collect()
    }

    /// A path from the crate's root; `None` where it leads out of the crate.
    fn within(&self, module: &Module, names: &BTreeMap<String, Module>, segments: &[String]) -> Option<Module> {
        let (first, rest) = segments.split_first()?;
        if first == "crate" {
            return Some(rest.to_vec());
        }
        // A lone name is declared, or was imported before.
        if rest.is_empty() {
            return None;
        }
        let child = [&module[..], &segments[..1]].concat();
        if self.files.contains_key(&child) {
            return Some([&module[..], segments].concat());
        }
        Some([&names.get(first)?[..], rest].concat())
    }

    /// The module that defines what a path names.
    fn home_of(&self, mut path: Module) -> Module {
        loop {
            let known = (0..=path.len()).rev().find(|end| self.files.contains_key(&path[..*end])).unwrap_or(0);
            let passed_on = path.get(known).and_then(|name| self.passed_on.get(&path[..known])?.get(name));
            let Some(further) = passed_on.filter(|further| **further != path) else { return path[..known].to_vec() };
            path = [&further[..], &path[known + 1..]].concat();
        }
    }
}
