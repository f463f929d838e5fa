/* Reads a department's paged REST service: `GET PATH?after=ID&size=N` with a bearer token, which answers
 * `{"code": 0, "data": {"list": [{"id": 1, …}]}}`, and maps its rows to records. What is mapped to what stands in `fields.c`.
 *
 * Whatever is given to the core is on the heap; the core gives it back. Functions that can fail answer whether they did not,
 * and then have filled `wrong`. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connector.h"
#include "fields.h"
#include "json.h"

typedef daylight_plugin_types_failure_t failure;
typedef daylight_plugin_types_cell_t cell;
typedef daylight_plugin_types_list_cell_t row;

#define PATH "/api/v2/events"
enum { PAGE_SIZE = 200 };

static void *room(size_t count, size_t size) {
  void *place = calloc(count == 0 ? 1 : count, size);
  if (place == NULL) abort();
  return place;
}

/* A failure with a stable dotted code; later: trying again can cure it. Answers false, for whoever returns it. */
static bool fail(failure *wrong, const char *code, bool later, const char *message) {
  memset(wrong, 0, sizeof *wrong);
  connector_string_dup(&wrong->code, code);
  connector_string_dup(&wrong->message, message);
  wrong->retryable = later;
  return false;
}

static bool fail_number(failure *wrong, const char *code, bool later, const char *format, long long number) {
  char message[160];
  snprintf(message, sizeof message, format, number);
  return fail(wrong, code, later, message);
}

/* The department's system as the settings describe it; the core has validated them by `plugin.toml`. */
typedef struct {
  char *address, *secret;
  int64_t page_size;
} source;

/* A text of the settings as C has it. */
static char *copy(const json *value, const char *otherwise) {
  const char *text = value == NULL ? otherwise : value->text;
  size_t n = value == NULL ? strlen(otherwise) : value->len;
  char *place = room(n + 1, 1);
  memcpy(place, text, n);
  return place;
}

static bool source_open(source *s, failure *wrong) {
  connector_string_t text;
  daylight_plugin_settings_get(&text);
  json_document all = json_read(text.ptr, text.len);
  const json *base = json_get(all.root, "base_url"), *secret = json_get(all.root, "secret");
  bool good = base != NULL && secret != NULL;
  if (good) {
    char *host = copy(base, ""), *path = copy(json_get(all.root, "path"), PATH);
    size_t n = strlen(host);
    while (n > 0 && host[n - 1] == '/') host[--n] = 0;
    s->address = room(n + strlen(path) + 1, 1);
    strcat(strcpy(s->address, host), path);
    s->secret = copy(secret, "");
    s->page_size = PAGE_SIZE;
    (void)json_whole(json_get(all.root, "page_size"), &s->page_size);
    free(host);
    free(path);
  }
  json_free(&all);
  connector_string_free(&text);
  return good ? true : fail(wrong, "settings.invalid", false, "设置缺少 base_url 或 secret");
}

static void source_close(source *s) {
  free(s->address);
  free(s->secret);
}

/* Asks for the rows after an id. */
static bool ask(const source *s, int64_t after, int64_t size, daylight_plugin_http_response_t *answer, failure *wrong) {
  connector_string_t name;
  connector_string_set(&name, s->secret);
  /* Lent for this request, given back when it is answered. The value itself never comes in here. */
  daylight_plugin_http_own_secret_t secret;
  if (!daylight_plugin_http_static_secret_open(&name, &secret, wrong)) return false;
  daylight_plugin_http_credential_t credential = {
      .secret = daylight_plugin_http_borrow_secret(secret),
      .placement = {.tag = DAYLIGHT_PLUGIN_HTTP_PLACEMENT_BEARER},
  };
  connector_tuple2_string_string_t accept;
  connector_string_set(&accept.f0, "accept");
  connector_string_set(&accept.f1, "application/json");
  size_t n = strlen(s->address) + 64;
  char *url = room(n, 1);
  snprintf(url, n, "%s?after=%lld&size=%lld", s->address, (long long)after, (long long)size);
  daylight_plugin_http_request_t request = {
      .headers = {.ptr = &accept, .len = 1},
      .credentials = {.ptr = &credential, .len = 1},
  };
  connector_string_set(&request.method, "GET");
  connector_string_set(&request.url, url);
  bool good = daylight_plugin_http_send(&request, answer, wrong);
  free(url);
  daylight_plugin_http_secret_drop_own(secret);
  return good;
}

static bool good_status(int status, failure *wrong) {
  if (status == 200) return true;
  if (status == 401 || status == 403) {
    fail_number(wrong, "source.refused", false, "来源拒绝了凭据（HTTP %lld）", status);
    wrong->setting.is_some = true;
    connector_string_dup(&wrong->setting.val, "/secret");
    return false;
  }
  if (status == 429 || (status >= 500 && status <= 599))
    return fail_number(wrong, "source.unavailable", true, "来源暂时不可用（HTTP %lld）", status);
  return fail_number(wrong, "source.unexpected", false, "来源返回 HTTP %lld", status);
}

