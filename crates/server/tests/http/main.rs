//! The HTTP layer on real sockets.

mod bounds;
mod ends;
mod slow;
mod speed;
mod support;
mod tls;
mod wire;
