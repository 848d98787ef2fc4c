//! The listener for those who run the server: health and metrics. It tells no secrets and changes
//! nothing, and is on loopback unless told otherwise.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::front::Front;
use crate::http::Shared;

/// `/health`: the process runs. `/ready`: calls can be served. `/metrics`: counters.
pub(crate) fn router<F: Front>(shared: Arc<Shared<F>>) -> Router {
    Router::new()
        .route("/health", get(|| async { "ok\n" }))
        .route("/ready", get(ready::<F>))
        .route("/metrics", get(metrics::<F>))
        .with_state(shared)
}

async fn ready<F: Front>(State(shared): State<Arc<Shared<F>>>) -> impl IntoResponse {
    if shared.is_closing.load(Ordering::Acquire) {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "shutting down\n".to_owned(),
        );
    }
    let asked = tokio::task::spawn_blocking(move || shared.front.ready()).await;
    match asked {
        Ok(Ok(())) => (StatusCode::OK, "ready\n".to_owned()),
        Ok(Err(reason)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "it cannot be told\n".to_owned(),
        ),
    }
}

async fn metrics<F: Front>(State(shared): State<Arc<Shared<F>>>) -> impl IntoResponse {
    let asked = tokio::task::spawn_blocking(move || {
        let mut text = shared.counters.render();
        text.push_str(&shared.front.metrics());
        text
    });
    match asked.await {
        Ok(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
