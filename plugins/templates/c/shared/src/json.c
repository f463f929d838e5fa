#include "json.h"

#include <stdlib.h>
#include <string.h>

/* Deeper than anybody nests, and shallow enough for the stack. */
enum { DEEPEST = 64, BLOCK = 1 << 16 };

typedef struct json_block {
  struct json_block *before;
  size_t used, size;
  char bytes[];
} json_block;

typedef struct {
  const char *bytes;
  size_t len, at;
  json_block *blocks;
} reader;

static void *take(reader *r, size_t size) {
  size = (size + 7) & ~(size_t)7;
  if (r->blocks == NULL || r->blocks->size - r->blocks->used < size) {
    size_t room = size > BLOCK ? size : BLOCK;
    json_block *block = malloc(sizeof(json_block) + room);
    if (block == NULL) abort();
    *block = (json_block){.before = r->blocks, .used = 0, .size = room};
    r->blocks = block;
  }
  void *place = r->blocks->bytes + r->blocks->used;
  r->blocks->used += size;
  return place;
}

static void space(reader *r) {
  while (r->at < r->len && strchr(" \t\r\n", r->bytes[r->at]) != NULL && r->bytes[r->at] != 0) r->at += 1;
}

static bool is(reader *r, char c) {
  if (r->at >= r->len || r->bytes[r->at] != c) return false;
  r->at += 1;
  return true;
}

static bool word(reader *r, const char *text) {
  size_t n = strlen(text);
  if (r->len - r->at < n || memcmp(r->bytes + r->at, text, n) != 0) return false;
  r->at += n;
  return true;
}

static bool digits(reader *r) {
  size_t from = r->at;
  while (r->at < r->len && r->bytes[r->at] >= '0' && r->bytes[r->at] <= '9') r->at += 1;
  return r->at > from;
}

static bool number(reader *r) {
  (void)is(r, '-');
  if (!is(r, '0') && !digits(r)) return false;
  if (is(r, '.') && !digits(r)) return false;
  if (is(r, 'e') || is(r, 'E')) {
    if (!is(r, '+')) (void)is(r, '-');
    return digits(r);
  }
  return true;
}

/* One character of UTF-8 at a place: its length; 0: it is none. */
static size_t character(const unsigned char *p, size_t left) {
  unsigned char a = p[0];
  size_t n = a < 0x80 ? 1 : a >= 0xc2 && a < 0xe0 ? 2 : a >= 0xe0 && a < 0xf0 ? 3 : a >= 0xf0 && a < 0xf5 ? 4 : 0;
  if (n == 0 || n > left) return 0;
  for (size_t i = 1; i < n; i += 1)
    if ((p[i] & 0xc0) != 0x80) return 0;
  bool wrong = (a == 0xe0 && p[1] < 0xa0) || (a == 0xed && p[1] > 0x9f) || (a == 0xf0 && p[1] < 0x90) ||
               (a == 0xf4 && p[1] > 0x8f);
  return wrong ? 0 : n;
}

static bool hex(reader *r, uint32_t *code) {
  *code = 0;
  for (int i = 0; i < 4; i += 1, r->at += 1) {
    if (r->at >= r->len) return false;
    char c = r->bytes[r->at];
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return false;
    *code = *code << 4 | (uint32_t)digit;
  }
  return true;
}

static size_t encode(uint32_t code, char *out) {
  if (code < 0x80) return out[0] = (char)code, 1;
  size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = n - 1; i > 0; i -= 1, code >>= 6) out[i] = (char)(0x80 | (code & 0x3f));
  out[0] = (char)(((0xf00 >> n) & 0xff) | code);
  return n;
}

/* What follows a backslash; its length in `out`, 0: nothing that JSON knows. */
static size_t escaped(reader *r, char *out) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  if (r->at >= r->len) return 0;
  char c = r->bytes[r->at++];
  const char *known = c == 0 ? NULL : strchr(from, c);
  if (known != NULL) return out[0] = to[known - from], 1;
  uint32_t code, low;
  if (c != 'u' || !hex(r, &code)) return 0;
  if (code >= 0xd800 && code < 0xdc00) {
    if (!word(r, "\\u") || !hex(r, &low) || low < 0xdc00 || low >= 0xe000) return 0;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  } else if (code >= 0xdc00 && code < 0xe000) {
    return 0;
  }
  return encode(code, out);
}

