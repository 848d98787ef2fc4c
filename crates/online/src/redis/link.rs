//! Connections to the servers: opened when needed, kept, thrown away after an error.

use std::fmt;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use redis::cluster::{ClusterClient, ClusterConnection, ClusterPipeline};
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo};
use redis::{
    Client, Cmd, Connection, ErrorKind, IntoConnectionInfo, Pipeline, RedisError, RedisResult,
    Script, ServerErrorKind, TlsCertificates, Value,
};

use super::RedisOptions;
use crate::engine::EngineError;

/// The oldest server whose `SET` takes an absolute time.
const OLDEST: (u32, u32) = (6, 2);

enum Servers {
    One(Box<Client>),
    Cluster(Box<ClusterClient>),
}

enum Link {
    One(Box<Connection>),
    Cluster(Box<ClusterConnection>),
}

/// Commands that are sent together.
enum Lines {
    One(Pipeline),
    Cluster(ClusterPipeline),
}

/// A bounded number of connections.
pub(super) struct Pool {
    servers: Servers,
    /// Hosts and ports, without what else is in their addresses.
    place: String,
    free: Receiver<Option<Link>>,
    give_back: Sender<Option<Link>>,
    scripts: Vec<Script>,
    timeout: Duration,
    replicas: u32,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl Pool {
    /// Connects once, and looks whether the servers will do.
    pub(super) fn open(options: &RedisOptions, scripts: Vec<Script>) -> Result<Self, EngineError> {
        let mut addresses = Vec::new();
        let mut place = String::new();
        for address in &options.addresses {
            let info = address.as_str().into_connection_info();
            // The text may hold a password: the error does not repeat it.
            let info = info.map_err(|_| failed("redis", "an address does not read".to_owned()))?;
            if !place.is_empty() {
                place.push(',');
            }
            place.push_str(&info.addr().to_string());
            addresses.push(info);
        }
        if addresses.is_empty() || (!options.is_cluster && addresses.len() > 1) {
            let reason = "one address is wanted, or several of one cluster".to_owned();
            return Err(failed("redis", reason));
        }
        let certificates = options
            .root_certificates
            .clone()
            .map(|root| TlsCertificates {
                client_tls: None,
                root_cert: Some(root),
            });
        let wrong = |error: RedisError| mapped(&place, &error);
        let servers = if options.is_cluster {
            let mut builder = ClusterClient::builder(addresses)
                .connection_timeout(options.timeout)
                .response_timeout(options.timeout);
            if let Some(certificates) = certificates {
                builder = builder.certs(certificates);
            }
            Servers::Cluster(Box::new(builder.build().map_err(wrong)?))
        } else {
            let mut client = Err(failed("redis", String::new()));
            for address in addresses {
                client = match &certificates {
                    Some(certificates) => Client::build_with_tls(address, certificates.clone()),
                    None => Client::open(address),
                }
                .map_err(wrong);
            }
            Servers::One(Box::new(client?))
        };
        let (give_back, free) = bounded(options.connections.max(1));
        for _ in 0..options.connections.max(1) {
            give_back.send(None).ok();
        }
        let pool = Self {
            servers,
            place,
            free,
            give_back,
            scripts,
            timeout: options.timeout,
            replicas: options.replicas,
        };
        pool.with_link(|link| Ok(suitable(&link.states()?)))?
            .map_err(|reason| failed(&pool.place, reason))?;
        Ok(pool)
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Sends commands together and gives the answers in their order. Each is sent to the server that has
    /// its key.
    pub(super) fn read(&self, commands: Vec<Cmd>) -> Result<Vec<Value>, EngineError> {
        self.ask(commands, false)
    }

    /// As [`Self::read`], and waits for replicas where the options say so.
    pub(super) fn write(&self, commands: Vec<Cmd>) -> Result<Vec<Value>, EngineError> {
        self.ask(commands, true)
    }

    fn ask(&self, commands: Vec<Cmd>, writes: bool) -> Result<Vec<Value>, EngineError> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let lines = match self.servers {
            Servers::One(_) => {
                let mut lines = Pipeline::with_capacity(commands.len());
                for command in commands {
                    lines.add_command(command);
                }
                Lines::One(lines)
            }
            Servers::Cluster(_) => {
                let mut lines = ClusterPipeline::with_capacity(commands.len());
                for command in commands {
                    lines.add_command(command);
                }
                Lines::Cluster(lines)
            }
        };
        let reached = self.with_link(|link| {
            let answers = match link.send(&lines) {
                // The server has begun anew, or another has taken its place. Scripts may run twice: a
                // write that is there already is known by its version.
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    link.load(&self.scripts)?;
                    link.send(&lines)?
                }
                other => other?,
            };
            let reached = if writes && self.replicas > 0 {
                link.wait(self.replicas, self.timeout)?
            } else {
                self.replicas
            };
            Ok((answers, reached))
        });
        let (answers, reached) = reached?;
        if reached < self.replicas {
            let reason = format!("{reached} of {} replicas have the write", self.replicas);
            return Err(failed(&self.place, reason));
        }
        Ok(answers)
    }

