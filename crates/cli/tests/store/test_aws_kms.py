"""A store whose customers' keys are in AWS KMS, here another program that speaks its API. `./test` starts
one and names it in `REMPART_MOTO`."""

import json
import os
import time
import unittest

import boto3

from harness import PROD, REGION, Directory, Store, StoreTest, allow, document, role_arn, user_arn

ENDPOINT = os.environ.get("REMPART_MOTO")
# Account of the other program.
ACCOUNT = "123456789012"
SERVER = role_arn("feature-store-server", ACCOUNT)
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDMOTO", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": REGION}


@unittest.skipUnless(ENDPOINT, "REMPART_MOTO is not set")
class WithAwsKms(StoreTest):
    """What holds with the built-in KMS holds here, within the time for which permissions are kept."""

    settings = {
        "keys": {
            "provider": "aws",
            "endpoint": ENDPOINT,
            "serverPrincipal": SERVER,
            "maximumAgeSeconds": 1,
        },
    }
    environment = CREDENTIALS

    @classmethod
    def fill(cls, directory):
        directory.user("no-key", allow("sagemaker:*"))

    def setUp(self):
        self.remote = boto3.client(
            "kms", region_name=REGION, endpoint_url=ENDPOINT, aws_access_key_id="AKIDMOTO", aws_secret_access_key="secret"
        )

    def remote_key(self, *principals):
        """A key whose policy lets these principals use it through their own policies."""
        statement = allow("kms:*")
        statement["Principal"] = {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", *principals]}
        answer = self.remote.create_key(
            Policy=json.dumps(document(statement)), KeyUsage="ENCRYPT_DECRYPT", KeySpec="SYMMETRIC_DEFAULT"
        )
        return answer["KeyMetadata"]["Arn"]

    def grants(self, key):
        """Grants on a key."""
        return self.remote.list_grants(KeyId=key)["Grants"]

    def test_a_group_works_under_a_grant_and_stops_without_it(self):
        key = self.remote_key(user_arn("admin"))
        group = self.group(online_key=key, offline=True)
        grant = next(grant for grant in self.grants(key) if group in grant.get("Name", ""))
        self.assertEqual(SERVER, grant["GranteePrincipal"])
        self.put(group, "a", 1, note="kept")
        self.assertEqual("kept", self.get(group, "a")["note"])
        self.assertEqual([{"id": "a"}], self.offline(group, "id"))
        with self.refused("AccessForbidden", "AccessDeniedException"):
            self.get(group, "a", user="no-key")
        self.remote.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
        self.eventually_refused(group, "a")
        with self.refused():
            self.put(group, "a", 2, note="lost")
        status = self.store.run("status", "--format", "json", check=False)
        self.assertEqual(1, status.returncode)
        self.store.run("repair", "--group", group, "--as", user_arn("admin"))
        self.eventually(lambda: self.assertEqual("kept", self.get(group, "a")["note"]))
        self.store.control("admin").delete_feature_group(FeatureGroupName=group)
        self.eventually(
            lambda: self.assertEqual([], [one for one in self.grants(key) if group in one.get("Name", "")])
        )

    def test_a_disabled_key_and_a_restart(self):
        key = self.remote_key(user_arn("admin"))
        group = self.group(online_key=key)
        self.put(group, "a", 1, note="kept")
        self.store.stop()
        self.store.start()
        self.assertEqual("kept", self.get(group, "a")["note"])
        self.remote.disable_key(KeyId=key.rsplit("/")[-1])
        self.eventually_refused(group, "a")
        self.remote.enable_key(KeyId=key.rsplit("/")[-1])
        self.eventually(lambda: self.assertEqual("kept", self.get(group, "a")["note"]))

    def test_groups_without_a_key_use_the_services_own(self):
        group = self.group(offline=True)
        self.put(group, "a", 1, note="x")
        self.assertEqual("x", self.get(group, "a")["note"])
        self.assertEqual([{"id": "a"}], self.offline(group, "id"))

    def test_the_kms_itself_is_elsewhere(self):
        with self.refused("UnknownOperationException") as refusal:
            self.store.kms("admin").list_keys()
        self.assertIn("AWS KMS", refusal.message)

    def test_a_key_that_is_not_there_or_not_allowed(self):
        with self.refused("ValidationException", "NotFoundException", "ResourceNotFound"):
            self.group(online_key=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000")
        key = self.remote_key()
        with self.refused("ValidationException", "AccessDeniedException"):
            self.group(online_key=key)

    def test_key_use_is_on_record_with_how_it_was_decided(self):
        key = self.remote_key(user_arn("admin"))
        group = self.group(online_key=key)
        self.put(group, "a", 1)
        self.get(group, "a")
        used = [event for event in self.store.events(source="kms.amazonaws.com") if key in json.dumps(event)]
        names = {event["eventName"] for event in used}
        self.assertLessEqual({"CreateGrant", "GenerateDataKey", "Decrypt"}, names)
        decrypt = next(event for event in used if event["eventName"] == "Decrypt")
        self.assertEqual("predicted", decrypt["additionalEventData"]["callerPermission"])

    def eventually(self, check, seconds=10):
        """Waits until a check passes."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return check()
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def eventually_refused(self, group, identifier, seconds=5):
        """Waits until a read is refused; the bound is one second here."""

        def check():
            with self.refused("AccessForbidden", "ValidationError", "AccessDeniedException"):
                self.get(group, identifier)

        self.eventually(check, seconds)


@unittest.skipUnless(ENDPOINT, "REMPART_MOTO is not set")
class KmsThatDoesNotAnswer(unittest.TestCase):
    """The store opens, and says that it cannot serve."""

    def test_nothing_is_served(self):
        directory = Directory()
        directory.user("admin", allow("*"))
        settings = {
            "keys": {
                "provider": "aws",
                "endpoint": "http://127.0.0.1:9",
                "serverPrincipal": SERVER,
                "deadlineSeconds": 2,
            }
        }
        store = Store(directory, settings=settings, environment=CREDENTIALS)
        try:
            store.start()
            with self.assertRaises(Exception) as caught:
                store.control("admin").create_feature_group(
                    FeatureGroupName="g",
                    RecordIdentifierFeatureName="id",
                    EventTimeFeatureName="at",
                    FeatureDefinitions=[
                        {"FeatureName": "id", "FeatureType": "String"},
                        {"FeatureName": "at", "FeatureType": "String"},
                    ],
                    OnlineStoreConfig={
                        "EnableOnlineStore": True,
                        "SecurityConfig": {"KmsKeyId": f"arn:aws:kms:{REGION}:{PROD}:key/1"},
                    },
                )
            self.assertNotIn("secret", str(caught.exception))
        finally:
            store.remove()


if __name__ == "__main__":
    unittest.main()
