//! The page after the first way in, filled for looking at and for checking.

use super::view::*;
use crate::console::field::{Choice, Field, Select};
use crate::console::layout::Bare;
use crate::console::sample::{Sample, sample};

pub fn all() -> Vec<Sample> {
    let complete = CompleteProfilePage {
        bare: Bare::default(),
        organization: "Halden Freight".into(),
        problem: None,
        fields: fields(),
    };
    vec![sample("profile-complete", &complete)]
}

pub fn fields() -> ProfileFields {
    let zones = ["Europe/Brussels", "Europe/London"].map(|zone| Choice::new(zone, zone));
    ProfileFields {
        first_name: Field::text("firstName", "First name")
            .value("Pieter")
            .required()
            .autocomplete("given-name"),
        last_name: Field::text("lastName", "Last name")
            .value("Desmet")
            .required()
            .autocomplete("family-name"),
        phone: Field::telephone("phone", "Phone number")
            .autocomplete("tel")
            .hint("Only those who manage people see it."),
        time_zone: Select::new("timeZone", "Time zone", zones.to_vec()).hint("14:30 there now"),
        locale: Field::text("locale", "Language").hint("As a tag: en, en-GB, de."),
    }
}
