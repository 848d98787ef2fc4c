"""Keys and grants: K1 to K17 of the feature-store requirements."""

import json
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import DEV, ELEVEN, PROD, REGION, StoreTest, allow, group_arn, record, role_arn, user_arn, when

VIA_SAGEMAKER = {"StringLike": {"kms:ViaService": "sagemaker.*.amazonaws.com"}}
VIA_S3 = {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}
DENIED = ("AccessDeniedException", "AccessForbidden")
# Those of the eleven that mean nothing in a key policy.
IAM_ONLY = ["kms:ListAliases", "kms:RetireGrant"]


def grants(principals, actions, condition=None, sid="Use"):
    """A statement of a key policy."""
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": principals},
        "Action": actions,
        "Resource": "*",
    }
    if condition:
        statement["Condition"] = condition
    return statement


class Keys(StoreTest):
    """Groups under keys of every kind."""

    @classmethod
    def fill(cls, directory):
        own = [allow("sagemaker:*"), allow("iam:PassRole")]
        directory.user("plain-owner", *own)
        directory.user("owner", *own, allow(IAM_ONLY))
        directory.user("iam-owner", *own, allow(ELEVEN))
        for action in ELEVEN:
            rest = [other for other in ELEVEN if other != action]
            directory.user(f"without-{action[4:].lower()}", *own, allow(rest))
        directory.user("reader", allow("sagemaker:*"))
        directory.user("second-reader", allow("sagemaker:*"))
        directory.user("iam-reader", allow("sagemaker:*"), allow("kms:Decrypt"))
        directory.user("kms-only", allow("kms:*"))
        directory.user("key-administrator", allow("sagemaker:*"))
        directory.user("without-pass-role", allow("sagemaker:*"), allow(ELEVEN))
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        bucket = ["s3:PutObject", "s3:GetBucketAcl", "s3:PutObjectAcl"]
        directory.role("WithKey", trust, allow(bucket), allow("kms:GenerateDataKey"))
        for action in bucket:
            directory.role(
                "Without" + action[3:], trust, allow([x for x in bucket if x != action]), allow("kms:GenerateDataKey")
            )

    def test_k01_without_a_key_no_permission_is_needed_and_all_is_encrypted(self):
        group = self.group(user="plain-owner", offline=True)
        marker = "k01-plaintext-marker"
        self.put(group, marker + "-id", 1, note=marker)
        self.store.run("flush", "--group", group)
        status = self.store.control("admin").describe_feature_group(FeatureGroupName=group)
        self.assertNotIn("KmsKeyId", status["OnlineStoreConfig"].get("SecurityConfig", {}))
        self.assertNotIn("KmsKeyId", status["OfflineStoreConfig"]["S3StorageConfig"])
        for path in self.store.path.rglob("*"):
            if path.is_file():
                self.assertNotIn(marker.encode(), path.read_bytes(), path)

    def test_k02_a_key_for_each_store(self):
        online, offline = self.key(), self.key()
        group = self.group(offline=True, online_key=online, offline_key=offline, role="WithKey")
        status = self.store.control("admin").describe_feature_group(FeatureGroupName=group)
        self.assertEqual(online, status["OnlineStoreConfig"]["SecurityConfig"]["KmsKeyId"])
        self.assertEqual(offline, status["OfflineStoreConfig"]["S3StorageConfig"]["KmsKeyId"])
        self.put(group, "a", 1, note="x")
        self.assertEqual("x", self.get(group, "a")["note"])

    def test_k03_only_symmetric_usable_keys(self):
        kms = self.store.kms("admin")
        kinds = {
            "RSA_2048": "ENCRYPT_DECRYPT",
            "RSA_4096": "SIGN_VERIFY",
            "ECC_NIST_P256": "SIGN_VERIFY",
            "ECC_NIST_P384": "KEY_AGREEMENT",
            "HMAC_256": "GENERATE_VERIFY_MAC",
            "ML_DSA_65": "SIGN_VERIFY",
        }
        refused = {
            spec: kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"] for spec, usage in kinds.items()
        }
        refused["disabled"] = self.key()
        kms.disable_key(KeyId=refused["disabled"])
        refused["pending deletion"] = self.key()
        kms.schedule_key_deletion(KeyId=refused["pending deletion"], PendingWindowInDays=7)
        refused["unknown"] = f"arn:aws:kms:{REGION}:{PROD}:key/00000000-0000-4000-8000-000000000000"
        refused["another Region"] = self.key().replace(REGION, "us-east-1")
        refused["foreign"] = self.key(account=DEV)
        for what, key in refused.items():
            with self.subTest(what, store="online"), self.refused("ValidationException", *DENIED):
                self.group(online_key=key)
            with self.subTest(what, store="offline"), self.refused("ValidationException", *DENIED):
                self.group(offline=True, offline_key=key, role="WithKey")

    def test_k04_each_of_the_eleven_permissions(self):
        key = self.key()
        self.group(user="iam-owner", online_key=key)
        for action in ELEVEN:
            name = self.name()
            with self.subTest(action), self.refused(*DENIED, "ValidationException") as error:
                self.group(name, user=f"without-{action[4:].lower()}", online_key=key)
            self.assertIn(action, error.message)
            with self.refused("ResourceNotFound"):
                self.store.control("admin").describe_feature_group(FeatureGroupName=name)

    def test_k04_two_of_them_count_in_iam_only(self):
        key = self.key(grants(user_arn("plain-owner"), ELEVEN), delegate=False)
        with self.refused(*DENIED, "ValidationException") as error:
            self.group(user="plain-owner", online_key=key)
        self.assertIn("kms:ListAliases", error.message)

    def test_k05_permission_from_the_key_policy(self):
        key = self.key(grants(user_arn("reader"), "kms:Decrypt"), delegate=False)
        group = self.group(online_key=key)
        self.put(group, "a", 1)
        self.assertIsNotNone(self.get(group, "a", user="reader"))
        self.store.kms("admin").put_key_policy(
            KeyId=key, PolicyName="default", Policy=self.policy(grants(user_arn("admin"), "kms:*"))
        )
        with self.refused(*DENIED):
            self.get(group, "a", user="reader")

    def test_k05_permission_from_iam_where_the_key_policy_delegates(self):
        key = self.key()
        group = self.group(online_key=key)
        self.put(group, "a", 1)
        self.assertIsNotNone(self.get(group, "a", user="iam-reader"))
        with self.refused(*DENIED):
            self.get(group, "a", user="reader")
        self.store.kms("admin").put_key_policy(
            KeyId=key, PolicyName="default", Policy=self.policy(grants(user_arn("admin"), "kms:*"))
        )
        with self.refused(*DENIED):
            self.get(group, "a", user="iam-reader")

    def test_k05_permission_from_a_grant(self):
        key = self.key(delegate=False)
        group = self.group(online_key=key)
        self.put(group, "a", 1)
        with self.refused(*DENIED):
            self.get(group, "a", user="reader")
        kms = self.store.kms("admin")
        grant = kms.create_grant(KeyId=key, GranteePrincipal=user_arn("reader"), Operations=["Decrypt"])
        self.assertIsNotNone(self.get(group, "a", user="reader"))
        kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
        with self.refused(*DENIED):
            self.get(group, "a", user="reader")

    @staticmethod
    def policy(*statements):
        return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

    def test_k06_via_service(self):
        key = self.key(grants(user_arn("reader"), ["kms:Decrypt", "kms:GenerateDataKey"], VIA_SAGEMAKER), delegate=False)
        group = self.group(online_key=key)
        self.put(group, "a", 1, user="reader", note="x")
        self.assertEqual("x", self.get(group, "a", user="reader")["note"])
        kms = self.store.kms("reader")
        with self.refused("AccessDeniedException"):
            kms.generate_data_key(KeyId=key, KeySpec="AES_256")
        sealed = self.store.kms("admin").encrypt(KeyId=key, Plaintext=b"direct")["CiphertextBlob"]
        with self.refused("AccessDeniedException"):
            kms.decrypt(CiphertextBlob=sealed)

    def test_k07_key_and_service_are_both_needed(self):
        group = self.group(online_key=self.key())
        self.put(group, "a", 1)
        with self.refused(*DENIED) as error:
            self.get(group, "a", user="kms-only")
        self.assertIn("sagemaker:GetRecord", error.message)
        with self.refused(*DENIED) as error:
            self.get(group, "a", user="reader")
        self.assertIn("kms:Decrypt", error.message)

    def test_k08_one_key_for_both_stores(self):
        everybody = [user_arn("owner"), role_arn("OfflineStore")]
        one = self.key(grants(everybody, "kms:*", VIA_SAGEMAKER), delegate=False)
        with self.refused(*DENIED, "ValidationException") as error:
            self.group(user="owner", offline=True, online_key=one, offline_key=one)
        self.assertIn("kms:GenerateDataKey", error.message)
        two = self.key(grants(everybody, "kms:*"), delegate=False)
        self.group(user="owner", offline=True, online_key=two, offline_key=two)
        three = self.key(grants([user_arn("owner"), role_arn("WithKey")], "kms:*", VIA_SAGEMAKER))
        self.group(user="owner", offline=True, online_key=three, offline_key=three, role="WithKey")
        four = self.key(
            grants(user_arn("owner"), "kms:*", VIA_SAGEMAKER),
            grants(role_arn("OfflineStore"), "kms:GenerateDataKey", VIA_S3, "Writer"),
            delegate=False,
        )
        self.group(user="owner", offline=True, online_key=four, offline_key=four)

    def test_k09_role_of_the_offline_store(self):
        key = self.key()
        self.group(user="iam-owner", offline=True, offline_key=key, role="WithKey")
        with self.refused(*DENIED, "ValidationException") as error:
            self.group(user="iam-owner", offline=True, offline_key=key, role="OfflineStore")
        self.assertIn("kms:GenerateDataKey", error.message)
        for action in ["PutObject", "GetBucketAcl", "PutObjectAcl"]:
            with self.subTest(action), self.refused(*DENIED, "ValidationException") as error:
                self.group(user="iam-owner", offline=True, offline_key=key, role=f"Without{action}")
            self.assertIn(f"s3:{action}", error.message)
        with self.refused(*DENIED) as error:
            self.group(user="without-pass-role", offline=True, offline_key=key, role="WithKey")
        self.assertIn("iam:PassRole", error.message)

    def test_k10_every_data_call_needs_decrypt_of_the_caller(self):
        group = self.group(online_key=self.key(), storage="Standard_V2")
        self.put(group, "a", 1)
        runtime = self.store.runtime("reader")
        update = [{"FeatureName": "note", "ValueAsString": "x"}]
        calls = {
            "PutRecord": lambda: runtime.put_record(FeatureGroupName=group, Record=record("b", 1)),
            "GetRecord": lambda: runtime.get_record(FeatureGroupName=group, RecordIdentifierValueAsString="a"),
            "DeleteRecord": lambda: runtime.delete_record(
                FeatureGroupName=group, RecordIdentifierValueAsString="a", EventTime=when(5)
            ),
            "UpdateRecord": lambda: runtime.update_record(
                FeatureGroupName=group, RecordIdentifierValueAsString="a", Features=update
            ),
            "ListRecords": lambda: runtime.list_records(FeatureGroupName=group),
        }
        for name, call in calls.items():
            with self.subTest(name), self.refused(*DENIED) as error:
                call()
            self.assertIn("kms:Decrypt", error.message)
        read = runtime.batch_get_record(
            Identifiers=[{"FeatureGroupName": group, "RecordIdentifiersValueAsString": ["a"]}]
        )
        self.assertEqual(([], 1), (read["Records"], len(read["Errors"])))
        written = runtime.batch_write_record(Entries=[{"FeatureGroupName": group, "Record": record("b", 1)}])
        self.assertEqual(1, len(written["Errors"]))
        self.assertEqual(["a"], self.store.runtime("admin").list_records(FeatureGroupName=group)["RecordIdentifiers"])

    def test_k11_grants_are_distinct_and_named(self):
        key = self.key()
        first, second = self.group(online_key=key), self.group(online_key=key)
        listed = self.store.kms("admin").list_grants(KeyId=key)["Grants"]
        self.assertEqual(2, len({grant["GrantId"] for grant in listed}))
        for group in (first, second):
            self.assertEqual(1, sum(group_arn(group) in grant["Name"] for grant in listed), listed)

    def test_k12_revoked_grant_stops_the_store_and_a_new_one_revives_it(self):
        key = self.key()
        group = self.group(online_key=key)
        self.put(group, "a", 1, note="kept")
        kms = self.store.kms("admin")
        (grant,) = kms.list_grants(KeyId=key)["Grants"]
        kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
        with self.refused():
            self.get(group, "a")
        with self.refused():
            self.put(group, "b", 1)
        members = ["Name", "GranteePrincipal", "GranteeServicePrincipal", "RetiringPrincipal"]
        members += ["RetiringServicePrincipal", "Operations", "Constraints"]
        kms.create_grant(KeyId=key, **{name: grant[name] for name in members if name in grant})
        self.assertEqual("kept", self.get(group, "a")["note"])
        self.put(group, "b", 1)

    def test_k13_deleting_a_group_retires_its_grants_alone(self):
        key = self.key()
        first, second = self.group(online_key=key), self.group(online_key=key)
        self.store.control("admin").delete_feature_group(FeatureGroupName=first)
        time.sleep(0.3)
        listed = self.store.kms("admin").list_grants(KeyId=key)["Grants"]
        self.assertEqual([True], [group_arn(second) in grant["Name"] for grant in listed])

    def test_k14_administrators_of_a_key_read_nothing(self):
        administration = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]
        key = self.key(grants(user_arn("key-administrator"), administration), delegate=False)
        group = self.group(online_key=key)
        self.put(group, "a", 1)
        kms = self.store.kms("key-administrator")
        kms.describe_key(KeyId=key)
        kms.get_key_policy(KeyId=key, PolicyName="default")
        (grant,) = kms.list_grants(KeyId=key)["Grants"]
        sealed = self.store.kms("admin").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        with self.refused("AccessDeniedException"):
            kms.decrypt(CiphertextBlob=sealed)
        with self.refused(*DENIED):
            self.get(group, "a", user="key-administrator")
        kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])

    def test_k15_state_of_the_key(self):
        key = self.key()
        group = self.group(online_key=key)
        self.put(group, "a", 1)
        kms = self.store.kms("admin")
        kms.disable_key(KeyId=key)
        with self.refused():
            self.get(group, "a")
        kms.enable_key(KeyId=key)
        self.assertIsNotNone(self.get(group, "a"))
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        with self.refused():
            self.get(group, "a")
        kms.cancel_key_deletion(KeyId=key)
        self.assertEqual("Disabled", kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])
        with self.refused():
            self.get(group, "a")
        kms.enable_key(KeyId=key)
        self.assertIsNotNone(self.get(group, "a"))
        ban = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "kms:Decrypt",
            "Resource": "*",
        }
        kms.put_key_policy(
            KeyId=key, PolicyName="default", Policy=self.policy(grants(user_arn("admin"), "kms:*"), ban)
        )
        with self.refused(*DENIED):
            self.get(group, "a")
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=self.policy(grants(user_arn("admin"), "kms:*")))
        self.assertIsNotNone(self.get(group, "a"))

    def test_k16_calls_and_key_uses_are_on_record(self):
        key = self.key()
        group = self.group(online_key=key)
        self.put(group, "secret-identifier", 1, note="secret-value")
        self.get(group, "secret-identifier")
        arn = group_arn(group)
        events = [event for event in self.store.events() if group in json.dumps(event) or key in json.dumps(event)]
        names = {event["eventName"] for event in events}
        for name in ["CreateFeatureGroup", "PutRecord", "GetRecord", "CreateGrant", "GenerateDataKey", "Decrypt"]:
            self.assertIn(name, names)
        get = next(event for event in events if event["eventName"] == "GetRecord")
        self.assertEqual(("Data", False, True), (get["eventCategory"], get["managementEvent"], get["readOnly"]))
        self.assertEqual(group, get["requestParameters"]["featureGroupName"])
        self.assertEqual(
            [{"accountId": PROD, "type": "AWS::SageMaker::FeatureGroup", "ARN": arn}], get["resources"]
        )
        decrypt = next(
            event
            for event in events
            if event["eventName"] == "Decrypt" and arn in json.dumps(event["requestParameters"])
        )
        self.assertEqual("kms.amazonaws.com", decrypt["eventSource"])
        self.assertEqual("sagemaker.amazonaws.com", decrypt["userIdentity"]["invokedBy"])
        text = json.dumps(events)
        self.assertNotIn("secret-identifier", text)
        self.assertNotIn("secret-value", text)

    def test_k17_key_uses_are_rare_and_each_requester_leaves_one(self):
        key = self.key(grants([user_arn("reader"), user_arn("second-reader")], "kms:Decrypt"))
        group = self.group(online_key=key)
        self.put(group, "a", 1)

        def uses(user):
            return sum(
                event["userIdentity"].get("userName") == user and key in json.dumps(event)
                for event in self.store.events(name="Decrypt", source="kms.amazonaws.com")
            )

        client = self.store.runtime("reader")

        def read(count):
            for _ in range(count):
                client.get_record(FeatureGroupName=group, RecordIdentifierValueAsString="a")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(read, [2500] * 4))
        used = uses("reader")
        self.assertTrue(1 <= used <= 100, used)
        before = uses("second-reader")
        self.get(group, "a", user="second-reader")
        self.assertEqual((0, 1), (before, uses("second-reader")))


