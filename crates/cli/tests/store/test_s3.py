"""A store whose offline files are in S3, here another program that speaks its API. `./test` starts one and
names it in `REMPART_MOTO`."""

import json
import os
import unittest

import boto3

from harness import DEV, PROD, REGION, StoreTest, allow, user_arn

ENDPOINT = os.environ.get("REMPART_MOTO")
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIDMOTO",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": REGION,
    # Where clients of the store are sent; files go where store.yaml says.
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}
PLACE = {"LocationConstraint": REGION}


@unittest.skipUnless(ENDPOINT, "REMPART_MOTO is not set")
class WithS3(StoreTest):
    """Objects of the buckets that groups name, under the keys of the groups."""

    settings = {"offline": {"place": "s3", "endpoint": ENDPOINT, "bucketKey": True}}
    environment = CREDENTIALS

    @classmethod
    def fill(cls, directory):
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        for account in (PROD, DEV):
            directory.role("Writer", trust, allow(["s3:*", "kms:*"]), account=account)
        directory.user("no-key", allow(["s3:*", "sagemaker:*"]))

    def setUp(self):
        self.s3 = boto3.client(
            "s3", region_name=REGION, endpoint_url=ENDPOINT, aws_access_key_id="AKIDMOTO", aws_secret_access_key="secret"
        )
        self.bucket = f"sagemaker-features-{PROD}"
        if self.bucket not in [bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]]:
            self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration=PLACE)
            self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def objects(self, group):
        """Keys of a group's objects."""
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix="store/").get("Contents", [])
        return [one["Key"] for one in listed if f"/offline-store/{group}-" in one["Key"]]

    def test_rows_are_objects_under_the_key_of_the_group(self):
        key = self.key()
        group = self.group(offline=True, offline_key=key, role="Writer")
        self.put(group, "a", 1, note="x")
        self.assertEqual([{"id": "a", "note": "x"}], self.offline(group, "id, note"))
        [name] = self.objects(group)
        self.assertRegex(name, r"/data/year=\d{4}/month=\d\d/day=\d\d/hour=\d\d/\w+\.parquet$")
        head = self.s3.head_object(Bucket=self.bucket, Key=name)
        self.assertEqual("aws:kms", head["ServerSideEncryption"])
        self.assertEqual(key, head["SSEKMSKeyId"])
        self.assertEqual(b"PAR1", self.s3.get_object(Bucket=self.bucket, Key=name)["Body"].read(4))
        self.assertFalse((self.store.data / "offline").exists())

    def test_who_may_not_decrypt_reads_nothing_through_the_store(self):
        group = self.group(offline=True, offline_key=self.key(), role="Writer")
        self.put(group, "a", 1)
        self.assertEqual([{"id": "a"}], self.offline(group, "id"))
        run = self.store.run("query", f'SELECT id FROM "{group}"', "--as", user_arn("no-key"), check=False)
        self.assertNotEqual(0, run.returncode)
        self.assertEqual("", run.stdout)

    def test_rows_wait_for_their_bucket(self):
        group = self.group(account=DEV, offline=True, role="Writer")
        self.put(group, "a", 1, account=DEV)
        self.store.run("flush", check=False)
        describe = self.store.control("admin", DEV).describe_feature_group
        status = describe(FeatureGroupName=group)["OfflineStoreStatus"]
        self.assertEqual("Blocked", status["Status"])
        self.assertIn("NoSuchBucket", status["BlockedReason"])
        self.assertNotIn("secret", status["BlockedReason"])
        self.s3.create_bucket(Bucket=f"sagemaker-features-{DEV}", CreateBucketConfiguration=PLACE)
        self.store.run("flush")
        self.assertEqual("Active", describe(FeatureGroupName=group)["OfflineStoreStatus"]["Status"])
        listed = self.s3.list_objects_v2(Bucket=f"sagemaker-features-{DEV}")
        self.assertEqual(1, listed["KeyCount"])

    def test_an_erased_subject_is_in_no_version(self):
        group = self.group(offline=True, role="Writer")
        for identifier in ("a", "b"):
            self.put(group, identifier, 1)
        self.assertEqual(2, len(self.offline(group, "id")))
        [before] = self.objects(group)
        self.store.run("erase", "--group", group, "--record", "a", "--apply")
        self.assertEqual([{"id": "b"}], self.offline(group, "id"))
        [after] = self.objects(group)
        self.assertNotEqual(before, after)
        versions = self.s3.list_object_versions(Bucket=self.bucket, Prefix="store/").get("Versions", [])
        self.assertEqual([after], [one["Key"] for one in versions if f"/offline-store/{group}-" in one["Key"]])

    def test_a_store_does_not_change_its_place(self):
        self.store.stop()
        settings = self.store.data / "store.yaml"
        kept = settings.read_text()
        try:
            settings.write_text(json.dumps({"offline": {"place": "directory"}}))
            run = self.store.run("status", check=False)
            self.assertEqual(2, run.returncode)
            self.assertIn("place: s3", run.stderr)
        finally:
            settings.write_text(kept)
            self.store.start()


if __name__ == "__main__":
    unittest.main()
