//! Choosing whom a review is about: the numbers are seen before it begins.

use serde::Deserialize;

use super::about;
use crate::base::text::people;
use crate::base::time::{DAY, SECOND};
use crate::base::{Problem, Timestamp};
use crate::console::field::{Choice, Choices, Field};
use crate::console::layout::Place;
use crate::console::notice::{Callout, Tone};
use crate::console::time::Reader;
use crate::frame;
use crate::http::{Answer, Call, flash};
use crate::review::commands::{self, Asked, MOST_DAYS};
use crate::review::view::StartPage;
use crate::review::{DORMANT_DAYS, DUE_DAYS, INVITATION_DAYS, Reason, Scope};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    organization: String,
    asked: String,
    name: String,
    scope: Vec<String>,
    #[serde(rename = "dormantDays")]
    dormant_days: String,
    #[serde(rename = "invitationDays")]
    invitation_days: String,
    due: String,
    counted: String,
}

impl Typed {
    /// What the form holds before anybody typed.
    fn fresh(reader: &Reader) -> Self {
        let chosen = Reason::ALL.into_iter().filter(|reason| *reason != Reason::Everyone);
        let date = reader.date(reader.now);
        Self {
            name: format!("Access review, {}", date.strftime("%B %Y")),
            scope: chosen.map(|reason| reason.as_str().to_owned()).collect(),
            dormant_days: DORMANT_DAYS.to_string(),
            invitation_days: INVITATION_DAYS.to_string(),
            due: reader.date(reader.now.plus(DUE_DAYS * DAY)).to_string(),
            ..Self::default()
        }
    }

    /// Whom it names. Days that are no number become 0, which no review takes.
    fn scope(&self) -> Scope {
        let days = |text: &str| text.trim().parse().unwrap_or(0);
        Scope {
            reasons: Reason::ALL.into_iter().filter(|r| self.scope.iter().any(|s| s == r.as_str())).collect(),
            dormant_days: days(&self.dormant_days),
            invitation_days: days(&self.invitation_days),
        }
    }

    /// The last second of the day that was typed, where they live who typed it.
    fn due_at(&self, reader: &Reader) -> Timestamp {
        let end = || reader.beginning(self.due.trim().parse::<jiff::civil::Date>().ok()?.tomorrow().ok()?);
        end().map_or(Timestamp::default(), |end| end.plus(-SECOND))
    }

    /// What numbers are of.
    fn signature(&self) -> String {
        let scope = self.scope();
        let reasons: Vec<&str> = scope.reasons.iter().map(|reason| reason.as_str()).collect();
        format!("{} {} {}", reasons.join(","), scope.dormant_days, scope.invitation_days)
    }
}

/// The form, with the numbers of what its address says.
pub(super) async fn ask(call: Call) -> Result<Answer, Problem> {
    let query = call.request.uri.query().unwrap_or_default();
    let typed: Typed = serde_html_form::from_str(query)
        .map_err(|e| Problem::new(400, "invalid_parameter", format!("A parameter does not fit: {e}.")))?;
    let reader = frame::reader(&call)?;
    let typed = if typed.asked.is_empty() { Typed::fresh(&reader) } else { typed };
    form(&call, &typed, None).await
}

pub(super) async fn start(call: Call) -> Result<Answer, Problem> {
    let typed: Typed = call.form()?;
    call.is_about(&typed.organization)?;
    if typed.counted != typed.signature() {
        // Other people than the numbers on the page were of.
        return form(&call, &typed, None).await;
    }
    let due_at = typed.due_at(&frame::reader(&call)?);
    let asked = Asked { name: typed.name.clone(), scope: typed.scope(), due_at };
    match commands::start(&call.caller, &asked).await {
        Ok(review) => {
            let sentence = format!("The review began. {} to decide about.", people(review.total));
            Ok(flash::redirect(&call, &super::path(&review), &sentence))
        }
        Err(error) => form(&call, &typed, Some(&Problem::from(error).for_the_form()?)).await,
    }
}

async fn form(call: &Call, typed: &Typed, problem: Option<&Problem>) -> Result<Answer, Problem> {
    let scope = typed.scope();
    // Days that no review takes are marked, and the numbers are of those that are usual.
    let within = |days: i64, usual: i64| if (1..=MOST_DAYS).contains(&days) { days } else { usual };
    let shown = Scope {
        reasons: scope.reasons.clone(),
        dormant_days: within(scope.dormant_days, DORMANT_DAYS),
        invitation_days: within(scope.invitation_days, INVITATION_DAYS),
    };
    let foreseen = commands::foresee(&call.caller, &shown, 0).await?;
    let error = |field: &str| problem.and_then(|problem| problem.at(field));
    let option = |reason: Reason| {
        let count = people(foreseen.count(reason));
        let detail = match reason {
            Reason::Dormant => format!("{count}. Whoever never signed in counts from the day they came."),
            Reason::Privileged => format!("{count}. They let others in or manage them, or hold a top role."),
            Reason::Invitation => format!("{count}. Pending or expired."),
            Reason::SinglePoint => format!("{count}. The only one who may do something here."),
            Reason::Everyone => format!("{count}. Everyone in the list of users."),
        };
        Choice::new(reason.as_str(), about(reason, &shown)).detail(detail).chosen(scope.has(reason))
    };
    let options = Reason::ALL.into_iter().map(option).collect();
    let total = foreseen.total;
    let changed = !typed.counted.is_empty() && typed.counted != typed.signature() && problem.is_none();
    let counted = match (total, changed) {
        (0, _) => Callout::new(Tone::Warn, "Nobody fits.", "Choose more reasons, or fewer days."),
        (_, true) => Callout::new(
            Tone::Warn,
            format!("It is about {} now.", people(total)),
            "You changed whom it is about. If that is right, start it.",
        ),
        _ => Callout::new(
            Tone::Plain,
            format!("It is about {}.", people(total)),
            "Whoever has several reasons counts once.",
        ),
    };
    let days = |name, label, value: &str| {
        Field { kind: "number", ..Field::text(name, label) }.value(value).required()
    };
    let view = StartPage {
        frame: frame::of(call, Place::Reviews).await?,
        problem: problem.map(|problem| {
            let beside = ["name", "scope", "dormantDays", "invitationDays", "dueAt"];
            Callout::refused("The review was not started.", problem, &beside)
        }),
        name: Field::text("name", "Name").value(&*typed.name).required().error(error("name")),
        scope: Choices {
            name: "scope",
            legend: "Who is reviewed",
            options,
            many: true,
            error: error("scope"),
            ..Choices::default()
        },
        dormant_days: days("dormantDays", "Days without a sign-in", &typed.dormant_days)
            .error(error("dormantDays")),
        invitation_days: days(
            "invitationDays",
            "Days without an answer to an invitation",
            &typed.invitation_days,
        )
        .error(error("invitationDays")),
        due: Field { kind: "date", ..Field::text("due", "Due") }
            .value(&*typed.due)
            .hint("You get a reminder by e-mail 3 days before, and once when it is overdue.")
            .required()
            .error(error("dueAt")),
        counted,
        signature: typed.signature(),
    };
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &view))
}
