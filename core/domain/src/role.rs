//! Who may do what. Roles follow the duties the notice gives (handbook §8); a person has one role. The three administrators are
//! separate persons by construction (GB/T 22239 三权分立): who runs the machine gives nobody rights and reads no audit, who gives
//! rights runs nothing, who reads the audit does neither; and none of them judges.

use crate::word::words;

words! {
    /// What a person or a token may do.
    Right {
        Read = "read", "查看", "Looks at cases, cards, orders, statistics.";
        Personal = "personal", "查看个人信息", "Sees applicants in clear.";
        Operate = "operate", "运维", "Starts pulls, replays, deliveries.";
        Push = "push", "推送", "Sends exchange records.";
        Score = "score", "评分", "Starts score runs.";
        Supervise = "supervise", "监察", "Issues, accepts and revokes cards, decides appeals, draws samples.";
        Order = "order", "督办", "Issues and reviews supervision orders: the power of the service side.";
        Investigate = "investigate", "调查", "Proposes and leads investigations.";
        Approve = "approve", "审批立项", "Approves or declines what others propose.";
        Discipline = "discipline", "监察建议", "Supervision suggestions and clues: the power of the supervision commission alone.";
        Complain = "complain", "投诉办理", "Registers, routes, reviews and closes complaints, enquiries and ratings.";
        Catalogue = "catalogue", "事项编制", "Drafts versions of items, imports the provincial list.";
        Review = "review", "事项审核", "Reviews drafted versions of items: licences or the others, by office.";
        Accept = "accept", "上线签署", "Signs the report of a department's trial, for the department or for the county.";
        Answer = "answer", "部门答复", "Reads, answers and appeals for a department.";
        Handle = "handle", "窗口办理", "Handles cases at the desk of a department without a system of its own.";
        Sign = "sign", "部门审批", "Approves at the desk what others of the department ask for: the power of who is in charge.";
        People = "people", "用户管理", "Manages people and tokens.";
        Audit = "audit", "审计", "Reads the audit chain.";
    }
}

words! {
    /// A person's role.
    Role {
        SystemAdmin = "system_admin", "系统管理员", "县行政机关信息中心: runs the machine.";
        SecurityAdmin = "security_admin", "安全管理员", "Manages people, roles and tokens.";
        AuditAdmin = "audit_admin", "审计管理员", "Reads the audit chain.";
        Supervision = "supervision", "监察人员", "县监察局: watches, issues cards, orders, investigates.";
        Commission = "commission", "监委（派驻）人员", "县监委: investigates, issues supervision suggestions, receives clues.";
        ServiceCentre = "service_centre", "政务服务中心人员", "县行政服务中心: windows, quarantine, supervision orders.";
        LegalOffice = "legal_office", "法制机构人员", "县法制办: licence items and flow charts.";
        DevelopmentBureau = "development_bureau", "发改（审改）人员", "县发改局: items that are no licences.";
        Finance = "finance", "财政人员", "县财政局: fees.";
        Leader = "leader", "县领导", "领导小组: looks, and approves investigations.";
        DepartmentLeader = "department_leader", "部门分管负责人", "Answers and appeals for the department.";
        Handler = "handler", "部门承办人员", "Answers for the department, handles at its desk.";
        Clerk = "clerk", "窗口人员", "Receives and handles at the desk of the department.";
        ReadOnly = "read_only", "只读", "Looks, without persons.";
        Vendor = "vendor", "部门系统（对接）", "A department's system: sends records and reads its own.";
    }
}

impl Role {
    /// Whether it is a role within one department, which must then be named; the others are the county's.
    #[must_use]
    pub fn of_department(self) -> bool {
        matches!(self, Self::DepartmentLeader | Self::Handler | Self::Clerk | Self::Vendor)
    }

    /// What it may do.
    #[must_use]
    pub fn rights(self) -> &'static [Right] {
        use Right as R;
        match self {
            Self::SystemAdmin => &[R::Read, R::Operate],
            Self::SecurityAdmin => &[R::People],
            Self::AuditAdmin => &[R::Audit],
            Self::Supervision => &[
                R::Read,
                R::Personal,
                R::Score,
                R::Supervise,
                R::Order,
                R::Investigate,
                R::Approve,
                R::Complain,
                R::Accept,
            ],
            Self::Commission => &[R::Read, R::Personal, R::Investigate, R::Approve, R::Discipline],
            Self::ServiceCentre => &[R::Read, R::Personal, R::Order, R::Complain, R::Accept],
            Self::LegalOffice | Self::DevelopmentBureau => &[R::Read, R::Catalogue, R::Review],
            Self::Finance | Self::ReadOnly => &[R::Read],
            Self::Leader => &[R::Read, R::Approve],
            Self::DepartmentLeader => &[R::Read, R::Personal, R::Answer, R::Catalogue, R::Handle, R::Sign, R::Accept],
            Self::Handler => &[R::Read, R::Personal, R::Answer, R::Catalogue, R::Handle, R::Accept],
            Self::Clerk => &[R::Read, R::Personal, R::Handle],
            Self::Vendor => &[R::Read, R::Push],
        }
    }

    /// Whether it may do one thing.
    #[must_use]
    pub fn may(self, right: Right) -> bool {
        self.rights().contains(&right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.as_str()), Some(*role));
            assert_eq!(serde_json::to_value(role).expect("a word"), role.as_str());
        }
        for right in Right::ALL {
            assert_eq!(Right::from_name(right.as_str()), Some(*right));
            assert_eq!(serde_json::to_value(right).expect("a word"), right.as_str());
        }
        assert_eq!(Role::from_name("king"), None);
    }

    #[test]
    fn no_two_powers_that_must_be_apart_are_in_one_hand() {
        let apart = [
            (Right::Operate, Right::People),
            (Right::Operate, Right::Audit),
            (Right::People, Right::Audit),
            (Right::Operate, Right::Supervise),
            (Right::People, Right::Supervise),
            (Right::Operate, Right::Personal),
            (Right::Answer, Right::Supervise),
            (Right::Answer, Right::Order),
            (Right::Answer, Right::Complain),
            (Right::Operate, Right::Complain),
            (Right::Operate, Right::Catalogue),
            (Right::Answer, Right::Review),
            (Right::Supervise, Right::Review),
            (Right::Push, Right::Supervise),
            (Right::Order, Right::Discipline),
            (Right::Supervise, Right::Discipline),
            (Right::Handle, Right::Supervise),
            (Right::Handle, Right::Order),
            (Right::Handle, Right::Investigate),
            (Right::Handle, Right::Complain),
            (Right::Handle, Right::Operate),
            (Right::Handle, Right::People),
            (Right::Handle, Right::Audit),
            (Right::Handle, Right::Push),
            (Right::Sign, Right::Approve),
            (Right::Operate, Right::Accept),
            (Right::Push, Right::Accept),
        ];
        for role in Role::ALL {
            for (a, b) in apart {
                assert!(!(role.may(a) && role.may(b)), "{role:?}: {a:?} and {b:?}");
            }
            assert!(!role.of_department() || !role.may(Right::Order), "{role:?}");
        }
    }
}
