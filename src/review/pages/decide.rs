//! Keeping or removing somebody, and closing a review: each asks first and says what it does.

use serde::Deserialize;

use super::path;
use crate::access_model::Verbs;
use crate::base::text::isolated;
use crate::base::text::people;
use crate::base::{MemberId, Problem};
use crate::console::field::Field;
use crate::console::layout::Place;
use crate::console::notice::Callout;
use crate::console::panel::PanelPage;
use crate::http::{Answer, Call, flash};
use crate::member::access::AccessError;
use crate::member::{Member, Status};
use crate::removal::pages::impact;
use crate::review::api::find;
use crate::review::commands::{self, ReviewError};
use crate::review::{Decision, Item, Review, State, store};
use crate::role::RoleRef;
use crate::{frame, member, role};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    note: String,
    confirm: String,
}

/// What a decision is about: the review, who stands in it, and who that is now.
struct About {
    review: Review,
    item: Item,
    now: Option<Member>,
}

impl About {
    async fn of(call: &Call) -> Result<Self, Problem> {
        let review = find(call).await?;
        let id = call.id::<MemberId>("member")?;
        let mut reader = call.app().db.reader();
        let item = store::find_item(&mut reader, review.id, id).await?.ok_or_else(Problem::not_found)?;
        let now = member::store::find(&mut reader, review.organization, id).await?;
        Ok(Self { review, item, now })
    }

    /// The address that has to be typed before they are removed: none where only a link dies, or nothing is left.
    fn confirms(&self) -> Option<&str> {
        self.now.as_ref().filter(|now| now.status != Status::Invited).map(|now| now.email.as_str())
    }
}

pub(super) async fn ask_keep(call: Call) -> Result<Answer, Problem> {
    let about = About::of(&call).await?;
    keep_page(&call, &about, &Typed::default(), standing_in_the_way(&call, &about)?.as_ref()).await
}

/// What is known beforehand not to go. The command judges all the same.
fn standing_in_the_way(call: &Call, about: &About) -> Result<Option<Problem>, Problem> {
    let own = call.standing()?.member == about.item.member;
    let error = match (about.review.state, own) {
        (State::Closed, _) => Some(ReviewError::Closed),
        (State::Open, true) => Some(ReviewError::Own),
        (State::Open, false) => None,
    };
    Ok(error.map(Problem::from))
}

/// The same of a removal, which takes more.
async fn keeping_from_removal(call: &Call, about: &About) -> Result<Option<Problem>, Problem> {
    if let Some(problem) = standing_in_the_way(call, about)? {
        return Ok(Some(problem));
    }
    let (standing, Some(now)) = (call.standing()?, &about.now) else { return Ok(None) };
    let roles = role::store::list(&mut call.app().db.reader(), standing.organization.id).await?;
    let held: Vec<RoleRef> = now.held(&roles).into_iter().map(RoleRef::from).collect();
    let managed = standing.may_manage(&held);
    Ok((!managed).then(|| AccessError::NotManageable(about.item.name.clone()).into()))
}

pub(super) async fn keep(call: Call) -> Result<Answer, Problem> {
    let about = About::of(&call).await?;
    let typed: Typed = call.form()?;
    let ids = (about.review.id, about.item.member);
    match commands::decide(&call.caller, ids, (Decision::Keep, &typed.note), None).await {
        Ok(item) => {
            let sentence = format!("{} keeps their access.", isolated(&item.name));
            Ok(flash::redirect(&call, &path(&about.review), &sentence))
        }
        Err(error) => keep_page(&call, &about, &typed, Some(&Problem::from(error).for_the_form()?)).await,
    }
}

async fn keep_page(
    call: &Call,
    about: &About,
    typed: &Typed,
    problem: Option<&Problem>,
) -> Result<Answer, Problem> {
    let title = format!("Keep {}?", isolated(&about.item.name));
    let mut page = PanelPage::new(frame::of(call, Place::Reviews).await?, title, "Keep");
    page.action = format!("{}/items/{}/keep", path(&about.review), about.item.member);
    page.lead = Some(
        "They keep the access that they have. You can still remove them until the review is closed."
            .to_owned(),
    );
    let error = problem.and_then(|problem| problem.at("note"));
    page.fields = vec![Field::text("note", "Note").value(&*typed.note).error(error)];
    show(call, page, about, problem)
}

/// The page, with what is wrong; what no typing mends leaves nothing but the way back.
fn show(
    call: &Call,
    mut page: PanelPage,
    about: &About,
    problem: Option<&Problem>,
) -> Result<Answer, Problem> {
    page.back = path(&about.review);
    if let Some(problem) = problem {
        if problem.errors.is_empty() {
            page = page.settled();
            page.lead = None;
        }
        page.warning = Some(Callout::refused("Not done.", problem, &["note", "confirm"]));
    }
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &page))
}

