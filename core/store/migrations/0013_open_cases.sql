-- What is open, in the order in which its promised limit ends: what is due soon, what is over, and how much there is of it.
CREATE INDEX case_open ON case_view (promise_due, department, state) WHERE closed_at IS NULL;
