/* Points are hundredths, measures millionths. Everything is an integer: no floating point, each step rounded to the hundredth, half
 * away from zero. Whatever is given to the core is on the heap; the core gives it back. */
#ifndef POINTS_H
#define POINTS_H

#include "standard.h"

typedef standard_string_t text;
typedef exports_daylight_plugin_scoring_assessment_t assessment;
typedef exports_daylight_plugin_scoring_deduction_t deduction;
typedef exports_daylight_plugin_scoring_list_deduction_t deductions;
typedef exports_daylight_plugin_scoring_list_finding_group_t findings;
typedef exports_daylight_plugin_scoring_score_t score;
typedef exports_daylight_plugin_scoring_scorecard_t scorecard;

#define ONE 1000000

/* An indicator as the source says it. */
typedef struct {
  const char *id, *dimension, *name_zh, *name_en;
  int64_t weight;
  const char *measures[4];
  const char *basis;
} indicator;

/* A measure that can be used: millionths, over how many; where it cannot be used, why. */
typedef struct {
  bool there, rolling;
  int64_t value;
  uint64_t of;
  char why_zh[96], why_en[96];
} seen;

/* A number as people write it. */
typedef struct {
  char text[32];
} words;

void *room(size_t count, size_t size);
bool is(const text *a, const char *b);
/* A text as `printf` writes it. */
text written(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `a * b / c`, rounded half away from zero, cut off at what fits; 0 where there is nothing to divide by. */
int64_t mul_div(int64_t a, __int128 b, __int128 c);
int64_t add(int64_t a, int64_t b);
/* Over how many, millionths. */
__int128 below(const seen *s);
words points_text(int64_t points);
words whole(int64_t millionths);
words percent(int64_t above, __int128 under);

/* The small-number rule: the month where it has enough, else twelve months where they have, else nothing and why. */
seen look(const assessment *input, const char *name, uint64_t smallest);
score not_assessed(const indicator *i, const seen *why);
/* What people entered under a name: the sum; each entry is added to the list. */
int64_t entered(const assessment *input, const char *id, deductions *list);
/* The findings of a rule as what they cost, in parts as large as they are many, adding up exactly; added to the list. */
void because(const findings *found, const char *rule, int64_t points, deductions *list);
/* Puts a scorecard together; the scores are its own from then on. Never silent full marks. */
void total(const indicator *all, size_t count, score *scores, int64_t base, scorecard *card);

#endif
