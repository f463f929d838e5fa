-- Cards that were appealed against, whatever became of them since, in the order of their numbers.
ALTER TABLE card ADD COLUMN appealed INTEGER;
UPDATE card SET appealed = 1 WHERE body LIKE '%"appeal":{%';
CREATE INDEX card_appealed ON card (department, no) WHERE appealed IS NOT NULL;
