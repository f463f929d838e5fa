//! What a contract says, with everything that is no part of it left out: comments, the order of declarations, names given to
//! types of other interfaces.

use super::change::{Change, Kind};
use crate::error::PluginError;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use wit_parser::decoding::DecodedWasm;
use wit_parser::{
    Function, FunctionKind, Handle, InterfaceId, PackageId, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldItem,
    WorldKey,
};

/// The package plugins and core speak.
const PACKAGE: &str = "daylight:plugin";

/// A named type: what kind it is, and its fields or cases in order, each with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// `record`, `variant`, `enum`, `flags`, `resource`, or `type` for another name of a type.
    pub kind: &'static str,
    /// Fields or cases; of another name the one thing it stands for.
    pub parts: Vec<(String, String)>,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    /// Parameters in order: name, type.
    pub parameters: Vec<(String, String)>,
    /// What it gives; empty: nothing.
    pub result: String,
}

/// An interface: its own types and its functions, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Face {
    pub types: BTreeMap<String, Shape>,
    pub functions: BTreeMap<String, Signature>,
}

/// A contract, or what of it a component uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Interfaces by name, without package and version.
    pub(super) faces: BTreeMap<String, Face>,
    /// Worlds: what each imports and exports.
    pub(super) worlds: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>,
    /// Set for a component: the interfaces it exports. It may leave out whatever it does not use of the others.
    exported: Option<BTreeSet<String>>,
}

fn unreadable(e: impl std::fmt::Display) -> PluginError {
    PluginError::new("plugin.contract-shape", format!("接口无法读取：{e:#}"))
}

impl Picture {
    /// Of a package written in WIT.
    ///
    /// # Errors
    /// `plugin.contract-shape` when the text is no such package.
    pub fn of_text(text: &str) -> Result<Self, PluginError> {
        let mut resolve = Resolve::default();
        let package = resolve.push_source("contract", text).map_err(unreadable)?;
        Ok(Self::of_package(&resolve, package))
    }

    fn of_package(resolve: &Resolve, package: PackageId) -> Self {
        let mut picture = Self::default();
        let Some(package) = resolve.packages.get(package) else { return picture };
        for (name, id) in &package.interfaces {
            picture.faces.insert(name.clone(), face(resolve, *id));
        }
        for (name, id) in &package.worlds {
            let Some(world) = resolve.worlds.get(*id) else { continue };
            let names = |items: &mut dyn Iterator<Item = (&WorldKey, &WorldItem)>| {
                items.filter_map(|(key, item)| named(resolve, key, item)).map(|(name, _)| name).collect()
            };
            let both = (names(&mut world.imports.iter()), names(&mut world.exports.iter()));
            picture.worlds.insert(name.clone(), both);
        }
        picture
    }

    /// Of what a component imports and exports of the contract, whatever version it names.
    ///
    /// # Errors
    /// `plugin.contract-shape` when its types cannot be read.
    pub fn of_component(bytes: &[u8]) -> Result<Self, PluginError> {
        // What a tool of another language made may surprise the reader of types; nothing but an explanation is lost then.
        let read = std::panic::catch_unwind(|| wit_parser::decoding::decode(bytes));
        let decoded = read.map_err(|_| unreadable("组件的类型超出所知"))?.map_err(unreadable)?;
        let DecodedWasm::Component(resolve, world) = decoded else { return Err(unreadable("不是组件")) };
        let mut picture = Self::default();
        let mut exported = BTreeSet::new();
        let Some(world) = resolve.worlds.get(world) else { return Ok(picture) };
        for (key, item) in &world.imports {
            if let Some((name, id)) = named(&resolve, key, item) {
                picture.faces.insert(name, face(&resolve, id));
            }
        }
        for (key, item) in &world.exports {
            if let Some((name, id)) = named(&resolve, key, item) {
                picture.faces.insert(name.clone(), face(&resolve, id));
                exported.insert(name);
            }
        }
        picture.exported = Some(exported);
        Ok(picture)
    }

    /// Whether a difference is only something that a component does not use.
    pub(super) fn may_lack(&self, change: &Change) -> bool {
        let Some(exported) = &self.exported else { return false };
        match change.kind {
            // The world is compared by what is exported, elsewhere.
            Kind::InterfaceRemoved | Kind::WorldRemoved | Kind::TypeRemoved => true,
            Kind::FunctionRemoved => !exported.contains(change.interface()),
            _ => false,
        }
    }

    /// As lines of text, the same for the same contract: for a digest, and to be read.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, face) in &self.faces {
            let _ = writeln!(text, "interface {name}");
            for (name, shape) in &face.types {
                let parts: Vec<String> = shape.parts.iter().map(|(n, t)| format!("{n}: {t}")).collect();
                let _ = writeln!(text, "  {} {name} {{ {} }}", shape.kind, parts.join(", "));
            }
            for (name, f) in &face.functions {
                let parts: Vec<String> = f.parameters.iter().map(|(n, t)| format!("{n}: {t}")).collect();
                let _ = writeln!(text, "  func {name}({}) -> {}", parts.join(", "), f.result);
            }
        }
        for (name, (imports, exports)) in &self.worlds {
            let _ = writeln!(text, "world {name} import {imports:?} export {exports:?}");
        }
        text
    }
}

/// An interface of our package in a world.
fn named(resolve: &Resolve, key: &WorldKey, item: &WorldItem) -> Option<(String, InterfaceId)> {
    let (WorldKey::Interface(_), WorldItem::Interface { id, .. }) = (key, item) else { return None };
    let interface = resolve.interfaces.get(*id)?;
    let package = resolve.packages.get(interface.package?)?;
    let ours = format!("{}:{}", package.name.namespace, package.name.name) == PACKAGE;
    ours.then(|| interface.name.clone()).flatten().map(|name| (name, *id))
}

