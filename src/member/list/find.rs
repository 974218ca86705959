//! Who matches: along the order's index where many do, and by the index of the filter that lets the fewest through where few
//! do. Neither reads a whole organization to find a few, and both find the same.

use onesql::{Db, Error, Query, Reader, Type, Value, params};

use super::sql::{self, COUNT, COUNT_FOUND, IDS, IDS_FOUND};
use super::{Filter, LAST_TEXT, Member, Place, Sort, SortKey};
use crate::base::text::fold;
use crate::base::{MemberId, OrganizationId, Timestamp};
use crate::member::{Status, grams};

/// When which way is gone.
#[derive(Clone, Copy, Debug)]
pub struct Weights {
    /// So few are fetched and sorted without a look at the order's index.
    pub few: i64,
    /// So many members of the order's index are looked at before another way is weighed.
    pub stretch: i64,
    /// More than this are not fetched and sorted: along the order's index a page of them is full sooner.
    pub many: i64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { few: 500, stretch: 1_000, many: 100_000 }
    }
}

/// So many times as far, and as many, where the first stretch was not enough.
const FAR: i64 = 100;

/// A filter that has an index of its own, by the number that the statements know it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Letters = 1,
    Role = 2,
    Team = 3,
    Project = 4,
    Status = 5,
    Login = 6,
}

/// By which filter's index members are found, and what the index of letters is asked for.
#[derive(Clone, Copy)]
struct Way<'a> {
    by: By,
    words: Option<&'a str>,
}

impl<'a> Way<'a> {
    fn values(self) -> [Value<'a>; 2] {
        [Value::Int(self.by as i64), self.words.map_or(Value::Null(Type::Text), Value::Text)]
    }
}

/// What a page is read with: what is the same for everybody, what is soon done, and what may take a while.
pub(super) struct Readers {
    fixed: Reader,
    short: Reader,
    search: Reader,
}

impl Readers {
    /// The values of a search decide about its plan; a whole list always has the same.
    pub(super) fn of(db: &Db, whole: bool) -> Self {
        let short = if whole { db.reader() } else { db.planned_reader() };
        Self { fixed: db.fixed_reader(), short, search: db.search_reader() }
    }
}

/// The members of an organization that a filter lets through.
pub(super) struct Narrowed<'a> {
    organization: OrganizationId,
    filter: &'a Filter,
    status: Option<&'static str>,
    since: Option<Timestamp>,
    like: Option<String>,
    asked: Option<grams::Asked>,
    weights: Weights,
}

impl<'a> Narrowed<'a> {
    pub(super) fn of(organization: OrganizationId, filter: &'a Filter) -> Self {
        let q = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
        Self {
            organization,
            filter,
            status: filter.status.map(Status::as_str),
            since: filter.not_signed_in.map(|(_, since)| since),
            like: q.map(|q| onesql::like_contains(&fold(q))),
            asked: q.and_then(|q| grams::asked(organization, q)),
            weights: Weights::default(),
        }
    }

    pub(super) fn weighing(self, weights: Weights) -> Self {
        Self { weights, ..self }
    }

    /// Whether everybody is let through.
    pub(super) fn is_whole(&self) -> bool {
        self.ways().next().is_none()
    }

    /// The filters that are set.
    fn ways(&self) -> impl Iterator<Item = By> {
        let f = self.filter;
        let set = [
            (By::Letters, self.asked.is_some()),
            (By::Role, f.role.is_some()),
            (By::Team, f.team.is_some()),
            (By::Project, f.project.is_some()),
            (By::Login, f.not_signed_in.is_some()),
            (By::Status, f.status.is_some()),
        ];
        set.into_iter().filter_map(|(by, set)| set.then_some(by))
    }

