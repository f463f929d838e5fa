#include "points.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *room(size_t count, size_t size) {
  void *place = calloc(count == 0 ? 1 : count, size);
  if (place == NULL) abort();
  return place;
}

bool is(const text *a, const char *b) {
  return a->len == strlen(b) && memcmp(a->ptr, b, a->len) == 0;
}

text written(const char *format, ...) {
  va_list values, again;
  va_start(values, format);
  va_copy(again, values);
  int n = vsnprintf(NULL, 0, format, values);
  char *place = room((size_t)n + 1, 1);
  vsnprintf(place, (size_t)n + 1, format, again);
  va_end(values);
  va_end(again);
  return (text){.ptr = (uint8_t *)place, .len = (size_t)n};
}

int64_t mul_div(int64_t a, __int128 b, __int128 c) {
  if (c == 0) return 0;
  __int128 product;
  if (__builtin_mul_overflow((__int128)a, b, &product)) product = (a < 0) == (b < 0) ? ~((__int128)1 << 127) : (__int128)1 << 127;
  bool same = (product < 0) == (c < 0);
  __int128 half = (c < 0 ? -c : c) / 2, sign = c < 0 ? -1 : 1;
  __int128 rounded;
  if (__builtin_add_overflow(product, same ? half * sign : -half * sign, &rounded)) rounded = product;
  rounded /= c;
  if (rounded > INT64_MAX || rounded < INT64_MIN) return same ? INT64_MAX : INT64_MIN;
  return (int64_t)rounded;
}

int64_t add(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? (a < 0 ? INT64_MIN : INT64_MAX) : sum;
}

__int128 below(const seen *s) {
  return (__int128)s->of * ONE;
}

static unsigned long long magnitude(int64_t n) {
  return n < 0 ? 0 - (unsigned long long)n : (unsigned long long)n;
}

words points_text(int64_t points) {
  words out;
  unsigned long long n = magnitude(points);
  snprintf(out.text, sizeof out.text, "%s%llu.%02llu", points < 0 ? "-" : "", n / 100, n % 100);
  return out;
}

words whole(int64_t millionths) {
  words out;
  unsigned long long n = magnitude(millionths);
  int len = snprintf(out.text, sizeof out.text, "%s%llu.%06llu", millionths < 0 ? "-" : "", n / ONE, n % ONE);
  while (out.text[len - 1] == '0') out.text[--len] = 0;
  if (out.text[len - 1] == '.') out.text[len - 1] = 0;
  return out;
}

words percent(int64_t above, __int128 under) {
  words out = points_text(mul_div(10000, above, under));
  strcat(out.text, "%");
  return out;
}

static bool known(const exports_daylight_plugin_scoring_list_measure_t *list, const char *name, seen *found) {
  for (size_t i = 0; i < list->len; i += 1) {
    const exports_daylight_plugin_scoring_measure_t *one = &list->ptr[i];
    if (!is(&one->name, name)) continue;
    if (!one->value.is_some) return false;
    *found = (seen){.there = true, .value = one->value.val > 0 ? one->value.val : 0};
    found->of = one->denominator.is_some ? one->denominator.val : 0;
    return true;
  }
  return false;
}

seen look(const assessment *input, const char *name, uint64_t smallest) {
  seen month = {0}, year = {0};
  bool of_month = known(&input->measures, name, &month), of_year = known(&input->rolling, name, &year);
  if (of_month && month.of >= smallest) return month;
  if (of_year && year.of >= smallest) return year.rolling = true, year;
  seen none = {0};
  if (!of_month && !of_year) {
    strcpy(none.why_zh, "本县尚无此项数据");
    strcpy(none.why_en, "the county has no such data yet");
    return none;
  }
  unsigned long long few = of_year ? year.of : month.of, needed = smallest;
  snprintf(none.why_zh, sizeof none.why_zh, "十二个月内只有 %llu，不足 %llu", few, needed);
  snprintf(none.why_en, sizeof none.why_en, "only %llu in twelve months, %llu are needed", few, needed);
  return none;
}

score not_assessed(const indicator *i, const seen *why) {
  score out = {.indicator = written("%s", i->id)};
  out.explain_zh = written("不评：%s", why->why_zh);
  out.explain_en = written("not assessed: %s", why->why_en);
  return out;
}

/* A line at the end of a list. */
static deduction *more(deductions *list) {
  deduction *longer = realloc(list->ptr, (list->len + 1) * sizeof *longer);
  if (longer == NULL) abort();
  list->ptr = longer;
  memset(&longer[list->len], 0, sizeof *longer);
  return &longer[list->len++];
}

int64_t entered(const assessment *input, const char *id, deductions *list) {
  int64_t sum = 0;
  for (size_t i = 0; i < input->manual.len; i += 1) {
    const exports_daylight_plugin_scoring_manual_entry_t *one = &input->manual.ptr[i];
    if (!is(&one->indicator, id)) continue;
    sum = add(sum, one->points);
    deduction *line = more(list);
    line->rule = written("manual");
    line->points = one->points;
    line->count = 1;
    line->reason_zh = written("%.*s（%.*s）", (int)one->reason.len, (char *)one->reason.ptr, (int)one->document.len,
                              (char *)one->document.ptr);
  }
  return sum;
}

