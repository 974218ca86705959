-- The first schema, one text for SQLite and PostgreSQL. Instants are microseconds since 1970; ids are UUIDv7.

CREATE TABLE installation (
  id {int} NOT NULL PRIMARY KEY CHECK (id = 1),
  uuid {uuid} NOT NULL,
  key_fingerprint {bytes} NOT NULL,
  set_up_at {int},
  created_at {int} NOT NULL
){strict};

CREATE TABLE accounts (
  id {uuid} NOT NULL PRIMARY KEY,
  email {text} NOT NULL,
  email_key {text} NOT NULL UNIQUE,
  email_verified {bool} NOT NULL,
  first_name {text} NOT NULL,
  last_name {text} NOT NULL,
  phone {text} NOT NULL,
  time_zone {text} NOT NULL,
  locale {text} NOT NULL,
  password_hash {text},
  must_change_password {bool} NOT NULL,
  -- Since when somebody else than the reader of this mailbox may know the password: an administrator chose it, or whoever
  -- knew that one did. Null once it was chosen by a mailed link. Meanwhile the account joins no other organization.
  password_foreign_since {int},
  -- Raised by every change of password or address: what was mailed or challenged before is dead (R07).
  credential_version {int} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL
){clustered};

CREATE TABLE organizations (
  id {uuid} NOT NULL PRIMARY KEY,
  slug {text} NOT NULL UNIQUE,
  name {text} NOT NULL,
  preset {text} NOT NULL,
  seat_limit {int},
  upgrade_url {text},
  invitation_lifetime_days {int} NOT NULL,
  -- From the access model: an expired invitation keeps its seat until it is deleted (INV-16).
  expired_holds_seat {bool} NOT NULL,
  -- From the access model: removing a member erases an account that belongs nowhere else (MEM-6).
  removal_erases_account {bool} NOT NULL,
  links_may_be_copied {bool} NOT NULL,
  -- Raised by the first statement of every command: the lock, and the number that decisions carry (ACC-12).
  revision {int} NOT NULL,
  -- Members by status; kept by the one function that changes a status.
  active_count {int} NOT NULL,
  suspended_count {int} NOT NULL,
  invited_count {int} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  -- Long, so it stands behind everything that is read more often.
  access_model {json} NOT NULL,
  CHECK (active_count >= 0 AND suspended_count >= 0 AND invited_count >= 0)
){strict};

CREATE TABLE roles (
  id {uuid} NOT NULL PRIMARY KEY,
  organization_id {uuid} NOT NULL REFERENCES organizations (id),
  key {text} NOT NULL,
  label {text} NOT NULL,
  description {text} NOT NULL,
  rank {int} NOT NULL,
  permissions {json} NOT NULL,
  includes_lower {bool} NOT NULL,
  grants {json} NOT NULL,
  is_default {bool} NOT NULL,
  is_top {bool} NOT NULL,
  -- What a request needs of the role, lower ranks already included, so that it reads one column.
  packed {json} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  UNIQUE (organization_id, key)
){strict};

CREATE TABLE role_templates (
  id {uuid} NOT NULL PRIMARY KEY,
  organization_id {uuid} NOT NULL REFERENCES organizations (id),
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  description {text} NOT NULL,
  permissions {json} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  UNIQUE (organization_id, name_key)
){strict};

CREATE TABLE teams (
  id {uuid} NOT NULL PRIMARY KEY,
  organization_id {uuid} NOT NULL REFERENCES organizations (id),
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  description {text} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  UNIQUE (organization_id, name_key)
){strict};

CREATE TABLE projects (
  id {uuid} NOT NULL PRIMARY KEY,
  organization_id {uuid} NOT NULL REFERENCES organizations (id),
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  description {text} NOT NULL,
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  UNIQUE (organization_id, name_key)
){strict};

