//! The graph of call stacks, kept between frames: every step from events to blocks, each
//! done again only where what it depends on changed, and all of them in slices.

use super::asked::Asked;
use super::functions::{FunctionId, Functions};
use super::layout::Layout;
use super::measure::Measure;
use super::search::Search;
use super::site_count::{Alive, SiteCount};
use super::skeleton::Skeleton;
use super::sums::Sums;
use super::table::{FunctionSums, Order, Row};
use super::tree::{FrameNode, Tree};
use super::weighed::{Direction, Weighed};
use arenascope_recording::{Reader, Tables};
use arenascope_trace::Stacks;
use std::sync::Arc;

/// What the graph is to show.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What is counted.
    pub asked: Asked,
    /// What widths stand for; it goes with what is counted.
    pub measure: Measure,
    /// From which end it grows.
    pub direction: Direction,
    /// How wide it is, device pixels.
    pub width_px: u32,
}

/// What is done before the newest answer is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Work {
    /// Call stacks of the run are gathered; the part that is done, from 0 to 1.
    Gathering(f64),
    /// Events, or what is alive, are counted by stack.
    Counting(f64),
    /// Sums are added up along the stacks.
    Adding,
    /// Frames are laid out, searched and sorted.
    Arranging,
}

/// The stacks of a run as one tree.
#[derive(Clone, Debug, Default)]
struct Stem {
    functions: Functions,
    skeleton: Skeleton,
    is_whole: bool,
}

/// Sums that were counted, by number of the site.
#[derive(Clone, Debug)]
struct Answer {
    asked: Asked,
    sites: Vec<Sums>,
}

/// What is shown.
#[derive(Clone, Debug)]
struct Picture {
    asked: Asked,
    weighed: Weighed,
    tree: Tree,
    /// The functions from the root to the frame that fills the width.
    route: Vec<FunctionId>,
    zoom: FrameNode,
    layout: Option<Layout>,
    is_laid_out: bool,
}

/// The graph.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    tables: Option<Arc<Tables>>,
    stem: Stem,
    going: Option<SiteCount>,
    answer: Option<Answer>,
    /// Sums on their way to the next picture.
    next: Option<(Measure, Weighed)>,
    picture: Option<Picture>,
    search: Search,
    searches: u32,
    functions: FunctionSums,
    /// Changes with every picture; from 1.
    version: u32,
    /// Changes with all that is laid out.
    laid_out: u32,
}

