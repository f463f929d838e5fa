-- What is counted of cases, by department, month, item, window and region. The flows of what is open stand beside the counts, so that
-- the level before a month is a sum.
CREATE TABLE tally (
  department INTEGER NOT NULL,
  month INTEGER NOT NULL,
  item TEXT NOT NULL,
  desk TEXT NOT NULL,
  region TEXT NOT NULL,
  open INTEGER NOT NULL,
  over_promise INTEGER NOT NULL,
  over_legal INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (department, month, item, desk, region)
) STRICT, WITHOUT ROWID;
CREATE INDEX tally_level ON tally (department, item, desk, region, month, open, over_promise, over_legal);

-- What commits changed, until it is added to the cells.
CREATE TABLE tally_delta (
  department INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (department, seq)
) STRICT, WITHOUT ROWID;

-- What measures read of findings and cards, without their documents.
ALTER TABLE finding ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
ALTER TABLE finding ADD COLUMN object_id TEXT NOT NULL DEFAULT '';
ALTER TABLE finding ADD COLUMN item_code TEXT;
DROP INDEX finding_time;
CREATE INDEX finding_time ON finding (department, fact_time, state, rule, level, object_id, case_no, item_code);
CREATE INDEX finding_revoked ON finding (department, rule) WHERE state = 'revoked';

ALTER TABLE card ADD COLUMN rule TEXT NOT NULL DEFAULT '';
ALTER TABLE card ADD COLUMN object_id TEXT NOT NULL DEFAULT '';
ALTER TABLE card ADD COLUMN item_code TEXT;
ALTER TABLE card ADD COLUMN fact_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE card ADD COLUMN issued_at INTEGER;
ALTER TABLE card ADD COLUMN feedback_due INTEGER;
ALTER TABLE card ADD COLUMN feedback_at INTEGER;
CREATE INDEX card_object ON card (department, rule, object_id, level, state, issued_at);
CREATE INDEX card_fact ON card (department, fact_time);
CREATE INDEX card_created ON card (department, created_at, level, state, item_code);
CREATE INDEX card_feedback ON card (department, feedback_due) WHERE feedback_due IS NOT NULL;
