//! "What blocks a request of this size?": asked, answered, and shown on the map.

use super::look::{MapLook, MapRequest};
use crate::analysis::map::blockers::{Answer, NoQuestion, Question, line, parse_size};
use crate::analysis::map::ground::Ground;
use crate::analysis::map::scene::Piece;
use crate::analysis::numbers::text::count;
use crate::app::recordings::reader::Recording;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::units::Bytes;
use leptos::prelude::*;

/// Rows of the list; more are counted.
const ROWS: usize = 100;

/// The card "What blocks a request?".
#[component]
pub fn AskCard() -> impl IntoView {
    let names = Store::expect().names;
    let look = expect_context::<MapLook>();
    let text =
        RwSignal::new(look.question.get_untracked().map(|question| question.size.to_string()).unwrap_or_default());
    let align = RwSignal::new(look.question.get_untracked().map_or(Bytes::new(16), |question| question.align));
    let parsed =
        Memo::new(move |_| (!text.with(|text| text.trim().is_empty())).then(|| text.with(|text| parse_size(text))));
    let wrong = Memo::new(move |_| parsed.get().and_then(Result::err));
    Effect::new(move |_| {
        let question = parsed.get().and_then(Result::ok).map(|size| Question { size, align: align.get() });
        look.ask(question);
    });
    let show = move |_| {
        let range = look.answer.with_untracked(|answer| answer.as_ref().and_then(Answer::range));
        look.request.set(range.map(MapRequest::Show));
    };
    let has_place =
        Memo::new(move |_| look.answer.with(|answer| answer.as_ref().is_some_and(|answer| answer.range().is_some())));
    let tools = move || {
        move || {
            has_place.get().then(|| {
                view! { <button type="button" class="button plain" title="Go near to it on the map" on:click=show>"Show"</button> }
            })
        }
    };
    view! {
        <Card title="What blocks a request?" figures=tools>
            <div class="ask-form">
                <label class="setting ask-size" class:wrong=move || wrong.get().is_some() title="A size, for example 1.5 MiB">
                    <span class="setting-label" aria-hidden="true">"Size"</span>
                    <input
                        type="text"
                        aria-label="Size of the request"
                        aria-invalid=move || wrong.get().is_some().to_string()
                        aria-describedby="ask-answer"
                        placeholder="1 MiB"
                        spellcheck="false"
                        autocomplete="off"
                        prop:value=move || text.get()
                        on:input:target=move |event| text.set(event.target().value())
                    />
                </label>
                <Alignment align/>
            </div>
            <p class="ask-answer" id="ask-answer" class:dim=move || look.answer.with(Option::is_none) role="status">
                {move || words(wrong.get(), look.answer.with(|answer| answer.as_ref().map(|answer| answer.text(&names.get()))), look.question.get())}
            </p>
            <List/>
        </Card>
    }
}

fn words(wrong: Option<NoQuestion>, answer: Option<String>, question: Option<Question>) -> String {
    match (wrong, answer, question) {
        (Some(wrong), ..) => wrong.to_string(),
        (None, Some(answer), _) => answer,
        (None, None, Some(_)) => "No data yet: press Start.".into(),
        (None, None, None) => {
            "Type a size: the cheapest place for it is framed on the map, and what is in the way is named.".into()
        }
    }
}

#[component]
fn Alignment(align: RwSignal<Bytes>) -> impl IntoView {
    let alignments = alignments();
    Effect::new(move |_| {
        // What another run has no choice of is the finest of this.
        let finest = alignments.with(|all| (!all.contains(&align.get_untracked())).then(|| all.first().copied()));
        finest.flatten().into_iter().for_each(|finest| align.set(finest));
    });
    let option = move |bytes: Bytes| {
        let value = bytes.get().to_string();
        view! { <option value=value prop:selected=move || align.get() == bytes>{bytes.to_string()}</option> }
    };
    let choose = move |text: String| {
        if let Ok(bytes) = text.parse() {
            align.set(Bytes::new(bytes));
        }
    };
    view! {
        <label class="setting" title="Its address must be a multiple of this">
            <span class="setting-label" aria-hidden="true">"Aligned to"</span>
            <select aria-label="Alignment of the request" on:change:target=move |event| choose(event.target().value())>
                {move || alignments.get().into_iter().map(option).collect_view()}
            </select>
        </label>
    }
}

/// What the run that is shown offers.
fn alignments() -> Memo<Vec<Bytes>> {
    let tables = Recording::expect().tables();
    Memo::new(move |_| {
        let ground = tables.with(|tables| {
            tables.as_ref().map_or_else(Ground::default, |tables| Ground::of(&tables.manifest, &tables.extents))
        });
        ground.alignments()
    })
}

/// What is in the way, by address; a click pins it.
#[component]
fn List() -> impl IntoView {
    let (look, names) = (expect_context::<MapLook>(), Store::expect().names);
    let pieces = Memo::new(move |_| {
        look.answer
            .with(|answer| answer.iter().flat_map(|answer| answer.pieces()).take(ROWS).copied().collect::<Vec<_>>())
    });
    let more = move || {
        let all = look.answer.with(|answer| answer.as_ref().map_or(0, |answer| answer.pieces().len()));
        (all > ROWS).then(|| format!("and {} more", count((all - ROWS) as u64)))
    };
    let row = move |piece: Piece| {
        let [address, size, what] = names.with(|names| line(&piece, names));
        let pin = move |_| look.request.set(Some(MapRequest::Pin(piece.offset_bytes)));
        view! {
            <tr>
                <td><button type="button" class="link number" title="Pin it and go there" on:click=pin>{address}</button></td>
                <td class="number">{size}</td>
                <td>{what}</td>
            </tr>
        }
    };
    let is_asked = Memo::new(move |_| look.question.with(Option::is_some));
    view! {
        <div class="ask-list" class:hidden=move || !is_asked.get() tabindex="0" role="region" aria-label="What is in the way">
            <table class="table">
                <thead class="unseen"><tr><th scope="col">"Address"</th><th scope="col">"Size"</th><th scope="col">"Owner"</th></tr></thead>
                <tbody>{move || pieces.get().into_iter().map(row).collect_view()}</tbody>
            </table>
            <p class="note dim">{more}</p>
        </div>
    }
}
