-- Who was told what. A channel has a place in the outbox for each lane (what may not wait, and the rest), and moves it in the
-- transaction that writes the deliveries, so that nothing is told twice or not at all.
CREATE TABLE delivery_position (
  channel TEXT NOT NULL,
  lane TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (channel, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  -- Of the channel, the messages of the outbox it tells, and the recipient.
  key TEXT NOT NULL,
  recipient TEXT NOT NULL,
  topic TEXT NOT NULL,
  state TEXT NOT NULL,
  urgent INTEGER NOT NULL,
  body TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  failing_since INTEGER,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  sent_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX delivery_key ON delivery (key);
CREATE INDEX delivery_due ON delivery (channel, next_at) WHERE state = 'pending';
CREATE INDEX delivery_open ON delivery (channel, state, failing_since) WHERE state <> 'sent';
CREATE INDEX delivery_sent ON delivery (channel, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX delivery_state ON delivery (state, id);

-- The outbox is read by place; what became of its messages stands with the deliveries.
DROP INDEX outbox_unsent;
ALTER TABLE outbox DROP COLUMN sent_at;
