//! The pages about oneself: the profile after the first way in, and how strong a password is while it is typed.

use serde::{Deserialize, Serialize};

use super::commands::{ProfileChange, update_profile};
use super::password::{self, Weakness};
use super::view::{CompleteProfilePage, ProfileFields};
use super::{Account, store};
use crate::base::Problem;
use crate::base::secret::Secret;
use crate::console::field::{Choice, Field, Select};
use crate::console::layout::Bare;
use crate::console::notice::Callout;
use crate::http::{Answer, Call, Guard, Route, flash, get, json, post, refused};
use crate::op::OpError;

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        get("/profile/complete", show).guard(Guard::Account),
        post("/profile/complete", save).guard(Guard::Account),
        post("/password-strength", strength).secret().body_limit(16 * 1024),
    ]
}

/// A profile as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Typed {
    first_name: String,
    last_name: String,
    phone: String,
    time_zone: String,
    /// Not asked for on the first page.
    locale: Option<String>,
}

impl From<Account> for Typed {
    fn from(account: Account) -> Self {
        Self {
            first_name: account.first_name,
            last_name: account.last_name,
            phone: account.phone,
            time_zone: account.time_zone,
            locale: Some(account.locale),
        }
    }
}

impl From<Typed> for ProfileChange {
    fn from(typed: Typed) -> Self {
        Self {
            first_name: Some(typed.first_name),
            last_name: Some(typed.last_name),
            phone: Some(typed.phone),
            time_zone: Some(typed.time_zone),
            locale: typed.locale,
        }
    }
}

/// The fields of the form that problems are shown beside.
pub const SHOWN: &[&str] = &["firstName", "lastName", "phone", "timeZone", "locale"];

/// The form's fields, with what is wrong beside each.
pub fn fields(typed: &Typed, problem: Option<&Problem>) -> ProfileFields {
    let wrong = |field: &str| problem.and_then(|problem| problem.at(field));
    let name = |name, label, value: &str| Field::text(name, label).required().value(value).error(wrong(name));
    let mut time_zone = Select::new("timeZone", "Time zone", zones(&typed.time_zone));
    time_zone.error = wrong("timeZone");
    ProfileFields {
        first_name: name("firstName", "First name", &typed.first_name).autocomplete("given-name"),
        last_name: name("lastName", "Last name", &typed.last_name).autocomplete("family-name"),
        phone: Field::telephone("phone", "Phone number")
            .autocomplete("tel")
            .hint("Only those who manage people see it.")
            .value(&typed.phone)
            .error(wrong("phone")),
        time_zone,
        locale: Field::text("locale", "Language")
            .hint("As a tag: en, en-GB, de.")
            .value(typed.locale.as_deref().unwrap_or_default())
            .error(wrong("locale")),
    }
}

/// Every time zone that has a place in its name, and none.
pub fn zones(chosen: &str) -> Vec<Choice> {
    let named: Vec<String> = jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
    let placed =
        named.into_iter().filter(|zone| zone == chosen || zone.contains('/') && !zone.starts_with("Etc/"));
    let none = Choice::new("", "Not chosen").chosen(chosen.is_empty());
    std::iter::once(none)
        .chain(placed.map(|zone| Choice::new(&zone, zone.replace('_', " ")).chosen(zone == chosen)))
        .collect()
}

/// What the page calls the place that somebody has come into.
fn place(call: &Call) -> String {
    call.caller.standing.as_ref().map_or("Roster".to_owned(), |standing| standing.organization.name.clone())
}

fn page(call: &Call, fields: ProfileFields) -> CompleteProfilePage {
    let bare = Bare { toast: flash::toast(call) };
    CompleteProfilePage { bare, organization: place(call), problem: None, fields }
}

async fn show(call: Call) -> Result<Answer, Problem> {
    let found = store::find(&mut call.app().db.reader(), call.caller.account()?).await?;
    let account = found.ok_or(OpError::Unauthenticated)?;
    Ok(flash::page(&call, 200, &page(&call, fields(&account.into(), None))))
}

async fn save(call: Call) -> Result<Answer, Problem> {
    let typed: Typed = call.form()?;
    match update_profile(&call.caller, typed.clone().into(), None).await {
        Ok(_) => Ok(flash::redirect(&call, "/", "Your profile is saved.")),
        Err(error) => {
            let problem = Problem::from(error).for_the_form()?;
            let mut page = page(&call, fields(&typed, Some(&problem)));
            page.problem = Some(Callout::refused("Not saved.", &problem, SHOWN));
            Ok(refused(&problem, &page))
        }
    }
}

/// What is said of a password while it is typed.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Verdict {
    words: String,
    tone: &'static str,
}

/// Judged by the rule that the command applies, with the form's other fields as the words around the person.
fn judge(form: &[(String, String)]) -> Verdict {
    let is_password = |name: &str| name.to_ascii_lowercase().contains("password");
    let typed = form.iter().find(|(name, _)| name == "password").map_or("", |(_, value)| value.as_str());
    let around: Vec<&str> =
        form.iter().filter(|(name, _)| !is_password(name)).map(|(_, value)| value.as_str()).collect();
    let (words, tone) = match password::check(&Secret::new(typed), &around) {
        _ if typed.is_empty() => (String::new(), ""),
        Err(weakness @ Weakness::TooShort) => (weakness.to_string(), "warn"),
        Err(weakness) => (weakness.to_string(), "bad"),
        Ok(()) if password::strength(typed) < 4 => ("Good.".to_owned(), "ok"),
        Ok(()) => ("Strong.".to_owned(), "ok"),
    };
    Verdict { words, tone }
}

async fn strength(call: Call) -> Result<Answer, Problem> {
    let form: Vec<(String, String)> = call.form()?;
    Ok(json(200, &judge(&form)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(password: &str, name: &str) -> &'static str {
        judge(&[("password".into(), password.into()), ("name".into(), name.into())]).tone
    }

    #[test]
    fn a_password_is_judged_with_the_rest_of_the_form_in_mind() {
        assert_eq!(tone("", "Halden Freight"), "");
        assert_eq!(tone("short", "Halden Freight"), "warn");
        assert_eq!(tone("haldenfreight2026!", "Halden Freight"), "bad");
        assert_eq!(tone("plum-Kettle 4 orbits seven", "Halden Freight"), "ok");
    }

    #[test]
    fn time_zones_are_places_and_the_chosen_one() {
        let chosen = |zone: &str| {
            zones(zone)
                .into_iter()
                .filter(|choice| choice.chosen)
                .map(|choice| choice.value)
                .collect::<Vec<_>>()
        };
        assert_eq!(chosen("Europe/Berlin"), ["Europe/Berlin"]);
        assert_eq!(chosen("UTC"), ["UTC"]);
        assert_eq!(chosen(""), [""]);
    }
}
