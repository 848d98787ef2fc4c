//! Fetching objects, the next ones ahead of time.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use object_store::ObjectStoreExt;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use tokio::sync::mpsc;

use super::{Connection, Object, Request, S3Error, chain};

/// Objects that are on their way at once.
const AHEAD_OBJECTS: usize = 32;
/// Bytes that are on their way or waiting at once, the object that is being read aside.
const AHEAD_BYTES: u64 = 64 << 20;
/// Larger objects come piece by piece, and not ahead of time.
const LARGE: u64 = 8 << 20;
/// Pieces of a large object that wait to be read.
const WAITING_PIECES: usize = 64;

/// A piece of an object, or why there is none.
pub(super) type Chunk = Result<Vec<u8>, String>;

/// A listed bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    connection: Connection,
    objects: Vec<Object>,
    ahead: Mutex<Ahead>,
}

/// What was asked for and has not been taken.
#[derive(Debug, Default)]
struct Ahead {
    next: usize,
    bytes: u64,
    waiting: BTreeMap<usize, mpsc::Receiver<Chunk>>,
}

impl Bucket {
    pub(super) fn new(connection: Connection, objects: Vec<Object>) -> Self {
        Self {
            shared: Arc::new(Shared {
                connection,
                objects,
                ahead: Mutex::default(),
            }),
        }
    }

    /// The objects that were listed, sorted by key.
    #[must_use]
    pub fn objects(&self) -> &[Object] {
        &self.shared.objects
    }

    /// Begins to read an object by its number in [`Bucket::objects`]. Numbers that are asked for in
    /// rising order are fetched ahead of time, whichever threads ask.
    ///
    /// # Errors
    /// When there is no such object or the connection is gone.
    pub fn read(&self, number: usize) -> Result<ObjectRead, S3Error> {
        let shared = &self.shared;
        let mut ahead = shared.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chunks) = ahead.waiting.remove(&number) {
            ahead.bytes = ahead.bytes.saturating_sub(self.size(number));
            shared.fill(&mut ahead)?;
            return Ok(ObjectRead::new(chunks));
        }
        let object = shared.objects.get(number).ok_or(S3Error::Closed)?;
        let chunks = shared.request(object)?;
        ahead.next = ahead.next.max(number + 1);
        shared.fill(&mut ahead)?;
        Ok(ObjectRead::new(chunks))
    }

    fn size(&self, number: usize) -> u64 {
        self.shared
            .objects
            .get(number)
            .map_or(0, |object| object.size)
    }
}

impl Shared {
    fn fill(&self, ahead: &mut Ahead) -> Result<(), S3Error> {
        while ahead.waiting.len() < AHEAD_OBJECTS {
            let Some(object) = self.objects.get(ahead.next) else {
                return Ok(());
            };
            let number = ahead.next;
            if object.size > LARGE || object.size == 0 {
                // Read on demand; what lies behind it may go ahead.
                ahead.next += 1;
                continue;
            }
            if ahead.bytes + object.size > AHEAD_BYTES {
                return Ok(());
            }
            let chunks = self.request(object)?;
            ahead.bytes += object.size;
            ahead.waiting.insert(number, chunks);
            ahead.next += 1;
        }
        Ok(())
    }

    fn request(&self, object: &Object) -> Result<mpsc::Receiver<Chunk>, S3Error> {
        let (chunks, receiver) = mpsc::channel(WAITING_PIECES);
        let key = object.key.clone();
        self.connection.send(Request::Get { key, chunks })?;
        Ok(receiver)
    }
}

/// Runs on the thread for connections.
pub(super) async fn get(store: Arc<AmazonS3>, key: String, chunks: mpsc::Sender<Chunk>) {
    let outcome = async {
        let path = Path::parse(&key).map_err(|error| chain(&error))?;
        let object = store.get(&path).await.map_err(|error| chain(&error))?;
        if object.meta.size <= LARGE {
            let bytes = object.bytes().await.map_err(|error| chain(&error))?;
            // A reader that is gone wants nothing.
            let _ = chunks.send(Ok(bytes.into())).await;
            return Ok(());
        }
        let mut stream = object.into_stream();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| chain(&error))?;
            if chunks.send(Ok(piece.into())).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    };
    let outcome: Result<(), String> = outcome.await;
    if let Err(message) = outcome {
        let _ = chunks.send(Err(message)).await;
    }
}

/// The bytes of an object as they come. Waits for the network; not to be used inside an async runtime.
#[derive(Debug)]
pub struct ObjectRead {
    chunks: mpsc::Receiver<Chunk>,
    current: Vec<u8>,
    position: usize,
}

impl ObjectRead {
    fn new(chunks: mpsc::Receiver<Chunk>) -> Self {
        Self {
            chunks,
            current: Vec::new(),
            position: 0,
        }
    }
}

impl Read for ObjectRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let rest = self.current.get(self.position..).unwrap_or_default();
            if !rest.is_empty() {
                let count = rest.len().min(buffer.len());
                let (head, tail) = (rest.get(..count), buffer.get_mut(..count));
                if let (Some(head), Some(tail)) = (head, tail) {
                    tail.copy_from_slice(head);
                }
                self.position += count;
                return Ok(count);
            }
            match self.chunks.blocking_recv() {
                None => return Ok(0),
                Some(Ok(chunk)) => {
                    self.current = chunk;
                    self.position = 0;
                }
                Some(Err(message)) => return Err(io::Error::other(message)),
            }
        }
    }
}