CREATE TABLE members (
  -- What member_grams calls them.
  number {serial},
  id {uuid} NOT NULL UNIQUE,
  organization_id {uuid} NOT NULL REFERENCES organizations (id),
  account_id {uuid} REFERENCES accounts (id),
  status {text} NOT NULL CHECK (status IN ('invited', 'active', 'suspended')),
  email {text} NOT NULL,
  email_key {text} NOT NULL,
  first_name {text} NOT NULL,
  last_name {text} NOT NULL,
  -- The name as it is sorted and searched: case and accents folded.
  name_key {text} NOT NULL,
  search {text} NOT NULL,
  -- Minus the highest rank among the roles, so that ascending order begins with the highest.
  role_order {int} NOT NULL,
  -- What a list shows of member_roles, team_members and project_members, so that a page reads one table: JSON lists of
  -- ids, written by the same functions as those tables.
  roles {json} NOT NULL,
  teams {json} NOT NULL,
  projects {json} NOT NULL,
  role_template_id {uuid} REFERENCES role_templates (id),
  permissions {json} NOT NULL,
  feature_access {json} NOT NULL,
  -- As the account has them; copied, because a page of members reads no other table with wide rows.
  phone {text} NOT NULL,
  time_zone {text} NOT NULL,
  locale {text} NOT NULL,
  last_login_at {int} NOT NULL,
  -- From then on it is as if they were not here: whoever asks compares, before the row goes (MEM-15).
  ends_at {int},
  -- When they are to be told of the end; null once they were.
  end_reminder_at {int},
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  UNIQUE (organization_id, email_key),
  CHECK ((status = 'invited') = (account_id IS NULL))
){strict};
CREATE UNIQUE INDEX members_by_account ON members (account_id, organization_id) WHERE account_id IS NOT NULL;
CREATE INDEX members_by_name ON members (organization_id, name_key, id, search);
CREATE INDEX members_by_role ON members (organization_id, role_order, name_key, id);
CREATE INDEX members_by_last_login ON members (organization_id, last_login_at, id);
CREATE INDEX members_by_creation ON members (organization_id, created_at, id);
CREATE INDEX members_by_status ON members (organization_id, status);
CREATE INDEX members_by_end ON members (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX members_by_end_reminder ON members (end_reminder_at) WHERE end_reminder_at IS NOT NULL;
CREATE INDEX members_by_template ON members (role_template_id) WHERE role_template_id IS NOT NULL;

-- Which three letters stand one after the other in a member's name and address, so that a search reads those who have its
-- letters and not a whole organization, and beside it narrow rows, so that many who are found are soon put in order. Both are
-- filled a little later from members_to_index (src/member/grams.rs), and a search looks at that, too. Each engine uses its own
-- index of words; the statements are the same for both.
CREATE TABLE members_to_index (
  organization_id {uuid} NOT NULL,
  number {int} NOT NULL,
  PRIMARY KEY (organization_id, number)
){clustered};
CREATE TABLE member_names (
  number {int} NOT NULL PRIMARY KEY,
  organization_id {uuid} NOT NULL,
  name_key {text} NOT NULL,
  id {uuid} NOT NULL,
  search {text} NOT NULL
){strict};
{sqlite}
CREATE VIRTUAL TABLE member_grams USING fts5 (
  grams, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '_'"
);
CREATE TRIGGER members_indexed_new AFTER INSERT ON members BEGIN
  INSERT INTO members_to_index VALUES (new.organization_id, new.number);
END;
CREATE TRIGGER members_indexed_anew AFTER UPDATE OF search, name_key ON members
  WHEN new.search <> old.search OR new.name_key <> old.name_key BEGIN
  INSERT OR IGNORE INTO members_to_index VALUES (new.organization_id, new.number);
  DELETE FROM member_grams WHERE rowid = new.number;
  DELETE FROM member_names WHERE number = new.number;
END;
CREATE TRIGGER members_indexed_no_more AFTER DELETE ON members BEGIN
  DELETE FROM members_to_index WHERE organization_id = old.organization_id AND number = old.number;
  DELETE FROM member_grams WHERE rowid = old.number;
  DELETE FROM member_names WHERE number = old.number;
END;
{postgres}
-- The words lie apart from the rows, which are read for their numbers only.
CREATE TABLE member_grams (rowid BIGINT NOT NULL PRIMARY KEY, grams TEXT COLLATE "C" NOT NULL) WITH (toast_tuple_target = 128);
ALTER TABLE member_grams ALTER COLUMN grams SET STORAGE EXTERNAL;
-- Without the list of what is still to be sorted in, which every search would read from end to end.
CREATE INDEX member_grams_by_gram ON member_grams USING gin (array_to_tsvector(string_to_array(grams, ' '))) WITH (fastupdate = off);
CREATE FUNCTION member_grams(words TEXT) RETURNS TABLE (rowid BIGINT) LANGUAGE sql STABLE AS $$
  SELECT g.rowid FROM member_grams g
  WHERE array_to_tsvector(string_to_array(g.grams, ' ')) @@ CAST(replace(replace(replace(words, '*', ':*'), ' NOT ', ' !'), ' ', ' & ') AS tsquery)
$$;
-- The row in members_to_index is locked first, so that the indexing of an older name ends before or begins afterwards.
CREATE FUNCTION members_indexed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO members_to_index VALUES (NEW.organization_id, NEW.number)
      ON CONFLICT (organization_id, number) DO UPDATE SET number = EXCLUDED.number;
  ELSE
    DELETE FROM members_to_index WHERE organization_id = OLD.organization_id AND number = OLD.number;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM member_grams WHERE rowid = OLD.number;
    DELETE FROM member_names WHERE number = OLD.number;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER members_indexed AFTER INSERT OR DELETE ON members FOR EACH ROW EXECUTE FUNCTION members_indexed();
CREATE TRIGGER members_indexed_anew AFTER UPDATE OF search, name_key ON members FOR EACH ROW
  WHEN (NEW.search <> OLD.search OR NEW.name_key <> OLD.name_key) EXECUTE FUNCTION members_indexed();
{both}

CREATE TABLE member_roles (
  member_id {uuid} NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  role_id {uuid} NOT NULL REFERENCES roles (id),
  PRIMARY KEY (member_id, role_id)
){clustered};
CREATE INDEX member_roles_by_role ON member_roles (role_id, member_id);

-- Who is in a team: with the member's name as it is sorted, so that a page of a large team is a range of the index.
CREATE TABLE team_members (
  member_id {uuid} NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  team_id {uuid} NOT NULL REFERENCES teams (id),
  name_key {text} NOT NULL,
  added_at {int} NOT NULL,
  PRIMARY KEY (member_id, team_id)
){clustered};
CREATE INDEX team_members_by_team ON team_members (team_id, name_key, member_id);

CREATE TABLE project_members (
  member_id {uuid} NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  project_id {uuid} NOT NULL REFERENCES projects (id),
  name_key {text} NOT NULL,
  added_at {int} NOT NULL,
  PRIMARY KEY (member_id, project_id)
){clustered};
CREATE INDEX project_members_by_project ON project_members (project_id, name_key, member_id);

CREATE TABLE resources (
  id {uuid} NOT NULL PRIMARY KEY,
  organization_id {uuid} NOT NULL REFERENCES organizations (id),
  type {text} NOT NULL,
  external_id {text} NOT NULL,
  name {text} NOT NULL,
  -- Name and external id, folded.
  search {text} NOT NULL,
  category {text} NOT NULL,
  visibility {text} NOT NULL CHECK (visibility IN ('organization', 'restricted')),
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL,
  UNIQUE (organization_id, type, external_id)
){strict};
CREATE INDEX resources_by_creation ON resources (organization_id, id, search);
CREATE INDEX resources_by_type ON resources (organization_id, type, id, search);

CREATE TABLE resource_access (
  resource_id {uuid} NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
  subject_type {text} NOT NULL CHECK (subject_type IN ('team', 'project', 'member')),
  subject_id {uuid} NOT NULL,
  level {text} NOT NULL CHECK (level IN ('view', 'edit', 'manage')),
  PRIMARY KEY (resource_id, subject_type, subject_id)
){clustered};
CREATE INDEX resource_access_by_subject ON resource_access (subject_type, subject_id, resource_id, level);

CREATE TABLE outbox (
  id {uuid} NOT NULL PRIMARY KEY,
  organization_id {uuid},
  kind {text} NOT NULL,
  -- What the letter is about; the text and its token are made from this when it is sent, never stored (INV-3).
  subject_id {uuid} NOT NULL,
  generation {int} NOT NULL,
  recipient {text} NOT NULL,
  recipient_key {text} NOT NULL,
  message_id {text} NOT NULL,
  state {text} NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'dropped')),
  attempts {int} NOT NULL,
  last_error {text},
  next_attempt_at {int} NOT NULL,
  claimed_by {uuid},
  claimed_until {int} NOT NULL,
  created_at {int} NOT NULL,
  sent_at {int}
){clustered};
CREATE INDEX outbox_due ON outbox (next_attempt_at, id) WHERE state = 'queued';
CREATE INDEX outbox_by_recipient ON outbox (recipient_key, created_at);