/* A row with its id. */
typedef struct {
  int64_t id;
  const json *row;
} numbered;

static int by_id(const void *a, const void *b) {
  int64_t x = ((const numbered *)a)->id, y = ((const numbered *)b)->id;
  return (x > y) - (x < y);
}

/* The rows after an id, in the order of their ids; they live as long as the response and the document. */
typedef struct {
  daylight_plugin_http_response_t response;
  json_document document;
  numbered *list;
  size_t count;
} rows;

static void rows_free(rows *r) {
  free(r->list);
  json_free(&r->document);
  daylight_plugin_http_response_free(&r->response);
}

static bool read_rows(rows *r, failure *wrong) {
  const daylight_plugin_http_response_t *response = &r->response;
  if (!good_status(response->status, wrong)) return false;
  size_t at = 0;
  while (at < response->body.len && strchr(" \t\r\n", response->body.ptr[at]) != NULL && response->body.ptr[at] != 0) at += 1;
  if (at < response->body.len && response->body.ptr[at] == '<')
    return fail(wrong, "source.shape", false, "来源返回的是网页，不是 JSON；请核对地址");
  r->document = json_read(response->body.ptr, response->body.len);
  const json *root = r->document.root;
  if (root == NULL)
    return fail_number(wrong, "source.garbled", true, "来源的回答不是完整的 JSON：第 %lld 个字节", (long long)r->document.wrong_at);
  int64_t code = 0;
  if (json_get(root, "code") != NULL && (!json_whole(json_get(root, "code"), &code) || code != 0))
    return fail_number(wrong, "source.unexpected", false, "来源说没有成功：code = %lld", code);
  const json *list = json_get(json_get(root, "data"), "list");
  if (list == NULL || list->kind != JSON_LIST) return fail(wrong, "source.shape", false, "回答中“/data/list”处不是列表");
  for (const json *one = list->first; one != NULL; one = one->next) r->count += 1;
  r->list = room(r->count, sizeof *r->list);
  size_t n = 0;
  for (const json *one = list->first; one != NULL; one = one->next, n += 1) {
    r->list[n].row = one;
    if (!json_whole(json_get(one, ID), &r->list[n].id) || r->list[n].id < 0)
      return fail(wrong, "source.shape", false, "有一行没有编号“" ID "”");
  }
  /* Equal ids keep no order of their own: they are the same row. */
  if (r->count > 1) qsort(r->list, r->count, sizeof *r->list, by_id);
  return true;
}

static bool rows_after(const source *s, int64_t after, int64_t size, rows *r, failure *wrong) {
  memset(r, 0, sizeof *r);
  if (!ask(s, after, size, &r->response, wrong)) return false;
  if (read_rows(r, wrong)) return true;
  rows_free(r);
  return false;
}

/* A text without the blanks around it, those of full width too. */
static void trim(const char **text, size_t *len) {
  static const char wide[] = "\xe3\x80\x80";
  const char *p = *text;
  size_t n = *len;
  for (;;) {
    if (n > 0 && (unsigned char)p[0] <= ' ') p += 1, n -= 1;
    else if (n > 0 && (unsigned char)p[n - 1] <= ' ') n -= 1;
    else if (n >= 3 && memcmp(p, wide, 3) == 0) p += 3, n -= 3;
    else if (n >= 3 && memcmp(p + n - 3, wide, 3) == 0) n -= 3;
    else break;
  }
  *text = p;
  *len = n;
}

/* One value as a cell; what the row does not say is nothing. */
static cell cell_of(const json *value, const field *f) {
  cell out = {.tag = DAYLIGHT_PLUGIN_TYPES_CELL_NULL};
  if (value == NULL || value->kind == JSON_NULL) return out;
  if (value->kind == JSON_BOOLEAN) {
    out.tag = DAYLIGHT_PLUGIN_TYPES_CELL_BOOLEAN;
    out.val.boolean = value->text[0] == 't';
    return out;
  }
  if (value->kind == JSON_NUMBER && json_whole(value, &out.val.integer)) {
    out.tag = DAYLIGHT_PLUGIN_TYPES_CELL_INTEGER;
    return out;
  }
  const char *text = value->text;
  size_t len = value->len;
  if (value->kind == JSON_STRING) trim(&text, &len);
  if (len == 0) return out;
  out.tag = value->kind == JSON_NUMBER ? DAYLIGHT_PLUGIN_TYPES_CELL_DECIMAL
            : f->how == AS_TIME        ? DAYLIGHT_PLUGIN_TYPES_CELL_INSTANT
                                       : DAYLIGHT_PLUGIN_TYPES_CELL_TEXT;
  for (const code *c = f->codes; c != NULL && c->theirs != NULL; c += 1) {
    if (strlen(c->theirs) == len && memcmp(c->theirs, text, len) == 0) {
      connector_string_dup(&out.val.text, c->ours);
      return out;
    }
  }
  connector_string_dup_n(&out.val.text, text, len);
  return out;
}

