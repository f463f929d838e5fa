/* A small strict JSON reader. A document is one block of memory, given back as a whole. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_LIST, JSON_OBJECT } json_kind;

typedef struct json {
  json_kind kind;
  /* In an object: the name, decoded. */
  const char *name;
  size_t name_len;
  /* Of a string the decoded text, of everything else as it was written. UTF-8, not closed by a nought byte. */
  const char *text;
  size_t len;
  /* What a list or an object holds. */
  struct json *first;
  struct json *next;
} json;

typedef struct json_document {
  json *root;
  /* Where it is no JSON, in bytes from the beginning; only when `root` is not there. */
  size_t wrong_at;
  struct json_block *blocks;
} json_document;

/* Reads a document; the bytes must stay until it is given back. Without `root` it is no JSON. */
json_document json_read(const uint8_t *bytes, size_t len);
void json_free(json_document *document);

/* A member of an object; nothing where there is none, or no object. */
const json *json_get(const json *object, const char *name);
/* A whole number of a number or of a text of digits. */
bool json_whole(const json *value, int64_t *number);

#endif