static bool string(reader *r, const char **text, size_t *len) {
  if (!is(r, '"')) return false;
  size_t from = r->at;
  bool plain = true;
  for (; r->at < r->len && r->bytes[r->at] != '"'; r->at += 1) {
    if (r->bytes[r->at] != '\\') continue;
    plain = false;
    r->at += 1;
  }
  if (r->at >= r->len) return false;
  size_t end = r->at;
  char *out = plain ? NULL : take(r, end - from);
  size_t n = 0;
  for (r->at = from; r->at < end;) {
    const unsigned char *p = (const unsigned char *)r->bytes + r->at;
    if (*p == '\\') {
      r->at += 1;
      size_t size = escaped(r, out + n);
      if (size == 0) return false;
      n += size;
      continue;
    }
    size_t size = *p < 0x20 ? 0 : character(p, end - r->at);
    if (size == 0) return false;
    if (!plain) memcpy(out + n, p, size);
    n += size;
    r->at += size;
  }
  *text = plain ? r->bytes + from : out;
  *len = n;
  r->at = end + 1;
  return true;
}

static json *value(reader *r, int depth);

/* What stands between brackets, with names in an object. */
static bool members(reader *r, json *whole, char close, int depth) {
  json **last = &whole->first;
  space(r);
  if (is(r, close)) return true;
  do {
    const char *name = NULL;
    size_t name_len = 0;
    if (close == '}') {
      space(r);
      if (!string(r, &name, &name_len)) return false;
      space(r);
      if (!is(r, ':')) return false;
    }
    json *one = value(r, depth + 1);
    if (one == NULL) return false;
    one->name = name;
    one->name_len = name_len;
    *last = one;
    last = &one->next;
    space(r);
  } while (is(r, ','));
  return is(r, close);
}

static json *value(reader *r, int depth) {
  space(r);
  if (r->at >= r->len || depth > DEEPEST) return NULL;
  json *one = take(r, sizeof(json));
  *one = (json){.kind = JSON_NULL, .text = r->bytes + r->at};
  size_t from = r->at;
  bool good;
  switch (r->bytes[r->at]) {
    case '{': one->kind = JSON_OBJECT; r->at += 1; good = members(r, one, '}', depth); break;
    case '[': one->kind = JSON_LIST; r->at += 1; good = members(r, one, ']', depth); break;
    case '"': one->kind = JSON_STRING; good = string(r, &one->text, &one->len); return good ? one : NULL;
    case 'n': good = word(r, "null"); break;
    case 't': one->kind = JSON_BOOLEAN; good = word(r, "true"); break;
    case 'f': one->kind = JSON_BOOLEAN; good = word(r, "false"); break;
    default: one->kind = JSON_NUMBER; good = number(r); break;
  }
  one->len = r->at - from;
  return good ? one : NULL;
}

json_document json_read(const uint8_t *bytes, size_t len) {
  reader r = {.bytes = (const char *)bytes, .len = len};
  json *root = value(&r, 0);
  if (root != NULL) space(&r);
  json_document document = {.root = root, .wrong_at = r.at, .blocks = r.blocks};
  if (r.at < len) document.root = NULL;
  return document;
}

void json_free(json_document *document) {
  while (document->blocks != NULL) {
    json_block *before = document->blocks->before;
    free(document->blocks);
    document->blocks = before;
  }
  document->root = NULL;
}

const json *json_get(const json *object, const char *name) {
  if (object == NULL || object->kind != JSON_OBJECT) return NULL;
  const json *found = NULL;
  size_t n = strlen(name);
  for (const json *one = object->first; one != NULL; one = one->next)
    if (one->name_len == n && memcmp(one->name, name, n) == 0) found = one;
  return found;
}

bool json_whole(const json *value, int64_t *number) {
  if (value == NULL || (value->kind != JSON_NUMBER && value->kind != JSON_STRING)) return false;
  size_t at = value->len > 1 && value->text[0] == '-' ? 1 : 0;
  /* Any number of 18 digits fits. */
  if (value->len == at || value->len - at > 18) return false;
  int64_t n = 0;
  for (size_t i = at; i < value->len; i += 1) {
    if (value->text[i] < '0' || value->text[i] > '9') return false;
    n = n * 10 + (value->text[i] - '0');
  }
  *number = at == 1 ? -n : n;
  return true;
}
