//! The exchange standard (统一数据接口标准, handbook §16): record types, their fields, and a record that has been read.
//!
//! The list of fields is data: name, form, whether it is personal. Which type requires which field stands in
//! [`crate::check`], together with the code that proves it.

use crate::Timestamp;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! record_types {
    ($($variant:ident = $code:literal, $name:literal, $zh:literal;)*) => {
        /// What a record reports. The number is what the database stores; it never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum RecordType { $(#[doc = $zh] $variant = $code,)* }
        impl RecordType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The name in the exchange standard.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $name,)* } }
            /// The Chinese name.
            #[must_use]
            pub fn name_zh(self) -> &'static str { match self { $(Self::$variant => $zh,)* } }
            /// From the name in the exchange standard.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> { match name { $($name => Some(Self::$variant),)* _ => None } }
            /// From the stored number.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> { match code { $($code => Some(Self::$variant),)* _ => None } }
        }
    };
}

record_types! {
    Item = 1, "item", "事项";
    Apply = 2, "apply", "申请";
    Receive = 3, "receive", "收件";
    Accept = 4, "accept", "受理";
    Reject = 5, "reject", "不予受理";
    Correction = 6, "correction", "补正告知";
    CorrectionIn = 7, "correction_in", "补正受理";
    Step = 8, "step", "环节";
    SpecialStart = 9, "special_start", "特别程序开始";
    SpecialEnd = 10, "special_end", "特别程序结束";
    Extension = 11, "extension", "延长审批";
    Hearing = 12, "hearing", "听证";
    ForwardUp = 13, "forward_up", "转报";
    Decide = 14, "decide", "决定";
    Finish = 15, "finish", "办结";
    Deliver = 16, "deliver", "送达";
    Fee = 17, "fee", "收费";
    Material = 18, "material", "材料";
    Evaluation = 19, "evaluation", "评价";
    Complaint = 20, "complaint", "投诉";
    Consult = 21, "consult", "咨询";
    Heartbeat = 22, "heartbeat", "心跳";
    DayClose = 23, "day_close", "日结";
}

impl RecordType {
    /// Whether the record is about one case and so carries a `case_no`.
    #[must_use]
    pub fn of_case(self) -> bool {
        !matches!(self, Self::Item | Self::Heartbeat | Self::DayClose | Self::Complaint | Self::Consult)
    }

