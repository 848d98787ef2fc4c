use std::sync::{Arc, Once};

use rempart_lake::{
    Column, ColumnKind, FileEncryption, FileKeys, Scalar, Spine, Table, TableFormat, read_bytes,
};

/// Rows that are looked at: a few bytes may stand for millions.
const ROWS: usize = 1_000;

/// Bytes as a Parquet file of an offline store, and as a spine: rows or an error, no panic that escapes.
pub fn lake_file(bytes: &[u8]) {
    static QUIET: Once = Once::new();
    // The lake stops panics of the decoder, which the hook of libFuzzer would take for ours.
    QUIET.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_ours = |place: &std::panic::Location<'_>| place.file().contains("crates/lake/");
            if panic.location().is_none_or(is_ours) {
                report(panic);
            }
        }));
    });
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        kind,
    };
    let table = Table {
        path: "1/sagemaker/r/offline-store/g-1/data".to_owned(),
        columns: vec![
            column("CustomerMarker", ColumnKind::Scalar(Scalar::String)),
            column("at", ColumnKind::Scalar(Scalar::Fractional)),
            column("count", ColumnKind::Scalar(Scalar::Integral)),
            column("vector", ColumnKind::List(Scalar::Fractional)),
        ],
        identifier: "CustomerMarker".to_owned(),
        event_time: "at".to_owned(),
        format: TableFormat::Glue,
    };
    let no_key = FileEncryption::ServerSide { kms_key: None };
    let keys: Arc<dyn FileKeys> = Arc::new(no_key);
    if let Ok(rows) = read_bytes(&table, "x", bytes.to_vec(), &keys) {
        for row in rows.take(ROWS).map_while(Result::ok) {
            assert_eq!(row.row.cells.len(), table.columns.len());
        }
    }
    if let Ok(spine) = Spine::from_parquet(bytes.to_vec(), "at") {
        let length = spine.len();
        assert_eq!(spine.is_empty(), length == 0);
    }
}
