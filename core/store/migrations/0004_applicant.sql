-- Who applied for a case: a salted hash of the applicant's identity number, never the number. Answers one question: which
-- other cases has the same applicant about the same item.
CREATE TABLE applicant (
  department INTEGER NOT NULL,
  case_no TEXT NOT NULL,
  item_code TEXT NOT NULL,
  key BLOB NOT NULL,
  applied_at INTEGER NOT NULL,
  PRIMARY KEY (department, case_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX applicant_key ON applicant (department, item_code, key, applied_at, case_no);

-- The cases of one item in the order in which they began: queues of quantity-limited items, and the paths its cases took.
CREATE INDEX case_item ON case_view (department, item_code, started_at, case_no, closed_at);
