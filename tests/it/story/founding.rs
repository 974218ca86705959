//! How organizations of stories come into being: through the command that `roster organization create` calls.

use roster::app::App;
use roster::base::secret::Secret;
use roster::base::{EmailAddress, OrganizationId};
use roster::founding::commands::{self, New, Owner};
use roster::op::Caller;
use roster::organization::commands::{Change, Person, update};

use super::person::PASSWORD;

/// Makes an organization with an owner; somebody who has an account keeps it.
pub async fn found(app: &App, name: &str, preset: &str, seats: Option<i64>, owner: &str) -> OrganizationId {
    let caller = Caller::system(app);
    let new = New { name: name.to_owned(), slug: None, preset: preset.to_owned(), seat_limit: seats };
    let password_hash = app.hasher.hash(&Secret::new(PASSWORD), app.random.bytes()).await.unwrap();
    let person = Person {
        email: EmailAddress::parse(owner).unwrap(),
        first_name: "Alice".to_owned(),
        last_name: "Archer".to_owned(),
    };
    let owner = Owner::Password { person, password_hash };
    commands::create(&caller, &new, owner).await.unwrap().organization.id
}

/// Sets the seat limit, as `roster organization set-seat-limit` does.
pub async fn set_seat_limit(app: &App, organization: OrganizationId, seats: Option<i64>) {
    let change = Change { seat_limit: Some(seats), ..Change::default() };
    update(&Caller::system(app), organization, &change, None).await.unwrap();
}
