//! Secrets: what is random and stored as a hash, and what is derived from the installation's key and stored nowhere.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::Randomness;

/// A text that must not be printed: a password, a token. `Debug` shows that there is one, never which.
#[derive(Clone, Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: only for checking, hashing, or handing to its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A random bearer token of 256 bits with a prefix that says what it opens; stored as its SHA-256.
#[derive(Clone)]
pub struct BearerToken(String);

impl BearerToken {
    /// A new token, `prefix` then 43 characters of base64url.
    pub fn generate(prefix: &str, random: &Randomness) -> Self {
        Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random.bytes::<32>())))
    }

    /// The text to hand to its owner, once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of a token.
    pub fn hash(token: &str) -> [u8; 32] {
        Sha256::digest(token.as_bytes()).into()
    }
}

/// What a derived token is for; a token of one purpose opens nothing of another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Accepting or declining an invitation, by the link in the letter.
    Invitation,
    /// The same by a link that somebody else saw, copied and handed over: it proves no mailbox.
    CopiedInvitation,
    /// Choosing a new password after "forgot password".
    PasswordReset,
    /// Confirming a new e-mail address.
    EmailChange,
    /// Saying "this was not me" to a notice.
    Notice,
    /// Choosing a new password at sign-in.
    NewPassword,
    /// Setting up the installation.
    SetUp,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Invitation => b"roster invitation v1",
            Self::CopiedInvitation => b"roster copied invitation v1",
            Self::PasswordReset => b"roster password reset v1",
            Self::EmailChange => b"roster email change v1",
            Self::Notice => b"roster notice v1",
            Self::NewPassword => b"roster new password v1",
            Self::SetUp => b"roster set-up v1",
        }
    }
}

/// The installation's key (32 bytes), from which mailed tokens, cursors and the audit trail's seals are derived.
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

/// The length of a derived token's proof in bytes: 160 bits.
const PROOF: usize = 20;

impl SecretKey {
    /// The key from its 32 bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key from standard base64, `None` where that is not 32 bytes.
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim()).or_else(|_| URL_SAFE_NO_PAD.decode(text.trim())).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The key in standard base64, to be written to its file.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// HMAC-SHA-256 of `parts`, each preceded by its length, under `label`.
    pub fn mac(&self, label: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        for part in std::iter::once(&label).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// What the database keeps to recognise the key.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.mac(b"roster key fingerprint v1", &[])
    }

    /// The token that proves `generation` of the object `id`: base64url of id, generation and proof. It is made anew
    /// whenever it is needed and stored nowhere (INV-3).
    pub fn token(&self, purpose: Purpose, id: Uuid, generation: u32) -> String {
        let mut head = [0; 20];
        head[..16].copy_from_slice(id.as_bytes());
        head[16..].copy_from_slice(&generation.to_be_bytes());
        self.sealed(purpose, &head)
    }

    /// Which object and generation a token names, `None` where its proof does not hold.
    pub fn open(&self, purpose: Purpose, token: &str) -> Option<(Uuid, u32)> {
        let head = self.unseal(purpose, token)?;
        let (id, generation) = head.split_at_checked(16)?;
        Some((Uuid::from_slice(id).ok()?, u32::from_be_bytes(generation.try_into().ok()?)))
    }

    /// A token that carries `content` in the clear and proves that it was made here for this purpose.
    pub fn sealed(&self, purpose: Purpose, content: &[u8]) -> String {
        let mut bytes = Vec::with_capacity(content.len() + PROOF);
        bytes.extend_from_slice(content);
        bytes.extend_from_slice(&self.proof(purpose, content));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a sealed token carries, `None` where its proof does not hold.
    pub fn unseal(&self, purpose: Purpose, token: &str) -> Option<Vec<u8>> {
        let mut bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (content, proof) = bytes.split_at_checked(bytes.len().checked_sub(PROOF)?)?;
        if !bool::from(proof.ct_eq(&self.proof(purpose, content))) {
            return None;
        }
        bytes.truncate(content.len());
        Some(bytes)
    }

    fn proof(&self, purpose: Purpose, head: &[u8]) -> [u8; PROOF] {
        let mac = self.mac(purpose.label(), &[head]);
        let mut proof = [0; PROOF];
        proof.copy_from_slice(&mac[..PROOF]);
        proof
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_opens_its_object_and_no_changed_one_does(id: u128, generation: u32, place in 0usize..53, with in 0usize..63) {
            let key = SecretKey::new([7; 32]);
            let id = Uuid::from_u128(id);
            let token = key.token(Purpose::Invitation, id, generation);
            prop_assert_eq!(key.open(Purpose::Invitation, &token), Some((id, generation)));
            prop_assert_eq!(key.open(Purpose::PasswordReset, &token), None);
            prop_assert_eq!(SecretKey::new([8; 32]).open(Purpose::Invitation, &token), None);
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == alphabet[with] { b'_' } else { alphabet[with] };
            let changed = String::from_utf8(changed).unwrap();
            prop_assert_eq!(key.open(Purpose::Invitation, &changed), None);
        }
    }
}
