//! Makes and opens stores.
//!
//! A directory holds `rempart.yaml` (users, roles, policies), `store.yaml` (what the store is built of),
//! `root.key` unless the root key is kept elsewhere, `keys/`, `groups.redb`, `online/` (or `queue/` beside
//! Redis), `offline/` (unless files are in S3), `audit/`, `tls/`.

use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use rempart_audit::{AuditLog, AuditOptions, SigningKey, Sink};
use rempart_aws_model::AccountId;
use rempart_aws_wire::sign::{KeyCache, ReplayGuard};
use rempart_directory::{Authorizer, Connection, Live, NewCredential, Problem, Sealer, template};
use rempart_keys::{BuiltinKms, BuiltinSettings, Provider, Requester, RootKey};
use rempart_lake::Lake;
use rempart_store::control::{self, Control};
use rempart_store::data::{self, Data};
use rempart_store::registry::Registry;
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use super::metrics::Counters;
use super::signer::Signer;
use super::{Node, NodeError, NodeOptions, keys, offline, parts, rows};
use crate::settings::{FILE, KeySettings, TEMPLATE};

/// Who stands for AWS where keys of its services need an owner.
const SERVICE_ACCOUNT: &str = "000000000000";
/// Signatures that are remembered where repetitions are refused.
const REMEMBERED: usize = 1_000_000;
/// The service in whose name the store works.
const SERVICE: &str = "sagemaker.amazonaws.com";

/// Where the root key comes from.
#[derive(Clone)]
pub enum RootSource {
    /// A file of 32 bytes, or their text
    File(PathBuf),
    /// An environment variable that holds their text; its name and value
    Environment(String, Zeroizing<String>),
    /// A passphrase
    Passphrase(Zeroizing<String>),
}

impl fmt::Debug for RootSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Environment(name, _) => f.debug_tuple("Environment").field(name).finish(),
            Self::Passphrase(_) => f.write_str("Passphrase(…)"),
        }
    }
}

/// The root key in both forms that it is used in.
pub(super) struct Root {
    key: RootKey,
    /// For what is sealed outside the keystore.
    bytes: Zeroizing<[u8; 32]>,
}

impl RootSource {
    fn open(&self, store: &Path) -> Result<Root, NodeError> {
        let key = match self {
            Self::File(path) => RootKey::from_file(path)?,
            Self::Environment(name, value) => RootKey::from_environment_value(name, value)?,
            Self::Passphrase(text) => RootKey::from_passphrase(text)?,
        };
        let bytes = match &key {
            RootKey::Key(key) => key.0.clone(),
            RootKey::Passphrase(text) => stretched(text, store)?,
        };
        Ok(Root { key, bytes })
    }
}

impl RootSource {
    /// The root key as bytes; `store` has the salt of a passphrase.
    pub(super) fn bytes(&self, store: &Path) -> Result<Zeroizing<[u8; 32]>, NodeError> {
        self.open(store).map(|root| root.bytes)
    }
}

/// A key out of a passphrase, with the salt of the store.
fn stretched(passphrase: &str, store: &Path) -> Result<Zeroizing<[u8; 32]>, NodeError> {
    let path = store.join("salt");
    let salt = fs::read(&path).map_err(|error| NodeError::failed(path.display(), error))?;
    let mut key = Zeroizing::new([0; 32]);
    // 64 MiB and three passes (RFC 9106, section 4, second choice).
    let parameters = argon2::Params::new(64 * 1024, 3, 1, Some(32))
        .map_err(|error| NodeError::failed("passphrase", error))?;
    argon2::Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        parameters,
    )
    .hash_password_into(passphrase.as_bytes(), &salt, &mut *key)
    .map_err(|error| NodeError::failed("passphrase", error))?;
    Ok(key)
}

/// A store that was made.
#[derive(Debug)]
pub struct Made {
    /// The first access key.
    pub administrator: NewCredential,
    /// Where the root key is, when it was made as a file.
    pub root_key: Option<PathBuf>,
}

