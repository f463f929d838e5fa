//! From the department's words to those of the exchange standard: the part to change first.

/// How a value is read.
pub(crate) enum How {
    /// As it is.
    Text,
    /// A time: RFC 3339, or `YYYY-MM-DD hh:mm:ss` by the clocks of the county.
    Time,
    /// By a table of codes: theirs, ours. A code that is not in it is passed on as it is, so that the county refuses it by
    /// name instead of guessing.
    Codes(&'static [(&'static str, &'static str)]),
}

/// The column that only grows: the cursor.
pub(crate) const ID: &str = "id";

/// Field of the exchange standard, the department's column, how it is read.
pub(crate) const FIELDS: &[(&str, &str, How)] = &[
    ("type", "event", How::Codes(TYPES)),
    ("source_key", "key", How::Text),
    ("data_version", "version", How::Text),
    ("case_no", "caseNo", How::Text),
    ("item_code", "matterCode", How::Text),
    ("event_time", "time", How::Time),
    ("case_title", "title", How::Text),
    ("applicant_type", "applicantType", How::Codes(&[("1", "natural"), ("2", "enterprise")])),
    ("applicant_name", "applicantName", How::Text),
    ("applicant_id_type", "idType", How::Text),
    ("applicant_id_no", "idNo", How::Text),
    ("contact_phone", "phone", How::Text),
    ("channel", "origin", How::Codes(&[("0", "window"), ("1", "web")])),
    ("accept_doc_no", "docNo", How::Text),
    ("step", "step", How::Text),
    ("staff", "staff", How::Text),
    ("started_at", "begin", How::Time),
    ("ended_at", "end", How::Time),
    ("action", "action", How::Codes(&[("0", "pass"), ("1", "return")])),
    ("kind", "specialKind", How::Codes(KINDS)),
    ("announced_days", "days", How::Text),
    ("approver", "approver", How::Text),
    ("approved_at", "approveTime", How::Time),
    ("notified_at", "noticeTime", How::Time),
    ("seq", "seq", How::Text),
    ("days", "extendDays", How::Text),
    ("reason", "reason", How::Text),
    ("decision", "result", How::Codes(&[("1", "granted"), ("2", "refused")])),
    ("finish_type", "finish", How::Codes(FINISHES)),
    ("cert_no", "certNo", How::Text),
    ("date", "date", How::Text),
    ("counts", "counts", How::Text),
];

const TYPES: &[(&str, &str)] = &[
    ("SQ", "apply"),
    ("SJ", "receive"),
    ("SL", "accept"),
    ("BSL", "reject"),
    ("BZ", "correction"),
    ("BZSL", "correction_in"),
    ("HJ", "step"),
    ("TBKS", "special_start"),
    ("TBJS", "special_end"),
    ("YQ", "extension"),
    ("ZB", "forward_up"),
    ("JD", "decide"),
    ("BJ", "finish"),
    ("SD", "deliver"),
    ("XT", "heartbeat"),
    ("RJ", "day_close"),
];

const KINDS: &[(&str, &str)] =
    &[("JY", "inspection"), ("JC", "testing"), ("ZJ", "expert_review"), ("GS", "publicity"), ("TK", "site_visit")];

const FINISHES: &[(&str, &str)] = &[
    ("0", "granted"),
    ("1", "returned"),
    ("2", "voided"),
    ("5", "correction_lapsed"),
    ("6", "refused"),
    ("8", "withdrawn"),
    ("9", "forwarded"),
];
