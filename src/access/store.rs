//! What the members of an organization hold, by the number of those who hold the same: how a change is weighed before it is
//! made (ACC-10). A combination is evaluated once, however many hold it.

use std::collections::BTreeMap;

use onesql::{Error, FromRow, Query, Row, params};
use serde::Serialize;

use super::{Difference, Effect, FeatureAccess, Held, Rules};
use crate::access_model::PermissionSet;
use crate::account::display_name;
use crate::base::{MemberId, OrganizationId, RoleId, RoleTemplateId};
use crate::member::Member;
use crate::member::store::Ids;

macro_rules! combinations {
    ($from:literal) => {
        concat!(
            "SELECT m.status = 'active', m.roles, m.role_template_id, m.permissions, m.feature_access, COUNT(*) FROM ",
            $from,
            " GROUP BY m.status, m.roles, m.role_template_id, m.permissions, m.feature_access"
        )
    };
}

macro_rules! people {
    ($from:literal) => {
        concat!(
            "SELECT m.status = 'active', m.roles, m.role_template_id, m.permissions, m.feature_access, m.id, m.first_name,
    m.last_name, m.email, m.name_key FROM ",
            $from,
            " AND m.status = 'active' AND (m.name_key, m.id) > ($2, $3) ORDER BY m.name_key, m.id LIMIT $4"
        )
    };
}

const OF_ROLE: &str = combinations!(
    "member_roles mr JOIN members m ON m.id = mr.member_id WHERE mr.role_id = $2 AND m.organization_id = $1"
);
const OF_TEMPLATE: &str = combinations!("members m WHERE m.role_template_id = $2 AND m.organization_id = $1");
const OF_ALL: &str = combinations!("members m WHERE m.organization_id = $1");
const PEOPLE_OF_ROLE: &str = people!(
    "member_roles mr JOIN members m ON m.id = mr.member_id WHERE mr.role_id = $5 AND m.organization_id = $1"
);
const PEOPLE_OF_TEMPLATE: &str =
    people!("members m WHERE m.role_template_id = $5 AND m.organization_id = $1");
const PEOPLE: &str = people!("members m WHERE m.organization_id = $1");
const TEMPLATES: &str = "SELECT id, name, permissions FROM role_templates WHERE organization_id = $1";

/// Every statement of this file.
pub const STATEMENTS: &[&str] =
    &[OF_ROLE, OF_TEMPLATE, OF_ALL, PEOPLE_OF_ROLE, PEOPLE_OF_TEMPLATE, PEOPLE, TEMPLATES];

/// Affected people that a preview names.
pub const NAMED: usize = 50;
/// People that are looked at at once, and at the most, to find those whom a preview names.
const BATCH: i64 = 2_000;
const MOST_BATCHES: usize = 10;

/// So many members hold this.
#[derive(Clone, Debug)]
pub struct Combination {
    /// What they hold.
    pub held: Held,
    /// How many they are.
    pub members: u64,
}

fn held_from(row: &Row<'_>) -> Result<Held, Error> {
    let mut roles = row.get::<Ids<RoleId>>(1)?.0;
    roles.sort_unstable_by_key(|role| role.0);
    Ok(Held {
        active: row.get(0)?,
        roles,
        template: row.get(2)?,
        permissions: row.get::<PermissionSet>(3)?,
        features: row.get::<FeatureAccess>(4)?,
    })
}

impl FromRow for Combination {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let members: i64 = row.get(5)?;
        Ok(Self { held: held_from(row)?, members: members.unsigned_abs() })
    }
}

/// A member who holds this.
struct Somebody {
    held: Held,
    id: MemberId,
    name: String,
    name_key: String,
}

impl FromRow for Somebody {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let (first, last, email): (String, String, String) = (row.get(6)?, row.get(7)?, row.get(8)?);
        Ok(Self {
            held: held_from(row)?,
            id: row.get(5)?,
            name: display_name(&first, &last, &email),
            name_key: row.get(9)?,
        })
    }
}

/// Whom a change can reach.
#[derive(Clone, Debug)]
pub enum Reach {
    /// Who holds one of these roles.
    Roles(Vec<RoleId>),
    /// Who has this template.
    Template(RoleTemplateId),
    /// Everybody.
    All,
}

/// One whom a change affects.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Affected {
    /// Their id.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// What they gain and lose.
    #[serde(flatten)]
    pub difference: Difference,
}