    fn with_link<T>(
        &self,
        work: impl FnOnce(&mut Link) -> RedisResult<T>,
    ) -> Result<T, EngineError> {
        let link = self.free.recv_timeout(self.timeout);
        let link =
            link.map_err(|_| failed(&self.place, "all connections are in use".to_owned()))?;
        let mut link = match link.map_or_else(|| self.connect(), Ok) {
            Ok(link) => link,
            Err(error) => {
                self.give_back.send(None).ok();
                return Err(mapped(&self.place, &error));
            }
        };
        let done = work(&mut link);
        // After an error of the connection an answer may still be on its way; and a server that has become
        // a replica says so until another is asked for.
        let is_well = match done.as_ref().map_err(RedisError::kind) {
            Ok(_) | Err(ErrorKind::Extension) => true,
            Err(ErrorKind::Server(kind)) => !matches!(
                kind,
                ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown
            ),
            Err(_) => false,
        };
        self.give_back.send(is_well.then_some(link)).ok();
        done.map_err(|error| mapped(&self.place, &error))
    }

    fn connect(&self) -> RedisResult<Link> {
        let mut link = match &self.servers {
            Servers::One(client) => {
                let connection = client.get_connection_with_timeout(self.timeout)?;
                connection.set_read_timeout(Some(self.timeout))?;
                connection.set_write_timeout(Some(self.timeout))?;
                Link::One(Box::new(connection))
            }
            Servers::Cluster(client) => Link::Cluster(Box::new(client.get_connection()?)),
        };
        link.load(&self.scripts)?;
        Ok(link)
    }
}

impl Link {
    fn send(&mut self, lines: &Lines) -> RedisResult<Vec<Value>> {
        match (self, lines) {
            (Self::One(link), Lines::One(lines)) => lines.query(&mut **link),
            (Self::Cluster(link), Lines::Cluster(lines)) => lines.query(link),
            // A pool has links of one kind.
            _ => Ok(Vec::new()),
        }
    }

    fn load(&mut self, scripts: &[Script]) -> RedisResult<()> {
        for script in scripts {
            match self {
                Self::One(link) => script.load(&mut **link)?,
                Self::Cluster(link) => script.load(&mut **link)?,
            };
        }
        Ok(())
    }

    /// How many replicas have all that was written here, at least.
    fn wait(&mut self, replicas: u32, timeout: Duration) -> RedisResult<u32> {
        let mut command = redis::cmd("WAIT");
        // Half the time, so that the answer comes before the connection is given up.
        command.arg(replicas).arg((timeout / 2).as_millis() as u64);
        match self {
            Self::One(link) => command.query(&mut **link),
            Self::Cluster(link) => command.query(&mut **link),
        }
    }

    /// What each server that takes writes says of itself.
    fn states(&mut self) -> RedisResult<Vec<String>> {
        let command = redis::cmd("INFO");
        let answer = match self {
            Self::One(link) => command.query(&mut **link)?,
            Self::Cluster(link) => {
                let all = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                link.route_command(&command, all)?
            }
        };
        let mut texts = Vec::new();
        gather(&answer, &mut texts);
        Ok(texts)
    }
}

fn gather(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::BulkString(text) => texts.push(String::from_utf8_lossy(text).into_owned()),
        Value::VerbatimString { text, .. } | Value::SimpleString(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| gather(value, texts)),
        Value::Map(pairs) => pairs.iter().for_each(|(_, value)| gather(value, texts)),
        _ => {}
    }
}

/// Whether servers, by what `INFO` answers, know the commands and keep what they are given.
fn suitable(states: &[String]) -> Result<(), String> {
    let mut has_version = false;
    for state in states {
        has_version |= is_suitable(state)?;
    }
    has_version
        .then_some(())
        .ok_or_else(|| "no server says its version".to_owned())
}

/// `false` for what is no state: the answer of a cluster names its nodes as well.
fn is_suitable(state: &str) -> Result<bool, String> {
    let field = |name: &str| {
        let mut lines = state.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    };
    let Some(version) = field("redis_version") else {
        return Ok(false);
    };
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    let number = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if number < OLDEST {
        return Err(format!("version {version} is older than 6.2"));
    }
    let policy = field("maxmemory_policy").unwrap_or("noeviction");
    if policy != "noeviction" && field("maxmemory") != Some("0") {
        return Err(format!(
            "maxmemory-policy {policy} would throw rows away: noeviction is wanted"
        ));
    }
    Ok(true)
}

fn failed(place: &str, reason: String) -> EngineError {
    EngineError::Failed {
        place: place.to_owned(),
        reason,
    }
}

fn mapped(place: &str, error: &RedisError) -> EngineError {
    // The error of several commands has no code of its own.
    let text = error.to_string();
    if error.code() == Some("OOM")
        || (error.kind() == ErrorKind::Extension && text.contains("\"OOM\""))
    {
        return EngineError::Full { path: place.into() };
    }
    failed(place, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_that_would_lose_rows_are_refused() {
        let state = |version: &str, memory: &str, policy: &str| {
            suitable(&[format!(
                "# Server\r\nredis_version:{version}\r\nmaxmemory:{memory}\r\nmaxmemory_policy:{policy}\r\n"
            )])
        };
        assert!(suitable(&["10.0.0.1:6379".to_owned()]).is_err());
        assert_eq!(state("7.0.15", "0", "noeviction"), Ok(()));
        assert_eq!(state("7.2.4", "1000", "noeviction"), Ok(()));
        assert_eq!(state("6.2.0", "0", "allkeys-lru"), Ok(()));
        assert!(state("7.0.15", "1000", "allkeys-lru").is_err());
        assert!(state("7.0.15", "1000", "volatile-ttl").is_err());
        assert!(state("6.0.16", "0", "noeviction").is_err());
        assert!(state("5.9.1", "0", "noeviction").is_err());
    }
}