static standard_list_string_t copied(const standard_list_string_t *list) {
  standard_list_string_t out = {.ptr = room(list->len, sizeof(text)), .len = list->len};
  for (size_t i = 0; i < list->len; i += 1) standard_string_dup_n(&out.ptr[i], (char *)list->ptr[i].ptr, list->ptr[i].len);
  return out;
}

void because(const findings *found, const char *rule, int64_t points, deductions *list) {
  int64_t rest = points, left = 0;
  for (size_t i = 0; i < found->len; i += 1)
    if (is(&found->ptr[i].rule, rule)) left = add(left, found->ptr[i].count > INT64_MAX ? INT64_MAX : (int64_t)found->ptr[i].count);
  for (size_t i = 0; i < found->len; i += 1) {
    const exports_daylight_plugin_scoring_finding_group_t *one = &found->ptr[i];
    if (!is(&one->rule, rule)) continue;
    int64_t n = one->count > INT64_MAX ? INT64_MAX : (int64_t)one->count;
    int64_t part = mul_div(rest, n, left);
    rest = add(rest, part == INT64_MIN ? INT64_MAX : -part);
    left = add(left, -n);
    deduction *line = more(list);
    line->rule = written("%s", rule);
    line->points = part;
    line->count = one->count;
    line->cases = copied(&one->cases);
    line->reason_zh = written("规则 %s，%llu 件", rule, (unsigned long long)one->count);
  }
}

static void append(text *to, text more) {
  text both = written("%.*s%.*s", (int)to->len, (char *)to->ptr, (int)more.len, (char *)more.ptr);
  standard_string_free(to);
  standard_string_free(&more);
  *to = both;
}

static void reweigh(score *s, int64_t own, int64_t weight) {
  if (weight == own) return;
  s->weight = weight;
  s->points = mul_div(s->points, weight, own);
  for (size_t i = 0; i < s->deductions.len; i += 1) {
    deduction *lost = &s->deductions.ptr[i];
    if (!is(&lost->rule, "manual")) lost->points = mul_div(lost->points, weight, own);
  }
  words was = points_text(own), now = points_text(weight), points = points_text(s->points);
  append(&s->explain_zh, written("；本维度有指标不评，权重由 %s 折为 %s，得分折为 %s", was.text, now.text, points.text));
  append(&s->explain_en, written("; part of the dimension was not assessed: weight raised from %s to %s, points to %s", was.text,
                                 now.text, points.text));
}

/* Gives the weights of what was not assessed of a dimension to the rest of it, in proportion and adding up exactly: what rounding
 * down leaves goes to the largest remainders, of equal ones to the first. */
static void share_out(const indicator *all, size_t count, score *scores, const char *dimension) {
  int64_t whole_of_it = 0, judged = 0;
  for (size_t i = 0; i < count; i += 1) {
    if (strcmp(all[i].dimension, dimension) != 0) continue;
    whole_of_it += all[i].weight;
    if (scores[i].assessed) judged += all[i].weight;
  }
  if (judged == 0 || judged == whole_of_it) return;
  int64_t *weights = room(count, sizeof *weights), *rests = room(count, sizeof *rests), left = whole_of_it;
  for (size_t i = 0; i < count; i += 1) {
    bool mine = strcmp(all[i].dimension, dimension) == 0 && scores[i].assessed;
    rests[i] = mine ? all[i].weight * whole_of_it % judged : -1;
    weights[i] = mine ? all[i].weight * whole_of_it / judged : 0;
    left -= weights[i];
  }
  for (; left > 0; left -= 1) {
    size_t largest = 0;
    for (size_t i = 1; i < count; i += 1)
      if (rests[i] > rests[largest]) largest = i;
    weights[largest] += 1;
    rests[largest] = -1;
  }
  for (size_t i = 0; i < count; i += 1)
    if (strcmp(all[i].dimension, dimension) == 0 && scores[i].assessed) reweigh(&scores[i], all[i].weight, weights[i]);
  free(weights);
  free(rests);
}

static const char *grade(int64_t points) {
  return points >= 9000 ? "优秀" : points >= 8000 ? "良好" : points >= 6000 ? "合格" : "不合格";
}

void total(const indicator *all, size_t count, score *scores, int64_t base, scorecard *card) {
  memset(card, 0, sizeof *card);
  for (size_t i = 0; i < count; i += 1) {
    bool first = true;
    for (size_t j = 0; j < i; j += 1) first = first && strcmp(all[i].dimension, all[j].dimension) != 0;
    if (first) share_out(all, count, scores, all[i].dimension);
  }
  int64_t sum = 0, judged = 0;
  for (size_t i = 0; i < count; i += 1) {
    if (!scores[i].assessed) continue;
    sum += scores[i].points;
    judged += scores[i].weight;
  }
  int64_t scaled = mul_div(sum, base, judged);
  if (judged != base && judged != 0) {
    deduction *line = more(&card->adjustments);
    line->rule = written("scale");
    line->points = scaled - sum;
    words part = points_text(judged), full = points_text(base);
    line->reason_zh = written("有维度整体不评，按已评权重 %s 折算为 %s 分制", part.text, full.text);
  }
  card->total = judged == 0 || scaled < 0 ? 0 : scaled;
  card->grade = written("%s", judged == 0 ? "不评" : grade(card->total));
  card->scores.ptr = scores;
  card->scores.len = count;
}
