//! Why a record is not accepted: the fourteen codes of the exchange standard (handbook §16), with words and a way out.

use serde::{Deserialize, Serialize};

/// Who can put a thing right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// 供应商: who wrote the plugin.
    Vendor,
    /// 部门: who runs the source.
    Department,
    /// 信息中心: who runs the appliance.
    County,
}

impl Who {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Vendor, Self::Department, Self::County];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Department => "department",
            Self::County => "county",
        }
    }

    /// Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Vendor => "供应商",
            Self::Department => "部门",
            Self::County => "信息中心",
        }
    }

    /// English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Department => "department",
            Self::County => "county",
        }
    }
}

macro_rules! codes {
    ($($variant:ident, $who:ident, $zh:literal, $en:literal, $fix:literal, $fix_en:literal;)*) => {
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
            /// What the sender can do.
            #[must_use]
            pub fn fix_en(self) -> &'static str { match self { $(Self::$variant => $fix_en,)* } }
            /// Whose turn it is.
            #[must_use]
            pub fn who(self) -> Who { match self { $(Self::$variant => Who::$who,)* } }
        }
    };
}

codes! {
    E001, Department, "缺必填项", "required field missing", "补充该字段后以相同 source_key 重报", "supply the field and report again with the same source_key";
    E002, Vendor, "格式错误", "malformed", "按接口标准改正格式后重报", "correct the form by the exchange standard and report again";
    E003, Vendor, "代码越界", "unknown code value", "在连接器设置中为该代码增加映射，再以 pull run --reset-cursor 从头拉取（已知的记录答为重复，改正的记录在隔离区自动了结）；推送的由来源改正后重报", "add a mapping for this code to the settings of the connector, then pull from the start (pull run --reset-cursor): known records answer duplicate, corrected ones settle the quarantine by themselves; pushed records are corrected and reported again";
    E004, County, "未知事项", "unknown item", "核对事项编码，或先在事项目录中发布该事项", "check the item code, or publish the item in the catalogue first";
    E005, County, "未知单位", "unknown department", "核对单位编码或部门配置", "check the code of the organ, or the configuration of the department";
    E006, Department, "时间倒置", "times in impossible order", "核对起止时间后重报", "check both times and report again";
    E007, Vendor, "重复且内容不同", "repeated with other content", "更正内容时请提高 data_version", "raise data_version when content is corrected";
    E008, Department, "校验码错误", "wrong check character", "核对号码是否录入错误", "look for a slip in the number";
    E009, Department, "未来时间", "time in the future", "校准来源系统时钟后重报", "set the clock of the source and report again";
    E010, Vendor, "版本倒退", "version goes backwards", "以高于已报版本的 data_version 重报", "report again under a data_version above the one reported before";
    E011, Vendor, "签名错误", "wrong signature", "核对签名密钥", "check the signing key";
    E012, County, "超出授权范围", "outside the department's scope", "该事项不属于本部门；核对事项编码或授权", "the item is not this department's: check the item code or the scope";
    E013, County, "日历缺失", "calendar missing", "在 config/calendar 增加该年的日历", "add the calendar of that year to config/calendar";
    E014, Vendor, "办件不存在", "case not known", "先报送该办件的申请、收件或受理记录；缓存 24 小时", "report the application, receipt or acceptance of the case first; kept for 24 hours";
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
