-- Parts of joint cases by the number of their main case, so that both find each other.
ALTER TABLE case_view ADD COLUMN parent TEXT;
UPDATE case_view SET parent = body -> 'case' ->> 'parent_case_no' WHERE body LIKE '%"parent_case_no":%';
CREATE INDEX case_parent ON case_view (parent, department, case_no) WHERE parent IS NOT NULL;
