//! The listener for those who run the server: health and metrics. It tells no secrets and changes
//! nothing, and is on loopback unless told otherwise.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::front::Front;

/// `/health`: the process runs. `/ready`: calls can be served. `/metrics`: counters.
pub(crate) fn router<F: Front>(front: Arc<F>) -> Router {
    Router::new()
        .route("/health", get(|| async { "ok\n" }))
        .route("/ready", get(ready::<F>))
        .route("/metrics", get(metrics::<F>))
        .with_state(front)
}

async fn ready<F: Front>(State(front): State<Arc<F>>) -> impl IntoResponse {
    match front.ready() {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}

async fn metrics<F: Front>(State(front): State<Arc<F>>) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4")],
        front.metrics(),
    )
}
