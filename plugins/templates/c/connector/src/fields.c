#include "fields.h"

static const code TYPES[] = {
    {"SQ", "apply"},          {"SJ", "receive"},         {"SL", "accept"},        {"BSL", "reject"},
    {"BZ", "correction"},     {"BZSL", "correction_in"}, {"HJ", "step"},          {"TBKS", "special_start"},
    {"TBJS", "special_end"},  {"YQ", "extension"},       {"ZB", "forward_up"},    {"JD", "decide"},
    {"BJ", "finish"},         {"SD", "deliver"},         {"XT", "heartbeat"},     {"RJ", "day_close"},
    {0},
};
static const code APPLICANTS[] = {{"1", "natural"}, {"2", "enterprise"}, {0}};
static const code CHANNELS[] = {{"0", "window"}, {"1", "web"}, {0}};
static const code ACTIONS[] = {{"0", "pass"}, {"1", "return"}, {0}};
static const code KINDS[] = {
    {"JY", "inspection"}, {"JC", "testing"}, {"ZJ", "expert_review"}, {"GS", "publicity"}, {"TK", "site_visit"}, {0},
};
static const code DECISIONS[] = {{"1", "granted"}, {"2", "refused"}, {0}};
static const code FINISHES[] = {
    {"0", "granted"}, {"1", "returned"},  {"2", "voided"},    {"5", "correction_lapsed"},
    {"6", "refused"}, {"8", "withdrawn"}, {"9", "forwarded"}, {0},
};

const field FIELDS[] = {
    {"type", "event", BY_CODES, TYPES},
    {"source_key", "key", AS_TEXT, 0},
    {"data_version", "version", AS_TEXT, 0},
    {"case_no", "caseNo", AS_TEXT, 0},
    {"item_code", "matterCode", AS_TEXT, 0},
    {"event_time", "time", AS_TIME, 0},
    {"case_title", "title", AS_TEXT, 0},
    {"applicant_type", "applicantType", BY_CODES, APPLICANTS},
    {"applicant_name", "applicantName", AS_TEXT, 0},
    {"applicant_id_type", "idType", AS_TEXT, 0},
    {"applicant_id_no", "idNo", AS_TEXT, 0},
    {"contact_phone", "phone", AS_TEXT, 0},
    {"channel", "origin", BY_CODES, CHANNELS},
    {"accept_doc_no", "docNo", AS_TEXT, 0},
    {"step", "step", AS_TEXT, 0},
    {"staff", "staff", AS_TEXT, 0},
    {"started_at", "begin", AS_TIME, 0},
    {"ended_at", "end", AS_TIME, 0},
    {"action", "action", BY_CODES, ACTIONS},
    {"kind", "specialKind", BY_CODES, KINDS},
    {"announced_days", "days", AS_TEXT, 0},
    {"approver", "approver", AS_TEXT, 0},
    {"approved_at", "approveTime", AS_TIME, 0},
    {"notified_at", "noticeTime", AS_TIME, 0},
    {"seq", "seq", AS_TEXT, 0},
    {"days", "extendDays", AS_TEXT, 0},
    {"reason", "reason", AS_TEXT, 0},
    {"decision", "result", BY_CODES, DECISIONS},
    {"finish_type", "finish", BY_CODES, FINISHES},
    {"cert_no", "certNo", AS_TEXT, 0},
    {"date", "date", AS_TEXT, 0},
    {"counts", "counts", AS_TEXT, 0},
};
const int FIELD_COUNT = sizeof FIELDS / sizeof FIELDS[0];
