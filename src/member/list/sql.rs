//! The statements of the list of members: five orders, each both ways.

use crate::select_member;

use super::{Sort, SortKey};
use crate::base::page::DEFAULT_LIMIT;

macro_rules! filtered {
    () => {
        " AND ($2 IS NULL OR m.status = $2)
    AND ($3 IS NULL OR EXISTS (SELECT 1 FROM member_roles mr WHERE mr.member_id = m.id AND mr.role_id = $3))
    AND ($4 IS NULL OR EXISTS (SELECT 1 FROM team_members tm WHERE tm.member_id = m.id AND tm.team_id = $4))
    AND ($5 IS NULL OR EXISTS (SELECT 1 FROM project_members pm WHERE pm.member_id = m.id AND pm.project_id = $5))
    AND ($6 IS NULL OR m.last_login_at < $6)
    AND ($7 IS NULL OR m.search LIKE $7 ESCAPE '\\')"
    };
}

/// The numbers of those whom one filter lets through, by its own index: `$by` says which filter (`By` in `find.rs`), `$words`
/// what the index of letters is asked for.
macro_rules! found {
    ($by:literal, $words:literal) => {
        concat!(
            "(SELECT rowid AS number FROM member_grams(",
            $words,
            ") WHERE ",
            $by,
            " = 1 UNION ALL SELECT number FROM members_to_index WHERE ",
            $by,
            " = 1 AND organization_id = $1
    UNION ALL SELECT m.number FROM member_roles r JOIN members m ON m.id = r.member_id WHERE ",
            $by,
            " = 2 AND r.role_id = $3
    UNION ALL SELECT m.number FROM team_members t JOIN members m ON m.id = t.member_id WHERE ",
            $by,
            " = 3 AND t.team_id = $4
    UNION ALL SELECT m.number FROM project_members p JOIN members m ON m.id = p.member_id WHERE ",
            $by,
            " = 4 AND p.project_id = $5
    UNION ALL SELECT number FROM members WHERE ",
            $by,
            " = 5 AND organization_id = $1 AND status = $2
    UNION ALL SELECT number FROM members WHERE ",
            $by,
            " = 6 AND organization_id = $1 AND last_login_at < $6) found"
        )
    };
}

/// The members whom a filter's index finds and all filters let through.
macro_rules! matching {
    ($by:literal, $words:literal) => {
        concat!(
            found!($by, $words),
            " CROSS JOIN members m WHERE m.number = found.number AND m.organization_id = $1",
            filtered!()
        )
    };
}

/// So many members are mostly asked for: a page, and one more to know whether another follows. The texts say it in figures.
pub(super) const USUAL: i64 = 51;
const _: () = assert!(USUAL == DEFAULT_LIMIT + 1);

/// The statements of one order.
pub(super) struct Order {
    /// The first [`USUAL`] of everybody behind a place. With the number in the text, because a plan that is kept for all values
    /// takes any other for a tenth of the list, and is not kept: PostgreSQL planned each page for twice the time that it took.
    pub whole: &'static str,
    /// A page behind one place and no further than another, along the order's own index.
    pub page: &'static str,
    /// A page of those whom a filter's index finds. Who is on it is looked up again: the others' wide rows are not sorted.
    pub found: &'static str,
    /// The same for those whom nothing but their letters narrows, from narrow rows; for orders that those know.
    pub lettered: Option<&'static str>,
    /// The place that lies so many members behind another, if there are so many.
    pub further: &'static str,
}

