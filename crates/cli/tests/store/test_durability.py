"""What an acknowledged write survives, and what nobody finds in the files."""

import json
import os
import pathlib
import random
import signal
import subprocess
import threading
import time
import unittest

from botocore.exceptions import BotoCoreError, ClientError
from harness import StoreTest, allow, record, user_arn

KILLS = int(os.environ.get("REMPART_STORE_KILLS", "50"))


class Killed(StoreTest):
    """The server is killed under load, again and again."""

    def test_no_acknowledged_write_is_lost_torn_or_doubled(self):
        group = self.group(offline=True, online_key=self.key())
        acknowledged = {}
        lock = threading.Lock()
        counter = iter(range(1_000_000_000))
        stop = threading.Event()

        def load():
            client = self.store.runtime("admin")
            while not stop.is_set():
                with lock:
                    number = next(counter)
                identifier, count = f"r{number % 40}", number
                try:
                    client.put_record(
                        FeatureGroupName=group,
                        Record=record(identifier, number, count=count, note=f"n{count}" * 20),
                    )
                except (ClientError, BotoCoreError):
                    return
                with lock:
                    acknowledged[number] = identifier

        random.seed(7)
        for _ in range(KILLS):
            stop.clear()
            threads = [threading.Thread(target=load) for _ in range(4)]
            for thread in threads:
                thread.start()
            time.sleep(random.uniform(0.05, 0.5))
            self.store.kill()
            stop.set()
            for thread in threads:
                thread.join()
            self.store.start()
            newest = {}
            for number, identifier in acknowledged.items():
                newest[identifier] = max(newest.get(identifier, -1), number)
            for identifier, number in newest.items():
                got = self.get(group, identifier)
                self.assertIsNotNone(got, identifier)
                self.assertGreaterEqual(int(got["count"]), number)
                self.assertEqual(f"n{got['count']}" * 20, got["note"])
        self.assertGreater(len(acknowledged), KILLS)
        rows = self.offline(group, "id, count, note")
        counts = [row["count"] for row in rows]
        self.assertEqual(len(counts), len(set(counts)), "a row is there twice")
        self.assertEqual(set(), set(acknowledged) - set(counts))
        for row in rows:
            self.assertEqual((f"r{row['count'] % 40}", f"n{row['count']}" * 20), (row["id"], row["note"]))


class Revoked(StoreTest):
    """A grant goes away under load."""

    def test_no_read_is_served_after_revocation_and_the_store_recovers(self):
        key = self.key()
        group = self.group(online_key=key)
        self.put(group, "a", 1, note="kept")
        kms = self.store.kms("admin")
        (grant,) = kms.list_grants(KeyId=key)["Grants"]
        stop = threading.Event()
        served = []

        def read():
            client = self.store.runtime("admin")
            while not stop.is_set():
                begun = time.monotonic()
                try:
                    client.get_record(FeatureGroupName=group, RecordIdentifierValueAsString="a")
                    served.append(begun)
                except ClientError:
                    pass

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
        revoked = time.monotonic()
        time.sleep(1)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertGreater(sum(begun < revoked for begun in served), 10)
        self.assertEqual([], [begun for begun in served if begun >= revoked])
        members = ["Name", "GranteePrincipal", "GranteeServicePrincipal", "RetiringPrincipal"]
        members += ["RetiringServicePrincipal", "Operations", "Constraints"]
        kms.create_grant(KeyId=key, **{name: grant[name] for name in members if name in grant})
        self.assertEqual("kept", self.get(group, "a")["note"])


class Hidden(StoreTest):
    """Markers in values and identifiers are found nowhere."""

    @classmethod
    def fill(cls, directory):
        directory.user("plain", allow("sagemaker:*"), allow("iam:PassRole"))

    def test_no_plaintext_in_files_logs_or_cores(self):
        group = self.group(user="plain", offline=True)
        marker = "plaintext-marker-7d2c"
        for number in range(50):
            self.put(group, f"{marker}-id-{number}", 1, note=f"{marker}-{number}", amount=number)
            self.get(group, f"{marker}-id-{number}")
        with self.refused():
            self.put(group, f"{marker}-bad", 1, count=f"{marker}")
        self.store.run("flush", "--group", group)
        for number in range(50, 60):
            self.put(group, f"{marker}-id-{number}", 1, note=marker)
        process = self.store.process
        limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text(encoding="utf-8")
        self.assertRegex(limits, r"Max core file size\s+0\s+0")
        process.send_signal(signal.SIGABRT)
        process.wait(timeout=30)
        found = [
            str(path)
            for path in self.store.path.rglob("*")
            if path.is_file() and not path.is_socket() and marker.encode() in path.read_bytes()
        ]
        self.assertEqual([], found)
        self.assertEqual([], [path for path in self.store.path.rglob("core*") if path.is_file()])
        self.assertNotIn(marker, "".join(self.store.lines))
        self.store.start()
        self.assertEqual(f"{marker}-3", self.get(group, f"{marker}-id-3")["note"])


