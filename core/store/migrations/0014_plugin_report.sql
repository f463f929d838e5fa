-- Reports of the acceptance kit that came with plugins: the last one for each component. signer is nobody where a report was not signed.
CREATE TABLE plugin_report (
  digest TEXT PRIMARY KEY,
  level TEXT NOT NULL,
  signer TEXT,
  kept_at INTEGER NOT NULL,
  signature TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
