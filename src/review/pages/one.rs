//! One review: how far it is, and who stands in it.

use super::{Shown, about, path, stands};
use crate::base::Problem;
use crate::console::address::{Address, Turn, summary};
use crate::console::layout::Place;
use crate::console::list::{Tab, Tabs};
use crate::console::person::PersonCell;
use crate::console::time::Reader;
use crate::frame;
use crate::http::{Answer, Call, flash};
use crate::member::pages::status;
use crate::op::Standing;
use crate::review::api::{find, items_page};
use crate::review::commands::MAY_REVIEW;
use crate::review::store::Which;
use crate::review::view::{Outcome, ReviewPage, Row, Why};
use crate::review::{Decision, Item, Review, State};

pub(super) async fn show(call: Call) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let review = find(&call).await?;
    let shown: Shown = call.query()?;
    let which = if shown.show == "decided" { Which::Decided } else { Which::Undecided };
    let shows_decided = which == Which::Decided;
    let page = items_page(&call, &review, which).await?;
    let total = if shows_decided { review.decided() } else { review.undecided() };
    let turn = Turn { cursor: call.list()?.cursor, back: shown.back };
    let here = path(&review);
    let address = Address::new(here.clone())
        .with("show", if shows_decided { "decided" } else { "" })
        .with("limit", shown.limit.trim());
    let reader = frame::reader(&call)?;
    let tab = |label: &str, show: &str, count: i64, current| Tab {
        label: label.to_owned(),
        href: Address::new(here.clone()).with("show", show).href(),
        count: u64::try_from(count).ok(),
        current,
    };
    let may_decide = review.state == State::Open && standing.allows(MAY_REVIEW);
    let view = ReviewPage {
        frame: frame::of(&call, Place::Reviews).await?,
        standing: stands(&review, reader.now),
        started: reader.past(review.created_at).within(),
        due: reader.on_the_day(review.due_at),
        closed: review
            .closed_at
            .map(|at| (review.closed_by_name.clone().unwrap_or_default(), reader.past(at).within())),
        scope: review.scope.reasons.iter().map(|reason| about(*reason, &review.scope)).collect(),
        decided: review.decided(),
        total: review.total,
        kept: review.kept,
        removed: review.removed,
        csv: format!(
            "/api/v1/organizations/{}/reviews/{}/evidence.csv",
            standing.organization.slug, review.id
        ),
        may_close: may_decide,
        tabs: Tabs {
            label: "Decisions",
            tabs: vec![
                tab("To decide", "", review.undecided(), !shows_decided),
                tab("Decided", "decided", review.decided(), shows_decided),
            ],
        },
        shows_decided,
        verb: standing.organization.model.labels.verbs.remove.clone(),
        pager: address.pager(summary(page.data.len(), total, &turn), &turn, page.next_cursor),
        rows: page.data.into_iter().map(|item| row(standing, &review, &reader, item, may_decide)).collect(),
        started_by: review.started_by_name,
        name: review.name,
        href: here,
    };
    Ok(flash::page(&call, 200, &view))
}

fn row(standing: &Standing, review: &Review, reader: &Reader, item: Item, may_decide: bool) -> Row {
    let you = item.member == standing.member;
    let was = item.decided.as_ref().map(|decided| decided.decision);
    let at = |verb| format!("{}/items/{}/{verb}", path(review), item.member);
    let removed = was == Some(Decision::Remove);
    Row {
        keep: (may_decide && !you && was.is_none()).then(|| at("keep")),
        remove: (may_decide && !you && !removed).then(|| at("remove")),
        person: PersonCell {
            name: if item.name == item.email { String::new() } else { item.name },
            email: item.email,
            href: (!removed).then(|| format!("/users/{}", item.member)),
            you,
        },
        status: status(&standing.organization, item.status),
        grounds: item
            .grounds
            .into_iter()
            .map(|ground| Why { reason: ground.reason, detail: ground.detail })
            .collect(),
        roles: item.roles.join(", "),
        last_login: item.last_login.map(|at| reader.past(at)),
        outcome: item.decided.map(|decided| Outcome {
            decision: decided.decision,
            note: decided.note,
            by: decided.by_name,
            at: reader.past(decided.at),
        }),
    }
}