-- What somebody may not have done themselves, and whether they said so.
CREATE TABLE notices (
  id {uuid} NOT NULL PRIMARY KEY,
  account_id {uuid} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  -- Where it happened; null where it concerns the account itself.
  organization_id {uuid} REFERENCES organizations (id),
  happened {json} NOT NULL,
  recipient_key {text} NOT NULL,
  created_at {int} NOT NULL,
  disowned_at {int}
){clustered};
CREATE INDEX notices_by_account ON notices (account_id);

CREATE TABLE invitations (
  id {uuid} NOT NULL PRIMARY KEY,
  organization_id {uuid} NOT NULL REFERENCES organizations (id),
  -- The invited member; null once revoked or declined, when the member is gone.
  member_id {uuid} REFERENCES members (id) ON DELETE SET NULL,
  email {text} NOT NULL,
  email_key {text} NOT NULL,
  first_name {text} NOT NULL,
  last_name {text} NOT NULL,
  search {text} NOT NULL,
  message {text} NOT NULL,
  -- What the invitation would have given, kept for the record when the member is gone.
  roles {json} NOT NULL,
  role_template_id {uuid},
  teams {json} NOT NULL,
  projects {json} NOT NULL,
  status {text} NOT NULL CHECK (status IN ('pending', 'accepted', 'declined', 'revoked')),
  -- Counts the links that were made; only the newest opens (INV-5).
  generation {int} NOT NULL,
  letter_id {uuid} NOT NULL,
  sent_count {int} NOT NULL,
  invited_by_id {text} NOT NULL,
  invited_by_name {text} NOT NULL,
  expires_at {int} NOT NULL,
  answered_at {int},
  decline_reason {text},
  created_at {int} NOT NULL,
  updated_at {int} NOT NULL,
  version {int} NOT NULL
){strict};
CREATE UNIQUE INDEX invitations_open ON invitations (organization_id, email_key) WHERE status <> 'accepted';
CREATE INDEX invitations_by_creation ON invitations (organization_id, created_at, id);
CREATE INDEX invitations_by_expiry ON invitations (organization_id, expires_at) WHERE status = 'pending';
CREATE INDEX invitations_pending_by_email ON invitations (email_key) WHERE status = 'pending';
CREATE INDEX invitations_by_member ON invitations (member_id);

