-- The desk: cases of departments without a system of their own, as clerks see and change them.
CREATE TABLE desk_case (
  department INTEGER NOT NULL,
  no TEXT NOT NULL,
  revision INTEGER NOT NULL,
  state TEXT NOT NULL,
  item_code TEXT NOT NULL,
  assigned TEXT,
  name_key TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  closed INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (department, no)
) STRICT, WITHOUT ROWID;
CREATE INDEX desk_case_name ON desk_case (department, name_key, no);
CREATE INDEX desk_case_state ON desk_case (department, state, no);
CREATE INDEX desk_case_item ON desk_case (department, item_code, no);

-- What waits for somebody: of the case's own department (owner), or of one that was asked. `due` is the greatest number where nothing
-- is due.
CREATE TABLE desk_work (
  owner INTEGER NOT NULL,
  case_no TEXT NOT NULL,
  key TEXT NOT NULL,
  department INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  assigned TEXT,
  due INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (owner, case_no, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX desk_work_due ON desk_work (department, due, owner, case_no, key);

-- What the desk reports, in the order in which it happened. Rows are only added; what intake answered is noted once.
CREATE TABLE desk_record (
  department INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  case_no TEXT NOT NULL,
  kind TEXT NOT NULL,
  source_key TEXT NOT NULL,
  data_version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  status TEXT,
  receipt TEXT,
  PRIMARY KEY (department, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX desk_record_key ON desk_record (department, kind, source_key, data_version);
CREATE INDEX desk_record_case ON desk_record (department, case_no, seq);
CREATE INDEX desk_record_refused ON desk_record (department, seq) WHERE status IN ('rejected', 'waiting');
CREATE INDEX desk_record_open ON desk_record (department, seq) WHERE receipt IS NULL;

-- Papers: what they say never changes; that one is void is noted beside it.
CREATE TABLE desk_paper (
  department INTEGER NOT NULL,
  no TEXT NOT NULL,
  case_no TEXT NOT NULL,
  kind TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  digest TEXT NOT NULL,
  facts TEXT NOT NULL,
  void TEXT,
  PRIMARY KEY (department, no)
) STRICT, WITHOUT ROWID;
CREATE INDEX desk_paper_case ON desk_paper (department, case_no, made_at);

-- Every number that was drawn, of every series, so that a gap can be seen.
CREATE TABLE desk_number (
  department INTEGER NOT NULL,
  series TEXT NOT NULL,
  n INTEGER NOT NULL,
  no TEXT NOT NULL,
  case_no TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (department, series, n)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX desk_number_once ON desk_number (department, no);
