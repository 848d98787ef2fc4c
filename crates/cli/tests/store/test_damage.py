"""Files of a store are altered, cut and lost: it does not open, and says which file; or what it serves is
right. It never serves a wrong value, and never says of a record that it is not there."""

import random
import shutil
import unittest

from harness import StoreTest

# Files whose loss shows nowhere else: logs that were delivered (`trail verify` tells), files of the offline
# store (as in a bucket, nothing lists them), locks, and what is made anew from other files.
ELSEWHERE = ("audit/AWSLogs", "offline/", "LOCK", "lock", "receipts.key", "tls/", "salt", "whole", "WHOLE")


class Damaged(StoreTest):
    """One store, copied, and each copy damaged in another place."""

    def test_no_damage_goes_unnoticed(self):
        group = self.group(offline=True, online_key=self.key())
        written = {f"r{number}": f"n{number}" for number in range(60)}
        for identifier, note in written.items():
            self.put(group, identifier, 1, note=note)
        self.store.run("flush", "--group", group)
        self.store.run("audit", "--deliver")
        for number in range(60, 70):
            written[f"r{number}"] = f"n{number}"
            self.put(group, f"r{number}", 1, note=f"n{number}")
        self.store.stop()
        (self.store.data / "control.sock").unlink(missing_ok=True)
        whole = self.store.path / "whole"
        shutil.copytree(self.store.data, whole)
        files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
        kept = [path for path in files if not any(part in str(path) for part in ELSEWHERE)]
        # States of tables that are no more: one of them stands for all.
        versions = [path for path in kept if path.parent.parent.name == "keyspaces" and path.name.startswith("v")]
        kept = [path for path in kept if path not in versions] + versions[-1:]
        self.assertGreater(len(kept), 15)
        refused, served, problems = [], [], []
        chance = random.Random(7)
        try:
            for path in kept:
                for damage in ("remove", "cut", "flip"):
                    shutil.rmtree(self.store.data)
                    shutil.copytree(whole, self.store.data)
                    self.hurt(self.store.data / path, damage, chance)
                    self.outcome(f"{path} {damage}", group, written, refused, served, problems)
        finally:
            shutil.rmtree(self.store.data)
            shutil.copytree(whole, self.store.data)
            self.store.start()
        self.assertEqual([], problems)
        names = " ".join(refused)
        for part in ("keys/keys.redb remove", "groups.redb remove", "0.jnl remove", "audit/signing.key remove",
                     "state.json remove", "rempart.yaml remove", "keys/keys.redb cut"):
            self.assertIn(part, names)
        self.assertTrue(served)

    @staticmethod
    def hurt(path, damage, chance):
        """Damages a file."""
        if damage == "remove":
            path.unlink()
            return
        content = bytearray(path.read_bytes())
        if damage == "cut":
            content = content[: len(content) // 2]
        elif content:
            for _ in range(3):
                content[chance.randrange(len(content))] ^= 0x41
        path.write_bytes(content)

    def outcome(self, what, group, written, refused, served, problems):
        """Opens the store and reads what was written."""
        run = self.store.run("status", check=False)
        if run.returncode == 2:
            if str(self.store.data) not in run.stderr and "root key" not in run.stderr:
                problems.append(f"{what}: the refusal names no file: {run.stderr}")
            refused.append(what)
            return
        seen = len(self.store.lines)
        self.store.start()
        served.append(what)
        for identifier, note in written.items():
            try:
                found = self.get(group, identifier)
            except Exception:
                # A refusal is no wrong answer.
                continue
            if found is None or found["note"] != note:
                problems.append(f"{what}: {identifier} was served as {found}")
                break
        if any("panicked" in line for line in self.store.lines[seen:]):
            problems.append(f"{what}: it panicked")
        self.store.kill()


if __name__ == "__main__":
    unittest.main()