impl Node {
    /// Makes a store in an empty directory.
    ///
    /// # Errors
    /// The directory is not empty, or the disk fails.
    pub fn init(
        path: &Path,
        account: &str,
        region: &str,
        root: Option<&RootSource>,
    ) -> Result<Made, NodeError> {
        let failed = |error: std::io::Error| NodeError::failed(path.display(), error);
        AccountId::parse(account).map_err(|error| NodeError::failed("--account", error))?;
        fs::create_dir_all(path).map_err(failed)?;
        if fs::read_dir(path).map_err(failed)?.next().is_some() {
            return Err(NodeError::NotEmpty {
                path: path.to_owned(),
            });
        }
        private(path)?;
        let random = SystemRandom::new();
        let mut salt = [0; 16];
        random
            .fill(&mut salt)
            .map_err(|_| NodeError::failed("random numbers", "there are none"))?;
        write_private(&path.join("salt"), &salt)?;
        let (source, root_key) = match root {
            Some(source) => (source.clone(), None),
            None => {
                let file = path.join("root.key");
                let mut key = Zeroizing::new([0; 32]);
                random
                    .fill(&mut *key)
                    .map_err(|_| NodeError::failed("random numbers", "there are none"))?;
                let text: Zeroizing<String> =
                    Zeroizing::new(key.iter().map(|byte| format!("{byte:02x}")).collect());
                write_private(&file, text.as_bytes())?;
                (RootSource::File(file.clone()), Some(file))
            }
        };
        let root = source.open(path)?;
        let sealer = sealer(&root.bytes)?;
        let administrator =
            NewCredential::make(&sealer).map_err(|error| NodeError::failed("access key", error))?;
        let text = template(account, region, &administrator);
        write_private(&path.join("rempart.yaml"), text.as_bytes())?;
        write_private(&path.join(FILE), TEMPLATE.as_bytes())?;
        let names = [
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            "::1".to_owned(),
        ];
        let (certificate, key) = crate::tls::make_certificate(&names)
            .map_err(|error| NodeError::failed("certificate", error))?;
        fs::create_dir_all(path.join("tls")).map_err(failed)?;
        write_private(&path.join("tls/certificate.pem"), certificate.as_bytes())?;
        write_private(&path.join("tls/key.pem"), key.as_bytes())?;
        Ok(Made {
            administrator,
            root_key,
        })
    }

    /// A new access key, sealed for the store's `rempart.yaml`.
    ///
    /// # Errors
    /// There is no store, or no root key.
    pub fn credential(path: &Path, root: &RootSource) -> Result<NewCredential, NodeError> {
        exists(path)?;
        let root = root.open(path)?;
        NewCredential::make(&sealer(&root.bytes)?)
            .map_err(|error| NodeError::failed("access key", error))
    }