/* A page of records: every row has one cell per column. */
static void page_of(const rows *r, size_t count, int64_t after, bool done, daylight_plugin_types_page_t *page) {
  memset(page, 0, sizeof *page);
  connector_string_dup(&page->dataset, "exchange");
  page->columns.ptr = room((size_t)FIELD_COUNT, sizeof(connector_string_t));
  page->columns.len = (size_t)FIELD_COUNT;
  for (int f = 0; f < FIELD_COUNT; f += 1) connector_string_dup(&page->columns.ptr[f], FIELDS[f].ours);
  page->rows.ptr = room(count, sizeof(row));
  page->rows.len = count;
  for (size_t i = 0; i < count; i += 1) {
    row *one = &page->rows.ptr[i];
    one->ptr = room((size_t)FIELD_COUNT, sizeof(cell));
    one->len = (size_t)FIELD_COUNT;
    for (int f = 0; f < FIELD_COUNT; f += 1) one->ptr[f] = cell_of(json_get(r->list[i].row, FIELDS[f].theirs), &FIELDS[f]);
  }
  char text[40];
  int n = snprintf(text, sizeof text, "{\"after\":%lld}", (long long)after);
  page->next.is_some = true;
  page->next.val.ptr = room((size_t)n, 1);
  page->next.val.len = (size_t)n;
  memcpy(page->next.val.ptr, text, (size_t)n);
  page->done = done;
}

/* A running pull: the cursor says the last id that was given to the core. As JSON, so that half of one is nobody's. */
struct exports_daylight_plugin_connecting_session_t {
  source source;
  int64_t after;
};

bool exports_daylight_plugin_connecting_method_session_next(exports_daylight_plugin_connecting_borrow_session_t self,
                                                            uint32_t max_rows, daylight_plugin_types_page_t *page,
                                                            failure *wrong) {
  int64_t size = self->source.page_size < max_rows ? self->source.page_size : max_rows;
  rows r;
  if (!rows_after(&self->source, self->after, size, &r, wrong)) return false;
  bool full = (int64_t)r.count >= size;
  size_t count = r.count < max_rows ? r.count : max_rows;
  int64_t last = count > 0 ? r.list[count - 1].id : self->after;
  bool good = !full || last > self->after;
  if (good) {
    if (last > self->after) self->after = last;
    page_of(&r, count, self->after, !full, page);
  } else {
    fail(wrong, "source.no-progress", false, "来源一再给出同一页；请检查参数 after");
  }
  rows_free(&r);
  return good;
}

void exports_daylight_plugin_connecting_session_destructor(exports_daylight_plugin_connecting_session_t *session) {
  source_close(&session->source);
  free(session);
}

/* The last id that a cursor says. */
static bool last_of(const uint8_t *cursor, size_t len, int64_t *after) {
  json_document said = json_read(cursor, len);
  const json *last = said.root ? json_get(said.root, "after") : NULL;
  bool good = last && last->kind == JSON_NUMBER && json_whole(last, after) && *after >= 0;
  json_free(&said);
  return good;
}

bool exports_daylight_plugin_connecting_open(exports_daylight_plugin_connecting_pull_t *request,
                                             exports_daylight_plugin_connecting_own_session_t *opened, failure *wrong) {
  int64_t after = 0;
  bool good = !request->since.is_some || last_of(request->since.val.ptr, request->since.val.len, &after);
  exports_daylight_plugin_connecting_pull_free(request);
  if (!good) return fail(wrong, "cursor.unreadable", false, "游标不是本连接器写的；请用 --reset-cursor 从头拉取");
  source s;
  if (!source_open(&s, wrong)) return false;
  exports_daylight_plugin_connecting_session_t *session = room(1, sizeof *session);
  session->source = s;
  session->after = after;
  *opened = exports_daylight_plugin_connecting_session_new(session);
  return true;
}

void exports_daylight_plugin_connecting_check(exports_daylight_plugin_connecting_report_t *report) {
  memset(report, 0, sizeof *report);
  source s;
  rows r;
  failure wrong;
  bool opened = source_open(&s, &wrong);
  if (opened && rows_after(&s, 0, 1, &r, &wrong)) {
    char note[80];
    snprintf(note, sizeof note, "来源已应答，%zu 行", r.count);
    report->notes.ptr = room(1, sizeof(connector_string_t));
    report->notes.len = 1;
    connector_string_dup(report->notes.ptr, note);
    rows_free(&r);
  } else {
    report->problems.ptr = room(1, sizeof wrong);
    report->problems.len = 1;
    report->problems.ptr[0] = wrong;
  }
  if (opened) source_close(&s);
}
