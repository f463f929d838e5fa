//! What C's library asks of WASI, answered inside the component: no environment, no arguments, no descriptor, and for everything else
//! "not supported". The sandbox of the host stays as it is, and nothing that a plugin has no use for becomes an import of it.

use crate::problem::Problem;
use std::collections::BTreeMap;
use wasm_encoder as to;
use wasmparser as from;

/// The module those imports name.
pub(super) const NAME: &str = "wasi_snapshot_preview1";
/// `ENOSYS` of WASI.
const NOT_SUPPORTED: i32 = 52;
/// `EBADF` of WASI: no such descriptor, by which C's library sees too that there is no folder.
const NO_DESCRIPTOR: i32 = 8;

/// A function that is imported: parameters and results.
type Signature = (Vec<to::ValType>, Vec<to::ValType>);

fn value(ty: from::ValType) -> Option<to::ValType> {
    match ty {
        from::ValType::I32 => Some(to::ValType::I32),
        from::ValType::I64 => Some(to::ValType::I64),
        _ => None,
    }
}

/// What a core module imports of WASI, by name.
fn wanted(core: &[u8]) -> Result<BTreeMap<String, Signature>, Problem> {
    let broken = |e: from::BinaryReaderError| Problem::new("build.component", format!("模块：{e}"));
    let (mut types, mut wanted): (Vec<Option<Signature>>, _) = (Vec::new(), BTreeMap::new());
    for payload in from::Parser::new(0).parse_all(core) {
        match payload.map_err(broken)? {
            from::Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    let ty = ty.map_err(broken)?;
                    let list = |l: &[from::ValType]| l.iter().map(|t| value(*t)).collect::<Option<Vec<_>>>();
                    types.push(list(ty.params()).zip(list(ty.results())));
                }
            }
            from::Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(broken)?;
                    let from::TypeRef::Func(at) = import.ty else { continue };
                    let signature = usize::try_from(at).ok().and_then(|at| types.get(at)?.clone());
                    if let (NAME, Some(signature)) = (import.module, signature) {
                        wanted.insert(import.name.to_owned(), signature);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(wanted)
}

/// The body of one of them.
fn body(name: &str, (parameters, results): &Signature) -> to::Function {
    let mut function = to::Function::new([]);
    let mut say = function.instructions();
    match name {
        // Two counts, both nought.
        "environ_sizes_get" | "args_sizes_get" if parameters.len() == 2 => {
            let place = to::MemArg { offset: 0, align: 2, memory_index: 0 };
            say.local_get(0).i32_const(0).i32_store(place).local_get(1).i32_const(0).i32_store(place).i32_const(0);
        }
        "environ_get" | "args_get" => {
            say.i32_const(0);
        }
        _ => match results.as_slice() {
            [to::ValType::I32] => {
                say.i32_const(if name.starts_with("fd_") { NO_DESCRIPTOR } else { NOT_SUPPORTED });
            }
            // `proc_exit` above all.
            _ => {
                say.unreachable();
            }
        },
    }
    say.end();
    function
}

/// A module that answers what this core module imports of WASI, or nothing when it imports nothing.
///
/// # Errors
/// `build.component`: the module cannot be read.
pub(super) fn of(core: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
    let wanted = wanted(core)?;
    if wanted.is_empty() {
        return Ok(None);
    }
    let (mut types, mut functions) = (to::TypeSection::new(), to::FunctionSection::new());
    let (mut exports, mut code) = (to::ExportSection::new(), to::CodeSection::new());
    for (at, (name, signature)) in (0..).zip(&wanted) {
        types.ty().function(signature.0.iter().copied(), signature.1.iter().copied());
        functions.function(at);
        exports.export(name, to::ExportKind::Func, at);
        code.function(&body(name, signature));
    }
    let mut imports = to::ImportSection::new();
    let memory = to::MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
    imports.import("env", "memory", memory);
    let mut module = to::Module::new();
    module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
    Ok(Some(module.finish()))
}
