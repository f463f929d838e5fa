//! Why a record is not accepted: the fourteen codes of the exchange standard (handbook §16), with words and a way out.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($variant:ident, $zh:literal, $en:literal, $fix:literal;)*) => {
        /// A reject code. Stable; part of the interface standard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        pub enum RejectCode { $(#[doc = $zh] $variant,)* }
        impl RejectCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// `E001` … `E014`.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => stringify!($variant),)* } }
            /// What it means.
            #[must_use]
            pub fn name_zh(self) -> &'static str { match self { $(Self::$variant => $zh,)* } }
            /// What it means.
            #[must_use]
            pub fn name_en(self) -> &'static str { match self { $(Self::$variant => $en,)* } }
            /// What the sender can do.
            #[must_use]
            pub fn fix_zh(self) -> &'static str { match self { $(Self::$variant => $fix,)* } }
        }
    };
}

codes! {
    E001, "缺必填项", "required field missing", "补充该字段后以相同 source_key 重报";
    E002, "格式错误", "malformed", "按接口标准改正格式后重报";
    E003, "代码越界", "unknown code value", "在连接器设置中为该代码增加映射，再以 pull run --reset-cursor 从头拉取（已知的记录答为重复，改正的记录在隔离区自动了结）；推送的由来源改正后重报";
    E004, "未知事项", "unknown item", "核对事项编码，或先在事项目录中发布该事项";
    E005, "未知单位", "unknown department", "核对单位编码或部门配置";
    E006, "时间倒置", "times in impossible order", "核对起止时间后重报";
    E007, "重复且内容不同", "repeated with other content", "更正内容时请提高 data_version";
    E008, "校验码错误", "wrong check character", "核对号码是否录入错误";
    E009, "未来时间", "time in the future", "校准来源系统时钟后重报";
    E010, "版本倒退", "version goes backwards", "以高于已报版本的 data_version 重报";
    E011, "签名错误", "wrong signature", "核对签名密钥";
    E012, "超出授权范围", "outside the department's scope", "该事项不属于本部门；核对事项编码或授权";
    E013, "日历缺失", "calendar missing", "在 config/calendar 增加该年的日历";
    E014, "办件不存在", "case not known", "先报送该办件的申请、收件或受理记录；缓存 24 小时";
}

impl std::fmt::Display for RejectCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A record that is not accepted, and what the sender is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error, schemars::JsonSchema)]
#[error("{code} {message_zh}")]
pub struct Reject {
    /// The code.
    pub code: RejectCode,
    /// The field it concerns.
    pub field: Option<String>,
    /// In Chinese, with the way out.
    pub message_zh: String,
    /// In English.
    pub message_en: String,
}

impl Reject {
    /// A reject about a field, with details after the general words.
    #[must_use]
    pub fn new(code: RejectCode, field: Option<&str>, zh: &str, en: &str) -> Self {
        let place = |word: &str| field.map(|f| format!("{word}{f}")).unwrap_or_default();
        Self {
            code,
            field: field.map(str::to_owned),
            message_zh: format!("{}{}：{zh}。{}", code.name_zh(), place("，字段 "), code.fix_zh()),
            message_en: format!("{}{}: {en}", code.name_en(), place(", field ")),
        }
    }
}
