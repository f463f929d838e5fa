/* A small standard: in time (60 points) and satisfied (40 points). A measure that the county does not have, or has over fewer than
 * ten, is not assessed; what a person enters under an indicator is added. */

#include <string.h>

#include "json.h"
#include "points.h"

/* Below so many a share says nothing; twelve months are taken, and below it again the share is left out. */
enum { BASE = 10000, SMALL = 10, FACTOR = 5 };

static const indicator INDICATORS[] = {
    {"A1", "A", "按期办结率", "Finished in time", 6000, {"finished", "overdue_promise"}, "示例"},
    {"B1", "B", "主动评价满意率", "Satisfied", 4000, {"ratings_active", "satisfied"}, "示例"},
};
enum { COUNT = sizeof INDICATORS / sizeof INDICATORS[0] };

/* A score of `raw` hundredths and what was entered, between nothing and the weight. */
static score scored(const assessment *input, const indicator *i, const seen *found, int64_t raw, deductions lines) {
  score s = {.indicator = written("%s", i->id), .assessed = true, .weight = i->weight};
  s.raw = add(raw, entered(input, i->id, &lines));
  s.points = s.raw < 0 ? 0 : s.raw > i->weight ? i->weight : s.raw;
  s.numerator = (standard_option_s64_t){.is_some = true, .val = found->value};
  __int128 under = below(found);
  s.denominator = (standard_option_s64_t){.is_some = true, .val = under > INT64_MAX ? INT64_MAX : (int64_t)under};
  s.deductions = lines;
  return s;
}

/* Late against the promise: each per cent costs so many per cent of the weight. */
static score in_time(const assessment *input, const indicator *i, int64_t factor) {
  seen late = look(input, "overdue_promise", SMALL);
  if (!late.there) return not_assessed(i, &late);
  int64_t lost = mul_div(i->weight * factor, late.value, below(&late));
  int64_t cost = lost == INT64_MIN ? INT64_MAX : -lost;
  deductions lines = {0};
  because(late.rolling ? &input->rolling_evidence : &input->evidence, "T-02", cost, &lines);
  score s = scored(input, i, &late, add(i->weight, cost), lines);
  words n = whole(late.value), rate = percent(late.value, below(&late)), points = points_text(s.points);
  unsigned long long of = late.of;
  long long each = factor;
  s.explain_zh = written("%s承诺超期 %s 件，办结 %llu 件，超期率 %s，每 1%% 扣权重的 %lld%%：得 %s 分",
                         late.rolling ? "十二个月" : "本期", n.text, of, rate.text, each, points.text);
  s.explain_en = written("%s of %llu late in %s, %s; %lld%% of the weight for each 1%%: %s points", n.text, of,
                         late.rolling ? "twelve months" : "the period", rate.text, each, points.text);
  return s;
}

/* The share of ratings that were given by people and are good. */
static score satisfied(const assessment *input, const indicator *i) {
  seen good = look(input, "satisfied", SMALL);
  if (!good.there) return not_assessed(i, &good);
  score s = scored(input, i, &good, mul_div(i->weight, good.value, below(&good)), (deductions){0});
  words n = whole(good.value), rate = percent(good.value, below(&good)), points = points_text(s.points);
  unsigned long long of = good.of;
  s.explain_zh = written("%s主动评价 %llu 次，满意 %s 次，满意率 %s：得 %s 分", good.rolling ? "十二个月" : "本期", of, n.text,
                         rate.text, points.text);
  s.explain_en = written("%s of %llu satisfied in %s, %s: %s points", n.text, of,
                         good.rolling ? "twelve months" : "the period", rate.text, points.text);
  return s;
}

static bool factor_of(int64_t *factor) {
  text all;
  daylight_plugin_settings_get(&all);
  json_document document = json_read(all.ptr, all.len);
  const json *said = json_get(document.root, "overdue_factor");
  *factor = FACTOR;
  bool good = said == NULL || (json_whole(said, factor) && *factor >= 1 && *factor <= 100);
  json_free(&document);
  standard_string_free(&all);
  return good;
}

bool exports_daylight_plugin_scoring_assess(assessment *input, scorecard *card,
                                            exports_daylight_plugin_scoring_failure_t *wrong) {
  int64_t factor;
  bool good = factor_of(&factor);
  if (good) {
    score *scores = room(COUNT, sizeof *scores);
    scores[0] = in_time(input, &INDICATORS[0], factor);
    scores[1] = satisfied(input, &INDICATORS[1]);
    total(INDICATORS, COUNT, scores, BASE, card);
  } else {
    memset(wrong, 0, sizeof *wrong);
    wrong->code = written("settings.invalid");
    wrong->message = written("overdue_factor 应在 1 与 100 之间");
    wrong->setting = (standard_option_string_t){.is_some = true, .val = written("/overdue_factor")};
  }
  exports_daylight_plugin_scoring_assessment_free(input);
  return good;
}

void exports_daylight_plugin_scoring_describe(exports_daylight_plugin_scoring_description_t *said) {
  said->id = written("{{name}}");
  said->version = written("1.0.0");
  said->name_zh = written("示例评估标准");
  said->name_en = written("A small standard");
  said->base = BASE;
  said->indicators.len = COUNT;
  said->indicators.ptr = room(COUNT, sizeof *said->indicators.ptr);
  for (size_t i = 0; i < COUNT; i += 1) {
    const indicator *from = &INDICATORS[i];
    exports_daylight_plugin_scoring_indicator_t *to = &said->indicators.ptr[i];
    to->id = written("%s", from->id);
    to->dimension = written("%s", from->dimension);
    to->name_zh = written("%s", from->name_zh);
    to->name_en = written("%s", from->name_en);
    to->weight = from->weight;
    to->basis = written("%s", from->basis);
    to->measures.ptr = room(4, sizeof(text));
    for (; to->measures.len < 4 && from->measures[to->measures.len] != NULL; to->measures.len += 1)
      to->measures.ptr[to->measures.len] = written("%s", from->measures[to->measures.len]);
  }
}