-- Work that outlives a request: an import of a CSV file, row by row.
CREATE TABLE jobs (
  id {uuid} NOT NULL PRIMARY KEY,
  organization_id {uuid} NOT NULL REFERENCES organizations (id),
  kind {text} NOT NULL CHECK (kind IN ('import', 'bulk')),
  state {text} NOT NULL CHECK (state IN ('draft', 'running', 'done', 'failed')),
  -- By whose rights: they are judged anew whenever rows are.
  account_id {uuid} NOT NULL,
  actor_name {text} NOT NULL,
  ip {text} NOT NULL,
  user_agent {text} NOT NULL,
  -- What people call it: the file's name, or what is done.
  name {text} NOT NULL,
  -- For everybody in a file.
  role {text},
  role_template {text},
  -- The file, or whom to do what to; emptied when the job ends.
  input {text} NOT NULL,
  total {int} NOT NULL,
  -- As foretold, of a draft.
  seats {int} NOT NULL,
  created {int} NOT NULL,
  resent {int} NOT NULL,
  refreshed {int} NOT NULL,
  ignored {int} NOT NULL,
  done {int} NOT NULL,
  skipped {int} NOT NULL,
  failed {int} NOT NULL,
  claimed_by {uuid},
  claimed_until {int} NOT NULL,
  created_at {int} NOT NULL,
  finished_at {int}
){strict};
CREATE INDEX jobs_running ON jobs (claimed_until) WHERE state = 'running';
CREATE INDEX jobs_by_age ON jobs (created_at);
CREATE INDEX jobs_by_creation ON jobs (organization_id, created_at, id);

