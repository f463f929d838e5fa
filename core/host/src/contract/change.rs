//! What differs between two contracts, each difference named, and whether a new minor version may bring it.

use super::picture::{Face, Picture, Shape, Signature};
use std::collections::BTreeMap;
use std::fmt;

macro_rules! kinds {
    ($($variant:ident $zh:literal $minor:literal;)*) => {
        /// What kind of difference it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $(#[doc = $zh] $variant,)* }
        impl Kind {
            /// In words.
            #[must_use]
            pub fn zh(self) -> &'static str { match self { $(Self::$variant => $zh,)* } }
            /// Whether a new minor version may bring it, in a package of its own. Nothing else may change within a major version.
            #[must_use]
            pub fn minor(self) -> bool { match self { $(Self::$variant => $minor,)* } }
        }
    };
}

kinds! {
    InterfaceAdded "增加了接口" true;
    InterfaceRemoved "去掉了接口" false;
    FunctionAdded "增加了函数" true;
    FunctionRemoved "去掉了函数" false;
    ParameterAdded "增加了参数" false;
    ParameterRemoved "去掉了参数" false;
    ParameterRenamed "改了参数的名称" false;
    ResultChanged "改了返回的类型" false;
    TypeAdded "增加了类型" true;
    TypeRemoved "去掉了类型" false;
    TypeChanged "改了类型" false;
    FieldAdded "增加了字段" false;
    FieldRemoved "少了字段" false;
    FieldRenamed "改了字段的名称" false;
    CaseAdded "增加了分支" false;
    CaseRemoved "少了分支" false;
    CaseRenamed "改了分支的名称" false;
    Reordered "改了次序" false;
    WorldAdded "增加了 world" true;
    WorldRemoved "去掉了 world" false;
    ImportAdded "world 多导入了接口" true;
    ImportRemoved "world 不再导入接口" false;
    ExportAdded "world 要求多导出接口" false;
    ExportRemoved "world 不再导出接口" false;
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where: `types.page`, `connecting.open`, or a world.
    pub place: String,
    /// What kind of difference.
    pub kind: Kind,
    /// Which field, case, parameter or type.
    pub what: String,
}

impl Change {
    fn new(place: &str, kind: Kind, what: impl Into<String>) -> Self {
        Self { place: place.to_owned(), kind, what: what.into() }
    }

    /// The interface it lies in.
    pub(super) fn interface(&self) -> &str {
        self.place.split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}：{} {}", self.place, self.kind.zh(), self.what)
    }
}

/// Everything that is otherwise in the second contract, in the order of the names.
#[must_use]
pub fn changes(old: &Picture, new: &Picture) -> Vec<Change> {
    let mut all = Vec::new();
    each(&old.faces, &new.faces, |name, before, after| match (before, after) {
        (Some(before), Some(after)) => faces(name, before, after, &mut all),
        (Some(_), None) => all.push(Change::new(name, Kind::InterfaceRemoved, name)),
        (None, _) => all.push(Change::new(name, Kind::InterfaceAdded, name)),
    });
    each(&old.worlds, &new.worlds, |name, before, after| match (before, after) {
        (Some(before), Some(after)) => {
            for (b, a, added, removed) in [
                (&before.0, &after.0, Kind::ImportAdded, Kind::ImportRemoved),
                (&before.1, &after.1, Kind::ExportAdded, Kind::ExportRemoved),
            ] {
                all.extend(a.difference(b).map(|what| Change::new(name, added, what)));
                all.extend(b.difference(a).map(|what| Change::new(name, removed, what)));
            }
        }
        (Some(_), None) => all.push(Change::new(name, Kind::WorldRemoved, name)),
        (None, _) => all.push(Change::new(name, Kind::WorldAdded, name)),
    });
    all
}

/// Every name of either, with what each has under it.
fn each<'a, T>(
    old: &'a BTreeMap<String, T>,
    new: &'a BTreeMap<String, T>,
    mut look: impl FnMut(&str, Option<&'a T>, Option<&'a T>),
) {
    for (name, before) in old {
        look(name, Some(before), new.get(name));
    }
    for (name, after) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        look(name, None, Some(after));
    }
}

