//! One table of every route.

use crate::http::Route;

/// Every route that Roster serves, face by face.
pub fn all() -> Vec<Route> {
    let mut routes = Vec::new();
    routes.extend(super::assets::routes());
    routes.extend(super::health::routes());
    routes.extend(super::openapi::routes());
    routes.extend(crate::mailbox::pages::routes());
    routes.extend(crate::account::api::routes());
    routes.extend(crate::account::pages::routes());
    routes.extend(crate::session::api::routes());
    routes.extend(crate::sign_in::api::routes());
    routes.extend(crate::sign_in::pages::routes());
    routes.extend(crate::recovery::api::routes());
    routes.extend(crate::recovery::pages::routes());
    routes.extend(crate::recovery::notice_api::routes());
    routes.extend(crate::recovery::notice_pages::routes());
    routes.extend(crate::profile::pages::routes());
    routes.extend(crate::profile::pages::sessions::routes());
    routes.extend(crate::role::api::routes());
    routes.extend(crate::role_template::api::routes());
    routes.extend(crate::seat::api::routes());
    routes.extend(crate::founding::api::routes());
    routes.extend(crate::founding::pages::routes());
    routes.extend(crate::organization::api::routes());
    routes.extend(crate::organization::pages::routes());
    routes.extend(crate::access_model::api::routes());
    routes.extend(crate::member::api::routes());
    routes.extend(crate::member::pages::routes());
    routes.extend(crate::decision::authzen_api::routes());
    routes.extend(crate::decision::search_api::routes());
    routes.extend(crate::decision::explain_api::routes());
    routes.extend(crate::decision::pages::routes());
    routes.extend(crate::past::api::routes());
    routes.extend(crate::group::api::routes());
    routes.extend(crate::group::pages::routes());
    routes.extend(crate::resource::api::routes());
    routes.extend(crate::resource::pages::routes());
    routes.extend(crate::invitation::api::routes());
    routes.extend(crate::invitation::pages::routes());
    routes.extend(crate::invitation::public::routes());
    routes.extend(crate::invitation::letter_pages::routes());
    routes.extend(crate::job::api::routes());
    routes.extend(crate::bulk::api::routes());
    routes.extend(crate::bulk::pages::routes());
    routes.extend(crate::import::api::routes());
    routes.extend(crate::import::pages::routes());
    routes.extend(crate::removal::api::routes());
    routes.extend(crate::removal::pages::routes());
    routes.extend(crate::removal::leave_pages::routes());
    routes.extend(crate::review::api::routes());
    routes.extend(crate::review::pages::routes());
    routes.extend(crate::trail::api::routes());
    routes.extend(crate::trail::pages::routes());
    routes.extend(crate::session::pages::routes());
    routes.extend(crate::sign_in::attempts_pages::routes());
    routes.extend(crate::user_console::pages::routes());
    routes.extend(crate::role_console::pages::routes());
    routes
}