fn face(resolve: &Resolve, id: InterfaceId) -> Face {
    let mut made = Face::default();
    let Some(interface) = resolve.interfaces.get(id) else { return made };
    for (name, type_id) in &interface.types {
        if let Some(shape) = shape(resolve, *type_id) {
            made.types.insert(name.clone(), shape);
        }
    }
    for (name, function) in &interface.functions {
        made.functions.insert(name.clone(), signature(resolve, function));
    }
    made
}

fn signature(resolve: &Resolve, function: &Function) -> Signature {
    // Whose method it is stands in its name; whether it is one, in its first parameter.
    let waits = match function.kind {
        FunctionKind::AsyncFreestanding | FunctionKind::AsyncMethod(_) | FunctionKind::AsyncStatic(_) => "async ",
        _ => "",
    };
    let parameters = function.params.iter().map(|p| (p.name.clone(), written(resolve, &p.ty))).collect();
    let result = function.result.as_ref().map(|t| written(resolve, t)).unwrap_or_default();
    Signature { parameters, result: format!("{waits}{result}") }
}

/// The shape of a type an interface declares; nothing for a name it only takes over from another interface.
fn shape(resolve: &Resolve, id: TypeId) -> Option<Shape> {
    let of = |kind, parts| Some(Shape { kind, parts });
    let bare = |name: &String| (name.clone(), String::new());
    match &resolve.types.get(id)?.kind {
        TypeDefKind::Record(r) => {
            of("record", r.fields.iter().map(|f| (f.name.clone(), written(resolve, &f.ty))).collect())
        }
        TypeDefKind::Variant(v) => {
            let payload = |t: &Option<Type>| t.as_ref().map(|t| written(resolve, t)).unwrap_or_default();
            of("variant", v.cases.iter().map(|c| (c.name.clone(), payload(&c.ty))).collect())
        }
        TypeDefKind::Enum(e) => of("enum", e.cases.iter().map(|c| bare(&c.name)).collect()),
        TypeDefKind::Flags(f) => of("flags", f.flags.iter().map(|c| bare(&c.name)).collect()),
        TypeDefKind::Resource => of("resource", Vec::new()),
        TypeDefKind::Type(Type::Id(_)) => None,
        _ => of("type", vec![("=".to_owned(), spelled(resolve, id))]),
    }
}

fn written(resolve: &Resolve, ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::U8 => "u8".to_owned(),
        Type::U16 => "u16".to_owned(),
        Type::U32 => "u32".to_owned(),
        Type::U64 => "u64".to_owned(),
        Type::S8 => "s8".to_owned(),
        Type::S16 => "s16".to_owned(),
        Type::S32 => "s32".to_owned(),
        Type::S64 => "s64".to_owned(),
        Type::F32 => "f32".to_owned(),
        Type::F64 => "f64".to_owned(),
        Type::Char => "char".to_owned(),
        Type::String => "string".to_owned(),
        Type::ErrorContext => "error-context".to_owned(),
        Type::Id(id) => reference(resolve, *id),
    }
}

/// A type by the name it was declared under, or spelled out where it has none or only another name.
fn reference(resolve: &Resolve, id: TypeId) -> String {
    let Some(def) = resolve.types.get(id) else { return "?".to_owned() };
    if let TypeDefKind::Type(inner) = &def.kind {
        return written(resolve, inner);
    }
    let declared = matches!(
        def.kind,
        TypeDefKind::Record(_)
            | TypeDefKind::Variant(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Flags(_)
            | TypeDefKind::Resource
    );
    match (&def.name, &def.owner) {
        (Some(name), TypeOwner::Interface(owner)) if declared => {
            let owner = resolve.interfaces.get(*owner).and_then(|i| i.name.as_deref()).unwrap_or_default();
            format!("{owner}.{name}")
        }
        _ => spelled(resolve, id),
    }
}

fn spelled(resolve: &Resolve, id: TypeId) -> String {
    let Some(def) = resolve.types.get(id) else { return "?".to_owned() };
    let some = |t: &Option<Type>| t.as_ref().map_or_else(|| "_".to_owned(), |t| written(resolve, t));
    match &def.kind {
        TypeDefKind::List(t) => format!("list<{}>", written(resolve, t)),
        TypeDefKind::Option(t) => format!("option<{}>", written(resolve, t)),
        TypeDefKind::Result(r) => format!("result<{}, {}>", some(&r.ok), some(&r.err)),
        TypeDefKind::Tuple(t) => {
            let all: Vec<String> = t.types.iter().map(|t| written(resolve, t)).collect();
            format!("tuple<{}>", all.join(", "))
        }
        TypeDefKind::Handle(Handle::Own(id)) => reference(resolve, *id),
        TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", reference(resolve, *id)),
        TypeDefKind::Type(t) => written(resolve, t),
        TypeDefKind::Map(k, v) => format!("map<{}, {}>", written(resolve, k), written(resolve, v)),
        TypeDefKind::FixedLengthList(t, n) => format!("list<{}, {n}>", written(resolve, t)),
        TypeDefKind::Future(t) => format!("future<{}>", some(t)),
        TypeDefKind::Stream(t) => format!("stream<{}>", some(t)),
        _ => def.name.clone().unwrap_or_else(|| "?".to_owned()),
    }
}
