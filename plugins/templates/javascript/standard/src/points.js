// Points are hundredths, measures millionths. Everything is computed in BigInt: no floating point, each step rounded to the
// hundredth, half away from zero. What goes out is a number again, which is exact up to 2^53.

export const ONE = 1_000_000n;
const MOST = BigInt(Number.MAX_SAFE_INTEGER);

/** Cut off at what a number holds exactly. */
export function cut(n) {
  if (n > MOST) return MOST;
  return n < -MOST ? -MOST : n;
}

/** `a * b / c`, rounded half away from zero, cut off; 0 where there is nothing to divide by. */
export function mulDiv(a, b, c) {
  if (c === 0n) return 0n;
  const product = a * b;
  const half = (c < 0n ? -c : c) / 2n;
  const same = product < 0n === c < 0n;
  const sign = c < 0n ? -1n : 1n;
  return cut((product + (same ? half * sign : -half * sign)) / c);
}

/** A count as it was sent: QuickJS shows those beyond 2^63 as negative. */
function counted(n) {
  return cut(BigInt.asUintN(64, BigInt(n)));
}

export function clamp(n, least, most) {
  if (n < least) return least;
  return n > most ? most : n;
}

/** Hundredths as people write them. */
export function pointsText(points) {
  const n = points < 0n ? -points : points;
  return `${points < 0n ? "-" : ""}${n / 100n}.${String(n % 100n).padStart(2, "0")}`;
}

/** Millionths as people write them: `12`, `12.5`. */
export function whole(millionths) {
  const n = millionths < 0n ? -millionths : millionths;
  const part = String(n % ONE).padStart(6, "0").replace(/0+$/, "");
  return `${millionths < 0n ? "-" : ""}${n / ONE}${part === "" ? "" : `.${part}`}`;
}

/** A share as people write it, to the hundredth of a per cent. */
export function percent(above, below) {
  return `${pointsText(mulDiv(10_000n, above, below))}%`;
}

function known(list, name) {
  const found = list.find((m) => m.name === name);
  if (found === undefined || found.value === null) return null;
  const value = BigInt(found.value);
  return { value: cut(value < 0n ? 0n : value), of: counted(found.denominator ?? 0), rolling: false };
}

/** The small-number rule: the month where it has enough, else twelve months where they have, else nothing: why, in Chinese and
 * English. Never silent full marks. */
export function seen(input, name, smallest) {
  const [month, year] = [known(input.measures, name), known(input.rolling, name)];
  if (month !== null && month.of >= smallest) return month;
  if (year !== null && year.of >= smallest) return { ...year, rolling: true };
  const few = year ?? month;
  if (few === null) return { why: ["本县尚无此项数据", "the county has no such data yet"] };
  return { why: [`十二个月内只有 ${few.of}，不足 ${smallest}`, `only ${few.of} in twelve months, ${smallest} are needed`] };
}

/** A score that says why there is none. */
export function notAssessed(indicator, [zh, en]) {
  return {
    indicator: indicator.id,
    assessed: false,
    numerator: null,
    denominator: null,
    raw: 0n,
    points: 0n,
    weight: 0n,
    explainZh: `不评：${zh}`,
    explainEn: `not assessed: ${en}`,
    deductions: [],
  };
}

/** What people entered under a name: the sum, and each entry with its document. */
export function entered(manual, indicator) {
  const mine = manual.filter((m) => m.indicator === indicator);
  const list = mine.map((m) => ({
    rule: "manual",
    points: cut(BigInt(m.points)),
    count: 1n,
    cases: [],
    reasonZh: `${m.reason}（${m.document}）`,
  }));
  return [list.reduce((sum, m) => cut(sum + m.points), 0n), list];
}

/** The findings of a rule as what they cost: `points`, in parts as large as they are many, adding up exactly. */
export function because(findings, rule, points) {
  const found = findings.filter((g) => g.rule === rule);
  let rest = points;
  let left = found.reduce((sum, g) => sum + counted(g.count), 0n);
  return found.map((g) => {
    const n = counted(g.count);
    const part = mulDiv(rest, n, left);
    rest -= part;
    left -= n;
    return { rule, points: part, count: n, cases: g.cases, reasonZh: `规则 ${rule}，${n} 件` };
  });
}

/** 优秀 from 90, 良好 from 80, 合格 from 60. */
function grade(total) {
  if (total >= 9000n) return "优秀";
  if (total >= 8000n) return "良好";
  return total >= 6000n ? "合格" : "不合格";
}

/** The weights of what was assessed of a dimension, in proportion to their own and adding up to all of it exactly: what rounding
 * down leaves goes to the largest remainders, of equal ones to the first. */
function sharedOut(all, own) {
  const judged = own.reduce((sum, w) => sum + w, 0n);
  if (judged === 0n) return own;
  const shares = own.map((w) => (w * all) / judged);
  const order = own.map((w, at) => ({ at, rest: (w * all) % judged }));
  order.sort((a, b) => (a.rest === b.rest ? a.at - b.at : a.rest > b.rest ? -1 : 1));
  const left = Number(all - shares.reduce((sum, s) => sum + s, 0n));
  for (const { at } of order.slice(0, left)) shares[at] += 1n;
  return shares;
}

function reweigh(score, own, weight) {
  if (weight === own) return;
  score.weight = weight;
  score.points = mulDiv(score.points, weight, own);
  for (const lost of score.deductions) {
    if (lost.rule !== "manual") lost.points = mulDiv(lost.points, weight, own);
  }
  const [was, is, points] = [own, weight, score.points].map(pointsText);
  score.explainZh += `；本维度有指标不评，权重由 ${was} 折为 ${is}，得分折为 ${points}`;
  score.explainEn += `; part of the dimension was not assessed: weight raised from ${was} to ${is}, points to ${points}`;
}

/** As the contract has it: numbers instead of BigInt. */
function plain(value) {
  if (typeof value === "bigint") return Number(cut(value));
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}

/** Puts a scorecard together: what was not assessed gives its weight to the rest of its dimension, and a dimension of which nothing
 * was assessed is left out, the rest counting for the whole. Never silent full marks. */
export function total(indicators, scores, adjustments, base) {
  const assessed = scores.filter((s) => s.assessed);
  const of = (score) => indicators.find((i) => i.id === score.indicator);
  for (const dimension of new Set(assessed.map((s) => of(s).dimension))) {
    const all = indicators.filter((i) => i.dimension === dimension).reduce((sum, i) => sum + i.weight, 0n);
    const mine = assessed.filter((s) => of(s).dimension === dimension);
    const weights = sharedOut(all, mine.map((s) => of(s).weight));
    mine.forEach((score, at) => reweigh(score, of(score).weight, weights[at]));
  }
  const sum = assessed.reduce((n, s) => n + s.points, 0n);
  const judged = assessed.reduce((n, s) => n + s.weight, 0n);
  const scaled = mulDiv(sum, base, judged);
  const rest = adjustments.reduce((n, a) => n + a.points, 0n);
  const beside = [...adjustments];
  if (judged !== base && judged !== 0n) {
    const reasonZh = `有维度整体不评，按已评权重 ${pointsText(judged)} 折算为 ${pointsText(base)} 分制`;
    beside.unshift({ rule: "scale", points: scaled - sum, count: 0n, cases: [], reasonZh });
  }
  // Without anything assessed there is nothing from which to deduct, and nothing to which to add.
  const all = judged === 0n ? 0n : scaled + rest < 0n ? 0n : scaled + rest;
  return plain({ total: all, grade: judged === 0n ? "不评" : grade(all), scores, adjustments: beside });
}
