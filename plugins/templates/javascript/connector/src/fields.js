// From the department's words to those of the exchange standard: the part to change first.

/** As it is. */
const text = { how: "text" };
/** A time: RFC 3339, or `YYYY-MM-DD hh:mm:ss` by the clocks of the county. */
const time = { how: "time" };
/** By a table of codes, theirs to ours. A code that is not in it is passed on as it is, so that the county refuses it by name
 * instead of guessing. */
const codes = (table) => ({ how: "codes", table: new Map(Object.entries(table)) });

/** The column that only grows: the cursor. */
export const ID = "id";

const TYPES = codes({
  SQ: "apply",
  SJ: "receive",
  SL: "accept",
  BSL: "reject",
  BZ: "correction",
  BZSL: "correction_in",
  HJ: "step",
  TBKS: "special_start",
  TBJS: "special_end",
  YQ: "extension",
  ZB: "forward_up",
  JD: "decide",
  BJ: "finish",
  SD: "deliver",
  XT: "heartbeat",
  RJ: "day_close",
});
const KINDS = codes({ JY: "inspection", JC: "testing", ZJ: "expert_review", GS: "publicity", TK: "site_visit" });
const FINISHES = codes({
  0: "granted",
  1: "returned",
  2: "voided",
  5: "correction_lapsed",
  6: "refused",
  8: "withdrawn",
  9: "forwarded",
});

/** Field of the exchange standard, the department's column, how it is read. */
export const FIELDS = [
  ["type", "event", TYPES],
  ["source_key", "key", text],
  ["data_version", "version", text],
  ["case_no", "caseNo", text],
  ["item_code", "matterCode", text],
  ["event_time", "time", time],
  ["case_title", "title", text],
  ["applicant_type", "applicantType", codes({ 1: "natural", 2: "enterprise" })],
  ["applicant_name", "applicantName", text],
  ["applicant_id_type", "idType", text],
  ["applicant_id_no", "idNo", text],
  ["contact_phone", "phone", text],
  ["channel", "origin", codes({ 0: "window", 1: "web" })],
  ["accept_doc_no", "docNo", text],
  ["step", "step", text],
  ["staff", "staff", text],
  ["started_at", "begin", time],
  ["ended_at", "end", time],
  ["action", "action", codes({ 0: "pass", 1: "return" })],
  ["kind", "specialKind", KINDS],
  ["announced_days", "days", text],
  ["approver", "approver", text],
  ["approved_at", "approveTime", time],
  ["notified_at", "noticeTime", time],
  ["seq", "seq", text],
  ["days", "extendDays", text],
  ["reason", "reason", text],
  ["decision", "result", codes({ 1: "granted", 2: "refused" })],
  ["finish_type", "finish", FINISHES],
  ["cert_no", "certNo", text],
  ["date", "date", text],
  ["counts", "counts", text],
];
