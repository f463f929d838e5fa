// Reads a department's paged REST service: `GET PATH?after=ID&size=N` with a bearer token, which answers
// `{"code": 0, "data": {"list": [{"id": 1, …}]}}`, and maps its rows to records. What is mapped to what stands in `fields.js`.

import http from "daylight:plugin/http@1.0.0";
import settings from "daylight:plugin/settings@1.0.0";
import { FIELDS, ID } from "./fields.js";
import { ascii, decode } from "./utf8.js";

const PATH = "/api/v2/events";
const PAGE_SIZE = 200;

/** A failure with a stable dotted code; what is thrown becomes the plugin's answer. */
function failure(code, message, setting = null) {
  return { code, message, setting, retryable: false, retryAfterMs: null };
}

/** A failure that trying again later can cure. */
function later(code, message) {
  return { ...failure(code, message), retryable: true };
}

function goodStatus(status) {
  if (status === 200) return;
  if (status === 401 || status === 403) {
    throw failure("source.refused", `来源拒绝了凭据（HTTP ${status}）`, "/secret");
  }
  if (status === 429 || (status >= 500 && status <= 599)) {
    throw later("source.unavailable", `来源暂时不可用（HTTP ${status}）`);
  }
  throw failure("source.unexpected", `来源返回 HTTP ${status}`);
}

function json(body) {
  const first = body.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  if (first === 0x3c) throw failure("source.shape", "来源返回的是网页，不是 JSON；请核对地址");
  try {
    return JSON.parse(decode(body));
  } catch (e) {
    throw later("source.garbled", `来源的回答不是完整的 JSON：${e.message}`);
  }
}

function number(row) {
  const id = row?.[ID];
  const n = typeof id === "string" && /^\d+$/.test(id.trim()) ? Number(id) : id;
  if (!Number.isSafeInteger(n) || n < 0) throw failure("source.shape", `有一行没有编号“${ID}”`);
  return n;
}

/** The department's system as the settings describe it; the core has validated them by `plugin.toml`. */
class Source {
  constructor() {
    const all = JSON.parse(settings.get());
    this.baseUrl = all.base_url.replace(/\/+$/, "");
    this.path = all.path ?? PATH;
    this.secret = all.secret;
    this.pageSize = all.page_size ?? PAGE_SIZE;
  }

  ask(after, size) {
    // Lent for this request, given back when it is answered. The value itself never comes in here.
    const secret = http.Secret.open(this.secret);
    try {
      return http.send({
        method: "GET",
        url: `${this.baseUrl}${this.path}?after=${after}&size=${size}`,
        headers: [["accept", "application/json"]],
        body: null,
        credentials: [{ secret, placement: { tag: "bearer" }, signedText: null }],
      });
    } finally {
      secret[Symbol.dispose]();
    }
  }

  /** The rows after an id, in the order of their ids. */
  rows(after, size) {
    const response = this.ask(after, size);
    goodStatus(response.status);
    const answer = json(response.body);
    if (answer?.code !== undefined && answer.code !== 0) {
      throw failure("source.unexpected", `来源说没有成功：code = ${JSON.stringify(answer.code)}`);
    }
    const list = answer?.data?.list;
    if (!Array.isArray(list)) throw failure("source.shape", "回答中“/data/list”处不是列表");
    return list.map((row) => ({ id: number(row), row })).sort((a, b) => a.id - b.id);
  }
}

/** One value as a cell; nothing: the row does not say. */
function cell(value, { how, table }) {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return { tag: "boolean", val: value };
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? { tag: "integer", val: value } : { tag: "decimal", val: String(value) };
  }
  if (typeof value !== "string") return { tag: "text", val: JSON.stringify(value) };
  const text = value.trim();
  if (text === "") return null;
  if (how === "time") return { tag: "instant", val: text };
  return { tag: "text", val: how === "codes" ? (table.get(text) ?? text) : text };
}

/** A page of records: every row has one cell per column. */
function page(rows, next, done) {
  const nothing = { tag: "null" };
  return {
    dataset: "exchange",
    columns: FIELDS.map(([ours]) => ours),
    rows: rows.map(({ row }) => FIELDS.map(([, theirs, how]) => cell(row[theirs], how) ?? nothing)),
    next: ascii(JSON.stringify({ after: next })),
    done,
  };
}

/** A running pull: the cursor says the last id that was given to the core. As JSON, so that half of one is nobody's. */
class Session {
  constructor(source, after) {
    this.source = source;
    this.after = after;
  }

  next(maxRows) {
    const size = Math.min(this.source.pageSize, maxRows);
    const all = this.source.rows(this.after, size);
    const full = all.length >= size;
    const rows = all.slice(0, maxRows);
    const last = rows.at(-1)?.id ?? this.after;
    if (full && last <= this.after) {
      throw failure("source.no-progress", "来源一再给出同一页；请检查参数 after");
    }
    this.after = Math.max(last, this.after);
    return page(rows, this.after, !full);
  }
}

function begin(since) {
  if (since === null || since === undefined) return 0;
  let after;
  try {
    after = JSON.parse(String.fromCharCode(...since))?.after;
  } catch {
    // Half of a cursor, or no JSON.
  }
  if (!Number.isSafeInteger(after) || after < 0) {
    throw failure("cursor.unreadable", "游标不是本连接器写的；请用 --reset-cursor 从头拉取");
  }
  return after;
}

export const connecting = {
  Session,

  check() {
    try {
      const rows = new Source().rows(0, 1);
      return { notes: [`来源已应答，${rows.length} 行`], problems: [] };
    } catch (thrown) {
      // What the host refuses comes wrapped in an Error.
      const problem = thrown?.payload ?? thrown;
      if (problem?.code === undefined) throw thrown;
      return { notes: [], problems: [problem] };
    }
  },

  open(request) {
    return new Session(new Source(), begin(request.since));
  },
};
