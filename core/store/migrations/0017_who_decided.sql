-- Who wrote a card and who issued it: neither decides about it, so that what waits for a person is counted and listed without reading
-- the cards themselves.
ALTER TABLE card ADD COLUMN written_by TEXT;
ALTER TABLE card ADD COLUMN issued_by TEXT;
UPDATE card SET written_by = body ->> 'written_by', issued_by = body ->> 'issued_by';
CREATE INDEX card_state ON card (state, no, department, written_by, issued_by);
