-- Registers of complaints, enquiries and ratings. What a matter is found by besides its number: who complains (a keyed hash), what
-- about, that it was substantiated.
CREATE TABLE matter_key (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  no TEXT NOT NULL,
  PRIMARY KEY (kind, name, at, no)
) STRICT, WITHOUT ROWID;

-- What makes a matter once and never again: a record of a source, a link that was used, a case that was rated.
CREATE TABLE matter_once (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  no TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- Every rating as it is counted.
CREATE TABLE rating (
  no TEXT PRIMARY KEY,
  department INTEGER NOT NULL,
  rated_at INTEGER NOT NULL,
  satisfaction INTEGER NOT NULL,
  by_default INTEGER NOT NULL,
  place TEXT,
  device TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX rating_time ON rating (department, rated_at);

-- Matters whose time has come.
CREATE INDEX matter_due ON matter (kind, department, due);