    /// Whether the record may be the first of its case. Any other type waits for its parent (E014).
    #[must_use]
    pub fn opens_case(self) -> bool {
        matches!(self, Self::Apply | Self::Receive | Self::Accept | Self::Reject | Self::Finish)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RecordType {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl schemars::JsonSchema for RecordType {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RecordType".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let words: Vec<&str> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
        schemars::json_schema!({ "type": "string", "enum": words })
    }
}

impl<'de> Deserialize<'de> for RecordType {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let name = String::deserialize(d)?;
        Self::from_name(&name).ok_or_else(|| serde::de::Error::custom(format!("not a record type: {name}")))
    }
}

/// The form of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text of at most so many characters.
    Text(usize),
    /// A whole number, zero or more.
    Number,
    /// Money in fen (分). Accepts yuan with at most two decimals as text, and stores fen.
    Money,
    /// A date.
    Date,
    /// An instant.
    Instant,
    /// True or false.
    Flag,
    /// A value of the named code table.
    Code(&'static str),
    /// A list of texts.
    List,
    /// A unified social credit code (GB 32100).
    Uscc,
    /// An identity number, whose check digit is proven when `applicant_id_type` says 111 or 001.
    IdNo,
    /// A division code of 6 or 12 digits (GB/T 2260).
    Region,
    /// A JSON object from names to numbers.
    Counts,
}

macro_rules! fields {
    ($($variant:ident = $name:literal, $form:expr, $personal:literal, $zh:literal;)*) => {
        /// A field of the exchange standard. Declared in the order of the names, so that sorting by field sorts by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field { $(#[doc = $zh] $variant,)* }
        impl Field {
            /// Every field, by name.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The name in the exchange standard.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $name,)* } }
            /// The Chinese name.
            #[must_use]
            pub fn name_zh(self) -> &'static str { match self { $(Self::$variant => $zh,)* } }
            /// The form of its value.
            #[must_use]
            pub fn form(self) -> Form { match self { $(Self::$variant => $form,)* } }
            /// Personal information (P): masked in pages, never exported without a role.
            #[must_use]
            pub fn personal(self) -> bool { match self { $(Self::$variant => $personal,)* } }
            /// From the name in the exchange standard.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> { match name { $($name => Some(Self::$variant),)* _ => None } }
        }
    };
}

fields! {
    AcceptDocNo = "accept_doc_no", Form::Text(100), false, "受理文书编号";
    Action = "action", Form::Code("action"), false, "业务动作";
    Address = "address", Form::Text(500), true, "通讯地址";
    Amount = "amount", Form::Money, false, "金额";
    AnnouncedDays = "announced_days", Form::Number, false, "告知天数";
    ApplicantIdNo = "applicant_id_no", Form::IdNo, true, "申请者证件号码";
    ApplicantIdType = "applicant_id_type", Form::Code("id_type"), false, "申请者证件类型";
    ApplicantName = "applicant_name", Form::Text(200), true, "申请者名称";
    ApplicantType = "applicant_type", Form::Code("applicant_type"), false, "申请者类型";
    ApprovedAt = "approved_at", Form::Instant, false, "批准时间";
    Approver = "approver", Form::Text(100), false, "批准人";
    ApproverLevel = "approver_level", Form::Code("approver_level"), false, "批准层级";
    Basis = "basis", Form::Text(1000), false, "依据";
    BillNo = "bill_no", Form::Text(100), false, "缴款单号";
    CaseTitle = "case_title", Form::Text(1000), false, "办理摘要";
    CertIssuedAt = "cert_issued_at", Form::Instant, false, "电子证照签发时间";
    CertName = "cert_name", Form::Text(200), false, "结果证照名称";
    CertNo = "cert_no", Form::Text(100), false, "结果证照编号";
    CertValidFrom = "cert_valid_from", Form::Date, false, "证照有效期自";
    CertValidTo = "cert_valid_to", Form::Date, false, "证照有效期至";
    Channel = "channel", Form::Code("channel"), false, "申报来源";
    Collector = "collector", Form::Text(100), true, "领取人";
    ContactName = "contact_name", Form::Text(100), true, "联系人";
    ContactPhone = "contact_phone", Form::Text(50), true, "联系电话";
    Content = "content", Form::Text(4000), true, "内容";
    Count = "count", Form::Number, false, "数量";
    Counts = "counts", Form::Counts, false, "各类记录数";
    Date = "date", Form::Date, false, "日期";
    Days = "days", Form::Number, false, "天数";
    Deadline = "deadline", Form::Date, false, "截止日期";
    Decision = "decision", Form::Code("decision"), false, "决定";
    DeliverMode = "deliver_mode", Form::Text(50), false, "送达方式";
    Device = "device", Form::Text(100), false, "评价设备";
    DocNo = "doc_no", Form::Text(100), false, "文书编号";
    DueAt = "due_at", Form::Instant, false, "环节到期";
    EndedAt = "ended_at", Form::Instant, false, "结束时间";
    ExpectedReplyBy = "expected_reply_by", Form::Date, false, "协办应复日期";
    FeeItem = "fee_item", Form::Text(200), false, "收费项目";
    FinishType = "finish_type", Form::Code("finish_type"), false, "办结类型";
    GetType = "get_type", Form::Code("get_type"), false, "收取方式";
    Got = "got", Form::Flag, false, "是否收取";
    HandleType = "handle_type", Form::Code("handle_type"), false, "办件类型";
    HeldAt = "held_at", Form::Instant, false, "听证举行时间";
    InvestProjectCode = "invest_project_code", Form::Text(64), false, "投资项目编号";
    IsAgency = "is_agency", Form::Flag, false, "代办";
    IsCommitment = "is_commitment", Form::Flag, false, "告知承诺";
    IsCrossRegion = "is_cross_region", Form::Flag, false, "通办";
    IsDefault = "is_default", Form::Flag, false, "系统默认评价";
    IsTolerant = "is_tolerant", Form::Flag, false, "容缺受理";
    IssuerUscc = "issuer_uscc", Form::Uscc, false, "发证单位";
    Kind = "kind", Form::Code("special_kind"), false, "特别程序种类";
    KindName = "kind_name", Form::Text(200), false, "特别程序名称";
    LegalLimit = "legal_limit", Form::Number, false, "法定时限";
    LegalPerson = "legal_person", Form::Text(100), true, "法定代表人";
    LegalUnit = "legal_unit", Form::Code("limit_unit"), false, "法定时限单位";
    MaterialList = "material_list", Form::List, false, "材料清单";
    MinutesDoc = "minutes_doc", Form::Text(200), false, "听证笔录";
    Name = "name", Form::Text(200), false, "名称";
    NoticeDocNo = "notice_doc_no", Form::Text(100), false, "告知书编号";
    NotifiedAt = "notified_at", Form::Instant, false, "告知时间";
    Opinion = "opinion", Form::Text(2000), false, "办理意见";
    OrgCode = "org_code", Form::Uscc, false, "办理单位统一社会信用代码";
    PaidAt = "paid_at", Form::Instant, false, "收费时间";
    ParentCaseNo = "parent_case_no", Form::Text(64), false, "主办件编号";
    Pf = "pf", Form::Code("evaluation_channel"), false, "评价渠道";
    ProjId = "proj_id", Form::Text(64), false, "统一赋码";
    PromiseDue = "promise_due", Form::Date, false, "承诺办结时间";
    PromiseLimit = "promise_limit", Form::Number, false, "承诺时限";
    PromiseUnit = "promise_unit", Form::Code("limit_unit"), false, "承诺时限单位";
    QueryCode = "query_code", Form::Text(50), true, "查询密码";
    Reason = "reason", Form::Text(2000), false, "理由";
    Reduced = "reduced", Form::Money, false, "减免金额";
    RegionCode = "region_code", Form::Region, false, "行政区划";
    Remedies = "remedies", Form::Text(1000), false, "救济途径";
    RequestedAt = "requested_at", Form::Instant, false, "听证申请时间";
    Result = "result", Form::Text(1000), false, "结果";
    Round = "round", Form::Number, false, "次数";
    Satisfaction = "satisfaction", Form::Code("satisfaction"), false, "满意度";
    Seq = "seq", Form::Number, false, "序号";
    SourceTime = "source_time", Form::Instant, false, "来源系统时间";
    Staff = "staff", Form::Text(100), false, "办理人";
    StartedAt = "started_at", Form::Instant, false, "开始时间";
    Step = "step", Form::Text(200), false, "环节名称";
    StepNo = "step_no", Form::Number, false, "步骤号";
    Synthetic = "synthetic", Form::Flag, false, "自报合成";
    Title = "title", Form::Text(500), false, "标题";
    ToOrg = "to_org", Form::Text(200), false, "转报单位";
    Unit = "unit", Form::Code("limit_unit"), false, "单位";
    Window = "window", Form::Text(100), false, "窗口";
}

/// A value that has the form its field demands.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text, also codes.
    Text(String),
    /// Numbers, and money in fen.
    Number(i64),
    /// True or false.
    Flag(bool),
    /// A date.
    Date(NaiveDate),
    /// An instant.
    Instant(Timestamp),
    /// Several texts.
    List(Vec<String>),
    /// Names with numbers.
    Counts(std::collections::BTreeMap<String, u64>),
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(v) => s.serialize_str(v),
            Self::Number(v) => s.serialize_i64(*v),
            Self::Flag(v) => s.serialize_bool(*v),
            Self::Date(v) => v.serialize(s),
            Self::Instant(v) => v.serialize(s),
            Self::List(v) => v.serialize(s),
            Self::Counts(v) => v.serialize(s),
        }
    }
}

