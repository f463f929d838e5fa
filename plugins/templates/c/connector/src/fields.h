/* From the department's words to those of the exchange standard: fields.c is the part to change first. */
#ifndef FIELDS_H
#define FIELDS_H

/* A code: theirs, ours. A table ends with an empty one. */
typedef struct {
  const char *theirs, *ours;
} code;

typedef enum {
  /* As it is. */
  AS_TEXT,
  /* A time: RFC 3339, or `YYYY-MM-DD hh:mm:ss` by the clocks of the county. */
  AS_TIME,
  /* By a table of codes. A code that is not in it is passed on as it is, so that the county refuses it by name instead of
   * guessing. */
  BY_CODES,
} how;

/* Field of the exchange standard, the department's column, how it is read. */
typedef struct {
  const char *ours, *theirs;
  how how;
  const code *codes;
} field;

extern const field FIELDS[];
extern const int FIELD_COUNT;

/* The column that only grows: the cursor. */
#define ID "id"

#endif
