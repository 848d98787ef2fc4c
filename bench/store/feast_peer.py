"""The peer of the store's benchmark: a Feast repository with the same records.

Used by `cargo xtask bench store`; prints one JSON object per command.
Feast executes every Python file in its repository at `apply`, so definitions are applied from here.
"""

import argparse
import json
import pathlib
import time
from datetime import datetime, timedelta, timezone

import numpy
import pandas
import pyarrow
import pyarrow.parquet
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.repo_config import RepoConfig
from feast.types import Int64

START = datetime(2025, 6, 1, tzinfo=timezone.utc)

# Of the join: the same in xtask/src/bench/store/join.rs.
JOIN_FEATURES = 5
JOIN_DAYS = 10
DAY = 86_400_000


def columns(view, per_view):
    return [f"v{view}_f{number}" for number in range(per_view)]


def config(folder, online):
    store = {"type": "sqlite", "path": str(folder / "online.db")}
    if online.startswith("redis:"):
        store = {"type": "redis", "connection_string": "127.0.0.1:" + online.split(":", 1)[1]}
    return {
        "project": "bench",
        "provider": "local",
        "registry": {"registry_type": "file", "path": str(folder / "registry.db"), "cache_ttl_seconds": 3600},
        "online_store": store,
        "offline_store": {"type": "dask"},
        "entity_key_serialization_version": 3,
    }


def prepare(arguments):
    folder = pathlib.Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    settings = config(folder, arguments.online)
    # JSON is YAML.
    (folder / "feature_store.yaml").write_text(json.dumps(settings))
    store = FeatureStore(config=RepoConfig(**settings, repo_path=folder))
    entity = Entity(name="id", join_keys=["id"], value_type=ValueType.STRING)
    random = numpy.random.default_rng(7)
    objects = [entity]
    for view in range(arguments.views):
        frame = pandas.DataFrame(
            random.integers(0, 1 << 40, size=(arguments.entities, arguments.per_view)),
            columns=columns(view, arguments.per_view),
        )
        frame["id"] = [f"entity-{number}" for number in range(arguments.entities)]
        frame["at"] = START
        path = folder / f"view{view}.parquet"
        frame.to_parquet(path)
        objects.append(
            FeatureView(
                name=f"view{view}",
                entities=[entity],
                ttl=timedelta(days=36500),
                schema=[Field(name=name, dtype=Int64) for name in columns(view, arguments.per_view)],
                source=FileSource(path=str(path), timestamp_field="at"),
            )
        )
    store.apply(objects)
    begun = time.monotonic()
    store.materialize(START - timedelta(days=1), START + timedelta(days=1), disable_event_timestamp=False)
    seconds = time.monotonic() - begun
    print(json.dumps({"seconds": seconds, "rows": arguments.entities}))


def number(record, feature):
    """40 bits that follow from both, as the benchmark's own generator makes them."""
    mixed = (record * numpy.uint64(4096) + numpy.uint64(feature)) * numpy.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return (mixed ^ (mixed >> numpy.uint64(31))) >> numpy.uint64(24)


def names(ids):
    return pandas.Series(ids).map(lambda number: f"entity-{number}")


def moments(millis):
    start = int(START.timestamp() * 1000)
    return pandas.to_datetime(millis.astype(numpy.int64) + start, unit="ms", utc=True)


