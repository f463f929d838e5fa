"""Reads a department's paged REST service: ``GET PATH?after=ID&size=N`` with a bearer token, which answers
``{"code": 0, "data": {"list": [{"id": 1, …}]}}``, and maps its rows to records. What is mapped to what stands in
``fields.py``."""

import json

from componentize_py_types import Err
from fields import FIELDS, ID, TEXT, TIME
from wit_world import exports
from wit_world.exports import connecting
from wit_world.imports import http, settings, types

PATH = "/api/v2/events"
PAGE_SIZE = 200
NOTHING = types.Cell_Null()


def failure(code, message, setting=None, retryable=False):
    """A failure with a stable dotted code, to be raised; ``retryable``: trying again later can cure it."""
    return Err(types.Failure(code, message, setting, retryable, None))


def good_status(status):
    if status == 200:
        return
    if status in (401, 403):
        raise failure("source.refused", f"来源拒绝了凭据（HTTP {status}）", setting="/secret")
    if status == 429 or 500 <= status <= 599:
        raise failure("source.unavailable", f"来源暂时不可用（HTTP {status}）", retryable=True)
    raise failure("source.unexpected", f"来源返回 HTTP {status}")


def parsed(body):
    if body.lstrip().startswith(b"<"):
        raise failure("source.shape", "来源返回的是网页，不是 JSON；请核对地址")
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as e:
        raise failure("source.garbled", f"来源的回答不是完整的 JSON：{e}", retryable=True) from None


def number(row):
    """The id of a row."""
    value = row.get(ID) if isinstance(row, dict) else None
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise failure("source.shape", f"有一行没有编号“{ID}”")
    return value


class Source:
    """The department's system as the settings describe it; the core has validated them by ``plugin.toml``."""

    def __init__(self):
        said = json.loads(settings.get())
        self.base_url = said["base_url"].rstrip("/")
        self.path = said.get("path", PATH)
        self.secret = said["secret"]
        self.page_size = said.get("page_size", PAGE_SIZE)

    def ask(self, after, size):
        # Lent for this request, given back when it is answered. The value itself never comes in here.
        with http.Secret.open(self.secret) as secret:
            return http.send(
                http.Request(
                    "GET",
                    f"{self.base_url}{self.path}?after={after}&size={size}",
                    [("accept", "application/json")],
                    None,
                    [http.Credential(secret, http.Placement_Bearer(), None)],
                )
            )

    def rows(self, after, size):
        """The rows after an id, each with its own, in the order of their ids."""
        response = self.ask(after, size)
        good_status(response.status)
        answer = parsed(response.body)
        said = answer if isinstance(answer, dict) else {}
        if said.get("code", 0) != 0:
            raise failure("source.unexpected", f"来源说没有成功：code = {json.dumps(said['code'])}")
        data = said.get("data")
        rows = data.get("list") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise failure("source.shape", "回答中“/data/list”处不是列表")
        return sorted(((number(row), row) for row in rows), key=lambda pair: pair[0])


def cell(value, how):
    """One value as a cell."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return types.Cell_Boolean(value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return types.Cell_Integer(value)
    if isinstance(value, (int, float)):
        return types.Cell_Decimal(str(value))
    if not isinstance(value, str):
        return types.Cell_Text(json.dumps(value, ensure_ascii=False))
    text = value.strip()
    if not text:
        return NOTHING
    if how is TIME:
        return types.Cell_Instant(text)
    return types.Cell_Text(text if how is TEXT else how.get(text, text))


def page(rows, after, done):
    """A page of records: every row has one cell per column."""
    columns = [ours for ours, _, _ in FIELDS]
    cells = [[cell(row.get(theirs), how) for _, theirs, how in FIELDS] for _, row in rows]
    return types.Page("exchange", columns, cells, json.dumps({"after": after}, separators=(",", ":")).encode(), done)


def begin(since):
    """The last id that a cursor says."""
    try:
        after = json.loads(since)["after"]
    except (ValueError, KeyError, TypeError):
        after = None
    if type(after) is not int or not 0 <= after < 2**64:
        raise failure("cursor.unreadable", "游标不是本连接器写的；请用 --reset-cursor 从头拉取")
    return after


class Session(connecting.Session):
    """A running pull: the cursor says the last id that was given to the core. As JSON, so that half of one is nobody's."""

    def __init__(self, source, after):
        self.source = source
        self.after = after

    def next(self, max_rows):
        size = min(self.source.page_size, max_rows)
        found = self.source.rows(self.after, size)
        full = len(found) >= size
        rows = found[:max_rows]
        last = rows[-1][0] if rows else self.after
        if full and last <= self.after:
            raise failure("source.no-progress", "来源一再给出同一页；请检查参数 after")
        self.after = max(last, self.after)
        return page(rows, self.after, not full)


class Connecting(exports.Connecting):
    def check(self):
        try:
            rows = Source().rows(0, 1)
        except Err as problem:
            return connecting.Report([], [problem.value])
        return connecting.Report([f"来源已应答，{len(rows)} 行"], [])

    def open(self, request):
        return Session(Source(), 0 if request.since is None else begin(bytes(request.since)))