pub(super) async fn ask_remove(call: Call) -> Result<Answer, Problem> {
    let about = About::of(&call).await?;
    let problem = keeping_from_removal(&call, &about).await?;
    remove_page(&call, &about, &Typed::default(), problem.as_ref()).await
}

pub(super) async fn remove(call: Call) -> Result<Answer, Problem> {
    let about = About::of(&call).await?;
    let typed: Typed = call.form()?;
    if about.confirms().is_some_and(|email| typed.confirm.trim() != email) {
        let detail = "Type the e-mail address exactly as it stands above the field.";
        let problem = Problem::field("/confirm", "not_confirmed", detail);
        return remove_page(&call, &about, &typed, Some(&problem)).await;
    }
    let ids = (about.review.id, about.item.member);
    match commands::decide(&call.caller, ids, (Decision::Remove, &typed.note), None).await {
        Ok(item) => {
            let sentence = format!("{} has no place here any more.", isolated(&item.name));
            Ok(flash::redirect(&call, &path(&about.review), &sentence))
        }
        Err(error) => remove_page(&call, &about, &typed, Some(&Problem::from(error).for_the_form()?)).await,
    }
}

async fn remove_page(
    call: &Call,
    about: &About,
    typed: &Typed,
    problem: Option<&Problem>,
) -> Result<Answer, Problem> {
    let name = isolated(&about.item.name);
    let verb = call.standing()?.organization.model.labels.verbs.remove.as_str();
    let (title, button) = match &about.now {
        None => (format!("Note that {name} is gone?"), "Note it"),
        Some(now) if now.status == Status::Invited => {
            (format!("Revoke the invitation of {name}?"), "Revoke invitation")
        }
        Some(_) => (Verbs::question(verb, &name), verb),
    };
    let mut page = PanelPage::new(frame::of(call, Place::Reviews).await?, title, button);
    page.action = format!("{}/items/{}/remove", path(&about.review), about.item.member);
    page.danger = true;
    page.impact = match &about.now {
        None => {
            vec!["They have no place here any more: nothing changes, it is only written down.".to_owned()]
        }
        Some(now) => impact(call, now).await?,
    };
    page.impact.push("The decision stands in the review for good.".to_owned());
    let error = |field| problem.and_then(|problem| problem.at(field));
    page.fields = vec![
        Field::text("note", "Note")
            .value(&*typed.note)
            .required()
            .hint("Why, for whoever looks at this review later.")
            .error(error("note")),
    ];
    if let Some(email) = about.confirms() {
        let confirm = Field::text("confirm", "Confirm").exactly(email).value(&*typed.confirm);
        page.fields.push(confirm.error(error("confirm")));
    }
    show(call, page, about, problem)
}

pub(super) async fn ask_close(call: Call) -> Result<Answer, Problem> {
    let review = find(&call).await?;
    close_page(&call, &review, None).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Closes {
    /// About how many nothing was decided when the question was asked.
    undecided: i64,
}

pub(super) async fn close(call: Call) -> Result<Answer, Problem> {
    let review = find(&call).await?;
    let sent: Closes = call.form()?;
    match commands::close(&call.caller, review.id, sent.undecided > 0, None).await {
        Ok(closed) => {
            let sentence = match closed.undecided() {
                0 => "The review is closed. Its evidence stays.".to_owned(),
                left => format!("The review is closed with {} undecided.", people(left)),
            };
            Ok(flash::redirect(&call, &path(&closed), &sentence))
        }
        Err(error) => close_page(&call, &review, Some(&Problem::from(error).for_the_form()?)).await,
    }
}

async fn close_page(call: &Call, review: &Review, problem: Option<&Problem>) -> Result<Answer, Problem> {
    let left = review.undecided();
    let title = format!("Close {}?", isolated(&review.name));
    let button = if left == 0 { "Close review".to_owned() } else { format!("Close with {left} undecided") };
    let mut page = PanelPage::new(frame::of(call, Place::Reviews).await?, title, button);
    page.action = format!("{}/close", path(review));
    page.back = path(review);
    page.danger = left > 0;
    page.impact = vec![
        format!("{} kept, {} removed.", review.kept, review.removed),
        "Nothing can be decided in it any more, and it is not opened again.".to_owned(),
        "The evidence stays and can be exported at any time.".to_owned(),
    ];
    if left > 0 {
        let line = format!("Nothing was decided about {}: they keep their access.", people(left));
        page.impact.insert(0, line);
        page.hidden = vec![("undecided", left.to_string())];
    }
    if let Some(problem) = problem {
        page = page.settled();
        page.warning = Some(Callout::refused("Not done.", problem, &[]));
    }
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &page))
}