class KmsItself(StoreTest):
    """KMS as a service of its own."""

    def test_cryptography(self):
        kms = self.store.kms("admin")
        key = self.key()
        context = {"purpose": "test"}
        sealed = kms.encrypt(KeyId=key, Plaintext=b"hello", EncryptionContext=context)["CiphertextBlob"]
        self.assertEqual(b"hello", kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"])
        with self.refused("InvalidCiphertextException"):
            kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"purpose": "Test"})
        with self.refused("IncorrectKeyException"):
            kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context, KeyId=self.key())
        other = self.key()
        moved = kms.re_encrypt(CiphertextBlob=sealed, SourceEncryptionContext=context, DestinationKeyId=other)
        self.assertEqual(b"hello", kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"])
        data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
        self.assertEqual(data_key["Plaintext"], kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"])
        with self.refused("DryRunOperationException"):
            kms.generate_data_key(KeyId=key, KeySpec="AES_256", DryRun=True)

    def test_rotation_keeps_old_material(self):
        kms = self.store.kms("admin")
        key = self.key()
        sealed = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
        kms.rotate_key_on_demand(KeyId=key)
        self.assertEqual(b"old", kms.decrypt(CiphertextBlob=sealed)["Plaintext"])
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
        self.assertTrue(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"])

    def test_aliases_and_lists(self):
        kms = self.store.kms("admin")
        key = self.key()
        alias = "alias/" + self.name("alias")
        kms.create_alias(AliasName=alias, TargetKeyId=key)
        self.assertEqual(key, kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"])
        self.assertIn(alias, [a["AliasName"] for page in kms.get_paginator("list_aliases").paginate() for a in page["Aliases"]])
        with self.refused("AlreadyExistsException"):
            kms.create_alias(AliasName=alias, TargetKeyId=key)
        group = self.group(online_key=alias)
        self.put(group, "a", 1)
        kms.delete_alias(AliasName=alias)
        self.assertIsNotNone(self.get(group, "a"))
        self.assertIn(key, [k["KeyArn"] for page in kms.get_paginator("list_keys").paginate() for k in page["Keys"]])

    def test_malformed_policies(self):
        for policy in ["{", '{"Statement": []}', '{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}']:
            with self.subTest(policy), self.refused("MalformedPolicyDocumentException"):
                self.store.kms("admin").create_key(Policy=policy)


class Rotation(StoreTest):
    """Rotation of what the store itself holds."""

    def test_rotation_of_keys_keeps_records_readable(self):
        key = self.key()
        group = self.group(online_key=key, offline=True)
        self.put(group, "a", 1, note="before")
        self.store.kms("admin").rotate_key_on_demand(KeyId=key)
        self.store.stop()
        self.store.run("rotate", "--group", group)
        self.store.start()
        self.assertEqual("before", self.get(group, "a")["note"])
        self.put(group, "b", 1, note="after")
        self.assertEqual("after", self.get(group, "b")["note"])


if __name__ == "__main__":
    unittest.main()
