"""Semantics of the store: S1 to S10 and S11 to S15 of the feature-store requirements."""

import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import FEATURES, StoreTest, record, when


class Semantics(StoreTest):
    """What is written, what is read, and what is kept."""

    def test_s1_newer_event_time_overwrites_and_older_goes_to_history(self):
        group = self.group(offline=True)
        self.put(group, "a", 10, amount=1.5, note="first")
        self.put(group, "a", 20, amount=2.5)
        self.assertEqual({"id": "a", "at": when(20), "amount": "2.5"}, self.get(group, "a"))
        self.put(group, "a", 5, amount=9.5)
        self.assertEqual("2.5", self.get(group, "a")["amount"])
        rows = self.offline(group, "id, at, amount")
        self.assertEqual([1.5, 2.5, 9.5], sorted(row["amount"] for row in rows))

    def test_s1_equal_event_time_overwrites(self):
        group = self.group()
        self.put(group, "a", 10, note="first")
        self.put(group, "a", 10, note="second")
        self.assertEqual("second", self.get(group, "a")["note"])

    def test_s1_original_text_and_any_identifier(self):
        group = self.group()
        for identifier in ["a/b c", 'quote "', "é ü 漢字", "a+b&c=d?e#f", "..", "%2F"]:
            with self.subTest(identifier=identifier):
                self.put(group, identifier, 1, amount="1.50", count="007", note="x\ny")
                got = self.get(group, identifier)
                self.assertEqual(identifier, got["id"])
                self.assertEqual(("1.50", "007", "x\ny"), (got["amount"], got["count"], got["note"]))

    def test_s2_update_record(self):
        group = self.group(storage="Standard_V2", offline=True)
        runtime = self.store.runtime("admin")

        def update(identifier, features, **more):
            return runtime.update_record(
                FeatureGroupName=group,
                RecordIdentifierValueAsString=identifier,
                Features=[{"FeatureName": name, "ValueAsString": str(value)} for name, value in features.items()],
                **more,
            )

        with self.refused("ResourceNotFound") as error:
            update("a", {"note": "x"})
        self.assertEqual(404, error.status)
        self.put(group, "a", 10, amount=1, note="first")
        update("a", {"note": "second"})
        self.assertEqual({"id": "a", "at": when(10), "amount": "1", "note": "second"}, self.get(group, "a"))
        with self.refused("ConflictException") as error:
            update("a", {"note": "older", "at": when(9)})
        self.assertEqual(409, error.status)
        update("a", {"count": 3, "at": when(11)})
        self.assertEqual(("3", "second"), (self.get(group, "a")["count"], self.get(group, "a")["note"]))
        with self.refused("ValidationError"):
            update("a", {"note": "x"}, TtlDuration={"Unit": "Days", "Value": 1})
        runtime.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString="a", EventTime=when(12))
        with self.refused("ResourceNotFound"):
            update("a", {"note": "x"})

    def test_s2_not_on_standard(self):
        group = self.group()
        self.put(group, "a", 1)
        with self.refused("ValidationError"):
            self.store.runtime("admin").update_record(
                FeatureGroupName=group,
                RecordIdentifierValueAsString="a",
                Features=[{"FeatureName": "note", "ValueAsString": "x"}],
            )

    def test_s3_soft_delete(self):
        group = self.group(offline=True)
        runtime = self.store.runtime("admin")
        self.put(group, "a", 10, amount=1)
        runtime.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString="a", EventTime=when(5))
        self.assertEqual("1", self.get(group, "a")["amount"])
        runtime.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString="a", EventTime=when(11))
        self.assertIsNone(self.get(group, "a"))
        rows = self.offline(group, "id, amount, is_deleted")
        self.assertEqual(1, sum(not row["is_deleted"] for row in rows))
        self.assertEqual(2, sum(row["is_deleted"] and row["amount"] is None for row in rows))

    def test_s3_hard_delete(self):
        group = self.group()
        runtime = self.store.runtime("admin")
        self.put(group, "a", 10)
        with self.refused("ValidationError") as error:
            runtime.delete_record(
                FeatureGroupName=group,
                RecordIdentifierValueAsString="a",
                EventTime=when(10),
                DeletionMode="HardDelete",
            )
        self.assertEqual(400, error.status)
        runtime.delete_record(
            FeatureGroupName=group, RecordIdentifierValueAsString="a", EventTime=when(11), DeletionMode="HardDelete"
        )
        self.assertIsNone(self.get(group, "a"))
        listed = runtime.list_records(FeatureGroupName=group, IncludeSoftDeletedRecords=True)
        self.assertEqual([], listed["RecordIdentifiers"])

    def test_s4_time_to_live(self):
        group = self.group(ttl={"Unit": "Seconds", "Value": 2})
        now = time.time()

        def at(offset):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + offset))

        runtime = self.store.runtime("admin")

        def put(identifier, **more):
            runtime.put_record(
                FeatureGroupName=group,
                Record=[
                    {"FeatureName": "id", "ValueAsString": identifier},
                    {"FeatureName": "at", "ValueAsString": at(0)},
                ],
                **more,
            )

        put("group-ttl")
        put("own-ttl", TtlDuration={"Unit": "Hours", "Value": 1})
        answer = runtime.get_record(
            FeatureGroupName=group, RecordIdentifierValueAsString="own-ttl", ExpirationTimeResponse="Enabled"
        )
        self.assertIn("ExpiresAt", answer)
        time.sleep(3.1)
        self.assertIsNone(self.get(group, "group-ttl"))
        self.assertIsNotNone(self.get(group, "own-ttl"))

    def test_s5_target_stores(self):
        group = self.group(offline=True)
        self.put(group, "a", 10, call={"TargetStores": ["OfflineStore"]})
        self.assertIsNone(self.get(group, "a"))
        self.put(group, "b", 10, call={"TargetStores": ["OnlineStore"]})
        self.assertIsNotNone(self.get(group, "b"))
        self.assertEqual(["a"], [row["id"] for row in self.offline(group, "id")])
        online = self.group()
        with self.refused("ValidationError"):
            self.put(online, "a", 1, call={"TargetStores": ["OfflineStore"]})

    def test_s6_columns_of_the_offline_store(self):
        group = self.group(offline=True)
        before = time.time()
        self.put(group, "a", 10, amount=1.25, count=7, note="é")
        (row,) = self.offline(group)
        self.assertEqual(("a", when(10), 1.25, 7, "é", False), tuple(
            row[name] for name in ("id", "at", "amount", "count", "note", "is_deleted")
        ))
        for column in ("api_invocation_time", "write_time"):
            self.assertIn(time.strftime("%Y-%m-%d", time.gmtime(before)), str(row[column]))
        status = self.store.control("admin").describe_feature_group(FeatureGroupName=group)
        self.assertEqual("Active", status["OfflineStoreStatus"]["Status"])

    def test_s7_object_layout(self):
        group = self.group(offline=True)
        self.put(group, "a", 10)
        self.offline(group, "id")
        status = self.store.control("admin").describe_feature_group(FeatureGroupName=group)
        resolved = status["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
        epoch = int(status["CreationTime"].timestamp())
        self.assertEqual(
            f"s3://sagemaker-features-111122223333/store/111122223333/sagemaker/eu-west-1/offline-store/{group}-{epoch}/data",
            resolved,
        )
        files = [str(path) for path in self.store.path.rglob("*.parquet") if group in str(path)]
        self.assertEqual(1, len(files), files)
        self.assertRegex(
            files[0],
            rf"{group}-{epoch}/data/year=2025/month=06/day=15/hour=15/20250615T150650Z_[A-Za-z0-9]{{16}}\.parquet$",
        )

    def test_s8_catalog(self):
        control = self.store.control("admin")
        name = self.name()
        control.create_feature_group(
            FeatureGroupName=name,
            RecordIdentifierFeatureName="id",
            EventTimeFeatureName="at",
            FeatureDefinitions=FEATURES,
            OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://sagemaker-features/x"}},
            RoleArn="arn:aws:iam::111122223333:role/OfflineStore",
        )
        status = self.created(name)
        catalog = status["OfflineStoreConfig"]["DataCatalogConfig"]
        epoch = int(status["CreationTime"].timestamp())
        self.assertEqual(
            ("AwsDataCatalog", "sagemaker_featurestore", f"{name.replace('-', '_')}_{epoch}"),
            (catalog["Catalog"], catalog["Database"], catalog["TableName"]),
        )
        ddl = self.store.run("ddl", "--group", name).stdout
        self.assertIn("CREATE EXTERNAL TABLE", ddl)
        self.assertIn("PARTITIONED BY", ddl)

    def test_s9_list_records(self):
        group = self.group()
        runtime = self.store.runtime("admin")
        for number in range(25):
            self.put(group, f"r{number}", 1)
        runtime.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString="r3", EventTime=when(2))
        found = []
        request = {"FeatureGroupName": group, "MaxResults": 10}
        while True:
            answer = runtime.list_records(**request)
            self.assertLessEqual(len(answer["RecordIdentifiers"]), 10)
            found.extend(answer["RecordIdentifiers"])
            if "NextToken" not in answer:
                break
            request["NextToken"] = answer["NextToken"]
        self.assertEqual(sorted(f"r{number}" for number in range(25) if number != 3), sorted(found))
        with_deleted = runtime.list_records(FeatureGroupName=group, MaxResults=100, IncludeSoftDeletedRecords=True)
        self.assertIn("r3", with_deleted["RecordIdentifiers"])
        other = self.group()
        with self.refused("ValidationError"):
            first = runtime.list_records(FeatureGroupName=group, MaxResults=10)["NextToken"]
            runtime.list_records(FeatureGroupName=other, MaxResults=10, NextToken=first)

    def test_s10_in_memory_groups_have_history(self):
        group = self.group(storage="InMemory", offline=True)
        self.put(group, "a", 1, amount=1)
        self.put(group, "a", 2, amount=2)
        self.assertEqual("2", self.get(group, "a")["amount"])
        self.assertEqual(2, len(self.offline(group, "id")))

    def test_s11_put_after_delete(self):
        group = self.group(offline=True)
        runtime = self.store.runtime("admin")
        self.put(group, "a", 10, note="old")
        runtime.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString="a", EventTime=when(20))
        self.put(group, "a", 15, note="between")
        self.assertIsNone(self.get(group, "a"))
        self.put(group, "a", 30, note="new")
        self.assertEqual("new", self.get(group, "a")["note"])

    def test_s12_reads_see_writes(self):
        group = self.group()

        def work(number):
            for second in range(20):
                self.put(group, f"r{number}", second, count=second)
                if self.get(group, f"r{number}")["count"] != str(second):
                    return False
            return True

        with ThreadPoolExecutor(4) as pool:
            self.assertTrue(all(pool.map(work, range(4))))

    def test_s13_acknowledged_writes_survive_kill(self):
        group = self.group()
        for number in range(10):
            self.put(group, f"r{number}", 1, count=number)
        self.store.kill()
        self.store.start()
        for number in range(10):
            self.assertEqual(str(number), self.get(group, f"r{number}")["count"])

    def test_s14_failures_of_a_batch_are_attributable(self):
        group = self.group()
        entries = [
            {"FeatureGroupName": group, "Record": record("good", 1, amount=1)},
            {"FeatureGroupName": group, "Record": record("bad", 1, count="no number")},
            {"FeatureGroupName": self.name("missing"), "Record": record("lost", 1)},
        ]
        answer = self.store.runtime("admin").batch_write_record(Entries=entries)
        self.assertEqual(entries[1:], [error["Entry"] for error in answer["Errors"]])
        self.assertEqual([], answer["UnprocessedEntries"])
        for error in answer["Errors"]:
            self.assertNotIn("no number", error["ErrorMessage"])
        self.assertIsNotNone(self.get(group, "good"))
        self.assertIsNone(self.get(group, "bad"))

    def test_s15_created_groups_are_always_found(self):
        groups = [self.group() for _ in range(5)]

        def work(number):
            for second in range(10):
                self.put(groups[number % 5], f"w{number}", second)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))

    def test_batch_get(self):
        first, second = self.group(), self.group()
        for number in range(30):
            self.put(first, f"r{number}", 1, count=number, note="n")
        self.put(second, "x", 1)
        answer = self.store.runtime("admin").batch_get_record(
            Identifiers=[
                {
                    "FeatureGroupName": first,
                    "RecordIdentifiersValueAsString": [f"r{number}" for number in range(30)] + ["missing"],
                    "FeatureNames": ["id", "count"],
                },
                {"FeatureGroupName": second, "RecordIdentifiersValueAsString": ["x"]},
                {"FeatureGroupName": "no-such-group", "RecordIdentifiersValueAsString": ["y"]},
            ]
        )
        self.assertEqual(31, len(answer["Records"]))
        by_id = {item["RecordIdentifierValueAsString"]: item for item in answer["Records"]}
        self.assertEqual(
            [{"FeatureName": "id", "ValueAsString": "r7"}, {"FeatureName": "count", "ValueAsString": "7"}],
            by_id["r7"]["Record"],
        )
        self.assertNotIn("missing", by_id)
        self.assertEqual(["y"], [error["RecordIdentifierValueAsString"] for error in answer["Errors"]])

    def test_collections(self):
        features = FEATURES + [
            {"FeatureName": "tags", "FeatureType": "String", "CollectionType": "List"},
            {"FeatureName": "kinds", "FeatureType": "Integral", "CollectionType": "Set"},
            {
                "FeatureName": "embedding",
                "FeatureType": "Fractional",
                "CollectionType": "Vector",
                "CollectionConfig": {"VectorConfig": {"Dimension": 3}},
            },
        ]
        group = self.group(features=features, storage="InMemory", offline=True)
        self.put(group, "a", 1, tags=["x", "y"], kinds=["1", "2"], embedding=["0.1", "0.2", "0.3"])
        got = self.get(group, "a")
        self.assertEqual((["x", "y"], ["0.1", "0.2", "0.3"]), (got["tags"], got["embedding"]))
        with self.refused("ValidationError"):
            self.put(group, "b", 1, embedding=["0.1", "0.2"])

    def test_bad_records_are_refused_and_nothing_is_written(self):
        group = self.group()
        bad = {
            "integral": record("a", 1, count="1.5"),
            "fractional": record("a", 1, amount="NaN"),
            "unknown feature": record("a", 1, other="x"),
            "no identifier": record("a", 1)[1:],
            "no event time": [record("a", 1)[0]],
            "event time": [record("a", 1)[0], {"FeatureName": "at", "ValueAsString": "yesterday"}],
            "twice": record("a", 1, note="x") + [{"FeatureName": "note", "ValueAsString": "y"}],
            "identifier too long": record("i" * 3000, 1),
            "too large": record("a", 1, note="n" * 358_401),
        }
        for what, features in bad.items():
            with self.subTest(what), self.refused("ValidationError", "ValidationException", "ParamValidationError"):
                self.store.runtime("admin").put_record(FeatureGroupName=group, Record=features)
        self.assertEqual([], self.store.runtime("admin").list_records(FeatureGroupName=group)["RecordIdentifiers"])

    def test_missing_group(self):
        with self.refused("ResourceNotFound") as error:
            self.get("no-such-group", "a")
        self.assertEqual(404, error.status)
        with self.refused("ValidationError") as error:
            self.put("no-such-group", "a")
        self.assertTrue(error.message.startswith("Resource Not Found"), error.message)


