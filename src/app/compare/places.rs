//! Where memory lies before and after, as two strips on one scale.

use crate::analysis::compare::fate::Fate;
use crate::analysis::compare::places::Places;
use crate::analysis::compare::strip::{COLUMNS, Strip};
use crate::analysis::compare::{Comparison, Told};
use crate::app::widgets::card::Card;
use crate::units::Bytes;
use leptos::prelude::*;

/// The card "Places".
pub fn places_card(comparison: &Comparison) -> impl IntoView + use<> {
    let content = match &comparison.places {
        Told::Missing(why) => view! { <p class="note dim">{format!("Not compared: {why}.")}</p> }.into_any(),
        Told::Compared(places) => strips(places).into_any(),
    };
    view! { <Card title="Map of places">{content}</Card> }
}

fn strips(places: &Places) -> impl IntoView + use<> {
    let legend = places.fates.iter().map(|row| {
        let bytes = row.amounts.bytes;
        let text = match row.fate {
            Fate::Gone => Bytes::new(bytes.before).to_string(),
            _ => Bytes::new(bytes.after).to_string(),
        };
        view! { <span><i class=format!("compare-cell fate-{}", row.fate.letter())></i>{row.fate.label()}" "<b class="number">{text}</b></span> }
    });
    let cell = Bytes::new(places.before.cell_bytes);
    let how = if places.is_by_birth {
        "Things of one run are known by their births."
    } else {
        "Of two runs, equal owner and size stand for the same."
    };
    view! {
        <div class="compare-legend">{legend.collect_view()}</div>
        {strip_view("before", &places.before)}
        {strip_view("after", &places.after)}
        <p class="note dim">{format!("Each cell is {cell}, in the colour of what most of its bytes became. {how}")}</p>
    }
}

fn strip_view(name: &'static str, strip: &Strip) -> impl IntoView + use<> {
    let rows = strip.cells.len().div_ceil(COLUMNS).max(1);
    let taken = strip.cells.chars().filter(|cell| *cell != '.').count();
    let label = format!("Map {name}: {taken} of {} cells hold memory", strip.cells.len());
    let run = |(at, length, letter): (usize, usize, char)| {
        (letter != '.').then(|| {
            let (x, y) = (at % COLUMNS, at / COLUMNS);
            view! { <rect class=format!("fate-{letter}") x=x y=y width=length height="0.9"></rect> }
        })
    };
    view! {
        <div class="compare-strip">
            <span class="dim">{name}</span>
            <svg role="img" aria-label=label viewBox=format!("0 0 {COLUMNS} {rows}") preserveAspectRatio="none" style:height=format!("{}px", 7 * rows)>
                {strip.runs().into_iter().map(run).collect_view()}
            </svg>
        </div>
    }
}
