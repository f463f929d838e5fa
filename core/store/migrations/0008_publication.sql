-- Publications: the files of a bundle, byte for byte as they were drafted. What a publication is stands in its matter.
CREATE TABLE publication_file (
  publication TEXT NOT NULL,
  name TEXT NOT NULL,
  seq INTEGER NOT NULL,
  media TEXT NOT NULL,
  digest TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (publication, name)
) STRICT, WITHOUT ROWID;

-- What a publication tells of: a case, a score run; since when that was there for its audience, nothing while it is a draft.
CREATE TABLE publication_about (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  publication TEXT NOT NULL,
  at INTEGER,
  PRIMARY KEY (kind, name, publication)
) STRICT, WITHOUT ROWID;
CREATE INDEX publication_about_it ON publication_about (publication);
