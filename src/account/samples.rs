//! The profile pages, filled for looking at and for checking.

use super::view::*;
use crate::console::field::{Choice, Field, Select};
use crate::console::layout::Bare;
use crate::console::sample::{Sample, frame, sample};

pub fn all() -> Vec<Sample> {
    let complete = CompleteProfilePage {
        bare: Bare::default(),
        organization: "Halden Freight".into(),
        problem: None,
        fields: fields(),
    };
    let profile = ProfilePage {
        frame: frame(None),
        problem: None,
        fields: fields(),
        new_email: Field::email("email", "New e-mail").required(),
        email_password: Field::password("emailPassword", "Your password"),
        current_password: Field::password("currentPassword", "Current password"),
        new_password: Field::new_password("newPassword", "New password"),
    };
    vec![sample("profile-complete", &complete), sample("profile", &profile)]
}

fn fields() -> ProfileFields {
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
    }
}
