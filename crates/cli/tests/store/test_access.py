"""Access control: A1 to A8 of the feature-store requirements, and what callers prove of themselves."""

import datetime
import json
import unittest
import urllib.error
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
from harness import DEV, ELEVEN, FEATURES, PROD, REGION, StoreTest, allow, deny, group_arn, record, role_arn, user_arn, when

DENIED = ("AccessDeniedException", "AccessForbidden")
WRITES = ["sagemaker:PutRecord", "sagemaker:DeleteRecord", "sagemaker:BatchWriteRecord"]
READS = ["sagemaker:GetRecord", "sagemaker:BatchGetRecord", "sagemaker:ListRecords"]


class Access(StoreTest):
    """Who may do what to which group."""

    @classmethod
    def fill(cls, directory):
        directory.user("one-group", allow(READS + WRITES, group_arn("a1-one")))
        directory.user("by-wildcard", allow(READS, group_arn("a1-*")), deny(READS, group_arn("a1-secret")))
        directory.user(
            "by-tag", allow(READS, "*", {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}), tags={"team": "risk"}
        )
        directory.user("by-service-tag", allow(READS, "*", {"StringEquals": {"sagemaker:ResourceTag/team": "risk"}}))
        directory.user(
            "tagging-creator",
            allow("sagemaker:CreateFeatureGroup", "*", {"StringEquals": {"aws:RequestTag/team": "risk"}}),
            allow("sagemaker:AddTags", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
        )
        key_condition = {"ArnLike": {"sagemaker:FeatureGroupOnlineStoreKmsKeyArn": f"arn:aws:kms:{REGION}:{PROD}:key/*"}}
        directory.user(
            "key-needed", allow("sagemaker:CreateFeatureGroup", "*", key_condition), allow(ELEVEN), allow("iam:PassRole")
        )
        directory.user(
            "no-online",
            allow("sagemaker:CreateFeatureGroup"),
            deny("sagemaker:CreateFeatureGroup", "*", {"Bool": {"sagemaker:FeatureGroupEnableOnlineStore": "true"}}),
            allow("iam:PassRole"),
        )
        directory.user(
            "own-bucket",
            allow(
                "sagemaker:CreateFeatureGroup",
                "*",
                {"StringLike": {"sagemaker:FeatureGroupOfflineStoreS3Uri": "s3://sagemaker-allowed/*"}},
            ),
            allow("iam:PassRole"),
        )
        directory.user(
            "two-features",
            allow(
                "sagemaker:PutRecord",
                "*",
                {
                    "Bool": {"sagemaker:IsUpdateRecord": "true"},
                    "Null": {"sagemaker:UpdatableFeatures": "false"},
                    "ForAllValues:StringEquals": {"sagemaker:UpdatableFeatures": ["note", "count"]},
                },
            ),
        )
        readable = {"ForAllValues:StringEquals": {"rempart:ReadableFeatures": ["id", "at", "count"]}}
        directory.user("some-features", allow("sagemaker:GetRecord", "*", readable))
        directory.user("outsider", allow("sagemaker:*"), allow("kms:Decrypt"), account=DEV)
        directory.user("developer", allow(["sagemaker:*"]), account=DEV)
        directory.user("bystander")
        directory.share([group_arn("shared-read-*")], [DEV], "ReadOnly")
        directory.share([group_arn("shared-write-*")], [DEV], "ReadWrite")
        directory.user("by-address", allow(READS, "*", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
        directory.user("by-tls", allow(READS, "*", {"Bool": {"aws:SecureTransport": "true"}}))
        trust = {"Effect": "Allow", "Principal": {"AWS": user_arn("assumer")}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
        directory.user("assumer", allow(["sts:AssumeRole", "sts:TagSession"]))
        directory.role("Reader", trust, allow(READS))
        directory.role("Tagged", trust, allow(READS, "*", {"StringEquals": {"aws:PrincipalTag/desk": "fraud"}}))
        directory.role("Closed", {**trust, "Principal": {"AWS": user_arn("admin")}}, allow(READS))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        test = cls()
        for name in ["a1-one", "a1-two", "a1-secret"]:
            test.group(name)
            test.put(name, "r", 1, count=1, note="n", amount=1)

    def test_a1_by_name_wildcard_and_explicit_deny(self):
        self.assertIsNotNone(self.get("a1-one", "r", user="one-group"))
        self.put("a1-one", "w", 1, user="one-group")
        with self.refused(*DENIED) as error:
            self.get("a1-two", "r", user="one-group")
        self.assertIn("because no identity-based policy allows the sagemaker:GetRecord action", error.message)
        self.assertIsNotNone(self.get("a1-two", "r", user="by-wildcard"))
        with self.refused(*DENIED) as error:
            self.get("a1-secret", "r", user="by-wildcard")
        self.assertIn("with an explicit deny in an identity-based policy", error.message)
        with self.refused(*DENIED):
            self.put("a1-two", "x", 1, user="by-wildcard")

    def test_a1_by_tag(self):
        tagged = self.group(Tags=[{"Key": "team", "Value": "risk"}])
        other = self.group(Tags=[{"Key": "team", "Value": "sales"}])
        for user in ["by-tag", "by-service-tag"]:
            self.assertIsNone(self.get(tagged, "r", user=user))
            with self.refused(*DENIED):
                self.get(other, "r", user=user)
        self.store.control("admin").add_tags(
            ResourceArn=group_arn(other), Tags=[{"Key": "team", "Value": "risk"}]
        )
        self.assertIsNone(self.get(other, "r", user="by-tag"))

    def test_a1_request_tags_at_creation(self):
        self.group(user="tagging-creator", Tags=[{"Key": "team", "Value": "risk"}])
        for tags in [[], [{"Key": "team", "Value": "sales"}], [{"Key": "team", "Value": "risk"}, {"Key": "x", "Value": "y"}]]:
            with self.subTest(tags=tags), self.refused(*DENIED):
                self.group(user="tagging-creator", Tags=tags)

    def test_a2_condition_keys_of_creation(self):
        self.group(user="key-needed", online_key=self.key())
        with self.refused(*DENIED):
            self.group(user="key-needed")
        self.group(user="no-online", online=False, offline=True)
        with self.refused(*DENIED):
            self.group(user="no-online")
        with self.refused(*DENIED):
            self.group(user="own-bucket", online=False, offline=True)
        self.store.control("own-bucket").create_feature_group(
            FeatureGroupName=self.name(),
            RecordIdentifierFeatureName="id",
            EventTimeFeatureName="at",
            FeatureDefinitions=FEATURES,
            OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://sagemaker-allowed/here"}, "DisableGlueTableCreation": True},
            RoleArn=role_arn("OfflineStore"),
        )

    def test_a3_write_control_per_feature(self):
        group = self.group(storage="Standard_V2")
        self.put(group, "a", 1, note="old", amount=1)
        runtime = self.store.runtime("two-features")

        def update(**features):
            runtime.update_record(
                FeatureGroupName=group,
                RecordIdentifierValueAsString="a",
                Features=[{"FeatureName": name, "ValueAsString": str(value)} for name, value in features.items()],
            )

        update(note="new", count=2)
        self.assertEqual("new", self.get(group, "a")["note"])
        with self.refused(*DENIED):
            update(note="x", amount=2)
        with self.refused(*DENIED):
            self.put(group, "a", 2, user="two-features", note="overwrite")

    def test_a4_shares(self):
        read, write = self.group(self.name("shared-read")), self.group(self.name("shared-write"))
        self.put(read, "r", 1)
        runtime = self.store.runtime("outsider", DEV)
        runtime.get_record(FeatureGroupName=group_arn(read), RecordIdentifierValueAsString="r")
        self.store.control("outsider", DEV).describe_feature_group(FeatureGroupName=group_arn(read))
        with self.refused(*DENIED):
            runtime.put_record(FeatureGroupName=group_arn(read), Record=record("x", 1))
        runtime.put_record(FeatureGroupName=group_arn(write), Record=record("x", 1))
        with self.refused(*DENIED):
            self.store.control("outsider", DEV).update_feature_group(
                FeatureGroupName=group_arn(write), FeatureAdditions=[{"FeatureName": "f", "FeatureType": "String"}]
            )
        names = [
            item["FeatureGroupName"]
            for item in self.store.control("outsider", DEV).list_feature_groups()["FeatureGroupSummaries"]
        ]
        self.assertNotIn(read, names)

    def test_a5_without_a_share(self):
        group = self.group()
        with self.refused(*DENIED) as error:
            self.store.runtime("outsider", DEV).get_record(
                FeatureGroupName=group_arn(group), RecordIdentifierValueAsString="r"
            )
        self.assertIn("because no resource-based policy allows the sagemaker:GetRecord action", error.message)

    def test_a6_share_and_key_policy_are_both_needed(self):
        def statement(user):
            return {
                "Sid": "Other",
                "Effect": "Allow",
                "Principal": {"AWS": user_arn(user, DEV)},
                "Action": "kms:Decrypt",
                "Resource": "*",
            }

        closed = self.group(self.name("shared-read"), online_key=self.key())
        opened = self.group(self.name("shared-read"), online_key=self.key(statement("outsider")))
        alone = self.group(online_key=self.key(statement("outsider")))
        runtime = self.store.runtime("outsider", DEV)
        runtime.get_record(FeatureGroupName=group_arn(opened), RecordIdentifierValueAsString="r")
        with self.refused(*DENIED) as error:
            runtime.get_record(FeatureGroupName=group_arn(closed), RecordIdentifierValueAsString="r")
        self.assertIn("kms:Decrypt", error.message)
        with self.refused(*DENIED) as error:
            runtime.get_record(FeatureGroupName=group_arn(alone), RecordIdentifierValueAsString="r")
        self.assertIn("sagemaker:GetRecord", error.message)

    def test_a7_developers_reach_no_online_store_of_production(self):
        group = self.group()
        self.put(group, "r", 1)
        runtime, control = self.store.runtime("developer", DEV), self.store.control("developer", DEV)
        arn = group_arn(group)
        calls = [
            lambda: runtime.get_record(FeatureGroupName=arn, RecordIdentifierValueAsString="r"),
            lambda: runtime.put_record(FeatureGroupName=arn, Record=record("r", 2)),
            lambda: runtime.delete_record(FeatureGroupName=arn, RecordIdentifierValueAsString="r", EventTime=when(9)),
            lambda: control.update_feature_group(
                FeatureGroupName=arn, FeatureAdditions=[{"FeatureName": "f", "FeatureType": "String"}]
            ),
            lambda: control.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}]),
        ]
        for number, call in enumerate(calls):
            with self.subTest(number), self.refused(*DENIED, "ResourceNotFound"):
                call()
        self.assertIsNotNone(self.get(group, "r"))

    def test_a8_read_control_per_feature(self):
        runtime = self.store.runtime("some-features")
        answer = runtime.get_record(
            FeatureGroupName="a1-one", RecordIdentifierValueAsString="r", FeatureNames=["id", "count"]
        )
        self.assertEqual(2, len(answer["Record"]))
        for names in [["id", "amount"], None]:
            with self.subTest(names=names), self.refused(*DENIED):
                more = {"FeatureNames": names} if names else {}
                runtime.get_record(FeatureGroupName="a1-one", RecordIdentifierValueAsString="r", **more)

    def test_existence_is_not_revealed(self):
        messages = []
        for group in ["a1-one", "a1-none"]:
            with self.refused(*DENIED) as error:
                self.get(group, "r", user="bystander")
            messages.append(error.message.replace(group, "…"))
        self.assertEqual(messages[0], messages[1])

    def test_address_and_transport(self):
        for user in ["by-address", "by-tls"]:
            with self.subTest(user), self.refused(*DENIED):
                self.get("a1-one", "r", user=user)

    def test_assumed_roles(self):
        sts = self.store.client("sts", "assumer")
        self.assertEqual(user_arn("assumer"), sts.get_caller_identity()["Arn"])

        def runtime(role, **more):
            answer = sts.assume_role(RoleArn=role_arn(role), RoleSessionName="test", **more)["Credentials"]
            return self.store.client_with(
                "sagemaker-featurestore-runtime",
                answer["AccessKeyId"],
                answer["SecretAccessKey"],
                answer["SessionToken"],
            )

        def get(client, group="a1-one"):
            return client.get_record(FeatureGroupName=group, RecordIdentifierValueAsString="r")

        get(runtime("Reader"))
        narrowed = runtime(
            "Reader", Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow(READS, group_arn("a1-two"))]})
        )
        get(narrowed, "a1-two")
        with self.refused(*DENIED) as error:
            get(narrowed)
        self.assertIn("session policy", error.message)
        get(runtime("Tagged", Tags=[{"Key": "desk", "Value": "fraud"}]))
        with self.refused(*DENIED):
            get(runtime("Tagged"))
        with self.refused("AccessDenied", *DENIED):
            runtime("Closed")
        with self.refused("AccessDenied", *DENIED):
            runtime("Nobody")

    def test_sessions_end_with_their_role(self):
        directory = self.store.directory
        trust = {"Effect": "Allow", "Principal": {"AWS": user_arn("assumer")}, "Action": "sts:AssumeRole"}
        role = directory.role("Fleeting", trust, allow(READS))
        self.store.reload()
        answer = self.store.client("sts", "assumer").assume_role(RoleArn=role_arn("Fleeting"), RoleSessionName="brief")
        keys = answer["Credentials"]
        client = self.store.client_with(
            "sagemaker-featurestore-runtime", keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
        )
        client.get_record(FeatureGroupName="a1-one", RecordIdentifierValueAsString="r")
        directory.accounts[PROD]["roles"].remove(role)
        self.store.reload()
        with self.refused():
            client.get_record(FeatureGroupName="a1-one", RecordIdentifierValueAsString="r")


