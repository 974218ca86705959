//! One question, answered in one statement; and many at once.

use std::collections::HashMap;
use std::sync::Arc;

use onesql::Reader;

use super::asked::{self, Asker, Asks, Found, Place, Whole};
use super::known::Memory;
use super::store::SubjectId;
use super::together::{self, Asked};
use super::{CATEGORY, store};
use crate::base::Problem;
use crate::base::secret::BearerToken;
use crate::base::together::Together;
use crate::http::Call;
use crate::http::shown::token;
use crate::op::{OpError, Standing};
use crate::session::{self, IDLE_LIFETIME, Named, resolve::touch};

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Object {
    /// A category as such.
    Category(String),
    /// A resource by type and external id.
    Thing(String, String),
}

impl Object {
    /// Reads type and id. A text with a NUL names nothing, and no database takes it.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        let (kind, id) = (kind.into(), id.into());
        match (kind.as_str(), id.contains('\0') || kind.contains('\0')) {
            (CATEGORY, false) => Self::Category(id),
            (_, false) => Self::Thing(kind, id),
            (_, true) => Self::Thing(String::new(), String::new()),
        }
    }

    fn thing(&self) -> Option<(&str, &str)> {
        match self {
            Self::Category(_) => None,
            Self::Thing(kind, id) => Some((kind, id)),
        }
    }
}

/// One question.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The organization by id or slug; else the session's.
    pub organization: Option<String>,
    /// About whom.
    pub subject: SubjectId,
    /// What they would do.
    pub action: String,
    /// On what.
    pub object: Object,
}

/// An answer, with the revision of the organization that it was made at (ACC-12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Whether it is allowed.
    pub decision: bool,
    /// Counts the organization's changes.
    pub revision: i64,
}

/// What one server keeps to answer questions with.
#[derive(Default)]
pub struct Decisions {
    memory: Memory,
    together: Arc<Together<Asked>>,
}

/// Who asks, and where; about nobody yet.
fn asks<'a>(call: &Call, named: Option<&'a Named>) -> Result<Asks<'a>, Problem> {
    let now = call.app().now();
    Ok(Asks {
        token_hash: BearerToken::hash(token(&call.request.headers, call.app())?),
        place: match named {
            None => Place::Sessions,
            Some(named) => match (named.id(), named.slug()) {
                (Some(id), _) => Place::Id(id),
                (None, slug) => Place::Slug(slug.unwrap_or_default()),
            },
        },
        now,
        idle_since: now.plus(-IDLE_LIFETIME),
        subject: SubjectId::Nobody,
        thing: None,
    })
}

/// Answers one question. One statement reads what is asked about; what it leaves out is remembered, or read once more with it.
pub async fn one(call: &Call, decisions: &Decisions, asking: &Asking) -> Result<Answered, Problem> {
    let (app, now) = (call.app(), call.app().now());
    let named = asking.organization.as_deref().map(Named::parse);
    let thing = asking.object.thing();
    let asks = Asks { subject: asking.subject, thing, ..asks(call, named.as_ref())? };
    let Decisions { memory, together } = decisions;
    let known = memory.knows(asks.place, asks.subject);
    let (asker, subject) =
        together::find(together, app, &asks, known).await?.ok_or_else(Problem::unauthenticated)?;
    let (asker, judged) = match memory.judge(&asker, subject.as_ref(), asking, now) {
        Some(judged) => {
            memory.keep_member(asker.place, asks.subject, subject.flatten());
            (asker, Some(judged))
        }
        None => whole(&mut app.db.reader(), memory, &asks, asking).await?,
    };
    // `judged`: the caller is an active member there.
    let here = asker.place.filter(|_| judged.is_some() && !asker.ended_here);
    let used = here.map(|(organization, _)| (organization, asker.last_active_at.1));
    touch(app, &call.caller.client, (asker.session, asker.last_active_at.0), used).await;
    match (here, judged, named.is_some()) {
        (Some((_, revision)), Some(decision), _) => Ok(Answered { decision: decision?, revision }),
        // As for every request, a session that ended for the organization named is none.
        (None, Some(_), true) => Err(Problem::unauthenticated()),
        (_, _, true) => Err(OpError::NotFound.into()),
        (_, _, false) => Err(unnamed()),
    }
}