def join_prepare(arguments):
    """Sources and a repository for the join, and the spine that both programs read."""
    folder = pathlib.Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    settings = config(folder, "sqlite")
    (folder / "feature_store.yaml").write_text(json.dumps(settings))
    store = FeatureStore(config=RepoConfig(**settings, repo_path=folder))
    entity = Entity(name="id", join_keys=["id"], value_type=ValueType.STRING)
    objects = [entity]
    span = numpy.uint64(JOIN_DAYS * DAY)
    for group in range(arguments.groups):
        rows = numpy.arange(arguments.rows, dtype=numpy.uint64)
        records = rows + numpy.uint64(group * arguments.rows)
        columns = {"id": names(number(records, 1000) % numpy.uint64(arguments.entities))}
        columns["event_timestamp"] = moments(rows * span // numpy.uint64(arguments.rows))
        for feature in range(JOIN_FEATURES):
            columns[f"f{feature}"] = number(records, feature).astype(numpy.int64)
        path = folder / f"join{group}.parquet"
        pandas.DataFrame(columns).to_parquet(path, index=False)
        objects.append(
            FeatureView(
                name=f"join{group}",
                entities=[entity],
                # Without a limit of age, so that Feast need not look for one.
                ttl=timedelta(0),
                schema=[Field(name=f"f{feature}", dtype=Int64) for feature in range(JOIN_FEATURES)],
                source=FileSource(path=str(path), timestamp_field="event_timestamp"),
            )
        )
    store.apply(objects)
    # Some identifiers that no group has. Times of the second half: rows whose record comes later are
    # dropped by Feast, so few are wanted.
    rows = numpy.arange(arguments.spine, dtype=numpy.uint64)
    known = numpy.uint64(arguments.entities + arguments.entities // 10 + 1)
    half = numpy.uint64(JOIN_DAYS * DAY // 2)
    times = half + number(rows, 2001) % half
    table = pyarrow.table(
        {
            "row": pyarrow.array(rows.astype(numpy.int64)),
            "id": pyarrow.array(names(number(rows, 2000) % known), pyarrow.string()),
            "event_timestamp": pyarrow.array(
                moments(times), pyarrow.timestamp("ms", tz="UTC")
            ),
        }
    )
    pyarrow.parquet.write_table(table, arguments.spine_file)
    print(json.dumps({"rows": arguments.rows * arguments.groups}))


def join(arguments):
    """`get_historical_features`; the seconds are of the call alone, without start and reading of the spine."""
    store = FeatureStore(repo_path=arguments.folder)
    spine = pandas.read_parquet(arguments.spine_file)
    features = [
        f"join{group}:f{feature}" for group in range(arguments.groups) for feature in range(JOIN_FEATURES)
    ]
    begun = time.monotonic()
    frame = store.get_historical_features(
        entity_df=spine, features=features, full_feature_names=True
    ).to_df()
    seconds = time.monotonic() - begun
    frame.to_parquet(arguments.output, index=False)
    print(json.dumps({"seconds": seconds, "rows": len(frame)}))


def join_compare(arguments):
    """Counts the cells in which two results differ, nulls included.

    Feast's dask store drops a row of the spine whose records all come later; ours has nulls there. Such
    rows are counted apart, and have to have nulls in ours.
    """
    ours = pandas.read_parquet(arguments.ours).set_index("row")
    theirs = pandas.read_parquet(arguments.theirs).set_index("row")
    views = [f"join{group}" for group in range(arguments.groups)]
    dropped = ours.loc[ours.index.difference(theirs.index)]
    wrong = len(theirs.index.difference(ours.index)) + int(theirs.index.duplicated().sum())
    wrong += int(dropped[[f"{view}.f0" for view in views]].notna().all(axis=1).sum())
    ours = ours.loc[theirs.index.intersection(ours.index)]
    theirs = theirs.loc[ours.index]
    cells = nulls = 0
    for view in views:
        for feature in range(JOIN_FEATURES):
            # 40 bits are exact in a double, which pandas makes of integers beside nulls.
            left = ours[f"{view}.f{feature}"].astype("float64")
            right = theirs[f"{view}__f{feature}"].astype("float64")
            cells += len(left)
            nulls += int(left.isna().sum())
            wrong += int((~((left == right) | (left.isna() & right.isna()))).sum())
    print(json.dumps({"cells": cells, "nulls": nulls, "dropped": len(dropped), "wrong": wrong}))


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("prepare")
    one.add_argument("folder")
    one.add_argument("--online", default="sqlite")
    one.add_argument("--entities", type=int, default=10_000)
    one.add_argument("--views", type=int, default=5)
    one.add_argument("--per-view", type=int, default=10)
    one.set_defaults(run=prepare)
    one = commands.add_parser("join-prepare")
    one.add_argument("folder")
    one.add_argument("spine_file")
    one.add_argument("--groups", type=int, required=True)
    one.add_argument("--rows", type=int, required=True)
    one.add_argument("--entities", type=int, required=True)
    one.add_argument("--spine", type=int, required=True)
    one.set_defaults(run=join_prepare)
    one = commands.add_parser("join")
    one.add_argument("folder")
    one.add_argument("spine_file")
    one.add_argument("output")
    one.add_argument("--groups", type=int, required=True)
    one.set_defaults(run=join)
    one = commands.add_parser("join-compare")
    one.add_argument("ours")
    one.add_argument("theirs")
    one.add_argument("--groups", type=int, required=True)
    one.set_defaults(run=join_compare)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
