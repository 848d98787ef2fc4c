"""The peer of the store's benchmark: a Feast repository with the same records.

Used by `cargo xtask bench store`; prints one JSON object per command.
Feast executes every Python file in its repository at `apply`, so definitions are applied from here.
"""

import argparse
import json
import pathlib
import resource
import time
from datetime import datetime, timedelta, timezone

import numpy
import pandas
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.repo_config import RepoConfig
from feast.types import Int64

START = datetime(2025, 6, 1, tzinfo=timezone.utc)


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


def join(arguments):
    """A point-in-time join of a spine with three groups."""
    folder = pathlib.Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    settings = config(folder, "sqlite")
    settings["offline_store"] = {"type": arguments.engine}
    store = FeatureStore(config=RepoConfig(**settings, repo_path=folder))
    entity = Entity(name="id", join_keys=["id"], value_type=ValueType.STRING)
    objects = [entity]
    names = []
    for view in range(3):
        path = f"{arguments.data}/group{view}.parquet"
        fields = [Field(name=f"g{view}_f{number}", dtype=Int64) for number in range(5)]
        names.extend(f"group{view}:{field.name}" for field in fields)
        objects.append(
            FeatureView(
                name=f"group{view}",
                entities=[entity],
                ttl=timedelta(days=36500),
                schema=fields,
                source=FileSource(path=path, timestamp_field="at"),
            )
        )
    store.apply(objects)
    spine = pandas.read_parquet(f"{arguments.data}/spine.parquet")
    begun = time.monotonic()
    result = store.get_historical_features(entity_df=spine, features=names).to_df()
    seconds = time.monotonic() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    total = int(result[[name.split(":")[1] for name in names]].sum(numeric_only=True).sum())
    print(json.dumps({"seconds": seconds, "rows": len(result), "peak_mb": peak, "checksum": total}))


def join_data(arguments):
    """Writes the input of the join as Parquet, and as CSV and JSON Lines for the other side."""
    folder = pathlib.Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    random = numpy.random.default_rng(11)
    entities = max(1, arguments.rows // 10)
    for view in range(3):
        frame = pandas.DataFrame(
            random.integers(0, 1 << 20, size=(arguments.rows, 5)), columns=[f"g{view}_f{number}" for number in range(5)]
        )
        frame["id"] = numpy.char.add("entity-", random.integers(0, entities, arguments.rows).astype(str))
        frame["at"] = pandas.Timestamp(START) + pandas.to_timedelta(random.integers(0, 30 * 86400, arguments.rows), unit="s")
        frame.to_parquet(folder / f"group{view}.parquet")
    spine = pandas.DataFrame()
    spine["id"] = numpy.char.add("entity-", random.integers(0, entities, arguments.rows).astype(str))
    spine["event_timestamp"] = pandas.Timestamp(START) + pandas.to_timedelta(
        random.integers(10 * 86400, 30 * 86400, arguments.rows), unit="s"
    )
    spine.to_parquet(folder / "spine.parquet")
    out = spine.copy()
    out["event_timestamp"] = out["event_timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    out.to_csv(folder / "spine.csv", index=False)
    print(json.dumps({"rows": arguments.rows}))


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
    two = commands.add_parser("join")
    two.add_argument("folder")
    two.add_argument("data")
    two.add_argument("--engine", default="dask")
    two.set_defaults(run=join)
    three = commands.add_parser("join-data")
    three.add_argument("folder")
    three.add_argument("--rows", type=int, default=1_000_000)
    three.set_defaults(run=join_data)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