impl Graph {
    /// The tables of the run that is shown: of others all is forgotten.
    pub fn of_tables(&mut self, tables: Option<&Arc<Tables>>) {
        let is_same = match (&self.tables, tables) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            let (version, laid_out, searches) = (self.version, self.laid_out, self.searches);
            *self = Self { tables: tables.cloned(), version, laid_out, searches, ..Self::default() };
        }
    }

    /// The moment at which what is alive must be known before [`Self::count`], where a
    /// count is due; `None` where none is. Counts that go on are ended first, but for
    /// those of another run or of something else, so that some end while moments change.
    pub fn is_due(&self, reader: &Reader<'_>, wanted: &Wanted) -> Option<u64> {
        let is_same = |asked: &Asked| *asked == wanted.asked;
        let is_on_its_way = self.going.as_ref().map(SiteCount::asked).is_some_and(|going| {
            is_same(going) || going.is_of_run(reader.run_start()) && going.counted() == wanted.asked.counted()
        });
        let is_known = self.answer.as_ref().is_some_and(|answer| is_same(&answer.asked));
        (self.stem.is_whole && !is_on_its_way && !is_known).then_some(wanted.asked.position())
    }

    /// Begins a count, of what is alive where that is counted.
    pub fn count(&mut self, asked: Asked, alive: Vec<Alive>) {
        self.going = Some(SiteCount::new(asked, alive));
    }

    /// Works on what is wanted while `has_time`, and a slice of something whether it has or
    /// not. What is left to do; `None` where nothing is.
    pub fn advance(
        &mut self,
        reader: &Reader<'_>,
        wanted: &Wanted,
        mut has_time: impl FnMut() -> bool,
    ) -> Option<Work> {
        let tables = self.tables.clone()?;
        let stacks = &tables.stacks;
        if !self.stem.is_whole && !self.stem.advance(stacks, &mut has_time) {
            return Some(Work::Gathering(self.stem.part(stacks.len())));
        }
        // First what is seen: a frame that fills the width waits for no count.
        if let Some(picture) = &mut self.picture {
            self.laid_out += u32::from(picture.lay_out(&self.stem.skeleton, wanted.width_px, &mut has_time));
        }
        if let Some(count) = &mut self.going {
            if !count.advance(reader, &mut has_time) {
                return Some(Work::Counting(count.part()));
            }
            let sums = self.going.take().map(SiteCount::into_sums);
            (self.answer, self.next) = (sums.map(|(asked, sites)| Answer { asked, sites }), None);
        }
        if self.is_another(wanted) && !self.add_up(wanted, &mut has_time) {
            return Some(Work::Adding);
        }
        self.arrange(&tables, wanted, &mut has_time)
    }

    /// Whether another picture than the one that is shown is to be made of what is counted.
    fn is_another(&self, wanted: &Wanted) -> bool {
        let Some(answer) = &self.answer else { return false };
        let is_shown = self.picture.as_ref().is_some_and(|picture| {
            picture.asked == answer.asked
                && picture.tree.measure() == wanted.measure
                && picture.weighed.direction() == wanted.direction
        });
        !is_shown && answer.asked.counted() == wanted.measure.counted()
    }

    /// Adds up along the stacks; true when that is shown.
    fn add_up(&mut self, wanted: &Wanted, has_time: &mut impl FnMut() -> bool) -> bool {
        let Some(answer) = &self.answer else { return false };
        let skeleton = &self.stem.skeleton;
        let is_of = |(measure, weighed): &(Measure, Weighed)| {
            *measure == wanted.measure && weighed.direction() == wanted.direction
        };
        let fresh = || (wanted.measure, Weighed::new(skeleton, wanted.direction));
        let mut next = self.next.take().filter(is_of).unwrap_or_else(fresh);
        if !next.1.advance(skeleton, &answer.sites, has_time) {
            self.next = Some(next);
            return false;
        }
        let (asked, (measure, weighed)) = (answer.asked.clone(), next);
        self.show(asked, measure, weighed);
        true
    }

    fn show(&mut self, asked: Asked, measure: Measure, weighed: Weighed) {
        let before = self.picture.take().filter(|before| before.weighed.direction() == weighed.direction());
        let route = before.map(|before| before.route).unwrap_or_default();
        let mut tree = Tree::new(&weighed, measure);
        let zoom = tree.at_route(&self.stem.skeleton, &weighed, &route);
        self.picture = Some(Picture { asked, weighed, tree, route, zoom, layout: None, is_laid_out: false });
        self.version += 1;
    }

    /// Lays out, searches and sorts.
    fn arrange(&mut self, tables: &Tables, wanted: &Wanted, has_time: &mut impl FnMut() -> bool) -> Option<Work> {
        let Some(picture) = &mut self.picture else { return Some(Work::Adding) };
        let Stem { functions, skeleton, .. } = &self.stem;
        self.laid_out += u32::from(picture.lay_out(skeleton, wanted.width_px, has_time));
        let texts = (&tables.stacks, functions);
        let sums = (skeleton, &picture.weighed);
        let is_done = picture.is_laid_out
            && self.search.advance(texts, sums, self.version, has_time)
            && self.functions.advance(functions, sums, self.version, has_time);
        (!is_done).then_some(Work::Arranging)
    }

    /// Looks for functions.
    pub fn search(&mut self, text: &str) {
        if !self.search.is_for(text) {
            self.search = Search::of(text);
            self.searches += 1;
        }
    }

    /// Fills the width with a frame.
    pub fn zoom_to(&mut self, frame: FrameNode) {
        if let Some(picture) = &mut self.picture
            && picture.zoom != frame
        {
            (picture.zoom, picture.route, picture.layout) = (frame, picture.tree.route(frame), None);
        }
    }

    /// Fills the width with the frame that functions lead to, or the last on the way that
    /// there is.
    pub fn zoom_along(&mut self, route: &[FunctionId]) {
        if let Some(picture) = &mut self.picture
            && picture.route != route
        {
            picture.zoom = picture.tree.at_route(&self.stem.skeleton, &picture.weighed, route);
            (picture.route, picture.layout) = (route.to_vec(), None);
        }
    }

    /// The frame that functions lead to; `None` where there is none. Finds frames that
    /// nobody asked for before.
    pub fn frame_at(&mut self, route: &[FunctionId]) -> Option<FrameNode> {
        let picture = self.picture.as_mut()?;
        let frame = picture.tree.at_route(&self.stem.skeleton, &picture.weighed, route);
        (picture.tree.frame(frame).depth as usize == route.len()).then_some(frame)
    }

    /// The tables of the run.
    pub const fn tables(&self) -> Option<&Arc<Tables>> {
        self.tables.as_ref()
    }

    /// The functions of the run.
    pub const fn names(&self) -> &Functions {
        &self.stem.functions
    }

    /// The frames that were found; `None` before the first answer.
    pub fn tree(&self) -> Option<&Tree> {
        self.picture.as_ref().map(|picture| &picture.tree)
    }

    /// What lies where; `None` before it is laid out.
    pub fn layout(&self) -> Option<&Layout> {
        self.picture.as_ref()?.layout.as_ref()
    }

    /// What is shown was counted for this.
    pub fn shown(&self) -> Option<&Asked> {
        self.picture.as_ref().map(|picture| &picture.asked)
    }

    /// From which end what is shown grows.
    pub fn direction(&self) -> Option<Direction> {
        self.picture.as_ref().map(|picture| picture.weighed.direction())
    }

    /// The search.
    pub const fn found(&self) -> &Search {
        &self.search
    }

    /// Changes with every search.
    pub const fn searches(&self) -> u32 {
        self.searches
    }

    /// Changes with every picture.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Changes with all that is laid out.
    pub const fn laid_out(&self) -> u32 {
        self.laid_out
    }

    /// The first rows of the table, of functions that the search matches, and how many
    /// there are; empty before the first answer. O(functions).
    pub fn rows(&self, order: Order) -> (Vec<Row>, usize) {
        let (Some(tables), Some(picture)) = (&self.tables, &self.picture) else { return (Vec::new(), 0) };
        let texts = (&tables.stacks, &self.stem.functions);
        self.functions.top(texts, picture.tree.measure(), &self.search, order)
    }
}

impl Stem {
    fn advance(&mut self, stacks: &Stacks, has_time: &mut impl FnMut() -> bool) -> bool {
        self.is_whole =
            self.functions.advance(stacks, has_time) && self.skeleton.advance(stacks, &self.functions, has_time);
        self.is_whole
    }

    fn part(&self, sites: usize) -> f64 {
        self.skeleton.sites() as f64 / sites.max(1) as f64
    }
}

impl Picture {
    /// Lays out anew where the width or the zoom changed, and goes on. True where
    /// something was laid out.
    fn lay_out(&mut self, skeleton: &Skeleton, width_px: u32, has_time: &mut impl FnMut() -> bool) -> bool {
        let (tree, zoom) = (&mut self.tree, self.zoom);
        let layout = self.layout.take().filter(|layout| layout.width_px() == width_px && layout.zoom() == zoom);
        let is_new = layout.is_none();
        let layout = self.layout.insert(layout.unwrap_or_else(|| Layout::new(tree, zoom, width_px)));
        if !is_new && self.is_laid_out {
            return false;
        }
        self.is_laid_out = layout.advance(tree, skeleton, &self.weighed, has_time);
        true
    }
}