/// What a change does, and to whom: the first of them by name, and how many more.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Preview {
    /// In numbers.
    pub effect: Effect,
    /// By name.
    pub members: Vec<Affected>,
    /// How many more there are.
    pub more: u64,
}

impl Preview {
    /// What a change does to one member.
    pub fn of(member: &Member, difference: Difference) -> Self {
        let effect = difference.effect();
        let affected = Affected { id: member.id, name: member.name(), difference };
        let members = if affected.difference.is_empty() { Vec::new() } else { vec![affected] };
        Self { effect, members, more: 0 }
    }
}

/// An organization's role templates with what they allow.
pub async fn templates(
    q: &mut impl Query,
    organization: OrganizationId,
) -> Result<Vec<(RoleTemplateId, String, PermissionSet)>, Error> {
    q.all(TEMPLATES, params![organization]).await
}

/// What the members in reach hold, each combination once.
pub async fn combinations(
    q: &mut impl Query,
    organization: OrganizationId,
    reach: &Reach,
) -> Result<Vec<Combination>, Error> {
    let roles = match reach {
        Reach::All => return q.all(OF_ALL, params![organization]).await,
        Reach::Template(id) => return q.all(OF_TEMPLATE, params![organization, *id]).await,
        Reach::Roles(roles) => roles,
    };
    let mut found = Vec::new();
    for (at, role) in roles.iter().enumerate() {
        let all: Vec<Combination> = q.all(OF_ROLE, params![organization, *role]).await?;
        // Who holds several of the roles was met at the first of them.
        let met = |c: &Combination| roles[..at].iter().any(|earlier| c.held.roles.contains(earlier));
        found.extend(all.into_iter().filter(|combination| !met(combination)));
    }
    Ok(found)
}

/// The effect on those in reach.
pub async fn effect(
    q: &mut impl Query,
    organization: OrganizationId,
    reach: &Reach,
    (before, after): (&Rules, &Rules),
) -> Result<Effect, Error> {
    let mut effect = Effect::default();
    for Combination { held, members } in combinations(q, organization, reach).await? {
        let difference = Difference::between(&before.effective(&held), &after.effective(&held));
        effect.add(&difference, members);
    }
    Ok(effect)
}

/// The first of those whom an effect affects, by name.
pub async fn name_affected(
    q: &mut impl Query,
    organization: OrganizationId,
    reach: &Reach,
    rules: (&Rules, &Rules),
    effect: Effect,
) -> Result<Preview, Error> {
    let mut named: BTreeMap<(String, MemberId), Affected> = BTreeMap::new();
    let wanted = NAMED.min(usize::try_from(effect.affected).unwrap_or(NAMED));
    if wanted > 0 {
        let each: &[RoleId] =
            if let Reach::Roles(roles) = reach { roles } else { &[RoleId(uuid::Uuid::nil())] };
        for role in each {
            for (key, affected) in look_through(q, organization, (reach, *role), rules, wanted).await? {
                named.insert(key, affected);
            }
        }
    }
    let members: Vec<Affected> = named.into_values().take(NAMED).collect();
    let more = effect.affected.saturating_sub(members.len() as u64);
    Ok(Preview { effect, members, more })
}

async fn look_through(
    q: &mut impl Query,
    organization: OrganizationId,
    (reach, role): (&Reach, RoleId),
    (before, after): (&Rules, &Rules),
    wanted: usize,
) -> Result<Vec<((String, MemberId), Affected)>, Error> {
    let mut found = Vec::new();
    let mut last = (String::new(), MemberId(uuid::Uuid::nil()));
    for _ in 0..MOST_BATCHES {
        let (key, id) = &last;
        let batch: Vec<Somebody> = match reach {
            Reach::Roles(_) => q.all(PEOPLE_OF_ROLE, params![organization, key, *id, BATCH, role]).await?,
            Reach::Template(of) => {
                q.all(PEOPLE_OF_TEMPLATE, params![organization, key, *id, BATCH, *of]).await?
            }
            Reach::All => q.all(PEOPLE, params![organization, key, *id, BATCH]).await?,
        };
        let whole = batch.len() as i64 == BATCH;
        for person in batch {
            last = (person.name_key, person.id);
            let held = &person.held;
            let difference = Difference::between(&before.effective(held), &after.effective(held));
            if !difference.is_empty() {
                found.push((last.clone(), Affected { id: person.id, name: person.name, difference }));
            }
        }
        if !whole || found.len() >= wanted {
            break;
        }
    }
    Ok(found)
}
