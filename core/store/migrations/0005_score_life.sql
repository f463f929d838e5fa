-- What people did with a score run; the run itself is never changed. One result stands for a standard and a period.
CREATE TABLE score_life (
  run TEXT PRIMARY KEY,
  standard TEXT NOT NULL,
  period TEXT NOT NULL,
  state TEXT NOT NULL,
  revision INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX score_life_period ON score_life (standard, period);
CREATE UNIQUE INDEX score_life_stands ON score_life (standard, period) WHERE state IN ('final', 'published');
