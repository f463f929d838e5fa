//! Who may bring plugins: Ed25519 keys in `config/trust`, verified offline. What is signed is the digest of the component
//! with a prefix of its own, so that a signature made for anything else is none.

use crate::error::PluginError;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use sha2::{Digest, Sha256};

const PREFIX: &[u8] = b"daylight-plugin-v1\0";
/// Of reports of the acceptance kit.
const REPORT: &[u8] = b"daylight-report-v1\0";

/// Keys that are trusted, by name.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    keys: Vec<(String, VerifyingKey)>,
}

fn message(prefix: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut text = prefix.to_vec();
    text.extend_from_slice(&Sha256::digest(bytes));
    text
}

impl TrustStore {
    /// Adds a key given as 64 hexadecimal digits.
    ///
    /// # Errors
    /// `trust.key` when it is no Ed25519 public key.
    pub fn add(&mut self, name: &str, hex_key: &str) -> Result<(), PluginError> {
        let bad = || PluginError::new("trust.key", format!("“{name}”不是 Ed25519 公钥（64 位十六进制）"));
        let bytes: [u8; 32] = hex::decode(hex_key.trim()).ok().and_then(|b| b.try_into().ok()).ok_or_else(bad)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| bad())?;
        self.keys.push((name.to_owned(), key));
        Ok(())
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// No key at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The name of the key that signed, or a refusal.
    pub(crate) fn verify(&self, bytes: &[u8], signature: &str) -> Result<String, PluginError> {
        self.signer("plugin.signature", PREFIX, bytes, signature)
    }

    /// The name of the key that signed a report of the acceptance kit.
    ///
    /// # Errors
    /// `report.signature`: no signature, or of no key that is trusted.
    pub fn verify_report(&self, bytes: &[u8], signature: &str) -> Result<String, PluginError> {
        self.signer("report.signature", REPORT, bytes, signature)
    }

    fn signer(&self, code: &str, prefix: &[u8], bytes: &[u8], signature: &str) -> Result<String, PluginError> {
        let bad = || PluginError::new(code, "签名文件应为 128 位十六进制");
        let raw: [u8; 64] = hex::decode(signature.trim()).ok().and_then(|b| b.try_into().ok()).ok_or_else(bad)?;
        let signature = Signature::from_bytes(&raw);
        let message = message(prefix, bytes);
        self.keys
            .iter()
            .find(|(_, key)| key.verify(&message, &signature).is_ok())
            .map(|(name, _)| name.clone())
            .ok_or_else(|| {
                PluginError::new(code, "签名不是任何受信任的密钥所作，或文件在签名后被改动")
                    .hint("把供应商的公钥放入 config/trust/<名称>.pub，或向供应商索取完整文件")
            })
    }
}

/// A new key pair from 32 random bytes: (secret, public), hexadecimal.
#[must_use]
pub fn generate_key(random: [u8; 32]) -> (String, String) {
    let key = SigningKey::from_bytes(&random);
    (hex::encode(key.to_bytes()), hex::encode(key.verifying_key().to_bytes()))
}

/// Signs a component with a secret key in hexadecimal.
///
/// # Errors
/// `trust.key` when the key is none.
pub fn sign(bytes: &[u8], secret: &str) -> Result<String, PluginError> {
    signed(PREFIX, bytes, secret)
}

/// Signs a report of the acceptance kit. Such a signature is none of a component.
///
/// # Errors
/// As [`sign`].
pub fn sign_report(bytes: &[u8], secret: &str) -> Result<String, PluginError> {
    signed(REPORT, bytes, secret)
}

/// The public half of a secret key, hexadecimal.
///
/// # Errors
/// `trust.key` when the key is none.
pub fn public_of(secret: &str) -> Result<String, PluginError> {
    Ok(hex::encode(key_of(secret)?.verifying_key().to_bytes()))
}

fn key_of(secret: &str) -> Result<SigningKey, PluginError> {
    let raw: [u8; 32] = hex::decode(secret.trim())
        .ok()
        .and_then(|b| b.try_into().ok())
        .ok_or_else(|| PluginError::new("trust.key", "私钥应为 64 位十六进制"))?;
    Ok(SigningKey::from_bytes(&raw))
}

fn signed(prefix: &[u8], bytes: &[u8], secret: &str) -> Result<String, PluginError> {
    Ok(hex::encode(key_of(secret)?.sign(&message(prefix, bytes)).to_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_of_a_report_is_none_of_a_component() {
        let (secret, public) = generate_key([5; 32]);
        let mut trust = TrustStore::default();
        trust.add("vendor", &public).expect("a key");
        assert_eq!(public_of(&secret), Ok(public));
        let (report, component) = (sign_report(b"x", &secret).expect("signed"), sign(b"x", &secret).expect("signed"));
        assert_eq!(trust.verify_report(b"x", &report).as_deref(), Ok("vendor"));
        assert_eq!(trust.verify(b"x", &component).as_deref(), Ok("vendor"));
        for (code, refused) in [
            ("report.signature", trust.verify_report(b"x", &component)),
            ("report.signature", trust.verify_report(b"y", &report)),
            ("report.signature", trust.verify_report(b"x", "00")),
            ("plugin.signature", trust.verify(b"x", &report)),
        ] {
            assert_eq!(refused.expect_err("refused").code, code);
        }
    }
}