fn faces(interface: &str, old: &Face, new: &Face, all: &mut Vec<Change>) {
    each(&old.types, &new.types, |name, before, after| {
        let place = format!("{interface}.{name}");
        match (before, after) {
            (Some(before), Some(after)) => shapes(&place, before, after, all),
            (Some(_), None) => all.push(Change::new(&place, Kind::TypeRemoved, name)),
            (None, _) => all.push(Change::new(&place, Kind::TypeAdded, name)),
        }
    });
    each(&old.functions, &new.functions, |name, before, after| {
        // `[method]session.next` is `session.next` to a reader.
        let short = name.split_once(']').map_or(name, |(_, rest)| rest);
        let place = format!("{interface}.{short}");
        match (before, after) {
            (Some(before), Some(after)) => signatures(&place, before, after, all),
            (Some(_), None) => all.push(Change::new(&place, Kind::FunctionRemoved, short)),
            (None, _) => all.push(Change::new(&place, Kind::FunctionAdded, short)),
        }
    });
}

fn shapes(place: &str, old: &Shape, new: &Shape, all: &mut Vec<Change>) {
    if old.kind != new.kind {
        all.push(Change::new(place, Kind::TypeChanged, format!("{} → {}", old.kind, new.kind)));
        return;
    }
    let kinds = match old.kind {
        "record" => [Kind::FieldAdded, Kind::FieldRemoved, Kind::FieldRenamed],
        _ => [Kind::CaseAdded, Kind::CaseRemoved, Kind::CaseRenamed],
    };
    parts(place, &old.parts, &new.parts, kinds, all);
}

fn signatures(place: &str, old: &Signature, new: &Signature, all: &mut Vec<Change>) {
    let kinds = [Kind::ParameterAdded, Kind::ParameterRemoved, Kind::ParameterRenamed];
    parts(place, &old.parameters, &new.parameters, kinds, all);
    if old.result != new.result {
        let shown = |t: &str| if t.is_empty() { "（无）".to_owned() } else { t.to_owned() };
        let what = format!("{} → {}", shown(&old.result), shown(&new.result));
        all.push(Change::new(place, Kind::ResultChanged, what));
    }
}

type Part = (String, String);

/// Fields, cases or parameters: what came, went, moved, or changed its name or type.
fn parts(place: &str, old: &[Part], new: &[Part], [added, removed, renamed]: [Kind; 3], all: &mut Vec<Change>) {
    let has = |list: &[Part], name: &str| list.iter().any(|(n, _)| n == name);
    let mut rename = Vec::new();
    if old.len() == new.len() {
        // One that went where another of the same type came, at the same place: it has another name.
        let both = old.iter().zip(new);
        rename.extend(both.filter(|(o, n)| o.1 == n.1 && !has(new, &o.0) && !has(old, &n.0)));
    }
    for (o, n) in &rename {
        all.push(Change::new(place, renamed, format!("{} → {}", o.0, n.0)));
    }
    for part in old.iter().filter(|o| !has(new, &o.0) && !rename.iter().any(|(r, _)| r == o)) {
        all.push(Change::new(place, removed, part.0.clone()));
    }
    for part in new.iter().filter(|n| !has(old, &n.0) && !rename.iter().any(|(_, r)| r == n)) {
        all.push(Change::new(place, added, part.0.clone()));
    }
    for (name, before) in old {
        let Some((_, after)) = new.iter().find(|(n, _)| n == name) else { continue };
        if before != after {
            all.push(Change::new(place, Kind::TypeChanged, format!("{name}：{before} → {after}")));
        }
    }
    let order = |list: &[Part], other: &[Part]| -> Vec<String> {
        list.iter().filter(|(n, _)| has(other, n)).map(|(n, _)| n.clone()).collect()
    };
    let (before, after) = (order(old, new), order(new, old));
    if before != after {
        all.push(Change::new(place, Kind::Reordered, format!("{} → {}", before.join(" "), after.join(" "))));
    }
}