class ControlPlane(StoreTest):
    """Groups and what describes them."""

    def test_life_of_a_group(self):
        control = self.store.control("admin")
        name = self.group(offline=True, Description="first", Tags=[{"Key": "team", "Value": "risk"}])
        status = control.describe_feature_group(FeatureGroupName=name)
        self.assertEqual([f["FeatureName"] for f in FEATURES], [f["FeatureName"] for f in status["FeatureDefinitions"]])
        self.assertEqual(("first", "id", "at"), tuple(
            status[key] for key in ("Description", "RecordIdentifierFeatureName", "EventTimeFeatureName")
        ))
        with self.refused("ResourceInUse"):
            self.group(name)
        control.update_feature_group(
            FeatureGroupName=name, FeatureAdditions=[{"FeatureName": "extra", "FeatureType": "String"}]
        )
        self.put(name, "a", 1, extra="x")
        self.assertEqual("x", self.get(name, "a")["extra"])
        control.delete_feature_group(FeatureGroupName=name)
        with self.refused("ResourceNotFound"):
            control.describe_feature_group(FeatureGroupName=name)
        with self.refused("ResourceNotFound"):
            self.get(name, "a")
        self.group(name)
        self.assertIsNone(self.get(name, "a"))

    def test_lists_and_search(self):
        control = self.store.control("admin")
        prefix = self.name("listed")
        names = [self.group(f"{prefix}-{number}", Tags=[{"Key": "n", "Value": str(number)}]) for number in range(3)]
        pages = control.get_paginator("list_feature_groups").paginate(
            NameContains=prefix, SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 2}
        )
        self.assertEqual(
            names, [item["FeatureGroupName"] for page in pages for item in page["FeatureGroupSummaries"]]
        )
        found = control.search(
            Resource="FeatureGroup",
            SearchExpression={
                "Filters": [
                    {"Name": "FeatureGroupName", "Operator": "Contains", "Value": prefix},
                    {"Name": "Tags.n", "Operator": "Equals", "Value": "1"},
                ]
            },
        )
        self.assertEqual([names[1]], [item["FeatureGroup"]["FeatureGroupName"] for item in found["Results"]])

    def test_metadata_and_tags(self):
        control = self.store.control("admin")
        name = self.group()
        control.update_feature_metadata(
            FeatureGroupName=name,
            FeatureName="amount",
            Description="in euros",
            ParameterAdditions=[{"Key": "unit", "Value": "EUR"}],
        )
        metadata = control.describe_feature_metadata(FeatureGroupName=name, FeatureName="amount")
        self.assertEqual(("in euros", [{"Key": "unit", "Value": "EUR"}]), (metadata["Description"], metadata["Parameters"]))
        arn = metadata["FeatureGroupArn"]
        control.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        control.delete_tags(ResourceArn=arn, TagKeys=["a"])
        self.assertEqual([{"Key": "b", "Value": "2"}], control.list_tags(ResourceArn=arn)["Tags"])

    def test_refused_definitions(self):
        control = self.store.control("admin")

        def create(**change):
            request = {
                "FeatureGroupName": self.name(),
                "RecordIdentifierFeatureName": "id",
                "EventTimeFeatureName": "at",
                "FeatureDefinitions": FEATURES,
                "OnlineStoreConfig": {"EnableOnlineStore": True},
            }
            request.update(change)
            control.create_feature_group(**{key: value for key, value in request.items() if value is not None})

        cases = {
            "no store": {"OnlineStoreConfig": None},
            "store not enabled": {"OnlineStoreConfig": {"EnableOnlineStore": False}},
            "identifier is no feature": {"RecordIdentifierFeatureName": "other"},
            "event time is integral": {"EventTimeFeatureName": "count"},
            "reserved name": {"FeatureDefinitions": FEATURES + [{"FeatureName": "is_deleted", "FeatureType": "String"}]},
            "offline without role": {"OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://sagemaker-x/y"}}},
        }
        for what, change in cases.items():
            with self.subTest(what), self.refused("ValidationException"):
                create(**change)


if __name__ == "__main__":
    unittest.main()
