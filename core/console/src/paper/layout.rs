//! What a template of each paper of the desk has. They share their places and styles; each has the parts of its own text beside.

use crate::docx::Layout;
use daylight_domain::desk::PaperKind;

macro_rules! shared {
    ($folder:literal) => {
        &[
            ("[Content_Types].xml", include_bytes!("../../templates/bulletin/[Content_Types].xml") as &[u8]),
            ("_rels/.rels", include_bytes!("../../templates/bulletin/_rels/.rels")),
            ("docProps/core.xml", include_bytes!("../../templates/bulletin/docProps/core.xml")),
            ("word/_rels/document.xml.rels", include_bytes!("../../templates/bulletin/word/_rels/document.xml.rels")),
            ("word/document.xml", include_bytes!(concat!("../../templates/", $folder, "/document.xml"))),
            ("word/styles.xml", include_bytes!(concat!("../../templates/", $folder, "/styles.xml"))),
            ("word/settings.xml", include_bytes!("../../templates/bulletin/word/settings.xml")),
            ("word/fontTable.xml", include_bytes!("../../templates/bulletin/word/fontTable.xml")),
            ("word/footer1.xml", include_bytes!("../../templates/bulletin/word/footer1.xml")),
            ("word/footer2.xml", include_bytes!("../../templates/bulletin/word/footer2.xml")),
        ]
    };
}

const LETTER: &[(&str, &[u8])] = shared!("paper");
const SLIP: &[(&str, &[u8])] = shared!("slip");

/// Places beside those that are needed, in every paper.
const POSSIBLE: &[&str] = &[
    "行政机关",
    "文书名称",
    "联系方式",
    "申请人",
    "代理人",
    "办件编号",
    "事项名称",
    "收件日期",
    "经办人",
    "材料",
    "期限",
    "理由",
    "依据",
    "救济途径",
    "受理日期",
    "天数",
    "程序",
    "事由",
    "决定内容",
    "收费项目",
    "金额",
    "送达方式",
];

const fn of(
    name: &'static str,
    essential: &'static [&'static str],
    built_in: &'static [(&'static str, &'static [u8])],
) -> Layout {
    Layout {
        name,
        needed: &["标记", "文号", "主送", "署名", "成文日期"],
        text: "正文",
        essential,
        possible: POSSIBLE,
        blocks: &["正文", "材料"],
        family: "文书",
        styles: &["正文", "表头", "表格", "表注"],
        built_in,
    }
}

static RECEIPT: Layout = of("receipt", &["材料"], SLIP);
static TOLERANCE: Layout = of("tolerance", &["材料", "期限"], LETTER);
static CORRECTION: Layout = of("correction", &["材料", "期限"], LETTER);
static ACCEPTANCE: Layout = of("acceptance", &["受理日期"], LETTER);
static REJECTION: Layout = of("rejection", &["理由", "救济途径"], LETTER);
static REVOCATION: Layout = of("revocation", &["理由", "材料", "救济途径"], LETTER);
static SPECIAL: Layout = of("special", &["程序", "天数", "依据"], LETTER);
static EXTENSION: Layout = of("extension", &["天数", "理由"], LETTER);
static HEARING: Layout = of("hearing", &["事由"], LETTER);
static GRANT: Layout = of("grant", &["决定内容"], LETTER);
static REFUSAL: Layout = of("refusal", &["理由", "救济途径"], LETTER);
static BILL: Layout = of("bill", &["收费项目", "金额", "依据"], LETTER);
static DELIVERY: Layout = of("delivery", &["材料", "送达方式"], LETTER);

static REPORT: Layout = of("report", &[], LETTER);

/// What a letter has that is no paper of the desk.
#[must_use]
pub fn letter() -> &'static Layout {
    &REPORT
}

/// What a template of a paper has.
#[must_use]
pub fn layout(kind: PaperKind) -> &'static Layout {
    match kind {
        PaperKind::Receipt => &RECEIPT,
        PaperKind::Tolerance => &TOLERANCE,
        PaperKind::Correction => &CORRECTION,
        PaperKind::Acceptance => &ACCEPTANCE,
        PaperKind::Rejection => &REJECTION,
        PaperKind::Revocation => &REVOCATION,
        PaperKind::Special => &SPECIAL,
        PaperKind::Extension => &EXTENSION,
        PaperKind::Hearing => &HEARING,
        PaperKind::Grant => &GRANT,
        PaperKind::Refusal => &REFUSAL,
        PaperKind::Bill => &BILL,
        PaperKind::Delivery => &DELIVERY,
    }
}

static TRIAL: Layout = of("trial", &[], LETTER);

/// What the document of an acceptance report is set with.
#[must_use]
pub fn trial() -> &'static Layout {
    &TRIAL
}
