//! The way in: size → signature → hash → WebAssembly throughout → manifest → contract. Nothing of the plugin has run when this is done.

use crate::error::PluginError;
use crate::manifest::{Manifest, shape};
use crate::trust::TrustStore;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The largest component, in bytes. Compiling takes time and memory in proportion, and is not a boundary of security.
pub(crate) const LARGEST: usize = 48 * 1024 * 1024;

/// A component whose origin, integrity and claims have been checked.
#[derive(Clone, Debug)]
pub struct AdmittedPlugin {
    /// The component.
    pub bytes: Arc<Vec<u8>>,
    /// SHA-256, hexadecimal.
    pub digest: String,
    /// What it says of itself.
    pub manifest: Manifest,
    /// The name of the key that signed it.
    pub signer: String,
    /// The signature, hexadecimal.
    pub signature: String,
}

/// Checks a component without a host: size, signature, hash, manifest, contract, and whether its functions are those of the
/// contract. Runs nothing of it.
///
/// # Errors
/// As for [`crate::PluginHost::admit`].
pub fn verify(bytes: Vec<u8>, signature: &str, trust: &TrustStore) -> Result<AdmittedPlugin, PluginError> {
    let admitted = admit(bytes, signature, trust)?;
    let manifest = &admitted.manifest;
    // Whoever has no engine at hand learns all the same what activation would find.
    crate::contract::fits(&manifest.name, &manifest.version, &admitted.bytes)?;
    Ok(admitted)
}

pub(crate) fn admit(bytes: Vec<u8>, signature: &str, trust: &TrustStore) -> Result<AdmittedPlugin, PluginError> {
    if bytes.len() > LARGEST {
        let message = format!("文件 {} MiB，上限 {} MiB", bytes.len() >> 20, LARGEST >> 20);
        return Err(PluginError::new("plugin.size", message).hint("去掉调试信息（strip = \"debuginfo\"）后重新构建"));
    }
    let signer = trust.verify(&bytes, signature)?;
    let digest = hex::encode(Sha256::digest(&bytes));
    if wasmtime::Engine::detect_precompiled(&bytes).is_some() {
        return Err(PluginError::new("plugin.precompiled", "文件是编译后的机器码，不是 WebAssembly")
            .hint("只接受 .wasm 组件；编译由本程序进行"));
    }
    let manifest = Manifest::read(&shape(&bytes)?)?;
    Ok(AdmittedPlugin { bytes: Arc::new(bytes), digest, manifest, signer, signature: signature.trim().to_owned() })
}

/// What was admitted before and has been kept under its digest ever since: the signature was checked then.
pub(crate) fn admit_again(bytes: Vec<u8>, digest: &str, signer: &str) -> Result<AdmittedPlugin, PluginError> {
    if hex::encode(Sha256::digest(&bytes)) != digest {
        return Err(PluginError::new("plugin.digest", "保存的插件与其摘要不符").hint("从备份恢复数据库"));
    }
    let manifest = Manifest::read(&shape(&bytes)?)?;
    Ok(AdmittedPlugin {
        bytes: Arc::new(bytes),
        digest: digest.to_owned(),
        manifest,
        signer: signer.to_owned(),
        signature: String::new(),
    })
}
