"""A store whose rows are in Redis: what is kept there, and what happens when it goes away."""

import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from harness import StoreTest, record


def free_port():
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Redis:
    """A server that writes every change to its log before it answers."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="store-redis-"))
        self.port = free_port()
        self.process = None
        self.start()

    def start(self):
        """Starts it and waits until it answers."""
        self.process = subprocess.Popen(
            [
                "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.path),
                "--appendonly", "yes", "--appendfsync", "always", "--requirepass", "hidden-word",
            ],
            stdout=subprocess.DEVNULL,
        )
        for _ in range(200):
            try:
                if self.ask("PING") == "PONG":
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError("redis-server does not answer")

    def ask(self, *words):
        """A command whose answer is one line."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as link:
            for command in (("AUTH", "hidden-word"), words):
                parts = "".join(f"${len(word)}\r\n{word}\r\n" for word in command)
                link.sendall(f"*{len(command)}\r\n{parts}".encode())
                line = link.makefile("rb").readline().decode()
        return line.strip()[1:]

    def stop(self):
        """Ends it in good order."""
        self.process.terminate()
        self.process.wait(timeout=30)

    def remove(self):
        """Ends it and removes its files."""
        self.stop()
        shutil.rmtree(self.path, ignore_errors=True)


@unittest.skipUnless(shutil.which("redis-server"), "redis-server is not there")
class InRedis(StoreTest):
    """Rows in one Redis server."""

    @classmethod
    def setUpClass(cls):
        cls.redis = Redis()
        cls.settings = {"online": {"engine": "redis", "timeoutSeconds": 2}}
        cls.environment = {"REMPART_REDIS": f"redis://:hidden-word@127.0.0.1:{cls.redis.port}"}
        try:
            super().setUpClass()
        except BaseException:
            cls.redis.remove()
            raise

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.redis.remove()

    def test_records_are_kept_updated_and_removed(self):
        group = self.group(offline=True, online_key=self.key())
        runtime = self.store.runtime("admin")
        entries = [{"FeatureGroupName": group, "Record": record(f"r{number}", 1, note="n")} for number in range(25)]
        self.assertEqual([], runtime.batch_write_record(Entries=entries)["UnprocessedEntries"])
        self.put(group, "r1", 0, note="older")
        self.assertEqual("n", self.get(group, "r1")["note"])
        self.put(group, "r1", 2, note="newer")
        self.assertEqual("newer", self.get(group, "r1")["note"])
        runtime.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString="r2", EventTime="2026-01-01T00:00:00Z")
        self.assertIsNone(self.get(group, "r2"))
        answer = runtime.batch_get_record(
            Identifiers=[{"FeatureGroupName": group, "RecordIdentifiersValueAsString": [f"r{n}" for n in range(25)]}]
        )
        self.assertEqual(24, len(answer["Records"]))
        rows = self.offline(group, "id")
        self.assertEqual(25 + 2 + 1, len(rows))
        status = json.loads(self.store.run("status", "--format", "json").stdout)
        self.assertEqual("Redis, built-in KMS, directory", status["builtOf"])
        self.assertEqual("Asynchronous", status["durability"])

    def test_no_plaintext_in_redis_nor_beside_it(self):
        group = self.group(offline=True, online_key=self.key())
        marker = "plaintext-marker-5e1f"
        for number in range(50):
            self.put(group, f"{marker}-id-{number}", 1, note=f"{marker}-{number}")
            self.get(group, f"{marker}-id-{number}")
        self.store.run("flush", "--group", group)
        for number in range(50, 60):
            self.put(group, f"{marker}-id-{number}", 1, note=marker)
        self.assertEqual("OK", self.redis.ask("SAVE"))
        written = [path for path in self.redis.path.rglob("*") if path.is_file()]
        self.assertTrue(any(path.suffix == ".rdb" and path.stat().st_size > 5_000 for path in written), written)
        self.assertTrue(any(path.suffix == ".aof" and path.stat().st_size > 5_000 for path in written), written)
        files = written + [path for path in self.store.path.rglob("*") if path.is_file()]
        found = [str(path) for path in files if marker.encode() in path.read_bytes()]
        self.assertEqual([], found)
        self.assertNotIn(marker, "".join(self.store.lines))
        # The password of Redis is nowhere either.
        found = [str(path) for path in self.store.path.rglob("*") if path.is_file() and b"hidden-word" in path.read_bytes()]
        self.assertEqual([], found)
        self.assertNotIn("hidden-word", "".join(self.store.lines))

    def test_acknowledged_writes_survive_kill_9_of_the_store(self):
        group = self.group(offline=True, online_key=self.key())
        acknowledged = {}
        for round_number in range(5):
            for number in range(20):
                identifier = f"k{number}"
                self.put(group, identifier, round_number + 1, note=f"{round_number}-{number}")
                acknowledged[identifier] = f"{round_number}-{number}"
            self.store.kill()
            self.store.start()
            for identifier, note in acknowledged.items():
                self.assertEqual(note, self.get(group, identifier)["note"])
        rows = self.offline(group, "id, note")
        pairs = [(row["id"], row["note"]) for row in rows]
        self.assertEqual(100, len(set(pairs)))
        self.assertEqual(len(pairs), len(set(pairs)), "a row is there twice")

    def test_redis_goes_and_comes_back(self):
        group = self.group(online_key=self.key())
        self.put(group, "a", 1, note="kept")
        self.redis.stop()
        with self.refused("InternalFailure", "ServiceUnavailable") as refusal:
            self.get(group, "a")
        self.assertGreaterEqual(refusal.status, 500)
        self.assertNotIn("hidden-word", refusal.message)
        with self.refused("InternalFailure", "ServiceUnavailable"):
            self.put(group, "a", 2, note="lost")
        self.redis.start()
        deadline = time.monotonic() + 20
        while True:
            try:
                self.assertEqual("kept", self.get(group, "a")["note"])
                break
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        self.put(group, "a", 3, note="again")
        self.assertEqual("again", self.get(group, "a")["note"])

    def test_an_erasure_says_what_it_did_not_search(self):
        group = self.group(online_key=self.key())
        self.put(group, "subject-1", 1, note="x")
        done = self.store.run("erase", "--group", group, "--record", "subject-1", "--apply")
        body = json.loads(json.loads(done.stdout)["receipt"])
        self.assertIn("BGREWRITEAOF", body["groups"][0]["residue"]["notSearched"][0])
        self.assertIsNone(self.get(group, "subject-1"))

    def test_a_backup_without_the_rows_has_to_be_asked_for(self):
        self.store.stop()
        try:
            copy = self.store.path / "copy"
            refused = self.store.run("backup", "--to", str(copy), check=False)
            self.assertEqual(2, refused.returncode)
            self.assertIn("--without-rows", refused.stderr)
            self.store.run("backup", "--to", str(copy), "--without-rows")
            self.assertTrue((copy / "backup.json").is_file())
        finally:
            self.store.start()

    def test_servers_that_lost_their_rows_are_noticed(self):
        other = Redis()
        self.store.stop()
        address = self.store.environment["REMPART_REDIS"]
        try:
            self.store.environment["REMPART_REDIS"] = f"redis://:hidden-word@127.0.0.1:{other.port}"
            refused = self.store.run("status", check=False)
            self.assertEqual(2, refused.returncode)
            self.assertIn("have lost their rows", refused.stderr)
            self.assertNotIn("hidden-word", refused.stderr)
        finally:
            self.store.environment["REMPART_REDIS"] = address
            other.remove()
            self.store.start()

    def test_another_engine_would_find_no_rows(self):
        self.store.stop()
        path = self.store.data / "store.yaml"
        before = path.read_text()
        try:
            path.write_text('{"online": {"engine": "embedded"}}')
            refused = self.store.run("status", check=False)
            self.assertEqual(2, refused.returncode)
            self.assertIn("Change store.yaml back", refused.stderr)
        finally:
            path.write_text(before)
            self.store.start()


if __name__ == "__main__":
    unittest.main()
