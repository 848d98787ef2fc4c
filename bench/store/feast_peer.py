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
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