-- What became of each row, written in the transaction that did it; of a draft, what would become of it.
CREATE TABLE job_rows (
  job_id {uuid} NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  row_number {int} NOT NULL,
  email {text} NOT NULL,
  first_name {text} NOT NULL,
  last_name {text} NOT NULL,
  email_key {text} NOT NULL,
  outcome {text} NOT NULL CHECK (outcome IN ('created', 'resent', 'refreshed', 'ignored', 'done', 'skipped', 'failed')),
  code {text},
  detail {text},
  invitation_id {uuid},
  member_id {uuid},
  PRIMARY KEY (job_id, row_number)
){clustered};

-- Who was looked at in an access review, as they were when it began, and what was decided about each.
CREATE TABLE reviews (
  id {uuid} NOT NULL PRIMARY KEY,
  organization_id {uuid} NOT NULL REFERENCES organizations (id),
  name {text} NOT NULL,
  -- Whom it is about: reasons and days.
  scope {json} NOT NULL,
  state {text} NOT NULL CHECK (state IN ('open', 'closed')),
  total {int} NOT NULL,
  kept {int} NOT NULL,
  removed {int} NOT NULL,
  due_at {int} NOT NULL,
  -- When the next letter about it goes out; null once there is none to come.
  remind_at {int},
  -- The account that began it, which is written to.
  started_by {uuid} NOT NULL,
  started_by_name {text} NOT NULL,
  created_at {int} NOT NULL,
  closed_by_name {text},
  closed_at {int},
  version {int} NOT NULL
){clustered};
CREATE INDEX reviews_by_creation ON reviews (organization_id, created_at, id);
CREATE INDEX reviews_to_remind ON reviews (remind_at) WHERE remind_at IS NOT NULL;

-- Rows stay when the member goes: they are the evidence.
CREATE TABLE review_items (
  review_id {uuid} NOT NULL REFERENCES reviews (id),
  number {int} NOT NULL,
  member_id {uuid} NOT NULL,
  name {text} NOT NULL,
  email {text} NOT NULL,
  roles {json} NOT NULL,
  status {text} NOT NULL CHECK (status IN ('invited', 'active', 'suspended')),
  -- 0: never.
  last_login_at {int} NOT NULL,
  grounds {json} NOT NULL,
  decision {text} CHECK (decision IN ('keep', 'remove')),
  note {text} NOT NULL,
  decided_by_id {text} NOT NULL,
  decided_by_name {text} NOT NULL,
  decided_at {int},
  version {int} NOT NULL,
  PRIMARY KEY (review_id, number),
  UNIQUE (review_id, member_id)
){clustered};

CREATE TABLE sessions (
  id {uuid} NOT NULL PRIMARY KEY,
  token_hash {bytes} NOT NULL UNIQUE,
  account_id {uuid} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  organization_id {uuid} REFERENCES organizations (id),
  ip {text} NOT NULL,
  user_agent {text} NOT NULL,
  device {text} NOT NULL,
  browser {text} NOT NULL,
  os {text} NOT NULL,
  method {text} NOT NULL,
  started_at {int} NOT NULL,
  last_active_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  ended_at {int}
){clustered};
CREATE INDEX sessions_by_account ON sessions (account_id, last_active_at, id);

-- In which organizations a session was used: all that an administrator there may see of it (D9).
CREATE TABLE session_organizations (
  session_id {uuid} NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  organization_id {uuid} NOT NULL REFERENCES organizations (id),
  member_id {uuid} NOT NULL,
  started_at {int} NOT NULL,
  last_active_at {int} NOT NULL,
  ip {text} NOT NULL,
  ended_at {int},
  PRIMARY KEY (session_id, organization_id)
){clustered};
CREATE INDEX session_organizations_by_activity ON session_organizations (organization_id, last_active_at, session_id);
CREATE INDEX session_organizations_by_member ON session_organizations (organization_id, member_id, last_active_at);

