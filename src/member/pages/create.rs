//! Creating a user directly.

use serde::Deserialize;

use crate::access_model::Feature;
use crate::base::Problem;
use crate::base::secret::Secret;
use crate::base::text::isolated;
use crate::console::field::{Check, Choices, Field};
use crate::console::layout::Place;
use crate::console::notice::Callout;
use crate::http::{Answer, Call, flash};
use crate::member::access::Asked;
use crate::member::commands::{self, New};
use crate::member::view::{CreateUserPage, FeatureBox};
use crate::op::{Organization, Standing};
use crate::role::store::Role;
use crate::role::view::{choices, preset_choice, warning};
use crate::{frame, role};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Form {
    organization: String,
    first_name: String,
    last_name: String,
    email: String,
    phone: String,
    password: Secret,
    role: Vec<String>,
    feature: bool,
    require_password_change: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            organization: String::new(),
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
            phone: String::new(),
            password: Secret::new(""),
            role: Vec::new(),
            feature: false,
            require_password_change: false,
        }
    }
}

/// `GET /users/new`.
pub async fn show(call: Call) -> Result<Answer, Problem> {
    let organization = &call.standing()?.organization;
    let roles = role::store::list(&mut call.app().db.reader(), organization.id).await?;
    let form = Form {
        role: preset_choice(&roles),
        feature: organization.model.features.first().is_some_and(|feature| feature.default_on),
        require_password_change: true,
        ..Form::default()
    };
    page(&call, &roles, form, None).await
}

/// `POST /users`.
pub async fn submit(call: Call) -> Result<Answer, Problem> {
    let form: Form = call.form()?;
    call.is_about(&form.organization)?;
    let organization = &call.standing()?.organization;
    let new = New {
        email: form.email.clone(),
        first_name: form.first_name.clone(),
        last_name: form.last_name.clone(),
        phone: form.phone.clone(),
        password: form.password.clone(),
        asked: Asked {
            roles: Some(form.role.clone()),
            features: switches(call.standing()?, &form.role, form.feature),
            ..Asked::default()
        },
        require_password_change: form.require_password_change,
    };
    match commands::create(&call.caller, new).await {
        Ok(member) => {
            let sentence =
                format!("{} can sign in now. Pass the password on yourself.", isolated(&member.name()));
            Ok(flash::redirect(&call, "/users", &sentence))
        }
        Err(problem) => {
            let problem = problem.for_the_form()?;
            let roles = role::store::list(&mut call.app().db.reader(), organization.id).await?;
            page(&call, &roles, form, Some(&problem)).await
        }
    }
}

/// The feature's switch as a command takes it; nothing is said of one that the role always has, or whose box was not shown.
pub fn switches(standing: &Standing, roles: &[String], on: bool) -> std::collections::BTreeMap<String, bool> {
    let feature = standing.organization.model.features.first().filter(|feature| standing.has(feature));
    let open = feature.filter(|feature| !feature.always_on_for(roles.iter().map(String::as_str)));
    open.map(|feature| (feature.key.clone(), on)).into_iter().collect()
}

/// The feature's box of a form, for who may switch it on: somebody who has it.
pub fn feature_box(standing: &Standing, roles: &[Role], on: bool) -> Option<FeatureBox> {
    let organization = &standing.organization;
    let feature = organization.model.features.first().filter(|feature| standing.has(feature))?;
    let check = Check {
        name: "feature".to_owned(),
        label: feature.label.clone(),
        detail: detail(organization, feature),
        on,
        switch: true,
    };
    let always: Vec<&str> = roles
        .iter()
        .filter(|role| feature.always_on_for([role.definition.key.as_str()]))
        .map(|role| role.definition.label.as_str())
        .collect();
    let always = format!("The role {} always has {}.", always.join(" or "), feature.label);
    Some(FeatureBox { check, always })
}

fn detail(organization: &Organization, feature: &Feature) -> Option<String> {
    let category = organization.model.category(&feature.category)?;
    Some(format!("Opens what the role allows in {}.", category.label))
}

async fn page(call: &Call, roles: &[Role], form: Form, problem: Option<&Problem>) -> Result<Answer, Problem> {
    let standing = call.standing()?;
    let at = |field: &str| problem.and_then(|problem| problem.at(field));
    let shown = ["firstName", "lastName", "email", "phone", "password", "role", "roles"];
    let role = Choices { error: at("role").or_else(|| at("roles")), ..choices(standing, roles, &form.role) };
    let view = CreateUserPage {
        frame: frame::of(call, Place::Users).await?,
        seats: frame::seats(call).await?,
        problem: problem.map(|problem| Callout::refused("Not created.", problem, &shown)),
        feature: feature_box(standing, roles, form.feature),
        first_name: Field {
            focus: problem.is_none(),
            ..Field::text("firstName", "First name").required().value(form.first_name).error(at("firstName"))
        },
        last_name: Field::text("lastName", "Last name")
            .required()
            .value(form.last_name)
            .error(at("lastName")),
        email: Field::email("email", "E-mail").required().value(form.email).error(at("email")),
        phone: Field::telephone("phone", "Phone number").value(form.phone).error(at("phone")),
        password: Field {
            strength: Some("/password-strength"),
            ..Field::new_password("password", "Password").error(at("password"))
        },
        role,
        role_warning: warning(standing, roles),
        require_change: Check {
            name: "requirePasswordChange".to_owned(),
            label: "They choose a new password at the first sign-in".to_owned(),
            on: form.require_password_change,
            ..Check::default()
        },
    };
    Ok(flash::page(call, problem.map_or(200, |problem| problem.status), &view))
}
