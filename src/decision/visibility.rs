//! What a change of a resource's visibility does: who gains and who loses what on it (ACC-10).

use onesql::{Error, Query};

use super::{Asked, Subject, Thing, list};
use crate::access::Difference;
use crate::access::store::{Affected, NAMED, Preview};
use crate::access_model::{AccessModel, Permission};
use crate::account::display_name;
use crate::base::page::MOST_SEARCHED;
use crate::base::{MemberId, OrganizationId, Timestamp};
use crate::resource::{Resource, Visibility};

/// How many members are read at once.
const CHUNK: i64 = 500;

impl From<&Resource> for Thing {
    fn from(resource: &Resource) -> Self {
        let restricted = resource.visibility == Visibility::Restricted;
        Self {
            external_id: resource.external_id.clone(),
            category: resource.category.clone(),
            shared: restricted.then(|| resource.access.clone()),
        }
    }
}

/// What active members can do on it, before and after; in the words of its category. `None` where the organization has more
/// members than are looked at for one change.
pub async fn preview(
    q: &mut impl Query,
    organization: OrganizationId,
    model: &AccessModel,
    (before, after): (&Resource, &Resource),
    now: Timestamp,
) -> Result<Option<Preview>, Error> {
    let (before, after) = (Thing::from(before), Thing::from(after));
    let mut found = Preview::default();
    let mut place = (String::new(), MemberId(uuid::Uuid::nil()));
    for _ in 0..MOST_SEARCHED / CHUNK {
        let rows = list::subjects(q, organization, (&place.0, place.1), (CHUNK, now)).await?;
        let last = (rows.len() as i64) < CHUNK;
        for listed in rows {
            let difference = difference(model, &listed.subject, (&before, &after));
            place = (listed.name_key, listed.subject.member);
            if difference.is_empty() {
                continue;
            }
            found.effect.add(&difference, 1);
            if found.members.len() < NAMED {
                let (first, last, email) = listed.name;
                let name = display_name(&first, &last, &email);
                found.members.push(Affected { id: listed.subject.member, name, difference });
            } else {
                found.more += 1;
            }
        }
        if last {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn difference(model: &AccessModel, subject: &Subject, (before, after): (&Thing, &Thing)) -> Difference {
    let able = |thing: &Thing| -> Vec<Permission> {
        let actions =
            model.category(&thing.category).into_iter().flat_map(|category| category.actions.iter());
        let able = actions.filter(|action| subject.may(model, action, Asked::Thing(Some(thing))));
        able.map(|action| Permission::new(&thing.category, action)).collect()
    };
    let (had, has) = (able(before), able(after));
    let without = |list: &[Permission], other: &[Permission]| {
        list.iter().filter(|permission| !other.contains(permission)).cloned().collect()
    };
    Difference { gains: without(&has, &had), losses: without(&had, &has) }
}