CREATE TABLE login_attempts (
  id {uuid} NOT NULL PRIMARY KEY,
  organization_id {uuid},
  account_id {uuid},
  member_id {uuid},
  at {int} NOT NULL,
  email {text} NOT NULL,
  email_key {text} NOT NULL,
  ip {text} NOT NULL,
  device {text} NOT NULL,
  method {text} NOT NULL,
  succeeded {bool} NOT NULL,
  reason {text}
){strict};
-- With what the chart counts, so that it reads the index alone.
CREATE INDEX login_attempts_by_time ON login_attempts (organization_id, at, id, succeeded);
CREATE INDEX login_attempts_by_member ON login_attempts (organization_id, member_id, at, id) WHERE member_id IS NOT NULL;

-- Failures in a row, by what was tried and from where (SES-9). The key is a hash: no address stands here.
CREATE TABLE throttles (
  key {bytes} NOT NULL PRIMARY KEY,
  failures {int} NOT NULL,
  -- Tries that are being judged: each may become a failure, so that tries at once can't outrun the count.
  pending {int} NOT NULL,
  last_at {int} NOT NULL,
  blocked_until {int} NOT NULL
){clustered};
CREATE INDEX throttles_by_age ON throttles (last_at);

-- From where an account signed in before: there a stranger's failures elsewhere lock nobody out (R08).
CREATE TABLE known_networks (
  account_id {uuid} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  network {bytes} NOT NULL,
  last_at {int} NOT NULL,
  PRIMARY KEY (account_id, network)
){clustered};

CREATE TABLE password_resets (
  id {uuid} NOT NULL PRIMARY KEY,
  -- Null where the address is unknown: the same row is written then, so that time does not tell (R06).
  account_id {uuid} REFERENCES accounts (id) ON DELETE CASCADE,
  credential_version {int} NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  ended_at {int}
){strict};
CREATE INDEX password_resets_by_account ON password_resets (account_id, created_at);

CREATE TABLE email_changes (
  id {uuid} NOT NULL PRIMARY KEY,
  account_id {uuid} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  credential_version {int} NOT NULL,
  email {text} NOT NULL,
  email_key {text} NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  ended_at {int}
){strict};
CREATE INDEX email_changes_by_account ON email_changes (account_id, created_at);

CREATE TABLE operator_keys (
  id {uuid} NOT NULL PRIMARY KEY,
  hash {bytes} NOT NULL UNIQUE,
  created_at {int} NOT NULL,
  last_used_at {int},
  revoked_at {int}
){strict};

-- What was answered to a POST with Idempotency-Key. The row is written with the change itself, the answer right after.
CREATE TABLE idempotency_records (
  scope {bytes} NOT NULL PRIMARY KEY,
  body_hash {bytes} NOT NULL,
  status {int},
  body {text},
  etag {text},
  created_at {int} NOT NULL
){clustered};
CREATE INDEX idempotency_records_by_age ON idempotency_records (created_at);

CREATE TABLE audit_events (
  organization_id {uuid} NOT NULL,
  seq {int} NOT NULL,
  id {uuid} NOT NULL,
  at {int} NOT NULL,
  actor_type {text} NOT NULL,
  actor_id {text} NOT NULL,
  actor_name {text} NOT NULL,
  action {text} NOT NULL,
  target_type {text} NOT NULL,
  target_id {text} NOT NULL,
  target_name {text} NOT NULL,
  changes {json} NOT NULL,
  outcome {text} NOT NULL CHECK (outcome IN ('done', 'refused')),
  ip {text} NOT NULL,
  user_agent {text} NOT NULL,
  request_id {text} NOT NULL,
  hash {bytes} NOT NULL,
  PRIMARY KEY (organization_id, seq)
){clustered};
-- One for each way in to the list: each holds its order, so that a range of time is a range of the index.
CREATE INDEX audit_events_by_target ON audit_events (organization_id, target_id, at, seq);
CREATE INDEX audit_events_by_actor ON audit_events (organization_id, actor_id, at, seq);
CREATE INDEX audit_events_by_action ON audit_events (organization_id, action, at, seq);
CREATE INDEX audit_events_by_time ON audit_events (organization_id, at, seq);

-- The anchor of each organization's chain: how far it goes, sealed with the installation's key.
CREATE TABLE audit_heads (
  organization_id {uuid} NOT NULL PRIMARY KEY,
  seq {int} NOT NULL,
  hash {bytes} NOT NULL,
  seal {bytes} NOT NULL
){clustered};