    /// Opens a store. Gives what is odd about its directory as well. What a crash interrupted is brought
    /// to an end first.
    ///
    /// # Errors
    /// Something of it does not open; the error names the file.
    pub fn open(options: &NodeOptions) -> Result<(Arc<Self>, Vec<Problem>), NodeError> {
        let path = &options.path;
        exists(path)?;
        parts::check(path)?;
        let root = options.root.open(path)?;
        let (live, warnings) = Live::open(&path.join("rempart.yaml"), sealer(&root.bytes)?)?;
        let live = Arc::new(live);
        let region = live.region();
        let partition = live.partition();
        // The first thing that another process would hold.
        let (engine, rows) = rows::open(path, &options.settings.online, &options.online)?;
        let now = Timestamp::now();
        let audit_path = path.join("audit");
        let signing = SigningKey::open(&audit_path.join("signing.key"), &root.bytes, now)?;
        let audit_options = AuditOptions {
            path: audit_path,
            region: region.to_string(),
        };
        let audit = Arc::new(AuditLog::open(&audit_options, signing, now)?);
        let sink: Arc<dyn Sink> = Arc::<AuditLog>::clone(&audit);
        let authorizer: Arc<dyn Authorizer> = Arc::<Live>::clone(&live);
        let service_account = AccountId::parse(SERVICE_ACCOUNT)
            .map_err(|error| NodeError::failed("service account", error))?;
        let kms = Arc::new(BuiltinKms::open(
            &path.join("keys"),
            &root.key,
            BuiltinSettings {
                partition: partition.as_str().into(),
                region: Arc::clone(&region),
                service_account,
            },
            Arc::clone(&authorizer),
            Arc::clone(&sink),
        )?);
        let registry = Arc::new(Registry::open(&path.join("groups.redb"))?);
        let lake = Arc::new(offline::open(path, &options.settings.offline, &region)?);
        let connection = own_connection(now);
        let service = authorizer.service(SERVICE);
        let requester = Requester {
            caller: &service,
            connection: &connection,
            via: None,
            tokens: &[],
        };
        let service_key = kms
            .describe(&requester, "alias/aws/sagemaker")
            .map_err(|error| NodeError::failed("the service's own key", error))?;
        let provider: Arc<dyn Provider> = match &options.settings.keys {
            KeySettings::Builtin => Arc::<BuiltinKms>::clone(&kms),
            KeySettings::Aws(aws) => keys::routed(
                Arc::clone(&kms),
                &service_key.arn,
                aws,
                &region,
                Arc::clone(&authorizer),
                Arc::clone(&sink),
            )?,
        };
        let mut choices = control::Settings::new(&partition, &region, &service_key.arn);
        choices.create_permission_check = options.settings.create_permission_check;
        choices.table_naming = options.settings.table_naming;
        choices.groups_per_account = options.settings.groups_per_account;
        if let KeySettings::Aws(aws) = &options.settings.keys {
            choices.grantee = control::Grantee::Principal(aws.server_principal.clone());
        }
        let control = Control::new(
            control::Parts {
                registry: Arc::clone(&registry),
                authorizer: Arc::clone(&authorizer),
                keys: Arc::clone(&provider),
                engine: Arc::clone(&engine),
                audit: Arc::clone(&sink),
                catalogues: Some(Arc::<Live>::clone(&live)),
            },
            choices,
        )
        .map_err(|error| NodeError::failed("control plane", error))?;
        let data = Data::new(data::Parts {
            engine: Arc::clone(&engine),
            provider: Arc::clone(&provider),
            authorizer,
            groups: Arc::<Registry>::clone(&registry),
            sink,
            lake: Arc::<Lake>::clone(&lake),
            partition: partition.as_str().into(),
            region: Arc::clone(&region),
            settings: options.settings.data,
        })
        .map_err(|error| NodeError::failed("data plane", error))?;
        control
            .resume(&connection)
            .map_err(|error| NodeError::failed("groups", error))?;
        let node = Self {
            path: path.clone(),
            region,
            live,
            kms,
            keys: provider,
            keeps_keys: matches!(options.settings.keys, KeySettings::Builtin),
            audit_sync: options.settings.audit_sync,
            built_of: options.settings.summary(),
            rows,
            audit,
            registry,
            engine,
            control,
            data: Arc::new(data),
            lake,
            signing_keys: KeyCache::default(),
            replay: ReplayGuard::new(options.replay, REMEMBERED),
            counters: Counters::new(),
            signer: Signer::open(&path.join("receipts.key"), &root.bytes)?,
            is_closing: AtomicBool::new(false),
        };
        parts::mark(path)?;
        Ok((Arc::new(node), warnings))
    }
}

fn sealer(root: &[u8; 32]) -> Result<Sealer, NodeError> {
    Sealer::new(root).map_err(|error| NodeError::failed("root key", error))
}

fn exists(path: &Path) -> Result<(), NodeError> {
    if path.join("rempart.yaml").is_file() {
        return Ok(());
    }
    Err(NodeError::NoStore {
        path: path.to_owned(),
    })
}

/// The connection of work that the node does by itself.
pub(super) fn own_connection(now: Timestamp) -> Connection {
    Connection {
        source_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: "rempart".into(),
        tls: None,
        request_id: request_id(),
        time: now,
    }
}

/// The id of a request. Without random numbers it is not unique, which does no harm.
pub(super) fn request_id() -> Arc<str> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).ok();
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
        .into()
}

/// A key for one purpose out of the root key.
pub(super) fn derived(root: &[u8; 32], purpose: &'static [u8]) -> Option<Zeroizing<[u8; 32]>> {
    let prk = Salt::new(HKDF_SHA256, b"rempart store v1").extract(root);
    let mut key = Zeroizing::new([0; 32]);
    let purpose = [purpose];
    let okm = prk.expand(&purpose, &ring::aead::AES_256_GCM).ok()?;
    okm.fill(&mut *key).ok()?;
    Some(key)
}

fn private(path: &Path) -> Result<(), NodeError> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
        .map_err(|error| NodeError::failed(path.display(), error))
}

/// Writes a file that its owner alone can read.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), NodeError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let failed = |error: std::io::Error| NodeError::failed(path.display(), error);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)
}
