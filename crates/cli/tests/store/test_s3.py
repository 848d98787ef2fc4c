"""A store whose offline files are in S3, here another program that speaks its API. `./test` starts one and
names it in `REMPART_MOTO`."""

import json
import os
import time
import unittest
import uuid

import boto3

from harness import REGION, StoreTest, allow, role_arn, user_arn

ENDPOINT = os.environ.get("REMPART_MOTO")


@unittest.skipUnless(ENDPOINT, "REMPART_MOTO is not set")
class InS3(StoreTest):
    """Files of offline stores in the buckets that groups name."""

    settings = {"offline": {"place": "s3", "endpoint": ENDPOINT, "bucketKey": True}}
    environment = {
        "AWS_ACCESS_KEY_ID": "AKIDMOTO",
        "AWS_SECRET_ACCESS_KEY": "hidden-word",
        # Where clients of the store are sent; files go where store.yaml says.
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    }

    @classmethod
    def fill(cls, directory):
        directory.user("no-key", allow(["s3:*", "sagemaker:*"]))

    def setUp(self):
        self.s3 = boto3.client(
            "s3", region_name=REGION, endpoint_url=ENDPOINT, aws_access_key_id="AKIDMOTO", aws_secret_access_key="hidden-word"
        )
        self.bucket = f"features-{uuid.uuid4().hex[:12]}"

    def make_bucket(self, versioned=False):
        """The bucket of a test."""
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        if versioned:
            self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def make_group(self, key=None):
        """A group with both stores whose files are in the bucket."""
        name = self.name()
        storage = {"S3Uri": f"s3://{self.bucket}/store"}
        if key:
            storage["KmsKeyId"] = key
        self.store.control("admin").create_feature_group(
            FeatureGroupName=name,
            RecordIdentifierFeatureName="id",
            EventTimeFeatureName="at",
            FeatureDefinitions=[
                {"FeatureName": "id", "FeatureType": "String"},
                {"FeatureName": "at", "FeatureType": "String"},
                {"FeatureName": "note", "FeatureType": "String"},
            ],
            OnlineStoreConfig={"EnableOnlineStore": True},
            OfflineStoreConfig={"S3StorageConfig": storage, "DisableGlueTableCreation": True},
            RoleArn=role_arn("OfflineStore"),
        )
        self.created(name)
        return name

    def objects(self):
        """Keys of the Parquet files in the bucket."""
        listed = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return [one["Key"] for one in listed if one["Key"].endswith(".parquet")]

    def key_for_role(self):
        """A key that the role may use through S3."""
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": role_arn("OfflineStore")},
            "Action": "kms:GenerateDataKey",
            "Resource": "*",
        }
        return self.key(statement)

    def test_files_lie_where_sagemaker_puts_them_under_the_groups_key(self):
        self.make_bucket()
        key = self.key_for_role()
        group = self.make_group(key)
        for number in range(10):
            self.put(group, f"r{number}", number, note=f"n{number}")
        rows = self.offline(group)
        self.assertEqual({f"n{number}" for number in range(10)}, {row["note"] for row in rows})
        files = self.objects()
        self.assertTrue(files)
        resolved = self.store.control("admin").describe_feature_group(FeatureGroupName=group)["OfflineStoreConfig"][
            "S3StorageConfig"
        ]["ResolvedOutputS3Uri"]
        for name in files:
            self.assertTrue(f"s3://{self.bucket}/{name}".startswith(resolved + "/"), (name, resolved))
            self.assertRegex(name, r"/year=\d{4}/month=\d\d/day=\d\d/hour=\d\d/\w+\.parquet$")
            head = self.s3.head_object(Bucket=self.bucket, Key=name)
            self.assertEqual(("aws:kms", key), (head["ServerSideEncryption"], head["SSEKMSKeyId"]))
            # What Athena reads is plain Parquet.
            self.assertEqual(b"PAR1", self.s3.get_object(Bucket=self.bucket, Key=name)["Body"].read()[:4])
        self.assertFalse((self.store.data / "offline").exists())

    def test_a_missing_bucket_blocks_and_nothing_is_lost(self):
        group = self.make_group()
        self.put(group, "a", 1, note="kept")
        self.store.run("flush", "--group", group, check=False)
        status = self.store.control("admin").describe_feature_group(FeatureGroupName=group)["OfflineStoreStatus"]
        self.assertEqual("Blocked", status["Status"])
        self.assertIn(self.bucket, status["BlockedReason"])
        self.assertNotIn("hidden-word", json.dumps(status) + "".join(self.store.lines))
        self.assertEqual("kept", self.get(group, "a")["note"])
        self.make_bucket()
        deadline = time.monotonic() + 30
        while True:
            self.store.run("flush", "--group", group, check=False)
            status = self.store.control("admin").describe_feature_group(FeatureGroupName=group)["OfflineStoreStatus"]
            if status["Status"] == "Active":
                break
            self.assertLess(time.monotonic(), deadline, status)
            time.sleep(0.2)
        self.assertEqual(["kept"], [row["note"] for row in self.offline(group)])

    def test_an_erasure_reaches_the_versions_of_a_bucket_or_says_that_it_did_not(self):
        self.make_bucket(versioned=True)
        group = self.make_group(self.key_for_role())
        for number in range(5):
            self.put(group, f"subject-{number}", 1, note=f"secret-of-{number}")
        self.assertEqual(5, len(self.offline(group)))
        done = self.store.run("erase", "--group", group, "--record", "subject-3", "--apply", check=False)
        receipt = json.loads(json.loads(done.stdout)["receipt"])
        self.assertEqual({0, 1, 2, 4}, {int(row["id"][-1]) for row in self.offline(group, "id")})
        versions = self.s3.list_object_versions(Bucket=self.bucket)
        left = [
            one
            for one in versions.get("Versions", [])
            if b"secret-of-3" in self.s3.get_object(Bucket=self.bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read()
        ]
        if left:
            self.assertFalse(receipt["isComplete"], receipt)
        else:
            self.assertTrue(receipt["isComplete"], receipt)

    def test_who_may_not_decrypt_reads_nothing_through_the_store(self):
        self.make_bucket()
        group = self.make_group(self.key_for_role())
        self.put(group, "a", 1, note="secret")
        self.assertEqual(["secret"], [row["note"] for row in self.offline(group)])
        run = self.store.run("query", f'SELECT note FROM "{group}"', "--as", user_arn("no-key"), check=False)
        self.assertNotEqual(0, run.returncode)
        self.assertNotIn("secret", run.stdout)

    def test_a_store_does_not_change_its_place(self):
        self.store.stop()
        settings = self.store.data / "store.yaml"
        kept = settings.read_text()
        try:
            settings.write_text(json.dumps({"offline": {"place": "directory"}}))
            run = self.store.run("status", check=False)
            self.assertNotEqual(0, run.returncode)
            self.assertIn("place: s3", run.stderr)
        finally:
            settings.write_text(kept)
            self.store.start()

    def test_a_restart_finds_the_files(self):
        self.make_bucket()
        group = self.make_group()
        self.put(group, "a", 1, note="kept")
        self.assertEqual(1, len(self.offline(group)))
        self.store.stop()
        self.store.start()
        self.assertEqual(["kept"], [row["note"] for row in self.offline(group)])
        status = json.loads(self.store.run("status", "--format", "json").stdout)
        self.assertEqual("embedded, built-in KMS, S3", status["builtOf"])


if __name__ == "__main__":
    unittest.main()
