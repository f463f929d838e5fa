"""A small standard: in time (60 points) and satisfied (40 points). A measure that the county does not have, or has over fewer than
ten, is not assessed; what a person enters under an indicator is added."""

import json

from componentize_py_types import Err
from points import Seen, because, cut, entered, mul_div, not_assessed, percent, points_text, seen, total, whole
from wit_world import exports
from wit_world.exports import scoring
from wit_world.imports import settings, types

BASE = 10_000
SMALL = 10
"""Below this many a share says nothing; twelve months are taken, and below it again the share is left out."""
FACTOR = 5
"""What of the weight each per cent late costs where the county says nothing."""

INDICATORS = [
    scoring.Indicator("A1", "A", "按期办结率", "Finished in time", 6_000, ["finished", "overdue_promise"], "示例"),
    scoring.Indicator("B1", "B", "主动评价满意率", "Satisfied", 4_000, ["ratings_active", "satisfied"], "示例"),
]


def months(found):
    """Over which months something was seen."""
    return ("十二个月", "twelve months") if found.rolling else ("本期", "the period")


def scored(input, indicator, found, raw):
    """A score of ``raw`` hundredths and what was entered, between nothing and the weight."""
    added, deductions = entered(input.manual, indicator.id)
    raw = cut(raw + added)
    points = max(0, min(raw, indicator.weight))
    return scoring.Score(
        indicator.id, True, found.value, cut(found.below), raw, points, indicator.weight, "", "", deductions
    )


def in_time(input, indicator, factor):
    """Late against the promise: each per cent costs so many per cent of the weight."""
    late = seen(input, "overdue_promise", SMALL)
    if not isinstance(late, Seen):
        return not_assessed(indicator, late)
    lost = mul_div(indicator.weight * factor, late.value, late.below)
    line = scored(input, indicator, late, indicator.weight - lost)
    (zh, en), rate = months(late), percent(late.value, late.below)
    n, points = whole(late.value), points_text(line.points)
    line.explain_zh = (
        f"{zh}承诺超期 {n} 件，办结 {late.of} 件，超期率 {rate}，每 1% 扣权重的 {factor}%：得 {points} 分"
    )
    line.explain_en = f"{n} of {late.of} late in {en}, {rate}; {factor}% of the weight for each 1%: {points} points"
    evidence = input.rolling_evidence if late.rolling else input.evidence
    line.deductions[:0] = because(evidence, "T-02", -lost)
    return line


def satisfied(input, indicator):
    """The share of ratings that were given by people and are good."""
    good = seen(input, "satisfied", SMALL)
    if not isinstance(good, Seen):
        return not_assessed(indicator, good)
    line = scored(input, indicator, good, mul_div(indicator.weight, good.value, good.below))
    (zh, en), rate = months(good), percent(good.value, good.below)
    n, points = whole(good.value), points_text(line.points)
    line.explain_zh = f"{zh}主动评价 {good.of} 次，满意 {n} 次，满意率 {rate}：得 {points} 分"
    line.explain_en = f"{n} of {good.of} satisfied in {en}, {rate}: {points} points"
    return line


def factor():
    said = json.loads(settings.get() or "{}")
    value = said.get("overdue_factor", FACTOR) if isinstance(said, dict) else FACTOR
    if isinstance(value, int) and 1 <= value <= 100:
        return value
    message = "overdue_factor 应在 1 与 100 之间"
    raise Err(types.Failure("settings.invalid", message, "/overdue_factor", False, None))


class Scoring(exports.Scoring):
    def describe(self):
        return scoring.Description("{{name}}", "1.0.0", "示例评估标准", "A small standard", BASE, INDICATORS)

    def assess(self, input):
        time, rated = INDICATORS
        scores = [in_time(input, time, factor()), satisfied(input, rated)]
        return total(INDICATORS, scores, [], BASE)
