-- Times are UTC milliseconds, dates ISO text, ids UUIDv7. Departments are referred to by a small number.
CREATE TABLE department (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  revision INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  raw_page INTEGER NOT NULL,
  cursor BLOB,
  cases INTEGER NOT NULL,
  open_cases INTEGER NOT NULL,
  last_received INTEGER
) STRICT;

CREATE TABLE event (
  department INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  record INTEGER NOT NULL,
  case_no TEXT NOT NULL,
  item_code TEXT,
  source_key TEXT NOT NULL,
  data_version INTEGER NOT NULL,
  event_time INTEGER NOT NULL,
  received_time INTEGER NOT NULL,
  payload TEXT NOT NULL,
  content BLOB NOT NULL,
  supersedes INTEGER,
  raw_page INTEGER NOT NULL,
  raw_index INTEGER NOT NULL,
  salt BLOB NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (department, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX event_key ON event (department, record, source_key, data_version);
CREATE INDEX event_case ON event (department, case_no);

CREATE TABLE raw_page (
  department INTEGER NOT NULL,
  page INTEGER NOT NULL,
  run TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  records INTEGER NOT NULL,
  body BLOB NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (department, page)
) STRICT;

CREATE TABLE case_view (
  department INTEGER NOT NULL,
  case_no TEXT NOT NULL,
  state TEXT NOT NULL,
  item_code TEXT NOT NULL,
  card_level INTEGER NOT NULL,
  promise_due INTEGER,
  legal_due INTEGER,
  next_due INTEGER,
  started_at INTEGER NOT NULL,
  closed_at INTEGER,
  body TEXT NOT NULL,
  PRIMARY KEY (department, case_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_next_due ON case_view (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX case_closed ON case_view (department, closed_at);

CREATE TABLE finding (
  department INTEGER NOT NULL,
  key TEXT NOT NULL,
  rule TEXT NOT NULL,
  case_no TEXT,
  fact_time INTEGER NOT NULL,
  detected_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (department, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_time ON finding (department, fact_time);
CREATE INDEX finding_case ON finding (department, case_no) WHERE case_no IS NOT NULL;

CREATE TABLE card (
  no TEXT PRIMARY KEY,
  department INTEGER NOT NULL,
  case_no TEXT,
  slot TEXT NOT NULL,
  level INTEGER NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- When nobody's answer becomes a finding; nothing where none is due, or where it is one already.
  answer_due INTEGER,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX card_answer ON card (department, answer_due) WHERE answer_due IS NOT NULL;
CREATE INDEX card_department ON card (department, state, level);
CREATE INDEX card_slot ON card (department, slot);
CREATE INDEX card_case ON card (department, case_no) WHERE case_no IS NOT NULL;

CREATE TABLE supervision_order (
  no TEXT PRIMARY KEY,
  department INTEGER NOT NULL,
  state TEXT NOT NULL,
  due INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX supervision_order_department ON supervision_order (department, state);

CREATE TABLE card_series (
  series TEXT PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT;

CREATE TABLE quarantine (
  id TEXT PRIMARY KEY,
  department INTEGER NOT NULL,
  state TEXT NOT NULL,
  code TEXT NOT NULL,
  case_no TEXT,
  kind TEXT,
  source_key TEXT,
  -- Of the record as it came: what is refused again is the same row.
  digest BLOB NOT NULL,
  wait_until INTEGER,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX quarantine_digest ON quarantine (department, digest);
CREATE INDEX quarantine_key ON quarantine (department, source_key) WHERE state = 'rejected';
CREATE INDEX quarantine_department ON quarantine (department, state);
CREATE INDEX quarantine_waiting ON quarantine (department, case_no) WHERE state = 'waiting';

CREATE TABLE day_stat (
  department INTEGER NOT NULL,
  date TEXT NOT NULL,
  records INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  duplicates INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  late INTEGER NOT NULL,
  PRIMARY KEY (department, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE day_count (
  department INTEGER NOT NULL,
  date TEXT NOT NULL,
  record INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (department, date, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE reconciliation (
  department INTEGER NOT NULL,
  date TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (department, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  id TEXT PRIMARY KEY,
  department INTEGER NOT NULL,
  status TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX run_department ON run (department, id);
CREATE INDEX run_open ON run (status) WHERE status = 'running';

CREATE TABLE phase (
  department INTEGER NOT NULL,
  since INTEGER NOT NULL,
  phase TEXT NOT NULL,
  PRIMARY KEY (department, since)
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  token INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE score_run (
  id TEXT PRIMARY KEY,
  summary TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE plugin (
  digest TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  installed_at INTEGER NOT NULL,
  active_since INTEGER,
  body TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

-- seq grows in the order of commits, so that who has read up to one misses none.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  department INTEGER NOT NULL,
  body TEXT NOT NULL,
  sent_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX outbox_seq ON outbox (seq);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT;

CREATE TABLE person (
  name TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  key TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
