// A small standard: in time (60 points) and satisfied (40 points). A measure that the county does not have, or has over fewer than
// ten, is not assessed; what a person enters under an indicator is added.

import settings from "daylight:plugin/settings@1.0.0";
import { ONE, because, clamp, cut, entered, mulDiv, notAssessed, percent, pointsText, seen, total, whole } from "./points.js";

const BASE = 10_000n;
/** Below this many a share says nothing; twelve months are taken, and below it again the share is left out. */
const SMALL = 10n;
/** What of the weight each per cent late costs where the county says nothing. */
const FACTOR = 5;

const INDICATORS = [
  {
    id: "A1",
    dimension: "A",
    nameZh: "按期办结率",
    nameEn: "Finished in time",
    weight: 6_000n,
    measures: ["finished", "overdue_promise"],
    basis: "示例",
  },
  {
    id: "B1",
    dimension: "B",
    nameZh: "主动评价满意率",
    nameEn: "Satisfied",
    weight: 4_000n,
    measures: ["ratings_active", "satisfied"],
    basis: "示例",
  },
];

/** Over which months something was seen. */
function months({ rolling }) {
  return rolling ? ["十二个月", "twelve months"] : ["本期", "the period"];
}

/** A score of `raw` hundredths and what was entered, between nothing and the weight. */
function score(input, indicator, found, raw) {
  const [added, deductions] = entered(input.manual, indicator.id);
  const sum = cut(raw + added);
  return {
    indicator: indicator.id,
    assessed: true,
    numerator: found.value,
    denominator: cut(found.of * ONE),
    raw: sum,
    points: clamp(sum, 0n, indicator.weight),
    weight: indicator.weight,
    explainZh: "",
    explainEn: "",
    deductions,
  };
}

/** Late against the promise: each per cent costs so many per cent of the weight. */
function inTime(input, indicator, factor) {
  const late = seen(input, "overdue_promise", SMALL);
  if (late.why !== undefined) return notAssessed(indicator, late.why);
  const below = late.of * ONE;
  const lost = mulDiv(indicator.weight * factor, late.value, below);
  const line = score(input, indicator, late, indicator.weight - lost);
  const [[zh, en], rate, points] = [months(late), percent(late.value, below), pointsText(line.points)];
  const n = whole(late.value);
  line.explainZh = `${zh}承诺超期 ${n} 件，办结 ${late.of} 件，超期率 ${rate}，每 1% 扣权重的 ${factor}%：得 ${points} 分`;
  line.explainEn = `${n} of ${late.of} late in ${en}, ${rate}; ${factor}% of the weight for each 1%: ${points} points`;
  line.deductions.unshift(...because(late.rolling ? input.rollingEvidence : input.evidence, "T-02", -lost));
  return line;
}

/** The share of ratings that were given by people and are good. */
function satisfied(input, indicator) {
  const good = seen(input, "satisfied", SMALL);
  if (good.why !== undefined) return notAssessed(indicator, good.why);
  const below = good.of * ONE;
  const line = score(input, indicator, good, mulDiv(indicator.weight, good.value, below));
  const [[zh, en], rate, points] = [months(good), percent(good.value, below), pointsText(line.points)];
  const n = whole(good.value);
  line.explainZh = `${zh}主动评价 ${good.of} 次，满意 ${n} 次，满意率 ${rate}：得 ${points} 分`;
  line.explainEn = `${n} of ${good.of} satisfied in ${en}, ${rate}: ${points} points`;
  return line;
}

function factor() {
  const said = JSON.parse(settings.get())?.overdue_factor ?? FACTOR;
  if (Number.isInteger(said) && said >= 1 && said <= 100) return BigInt(said);
  const message = "overdue_factor 应在 1 与 100 之间";
  throw { code: "settings.invalid", message, setting: "/overdue_factor", retryable: false, retryAfterMs: null };
}

export const scoring = {
  describe() {
    return {
      id: "{{name}}",
      version: "1.0.0",
      nameZh: "示例评估标准",
      nameEn: "A small standard",
      base: Number(BASE),
      indicators: INDICATORS.map((i) => ({ ...i, weight: Number(i.weight) })),
    };
  },

  assess(input) {
    const [time, rated] = INDICATORS;
    const scores = [inTime(input, time, factor()), satisfied(input, rated)];
    return total(INDICATORS, scores, [], BASE);
  },
};
