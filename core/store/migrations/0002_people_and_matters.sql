-- What proves who somebody is stands apart from who they are: it never leaves the house.
CREATE TABLE credential (
  name TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Roles by the duties of the notice.
UPDATE person SET body = replace(body, '"role":"officer"', '"role":"supervision"');
UPDATE person SET body = replace(body, '"role":"administrator"', '"role":"system_admin"');

-- What people lead to an end under a number: supervision orders, investigations, sampling plans.
CREATE TABLE matter (
  no TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  department INTEGER,
  state TEXT NOT NULL,
  due INTEGER,
  revision INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX matter_department ON matter (kind, department, state);

INSERT INTO matter (no, kind, department, state, due, revision, body)
  SELECT no, 'order', department, state, due, 1, body FROM supervision_order;
DROP TABLE supervision_order;

CREATE TABLE document (
  matter TEXT NOT NULL,
  -- Who brought it: what one side has says nothing about what the other has.
  side TEXT NOT NULL,
  digest TEXT NOT NULL,
  seq INTEGER NOT NULL,
  body TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (matter, side, digest)
) STRICT;