async fn whole(
    reader: &mut Reader,
    memory: &Memory,
    asks: &Asks<'_>,
    asking: &Asking,
) -> Result<(Asker, Option<Result<bool, Problem>>), Problem> {
    let Whole(found, told) = asked::find_whole(reader, asks).await?.ok_or_else(Problem::unauthenticated)?;
    let (Some(place), Some(told)) = (found.0.place, told) else { return Ok((found.0, None)) };
    let thing = asks.thing.filter(|_| told.thing.is_some());
    let (judged, again) = memory.learn(&found, told, asking, asks.now);
    let Found(asker, subject) = found;
    // What is asked at a revision for the first time may be asked at it for the last time as well.
    if matches!(judged, Some(Ok(_))) && again {
        memory.keep_member(asker.place, asks.subject, subject);
        if let Some(named) = thing
            && let Some((revision, thing)) = store::thing(reader, place.0, named).await?
        {
            memory.keep_thing((place.0, revision), named.0, thing);
        }
    }
    Ok((asker, judged))
}

fn unnamed() -> Problem {
    let detail = "Say in context.organization which organization is meant: its id or its slug.";
    Problem::new(400, "invalid_input", detail)
}

/// Many questions of one caller: who asks is read once, and what is remembered at that revision answers. What is not is asked
/// as one question, and remembered.
pub struct Batch<'a> {
    call: &'a Call,
    decisions: &'a Decisions,
    /// By the organization named, with whether that they were here is noted.
    askers: HashMap<Option<String>, (Asker, bool)>,
}

impl<'a> Batch<'a> {
    /// Nothing read yet.
    pub fn new(call: &'a Call, decisions: &'a Decisions) -> Self {
        Self { call, decisions, askers: HashMap::new() }
    }

    /// Who asks; 401 where nobody does.
    pub async fn asker(&mut self, organization: Option<&str>) -> Result<&mut (Asker, bool), Problem> {
        let key = organization.map(str::to_owned);
        if !self.askers.contains_key(&key) {
            let named = organization.map(Named::parse);
            let asks = asks(self.call, named.as_ref())?;
            let found = asked::asker(&mut self.call.app().db.reader(), &asks).await?;
            self.askers.insert(key.clone(), (found.ok_or_else(Problem::unauthenticated)?, false));
        }
        self.askers.get_mut(&key).ok_or_else(Problem::unauthenticated)
    }

    /// Answers one of them.
    pub async fn answer(&mut self, asking: &Asking) -> Result<Answered, Problem> {
        let (call, decisions) = (self.call, self.decisions);
        let (asker, noted) = self.asker(asking.organization.as_deref()).await?;
        if let Some((organization, revision)) = asker.place.filter(|_| !asker.ended_here)
            && let Some(judged) = decisions.memory.judge(asker, None, asking, call.app().now())
        {
            if !std::mem::replace(noted, true) {
                let used = Some((organization, asker.last_active_at.1));
                touch(call.app(), &call.caller.client, (asker.session, asker.last_active_at.0), used).await;
            }
            return Ok(Answered { decision: judged?, revision });
        }
        one(call, decisions, asking).await
    }
}

/// The caller's places, each read once.
pub struct Places<'a> {
    call: &'a Call,
    places: HashMap<Option<String>, Result<Standing, Problem>>,
}

impl<'a> Places<'a> {
    /// Nothing read yet.
    pub fn new(call: &'a Call) -> Self {
        Self { call, places: HashMap::new() }
    }

    /// The caller's place in an organization, named or the session's.
    pub async fn place(&mut self, organization: Option<&str>) -> Result<&Standing, Problem> {
        let key = organization.map(str::to_owned);
        if !self.places.contains_key(&key) {
            let (app, client) = (self.call.app(), &self.call.caller.client);
            let found =
                session::resolve(app, client, token(&self.call.request.headers, app)?, organization).await?;
            let place = match found {
                None => return Err(Problem::unauthenticated()),
                Some((_, Some(standing))) => Ok(standing),
                Some((_, None)) if organization.is_some() => Err(OpError::NotFound.into()),
                Some((_, None)) => Err(unnamed()),
            };
            self.places.insert(key.clone(), place);
        }
        match &self.places[&key] {
            Ok(standing) => Ok(standing),
            Err(problem) => Err(problem.clone()),
        }
    }
}