macro_rules! order {
    ($keys:literal, $place:literal, $order:literal, ($beyond:literal, $within:literal), ($after:literal, $until:literal, $from:literal, $whole:literal)) => {
        Order {
            whole: select_member!(
                "WHERE m.organization_id = $1 AND ",
                $keys,
                $beyond,
                $whole,
                " ORDER BY ",
                $order,
                " LIMIT 51"
            ),
            page: select_member!(
                "WHERE m.organization_id = $1 AND ",
                $keys,
                $beyond,
                $after,
                " AND ",
                $keys,
                $within,
                $until,
                filtered!(),
                " ORDER BY ",
                $order,
                " LIMIT $10"
            ),
            found: concat!(
                "SELECT ",
                $crate::member_columns!(),
                " FROM (SELECT m.number FROM ",
                matching!("$11", "$12"),
                " AND ",
                $keys,
                $beyond,
                $after,
                " ORDER BY ",
                $order,
                " LIMIT $10) page CROSS JOIN members m",
                $crate::member_joins!(),
                "WHERE m.number = page.number ORDER BY ",
                $order
            ),
            lettered: None,
            further: concat!(
                "SELECT ",
                $place,
                " FROM members m WHERE m.organization_id = $1 AND ",
                $keys,
                $beyond,
                $from,
                " ORDER BY ",
                $order,
                " LIMIT 1 OFFSET $2"
            ),
        }
    };
}

/// An order by a key and the id, and its reverse.
macro_rules! by {
    ($keys:literal, $place:literal, $up:literal, $down:literal) => {
        by!($keys, $place, $up, $down, ("($8, $9)", "($11, $12)", "($3, $4)", "($2, $3)"))
    };
    ($keys:literal, $place:literal, $up:literal, $down:literal, $places:tt) => {
        [
            order!($keys, $place, $up, (" > ", " <= "), $places),
            order!($keys, $place, $down, (" < ", " >= "), $places),
        ]
    };
}

macro_rules! lettered {
    ($beyond:literal, $order:literal) => {
        Some(concat!(
            "SELECT ",
            $crate::member_columns!(),
            " FROM (SELECT n.number FROM (SELECT n.number, n.name_key, n.id, n.search
        FROM member_grams($5) found CROSS JOIN member_names n WHERE n.number = found.rowid AND n.organization_id = $1
    UNION ALL SELECT m.number, m.name_key, m.id, m.search
        FROM members_to_index t CROSS JOIN members m WHERE t.organization_id = $1 AND m.number = t.number) n
  WHERE (n.name_key, n.id)",
            $beyond,
            "($2, $3) AND n.search LIKE $6 ESCAPE '\\' ORDER BY n.name_key",
            $order,
            ", n.id",
            $order,
            " LIMIT $4) page CROSS JOIN members m",
            $crate::member_joins!(),
            "WHERE m.number = page.number ORDER BY m.name_key",
            $order,
            ", m.id",
            $order
        ))
    };
}

const BY_NAME: [Order; 2] =
    by!("(m.name_key, m.id)", "m.name_key, 0, m.id", "m.name_key, m.id", "m.name_key DESC, m.id DESC");
const NAME: [Order; 2] = {
    let [up, down] = BY_NAME;
    [
        Order { lettered: lettered!(" > ", " ASC"), ..up },
        Order { lettered: lettered!(" < ", " DESC"), ..down },
    ]
};
const EMAIL: [Order; 2] =
    by!("(m.email_key, m.id)", "m.email_key, 0, m.id", "m.email_key, m.id", "m.email_key DESC, m.id DESC");
const LOGIN: [Order; 2] = by!(
    "(m.last_login_at, m.id)",
    "'', m.last_login_at, m.id",
    "m.last_login_at, m.id",
    "m.last_login_at DESC, m.id DESC"
);
const CREATION: [Order; 2] = by!(
    "(m.created_at, m.id)",
    "'', m.created_at, m.id",
    "m.created_at, m.id",
    "m.created_at DESC, m.id DESC"
);
const ROLE: [Order; 2] = by!(
    "(m.role_order, m.name_key, m.id)",
    "m.name_key, m.role_order, m.id",
    "m.role_order, m.name_key, m.id",
    "m.role_order DESC, m.name_key DESC, m.id DESC",
    ("($13, $8, $9)", "($14, $11, $12)", "($5, $3, $4)", "($4, $2, $3)")
);

macro_rules! few {
    ($found:literal) => {
        concat!("SELECT COUNT(*) FROM (SELECT 1 FROM (", $found, ") found LIMIT $1) few")
    };
}

