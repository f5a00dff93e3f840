//! What the page shows, computed: pure functions of what the engine published.
//!
//! - time: [`window`] (zoom, pan, follow), [`columns`] (exact extremes per pixel
//!   column), [`ticks`] and [`axis_range`] (axes that do not twitch);
//! - charts: [`plot`] is what every chart is made of; [`usage_plot`],
//!   [`fragmentation_plot`], [`pool_plot`] and [`strip`] fill it, [`brush`] drags the strip's window;
//! - pool: [`pool_causes`] (why), [`log_bars`] (histograms), [`live_table`] (everything alive);
//! - budget: [`budget_tree`] (rows and events), [`pressure_plot`], [`limits_draft`] (what is typed), [`what_if`] (what it would do);
//! - tables: [`window_table`] is the text behind a chart;
//! - heat map: [`heat_grid`] (columns), [`heat_words`] (read-out and table);
//! - map: [`map_scene`] is the arena at a moment, [`map_layout`] and [`map_window`] which
//!   part of it is where on screen, [`map_cells`] and [`map_colours`] what is seen of it,
//!   [`map_words`], [`map_pin`] and [`map_blockers`] what is read;
//! - events: [`event_query`] (what is typed) makes an [`event_filter`]; [`event_rows`] counts, [`event_sort`]
//!   sorts, [`event_table`] does both in slices; [`event_view`] is the table on screen, [`event_line`] a row of it,
//!   [`event_copy`] its text, [`row_scroll`] scrolls over any number;
//! - recording: [`event_columns`] (metrics at any zoom) over [`event_index`], [`life`], [`lifetimes`], [`leaks`],
//!   [`blockers`], [`landmarks`];
//! - looking: [`selection`] is what all panels show, with undo and redo;
//! - drawing: [`straighten`] saves canvas calls, [`colour`] mixes, [`percentile`]
//!   tells frame times.

pub mod address;
pub mod axis_range;
pub mod blockers;
pub mod brush;
pub mod budget_tree;
pub mod colour;
pub mod columns;
pub mod diff_owners;
pub mod diff_snapshot;
pub mod event_census;
pub mod event_columns;
pub mod event_copy;
pub mod event_filter;
pub mod event_index;
pub mod event_life;
pub mod event_line;
pub mod event_query;
pub mod event_rows;
pub mod event_sort;
pub mod event_table;
pub mod event_text;
pub mod event_view;
pub mod event_words;
pub mod fragmentation_plot;
pub mod heat_grid;
pub mod heat_words;
pub mod landmarks;
pub mod leak_marks;
pub mod leak_words;
pub mod leaks;
pub mod life;
pub mod lifetime_grid;
pub mod lifetimes;
pub mod limits_draft;
pub mod live_table;
pub mod log_bars;
pub mod map_blockers;
pub mod map_cells;
pub mod map_colours;
pub mod map_layout;
pub mod map_pin;
pub mod map_scene;
mod map_tags;
pub mod map_window;
pub mod map_words;
pub mod past;
pub mod past_tables;
pub mod percentile;
pub mod plot;
pub mod pool_causes;
pub mod pool_plot;
pub mod pressure_plot;
pub mod quantity_range;
pub mod rate_axis;
pub mod recording_list;
pub mod row_scroll;
pub mod selection;
pub mod selection_words;
pub mod straighten;
pub mod strip;
pub mod table_arena;
pub mod table_budget;
pub mod table_capabilities;
pub mod table_numbers;
pub mod table_pool;
pub mod table_rate;
pub mod table_refusals;
pub mod table_threads;
pub mod table_throughput;
pub mod threads_plot;
pub mod ticks;
pub mod timeline_state;
pub mod timeline_ticks;
pub mod timeline_tracks;
pub mod timeline_window;
pub mod timeline_words;
pub mod turns;
pub mod usage_plot;
pub mod waste_plot;
pub mod what_if;
pub mod window;
pub mod window_table;
