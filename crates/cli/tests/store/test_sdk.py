"""The SageMaker Python SDK against a store: groups from DataFrames, ingestion, a training set.

Needs the packages of `.ci/store-sdk-requirements.txt`. The SDK sends its SQL to Athena; here the store
itself runs it.
"""

import csv
import io
import os
import unittest
from unittest import mock

import boto3
import pandas
from harness import PROD, REGION, StoreTest, role_arn

os.environ["SAGEMAKER_SUPPRESS_V2_WARNING"] = "1"

import sagemaker  # noqa: E402
from sagemaker.feature_store.feature_group import FeatureGroup  # noqa: E402
from sagemaker.feature_store.feature_store import FeatureStore  # noqa: E402


def text(values):
    """A column of texts, in the type that the SDK takes for one."""
    return pandas.Series(values, dtype="string")


class Sdk(StoreTest):
    """What a data scientist does."""

    def session(self):
        """A session of the SDK that speaks to the store."""
        keys = self.store.secrets[(PROD, "admin")]
        os.environ.update(
            AWS_ACCESS_KEY_ID=keys["accessKeyId"],
            AWS_SECRET_ACCESS_KEY=keys["secretAccessKey"],
            AWS_DEFAULT_REGION=REGION,
            AWS_ENDPOINT_URL=self.store.endpoint,
        )
        return sagemaker.Session(
            boto_session=boto3.Session(),
            sagemaker_client=self.store.control("admin"),
            sagemaker_featurestore_runtime_client=self.store.runtime("admin"),
            default_bucket="sagemaker-sdk",
        )

    def ingested(self, session, prefix, frame, identifier):
        """A group made of a DataFrame, with its rows."""
        group = FeatureGroup(name=self.name(prefix), sagemaker_session=session)
        group.load_feature_definitions(data_frame=frame)
        group.create(
            s3_uri="s3://sagemaker-sdk/features",
            record_identifier_name=identifier,
            event_time_feature_name="at",
            role_arn=role_arn("OfflineStore"),
            enable_online_store=True,
        )
        self.created(group.name)
        group.ingest(data_frame=frame, max_workers=2, wait=True)
        self.store.run("flush", "--group", group.name)
        return group

    def run_query(self, query, _catalog, _database):
        """Runs what the SDK would have sent to Athena."""
        run = self.store.run("query", query, "--format", "csv")
        return {"QueryExecution": {"ResultConfiguration": {"OutputLocation": run.stdout}, "Query": query}}

    def test_groups_ingestion_and_a_point_in_time_training_set(self):
        session = self.session()
        profiles = pandas.DataFrame(
            {
                "customer": text(["c1", "c1", "c1", "c2"]),
                "at": text([f"2025-06-{day:02}T00:00:00Z" for day in (1, 10, 20, 5)]),
                "spent": [1.5, 10.5, 20.5, 5.5],
            }
        )
        orders = pandas.DataFrame(
            {
                "order": text(["o1", "o2", "o3"]),
                "at": text(["2025-06-12T00:00:00Z", "2025-06-25T00:00:00Z", "2025-06-06T00:00:00Z"]),
                "customer": text(["c1", "c1", "c2"]),
                "amount": [3, 4, 5],
            }
        )
        profile_group = self.ingested(session, "profiles", profiles, "customer")
        order_group = self.ingested(session, "orders", orders, "order")
        record = profile_group.get_record("c1")
        self.assertIn({"FeatureName": "spent", "ValueAsString": "20.5"}, record)

        builder = (
            FeatureStore(session)
            .create_dataset(base=order_group, output_path="s3://sagemaker-sdk/out")
            .with_feature_group(profile_group, "customer", ["spent"])
            .point_in_time_accurate_join()
            .with_number_of_recent_records_by_record_identifier(1)
        )
        with mock.patch.object(builder, "_run_query", self.run_query):
            result, query = builder.to_csv_file()
        self.assertIn("from_iso8601_timestamp", query)
        rows = list(csv.DictReader(io.StringIO(result)))
        spent = {row["order"]: float(next(value for name, value in row.items() if "spent" in name)) for row in rows}
        self.assertEqual(3, len(rows), result)
        # As of o1, c1's row of the 10th was the latest; as of o2, that of the 20th.
        self.assertEqual({"o1": 10.5, "o2": 20.5, "o3": 5.5}, spent)


if __name__ == "__main__":
    unittest.main()
