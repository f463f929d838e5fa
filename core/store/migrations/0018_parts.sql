-- Parts of joint cases by the number of their main case, so that both find each other.
ALTER TABLE case_view ADD COLUMN parent TEXT;
UPDATE case_view SET parent = body -> 'case' ->> 'parent_case_no' WHERE body LIKE '%"parent_case_no":%';
CREATE INDEX case_parent ON case_view (parent, department, case_no) WHERE parent IS NOT NULL;
-- What a desk told on a day, for its close (日结).
CREATE INDEX desk_record_told ON desk_record (department, at, data_version, kind);