class Erased(StoreTest):
    """Erasure of subjects, with a receipt."""

    def test_erasure_with_a_signed_receipt(self):
        group = self.group(offline=True, online_key=self.key())
        for number in range(20):
            self.put(group, f"subject-{number}", number, note="x")
        self.store.run("flush", "--group", group)
        self.put(group, "subject-3", 100, note="queued")
        receipt = self.store.path / "receipt.json"
        dry = self.store.run("erase", "--group", group, "--record", "subject-3")
        self.assertIn("--apply", dry.stderr)
        self.assertIsNotNone(self.get(group, "subject-3"))
        done = self.store.run(
            "erase", "--group", group, "--record", "subject-3", "--apply", "--receipt", str(receipt),
            "--as", user_arn("admin"), check=False,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIsNone(self.get(group, "subject-3"))
        self.assertIsNotNone(self.get(group, "subject-4"))
        remaining = {row["id"] for row in self.offline(group, "id")}
        self.assertEqual({f"subject-{number}" for number in range(20) if number != 3}, remaining)
        body = json.loads(receipt.read_text())
        self.assertTrue(body["isComplete"])
        self.assertNotIn("subject-3", receipt.read_text())
        signers = self.store.path / "signers"
        signers.write_text("store " + (self.store.data / "receipts.key").read_text())
        verified = subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", "store", "-n", "rempart-erasure",
             "-s", str(receipt) + ".sig"],
            input=receipt.read_bytes(), capture_output=True, check=False,
        )
        self.assertEqual(0, verified.returncode, verified.stderr)

    def test_a_legal_hold_forbids_it(self):
        group = self.group()
        self.put(group, "held", 1)
        self.store.run("hold", "--group", group, "--record", "held", "--as", user_arn("admin"))
        erase = ["erase", "--group", group, "--record", "held", "--apply", "--as", user_arn("admin")]
        refused = self.store.run(*erase, check=False)
        self.assertEqual(2, refused.returncode)
        self.assertIn("legal hold", refused.stderr)
        self.assertIsNotNone(self.get(group, "held"))
        self.store.run("hold", "--group", group, "--record", "held", "--lift", "--as", user_arn("admin"))
        self.store.run(*erase)
        self.assertIsNone(self.get(group, "held"))


class Copied(StoreTest):
    """Backup and restore."""

    def test_a_copy_becomes_a_store_again_and_a_changed_one_does_not(self):
        group = self.group(offline=True, online_key=self.key())
        self.put(group, "a", 1, note="kept")
        copy, again = self.store.path / "copy", self.store.path / "again"
        refused = self.store.run("backup", "--to", str(copy), check=False)
        self.assertEqual(2, refused.returncode)
        self.assertIn("in use", refused.stderr)
        self.store.stop()
        self.store.run("backup", "--to", str(copy))
        self.assertFalse((copy / "root.key").exists())
        root_key = self.store.path / "root.key"
        root_key.write_bytes((self.store.data / "root.key").read_bytes())
        original, self.store.data = self.store.data, again
        try:
            arguments = ["restore", "--from", str(copy), "--root-key", str(root_key)]
            self.store.run(*arguments)
            self.store.start("--root-key", str(root_key))
            self.assertEqual("kept", self.get(group, "a")["note"])
            self.store.stop()
            victim = max((path for path in (copy / "online").rglob("*") if path.is_file()), key=lambda p: p.stat().st_size)
            content = bytearray(victim.read_bytes())
            content[len(content) // 2] ^= 1
            victim.write_bytes(content)
            self.store.data = self.store.path / "third"
            refused = self.store.run(*arguments, check=False)
            self.assertEqual(2, refused.returncode)
            self.assertIn("altered", refused.stderr)
        finally:
            self.store.data = original
            self.store.start()


class Audited(StoreTest):
    """The audit log is one that the other commands read."""

    def test_the_log_verifies_and_is_hunted(self):
        group = self.group(online_key=self.key())
        for number in range(30):
            self.put(group, f"r{number}", 1)
            self.get(group, f"r{number}")
        self.store.run("audit", "--deliver")
        program = os.environ.get("REMPART", "rempart")
        logs, keys = self.store.data / "audit" / "AWSLogs", self.store.data / "audit" / "public-keys.json"
        verify = [program, "trail", "verify", str(logs), "--keys", str(keys)]
        done = subprocess.run(verify, capture_output=True, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        hunt = subprocess.run([program, "hunt", str(logs), "--format", "jsonl"], capture_output=True, text=True, check=False)
        self.assertIn(hunt.returncode, (0, 1), hunt.stderr)
        victim = next(path for path in logs.rglob("*_CloudTrail_*.gz"))
        victim.unlink()
        done = subprocess.run(verify, capture_output=True, text=True, check=False)
        self.assertEqual(1, done.returncode)


if __name__ == "__main__":
    unittest.main()