/// The fields of a record, sorted by name, each at most once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<(Field, Value)>);

impl Fields {
    /// Sets a field; a later value replaces an earlier one.
    pub fn set(&mut self, field: Field, value: Value) {
        match self.0.binary_search_by_key(&field, |(f, _)| *f) {
            Ok(at) => {
                if let Some(slot) = self.0.get_mut(at) {
                    slot.1 = value;
                }
            }
            Err(at) => self.0.insert(at, (field, value)),
        }
    }

    /// Appends without looking for the place; call [`Fields::sort`] afterwards.
    pub fn push(&mut self, field: Field, value: Value) {
        self.0.push((field, value));
    }

    /// Brings pushed fields into order.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|(f, _)| *f);
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&Value> {
        self.0.binary_search_by_key(&field, |(f, _)| *f).ok().and_then(|at| self.0.get(at)).map(|(_, v)| v)
    }

    /// A text field.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<&str> {
        match self.get(field) {
            Some(Value::Text(t)) => Some(t),
            _ => None,
        }
    }

    /// A text field, owned.
    #[must_use]
    pub fn string(&self, field: Field) -> Option<String> {
        self.text(field).map(str::to_owned)
    }

    /// A number or an amount in fen.
    #[must_use]
    pub fn number(&self, field: Field) -> Option<i64> {
        match self.get(field) {
            Some(Value::Number(n)) => Some(*n),
            _ => None,
        }
    }

    /// A flag.
    #[must_use]
    pub fn flag(&self, field: Field) -> Option<bool> {
        match self.get(field) {
            Some(Value::Flag(v)) => Some(*v),
            _ => None,
        }
    }

    /// A date.
    #[must_use]
    pub fn date(&self, field: Field) -> Option<NaiveDate> {
        match self.get(field) {
            Some(Value::Date(v)) => Some(*v),
            _ => None,
        }
    }

    /// An instant.
    #[must_use]
    pub fn instant(&self, field: Field) -> Option<Timestamp> {
        match self.get(field) {
            Some(Value::Instant(v)) => Some(*v),
            _ => None,
        }
    }

    /// Every field with its value, by name.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &Value)> {
        self.0.iter().map(|(f, v)| (*f, v))
    }

    /// No field at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Fields {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = s.serialize_map(Some(self.0.len()))?;
        for (field, value) in self.iter() {
            map.serialize_entry(field.as_str(), value)?;
        }
        map.end()
    }
}

