"""Points are hundredths, measures millionths. Everything is an integer: no floating point, each step rounded to the hundredth, half
away from zero."""

from wit_world.exports import scoring

ONE = 1_000_000
LEAST, MOST = -(2**63), 2**63 - 1


def cut(n):
    """Cut off at what the contract holds."""
    return max(LEAST, min(MOST, n))


def mul_div(a, b, c):
    """``a * b / c``, rounded half away from zero, cut off; 0 where there is nothing to divide by."""
    if c == 0:
        return 0
    product = a * b
    above, below = abs(product), abs(c)
    rounded = (above + below // 2) // below
    return cut(rounded if (product < 0) == (c < 0) else -rounded)


def points_text(points):
    """Hundredths as people write them."""
    n = abs(points)
    return f"{'-' if points < 0 else ''}{n // 100}.{n % 100:02}"


def whole(millionths):
    """Millionths as people write them: ``12``, ``12.5``."""
    n = abs(millionths)
    part = f"{n % ONE:06}".rstrip("0")
    return f"{'-' if millionths < 0 else ''}{n // ONE}{'.' + part if part else ''}"


def percent(above, below):
    """A share as people write it, to the hundredth of a per cent."""
    return f"{points_text(mul_div(10_000, above, below))}%"


class Seen:
    """A measure that can be used."""

    def __init__(self, value, of, rolling=False):
        self.value, self.of, self.rolling = value, of, rolling
        self.below = of * ONE


def known(measures, name):
    found = next((m for m in measures if m.name == name), None)
    if found is None or found.value is None:
        return None
    return Seen(max(found.value, 0), found.denominator or 0)


def seen(input, name, smallest):
    """The small-number rule: the month where it has enough, else twelve months where they have, else nothing: why, in Chinese and
    English. Never silent full marks."""
    month, year = known(input.measures, name), known(input.rolling, name)
    if month is not None and month.of >= smallest:
        return month
    if year is not None and year.of >= smallest:
        return Seen(year.value, year.of, rolling=True)
    few = year or month
    if few is None:
        return "本县尚无此项数据", "the county has no such data yet"
    return f"十二个月内只有 {few.of}，不足 {smallest}", f"only {few.of} in twelve months, {smallest} are needed"


def not_assessed(indicator, why):
    """A score that says why there is none."""
    zh, en = why
    return scoring.Score(indicator.id, False, None, None, 0, 0, 0, f"不评：{zh}", f"not assessed: {en}", [])


def entered(manual, indicator):
    """What people entered under a name: the sum, and each entry with its document."""
    mine = [m for m in manual if m.indicator == indicator]
    total = 0
    for one in mine:
        total = cut(total + one.points)
    return total, [scoring.Deduction("manual", m.points, 1, [], f"{m.reason}（{m.document}）") for m in mine]


def because(findings, rule, points):
    """The findings of a rule as what they cost: ``points``, in parts as large as they are many, adding up exactly."""
    found = [g for g in findings if g.rule == rule]
    rest, left, parts = points, sum(g.count for g in found), []
    for group in found:
        part = mul_div(rest, group.count, left)
        rest, left = rest - part, left - group.count
        parts.append(scoring.Deduction(rule, part, group.count, group.cases, f"规则 {rule}，{group.count} 件"))
    return parts


def grade(total):
    """优秀 from 90, 良好 from 80, 合格 from 60."""
    return "优秀" if total >= 9000 else "良好" if total >= 8000 else "合格" if total >= 6000 else "不合格"


def shared_out(all, own):
    """The weights of what was assessed of a dimension, in proportion to their own and adding up to all of it exactly: what rounding
    down leaves goes to the largest remainders, of equal ones to the first."""
    judged = sum(own)
    if judged == 0:
        return own
    shares = [w * all // judged for w in own]
    order = sorted(range(len(own)), key=lambda at: -(own[at] * all % judged))
    for at in order[: all - sum(shares)]:
        shares[at] += 1
    return shares


def reweigh(score, own, weight):
    if weight == own:
        return
    score.weight, score.points = weight, mul_div(score.points, weight, own)
    for lost in score.deductions:
        if lost.rule != "manual":
            lost.points = mul_div(lost.points, weight, own)
    was, now, points = points_text(own), points_text(weight), points_text(score.points)
    score.explain_zh += f"；本维度有指标不评，权重由 {was} 折为 {now}，得分折为 {points}"
    score.explain_en += (
        f"; part of the dimension was not assessed: weight raised from {was} to {now}, points to {points}"
    )


def total(indicators, scores, adjustments, base):
    """Puts a scorecard together: what was not assessed gives its weight to the rest of its dimension, and a dimension of which
    nothing was assessed is left out, the rest counting for the whole. Never silent full marks."""
    by_id = {i.id: i for i in indicators}
    assessed = [s for s in scores if s.assessed]
    for dimension in dict.fromkeys(by_id[s.indicator].dimension for s in assessed):
        mine = [s for s in assessed if by_id[s.indicator].dimension == dimension]
        own = [by_id[s.indicator].weight for s in mine]
        all_of_it = sum(i.weight for i in indicators if i.dimension == dimension)
        for score, was, weight in zip(mine, own, shared_out(all_of_it, own)):
            reweigh(score, was, weight)
    points, judged = sum(s.points for s in assessed), sum(s.weight for s in assessed)
    scaled = mul_div(points, base, judged)
    beside = list(adjustments)
    if judged not in (base, 0):
        reason = f"有维度整体不评，按已评权重 {points_text(judged)} 折算为 {points_text(base)} 分制"
        beside.insert(0, scoring.Deduction("scale", scaled - points, 0, [], reason))
    # Without anything assessed there is nothing from which to deduct, and nothing to which to add.
    result = max(0, cut(scaled + sum(a.points for a in adjustments))) if judged else 0
    return scoring.Scorecard(result, grade(result) if judged else "不评", scores, beside)
