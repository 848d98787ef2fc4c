//! A bound on the bytes that wait.

use std::sync::{Condvar, Mutex, PoisonError};

#[derive(Debug)]
pub(super) struct Room {
    free: Mutex<usize>,
    freed: Condvar,
    all: usize,
}

/// What was taken; given back when dropped.
pub(super) struct Place<'a> {
    room: &'a Room,
    size: usize,
}

impl Room {
    pub(super) fn new(all: usize) -> Self {
        Self {
            free: Mutex::new(all),
            freed: Condvar::new(),
            all,
        }
    }

    /// Waits for room. What is larger than all of it takes all of it.
    pub(super) fn take(&self, size: usize) -> Place<'_> {
        let size = size.min(self.all);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free < size {
            let waited = self.freed.wait(free);
            free = waited.unwrap_or_else(PoisonError::into_inner);
        }
        *free -= size;
        Place { room: self, size }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let free = self.room.free.lock();
        *free.unwrap_or_else(PoisonError::into_inner) += self.size;
        self.room.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn no_more_is_inside_than_there_is_room() {
        let room = Room::new(10);
        let inside = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for size in [1, 3, 4, 7, 100] {
                let (room, inside) = (&room, &inside);
                scope.spawn(move || {
                    for _ in 0..200 {
                        let _place = room.take(size);
                        let now = inside.fetch_add(size.min(10), Ordering::SeqCst) + size.min(10);
                        assert!(now <= 10, "{now}");
                        inside.fetch_sub(size.min(10), Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(*room.free.lock().unwrap(), 10);
    }
}
