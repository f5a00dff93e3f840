//! Memory against speed, with those that nobody beats in both.

use crate::analysis::lab::front::{Front, HEIGHT, WIDTH, front};
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::units::Bytes;
use leptos::prelude::*;

/// The card "Memory against speed".
#[component]
pub fn FrontCard() -> impl IntoView {
    let store = Store::expect();
    let shown = Memo::new(move |_| front(&store.lab.done()));
    view! {
        <Show when=move || shown.with(|front| !front.points.is_empty())>
            <Card title="Memory against speed">
                {move || shown.with(drawn)}
            </Card>
        </Show>
    }
}

fn drawn(front: &Front) -> impl IntoView + use<> {
    let mut best: Vec<_> = front.points.iter().filter(|point| point.is_on_front).collect();
    best.sort_by(|one, other| one.x.total_cmp(&other.x));
    let line: Vec<String> = best.iter().map(|point| format!("{:.1},{:.1}", point.x, point.y)).collect();
    let names = best.iter().map(|point| view! { <li>{point.text.clone()}</li> }).collect_view();
    let points = front.points.iter().map(|point| view! {
        <circle class="lab-point" class:best=point.is_on_front cx=point.x cy=point.y r="5"><title>{point.text.clone()}</title></circle>
    });
    let points = points.collect_view();
    let (fast, slow) = front.nanoseconds;
    let (least, most) = front.bytes;
    view! {
        <div class="lab-front">
            <svg role="img" aria-label="Each way by nanoseconds an operation and by its peak; the list says which nobody beats in both" viewBox=format!("0 0 {WIDTH} {HEIGHT}")>
                <polyline class="lab-front-line" points=line.join(" ")></polyline>
                {points}
            </svg>
            <div class="lab-front-axes dim" aria-hidden="true">
                <span>{format!("{fast:.0} ns, fastest")}</span>
                <span>{format!("{} at the bottom, {} at the top", Bytes::new(least), Bytes::new(most))}</span>
                <span>{format!("{slow:.0} ns")}</span>
            </div>
            <p class="note">"Nobody beats these in both:"</p>
            <ul class="lab-best">{names}</ul>
        </div>
    }
}
