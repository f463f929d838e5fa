-- How a connector stands is read from its pulls: the last that ended well, those that failed since.
ALTER TABLE run ADD COLUMN kind TEXT NOT NULL DEFAULT 'pull';
UPDATE run SET kind = 'other' WHERE body NOT LIKE '%"kind":"pull"%';
CREATE INDEX run_ended ON run (department, kind, status, id);

-- Reports of a department's trial, frozen, and what was done with them: signed by a side, gone live with. Rows are only added.
-- `digest` is of `body`; an act carries the digest of what it was done with.
CREATE TABLE gate_report (
  no TEXT PRIMARY KEY,
  department TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  digest TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX gate_report_department ON gate_report (department, no);

CREATE TABLE gate_act (
  report TEXT NOT NULL,
  side TEXT NOT NULL,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (report, side)
) STRICT, WITHOUT ROWID;
-- Nobody signs one report twice.
CREATE UNIQUE INDEX gate_act_once ON gate_act (report, actor);