    /// By this filter's index.
    fn way(&self, by: By) -> Way<'_> {
        Way { by, words: self.asked.as_ref().map(|asked| asked.words.as_str()) }
    }

    fn filters(&self) -> Vec<Value<'_>> {
        let f = self.filter;
        params![self.organization, self.status, f.role, f.team, f.project, self.since, self.like].to_vec()
    }

    /// The filter that lets the fewest through, unless those are more than so many. One or two letters are asked for only
    /// where many are looked at anyway: all words that begin with them are read. And so are letters whose parts are all among
    /// the rarest: those were asked for before.
    async fn fewest(&self, q: &mut impl Query, most: i64) -> Result<Option<(Way<'_>, i64)>, Error> {
        let (mut limit, mut fewest) = (most + 1, None);
        let passed = |asked: &grams::Asked| most < self.weights.many && (asked.short || asked.all_rarest);
        let without_letters = self.asked.as_ref().is_some_and(passed);
        for by in self.ways().filter(|by| !without_letters || *by != By::Letters) {
            let way = self.way(by);
            let found = self.size(q, way, limit).await?;
            if found < limit {
                (limit, fewest) = (found, Some((way, found)));
            }
        }
        Ok(fewest)
    }

    /// How many a filter's index finds, up to so many.
    async fn size(&self, q: &mut impl Query, way: Way<'_>, most: i64) -> Result<i64, Error> {
        let f = self.filter;
        let (sql, mut values) = match way.by {
            By::Letters => (sql::FEW_LETTERED, params![most, way.words].to_vec()),
            By::Status => (sql::FEW_WITH_STATUS, params![most, self.status].to_vec()),
            By::Login => (sql::FEW_NOT_SIGNED_IN, params![most, self.since].to_vec()),
            By::Role => (sql::FEW_WITH_ROLE, params![most, f.role].to_vec()),
            By::Team => (sql::FEW_IN_TEAM, params![most, f.team].to_vec()),
            By::Project => (sql::FEW_IN_PROJECT, params![most, f.project].to_vec()),
        };
        if matches!(way.by, By::Letters | By::Status | By::Login) {
            values.extend(params![self.organization]);
        }
        let (found,): (i64,) = q.one(sql, &values).await?;
        Ok(found)
    }

    /// The first of them behind a place.
    pub(super) async fn page(
        &self,
        readers: &mut Readers,
        sort: Sort,
        after: Place,
        limit: i64,
    ) -> Result<Vec<Member>, Error> {
        let q = &mut readers.short;
        let end = Place::end(sort);
        if self.is_whole() {
            return match limit {
                sql::USUAL => self.whole(&mut readers.fixed, sort, &after).await,
                _ => self.along(q, sort, [&after, &end], limit).await,
            };
        }
        let few = match self.rarest(q).await? {
            None => self.fewest(q, self.weights.few).await?.map(|(way, _)| way),
            rarest => rarest,
        };
        if let Some(way) = few {
            return self.found(q, sort, (way, &after), limit).await;
        }
        let Some(further) = self.further(q, sort, &after, self.weights.stretch).await? else {
            return self.along(q, sort, [&after, &end], limit).await;
        };
        let near = self.along(q, sort, [&after, &further], limit).await?;
        if near.len() as i64 == limit {
            return Ok(near);
        }
        let q = &mut readers.search;
        // What one or two letters find is mostly much, and takes the index long: as soon as some were seen, there are more.
        let short = self.asked.as_ref().is_some_and(|asked| asked.short) && !near.is_empty();
        if short && let Some(full) = self.far(q, sort, &after, limit).await? {
            return Ok(full);
        }
        if let Some(beginning) = self.asked.as_ref().and_then(|asked| asked.beginning.as_ref())
            && sort.key == SortKey::Name
        {
            let elsewhere = Way { by: By::Letters, words: Some(&beginning.elsewhere) };
            let others = self.size(q, elsewhere, self.weights.few + 1).await?;
            if others <= self.weights.few {
                let elsewhere = (others > 0).then_some(elsewhere);
                return self.beginning(q, (sort, &beginning.letters), (elsewhere, &after), limit).await;
            }
        }
        let fewest = self.fewest(q, self.weights.many).await?;
        if !short
            && fewest.is_none_or(|(_, size)| size > self.weights.few * FAR)
            && let Some(full) = self.far(q, sort, &after, limit).await?
        {
            return Ok(full);
        }
        match fewest {
            Some((way, _)) => self.found(q, sort, (way, &after), limit).await,
            None => self.along(q, sort, [&after, &end], limit).await,
        }
    }

    /// A page of those that many stretches of the order have, if it is full.
    async fn far(
        &self,
        q: &mut impl Query,
        sort: Sort,
        after: &Place,
        limit: i64,
    ) -> Result<Option<Vec<Member>>, Error> {
        let far = self.further(q, sort, after, self.weights.stretch * FAR).await?;
        let near = self.along(q, sort, [after, &far.unwrap_or(Place::end(sort))], limit).await?;
        Ok((near.len() as i64 == limit).then_some(near))
    }

    /// By the rarest letters, where few have them.
    async fn rarest(&self, q: &mut impl Query) -> Result<Option<Way<'_>>, Error> {
        let Some(asked) = self.asked.as_ref().filter(|asked| !asked.short) else { return Ok(None) };
        let way = Way { by: By::Letters, words: Some(&asked.rarest) };
        let size = self.size(q, way, self.weights.few + 1).await?;
        Ok((size <= self.weights.few).then_some(way))
    }

    /// Those whose name begins with these letters, who stand together in the order, and among them the few others.
    async fn beginning(
        &self,
        q: &mut impl Query,
        (sort, letters): (Sort, &str),
        (elsewhere, after): (Option<Way<'_>>, &Place),
        limit: i64,
    ) -> Result<Vec<Member>, Error> {
        let first = Place { text: letters.to_owned(), ..Place::least() };
        let last = Place { text: format!("{letters}{LAST_TEXT}"), ..Place::greatest() };
        let (begin, until) = if sort.descending { (&last, &first) } else { (&first, &last) };
        let passed = if sort.descending { begin.text < after.text } else { begin.text > after.text };
        let begin = if passed { begin } else { after };
        let mut all = self.along(q, sort, [begin, until], limit).await?;
        if let Some(elsewhere) = elsewhere {
            all.extend(self.found(q, sort, (elsewhere, after), limit).await?);
        }
        all.sort_by(|a, b| (&a.name_key, a.id).cmp(&(&b.name_key, b.id)));
        // Whoever waits to be indexed may be found both ways.
        all.dedup_by_key(|member| member.id);
        if sort.descending {
            all.reverse();
        }
        all.truncate(limit as usize);
        Ok(all)
    }

    /// As many as are mostly asked for, of everybody.
    async fn whole(&self, q: &mut impl Query, sort: Sort, after: &Place) -> Result<Vec<Member>, Error> {
        let mut values = params![self.organization].to_vec();
        values.extend([after.key(sort), Value::Uuid(after.id.0)]);
        if sort.key == SortKey::Role {
            values.push(Value::Int(after.number));
        }
        q.all(sql::order(sort).whole, &values).await
    }

    async fn along(
        &self,
        q: &mut impl Query,
        sort: Sort,
        [after, until]: [&Place; 2],
        limit: i64,
    ) -> Result<Vec<Member>, Error> {
        let mut values = self.filters();
        values.extend([after.key(sort), Value::Uuid(after.id.0), Value::Int(limit)]);
        values.extend([until.key(sort), Value::Uuid(until.id.0)]);
        if sort.key == SortKey::Role {
            values.extend([Value::Int(after.number), Value::Int(until.number)]);
        }
        q.all(sql::order(sort).page, &values).await
    }

    async fn found(
        &self,
        q: &mut impl Query,
        sort: Sort,
        (way, after): (Way<'_>, &Place),
        limit: i64,
    ) -> Result<Vec<Member>, Error> {
        let order = sql::order(sort);
        let place = [after.key(sort), Value::Uuid(after.id.0), Value::Int(limit)];
        if let (Some(lettered), By::Letters, 1, Some(like)) =
            (order.lettered, way.by, self.ways().count(), &self.like)
        {
            let mut values = params![self.organization].to_vec();
            values.extend(place);
            values.extend([way.values()[1], Value::Text(like)]);
            return q.all(lettered, &values).await;
        }
        let mut values = self.filters();
        values.extend(place);
        values.extend(way.values());
        if sort.key == SortKey::Role {
            values.push(Value::Int(after.number));
        }
        q.all(order.found, &values).await
    }

    /// The place so many members further on, unless the order ends before.
    async fn further(
        &self,
        q: &mut impl Query,
        sort: Sort,
        from: &Place,
        stretch: i64,
    ) -> Result<Option<Place>, Error> {
        let mut values = params![self.organization, stretch].to_vec();
        values.extend([from.key(sort), Value::Uuid(from.id.0)]);
        if sort.key == SortKey::Role {
            values.push(Value::Int(from.number));
        }
        let found: Option<(String, i64, MemberId)> = q.optional(sql::order(sort).further, &values).await?;
        Ok(found.map(|(text, number, id)| Place { text, number, id }))
    }

    /// How many they are, up to so many.
    pub(super) async fn count(&self, q: &mut impl Query, most: i64) -> Result<i64, Error> {
        let mut values = self.filters();
        values.push(Value::Int(most));
        let (count,): (i64,) = match self.fewest(q, self.weights.many).await? {
            Some((way, _)) => {
                values.extend(way.values());
                q.one(COUNT_FOUND, &values).await?
            }
            None => q.one(COUNT, &values).await?,
        };
        Ok(count)
    }

    /// The first of them by name.
    pub(super) async fn ids(&self, q: &mut impl Query, limit: i64) -> Result<Vec<MemberId>, Error> {
        let mut values = self.filters();
        values.push(Value::Int(limit));
        let rows: Vec<(MemberId,)> = match self.fewest(q, self.weights.many).await? {
            Some((way, _)) => {
                values.extend(way.values());
                q.all(IDS_FOUND, &values).await?
            }
            None => q.all(IDS, &values).await?,
        };
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }
}

impl Place {
    /// What an order compares first.
    fn key(&self, sort: Sort) -> Value<'_> {
        match sort.key {
            SortKey::Name | SortKey::Email | SortKey::Role => Value::Text(&self.text),
            SortKey::LastLogin | SortKey::CreatedAt => Value::Int(self.number),
        }
    }
}
