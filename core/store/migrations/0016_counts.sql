-- What the first pages count and list of a million cases, read from indexes alone. Each holds the column of its own condition, without
-- which SQLite looks at the rows.
DROP INDEX case_open;
DROP INDEX case_closed;
-- What is due soon and what is over.
CREATE INDEX case_open ON case_view (promise_due, department, state, closed_at) WHERE closed_at IS NULL;
-- The open cases of a department, in the order in which they are listed.
CREATE INDEX case_open_department ON case_view (department, case_no, state, promise_due, closed_at) WHERE closed_at IS NULL;
CREATE INDEX case_closed ON case_view (department, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX case_state ON case_view (department, state);
-- The cards somebody appealed against, in the order in which they are listed.
DROP INDEX card_appealed;
CREATE INDEX card_appealed ON card (no) WHERE appealed IS NOT NULL;
-- The newest cards of the county, for the wall; the newest findings of a rule.
CREATE INDEX card_newest ON card (created_at, no);
CREATE INDEX finding_rule ON finding (rule, fact_time);