/// How many the index of a filter finds, up to so many: of letters, and in an organization by status and by last login.
pub(super) const FEW_LETTERED: &str = few!(
    "SELECT rowid AS number FROM member_grams($2) UNION ALL SELECT number FROM members_to_index WHERE organization_id = $3"
);
pub(super) const FEW_WITH_STATUS: &str =
    few!("SELECT number FROM members WHERE status = $2 AND organization_id = $3");
pub(super) const FEW_NOT_SIGNED_IN: &str =
    few!("SELECT number FROM members WHERE last_login_at < $2 AND organization_id = $3");
/// The same with a role, in a team, in a project.
pub(super) const FEW_WITH_ROLE: &str = few!("SELECT member_id FROM member_roles WHERE role_id = $2");
pub(super) const FEW_IN_TEAM: &str = few!("SELECT member_id FROM team_members WHERE team_id = $2");
pub(super) const FEW_IN_PROJECT: &str = few!("SELECT member_id FROM project_members WHERE project_id = $2");
pub(super) const COUNT: &str = concat!(
    "SELECT COUNT(*) FROM (SELECT 1 FROM members m WHERE m.organization_id = $1",
    filtered!(),
    " LIMIT $8) counted"
);
pub(super) const COUNT_FOUND: &str =
    concat!("SELECT COUNT(*) FROM (SELECT 1 FROM ", matching!("$9", "$10"), " LIMIT $8) counted");
// Named by the index that it walks, so that the first of very many are found without reading them all.
pub(super) const IDS: &str = concat!(
    "SELECT m.id FROM members m WHERE m.organization_id = $1",
    filtered!(),
    " ORDER BY m.name_key, m.id LIMIT $8"
);
pub(super) const IDS_FOUND: &str =
    concat!("SELECT m.id FROM ", matching!("$9", "$10"), " ORDER BY m.name_key, m.id LIMIT $8");

const LETTERED: [&str; 2] = [NAME[0].lettered.unwrap(), NAME[1].lettered.unwrap()];

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    NAME[0].whole,
    NAME[0].page,
    NAME[0].found,
    NAME[0].further,
    LETTERED[0],
    LETTERED[1],
    NAME[1].whole,
    NAME[1].page,
    NAME[1].found,
    NAME[1].further,
    EMAIL[0].whole,
    EMAIL[0].page,
    EMAIL[0].found,
    EMAIL[0].further,
    EMAIL[1].whole,
    EMAIL[1].page,
    EMAIL[1].found,
    EMAIL[1].further,
    LOGIN[0].whole,
    LOGIN[0].page,
    LOGIN[0].found,
    LOGIN[0].further,
    LOGIN[1].whole,
    LOGIN[1].page,
    LOGIN[1].found,
    LOGIN[1].further,
    CREATION[0].whole,
    CREATION[0].page,
    CREATION[0].found,
    CREATION[0].further,
    CREATION[1].whole,
    CREATION[1].page,
    CREATION[1].found,
    CREATION[1].further,
    ROLE[0].whole,
    ROLE[0].page,
    ROLE[0].found,
    ROLE[0].further,
    ROLE[1].whole,
    ROLE[1].page,
    ROLE[1].found,
    ROLE[1].further,
    FEW_LETTERED,
    FEW_WITH_STATUS,
    FEW_NOT_SIGNED_IN,
    FEW_WITH_ROLE,
    FEW_IN_TEAM,
    FEW_IN_PROJECT,
    COUNT,
    COUNT_FOUND,
    IDS,
    IDS_FOUND,
];

/// The statements of an order.
pub(super) fn order(sort: Sort) -> &'static Order {
    let both = match sort.key {
        SortKey::Name => &NAME,
        SortKey::Email => &EMAIL,
        SortKey::Role => &ROLE,
        SortKey::LastLogin => &LOGIN,
        SortKey::CreatedAt => &CREATION,
    };
    &both[usize::from(sort.descending)]
}
