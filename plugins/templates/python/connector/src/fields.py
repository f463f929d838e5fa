"""From the department's words to those of the exchange standard: the part to change first."""

TEXT = "text"
"""As it is."""
TIME = "time"
"""A time: RFC 3339, or ``YYYY-MM-DD hh:mm:ss`` by the clocks of the county."""

ID = "id"
"""The column that only grows: the cursor."""

TYPES = {
    "SQ": "apply",
    "SJ": "receive",
    "SL": "accept",
    "BSL": "reject",
    "BZ": "correction",
    "BZSL": "correction_in",
    "HJ": "step",
    "TBKS": "special_start",
    "TBJS": "special_end",
    "YQ": "extension",
    "ZB": "forward_up",
    "JD": "decide",
    "BJ": "finish",
    "SD": "deliver",
    "XT": "heartbeat",
    "RJ": "day_close",
}
KINDS = {"JY": "inspection", "JC": "testing", "ZJ": "expert_review", "GS": "publicity", "TK": "site_visit"}
FINISHES = {
    "0": "granted",
    "1": "returned",
    "2": "voided",
    "5": "correction_lapsed",
    "6": "refused",
    "8": "withdrawn",
    "9": "forwarded",
}

FIELDS = (
    ("type", "event", TYPES),
    ("source_key", "key", TEXT),
    ("data_version", "version", TEXT),
    ("case_no", "caseNo", TEXT),
    ("item_code", "matterCode", TEXT),
    ("event_time", "time", TIME),
    ("case_title", "title", TEXT),
    ("applicant_type", "applicantType", {"1": "natural", "2": "enterprise"}),
    ("applicant_name", "applicantName", TEXT),
    ("applicant_id_type", "idType", TEXT),
    ("applicant_id_no", "idNo", TEXT),
    ("contact_phone", "phone", TEXT),
    ("channel", "origin", {"0": "window", "1": "web"}),
    ("accept_doc_no", "docNo", TEXT),
    ("step", "step", TEXT),
    ("staff", "staff", TEXT),
    ("started_at", "begin", TIME),
    ("ended_at", "end", TIME),
    ("action", "action", {"0": "pass", "1": "return"}),
    ("kind", "specialKind", KINDS),
    ("announced_days", "days", TEXT),
    ("approver", "approver", TEXT),
    ("approved_at", "approveTime", TIME),
    ("notified_at", "noticeTime", TIME),
    ("seq", "seq", TEXT),
    ("days", "extendDays", TEXT),
    ("reason", "reason", TEXT),
    ("decision", "result", {"1": "granted", "2": "refused"}),
    ("finish_type", "finish", FINISHES),
    ("cert_no", "certNo", TEXT),
    ("date", "date", TEXT),
    ("counts", "counts", TEXT),
)
"""Field of the exchange standard, the department's column, how it is read: text, time, or a table of codes, theirs to ours. A
code that is not in it is passed on as it is, so that the county refuses it by name instead of guessing."""