/// A record that has been read and obeys the exchange standard in itself (not yet compared with what is stored).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// What it reports.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// The case, empty for types that are about none.
    pub case_no: String,
    /// The item, required where the record opens a case.
    pub item_code: Option<String>,
    /// The source's own key, unique per department and type.
    pub source_key: String,
    /// Counts up when the source corrects itself.
    pub data_version: u32,
    /// When it happened, as the source claims.
    pub event_time: Timestamp,
    /// The rest.
    pub fields: Fields,
}

/// A record as it was received, as JSON, for who may not see persons: what is personal is hidden, and so is everything under a name the
/// exchange standard does not know, because nobody can say what a source put there.
#[must_use]
pub fn masked_raw(record: &str) -> String {
    let Ok(serde_json::Value::Object(mut all)) = serde_json::from_str(&masked(record)) else { return "***".to_owned() };
    let ours = ["type", "case_no", "item_code", "event_time", "source_key", "data_version", "seq"];
    for (name, value) in &mut all {
        if Field::from_name(name).is_none() && !ours.contains(&name.as_str()) {
            *value = "***".into();
        }
    }
    serde_json::Value::Object(all).to_string()
}

/// The fields of a record as JSON, with what is personal made unrecognisable: of a name the first character stays, of anything
/// else nothing. What is no JSON object is hidden whole.
#[must_use]
pub fn masked(fields: &str) -> String {
    let Ok(serde_json::Value::Object(mut all)) = serde_json::from_str(fields) else { return "***".to_owned() };
    for (name, value) in &mut all {
        let Some(field) = Field::from_name(name).filter(|f| f.personal()) else { continue };
        let first = value.as_str().and_then(|v| v.chars().next()).filter(|_| field == Field::ApplicantName);
        *value = format!("{}**", first.map(String::from).unwrap_or_default()).into();
    }
    serde_json::Value::Object(all).to_string()
}
