-- What only one publication may be at a time, e.g. the monthly figures of a month for the public: two would tell small counts by their
-- difference. A publication that was withdrawn since gives its place up to the next.
CREATE TABLE publication_once (
  place TEXT PRIMARY KEY,
  publication TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Pages of matters, of the county and of a department: in the order of their numbers, without sorting.
CREATE INDEX matter_page ON matter (kind, no);
CREATE INDEX matter_page_department ON matter (kind, department, no);