class Signatures(StoreTest):
    """What is not signed as it should be is not answered."""

    def request(self, change=None, at=None, secret=None, path="/FeatureGroup/none?RecordIdentifierValueAsString=a"):
        """Sends a GetRecord that was signed and then changed; gives status and code."""
        keys = self.store.secrets[(PROD, "admin")]
        request = botocore.awsrequest.AWSRequest(method="GET", url=self.store.endpoint + path)
        signer = botocore.auth.SigV4Auth(
            botocore.credentials.Credentials(keys["accessKeyId"], secret or keys["secretAccessKey"]), "sagemaker", REGION
        )
        if at:
            original = botocore.auth.get_current_datetime
            botocore.auth.get_current_datetime = lambda *_, **__: at
        try:
            signer.add_auth(request)
        finally:
            if at:
                botocore.auth.get_current_datetime = original
        headers = dict(request.headers.items())
        url = request.url
        if change:
            url = change(headers, url) or url
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
                return answer.status, None
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("x-amzn-ErrorType")

    def test_signed_request_reaches_the_service(self):
        self.assertEqual((404, "ResourceNotFound"), self.request())

    def test_refusals(self):
        def drop(headers, _url):
            headers.pop("Authorization")

        def other_path(_headers, url):
            return url.replace("none", "some")

        def header(headers, _url):
            headers["X-Amz-Extra"] = "1"

        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        cases = {
            "unsigned": ({"change": drop}, "MissingAuthenticationToken"),
            "other path": ({"change": other_path}, "InvalidSignature"),
            "unsigned x-amz header": ({"change": header}, "Signature"),
            "wrong secret": ({"secret": "x" * 40}, "InvalidSignature"),
        }
        if hasattr(botocore.auth, "get_current_datetime"):
            cases["old clock"] = ({"at": now - datetime.timedelta(minutes=20)}, "Signature")
            cases["fast clock"] = ({"at": now + datetime.timedelta(minutes=20)}, "Signature")
        for what, (arguments, expected) in cases.items():
            with self.subTest(what):
                status, code = self.request(**arguments)
                self.assertIn(status, (400, 403))
                self.assertIn(expected, code)

    def test_unknown_key(self):
        client = self.store.client_with("sagemaker-featurestore-runtime", "AKIAIOSFODNN7EXAMPLE", "x" * 40)
        with self.refused("UnrecognizedClientException", "InvalidClientTokenId"):
            client.get_record(FeatureGroupName="a", RecordIdentifierValueAsString="b")


if __name__ == "__main__":
    unittest.main()
