"""A running store for the tests beside this file: its directory, its processes, its clients.

The tests speak to it with unmodified boto3. `REMPART` names the program.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "eu-west-1"
PROD = "111122223333"
DEV = "444455556666"
PROGRAM = os.environ.get("REMPART", "rempart")

# Every permission on a customer's key that creating a group with an online store asks for.
ELEVEN = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:RetireGrant",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:RevokeGrant",
]


def allow(actions, resources="*", condition=None, sid=None):
    """A statement that allows."""
    return _statement("Allow", actions, resources, condition, sid)


def deny(actions, resources="*", condition=None, sid=None):
    """A statement that denies."""
    return _statement("Deny", actions, resources, condition, sid)


def _statement(effect, actions, resources, condition, sid):
    statement = {"Effect": effect, "Action": actions, "Resource": resources}
    if condition:
        statement["Condition"] = condition
    if sid:
        statement["Sid"] = sid
    return statement


def document(*statements):
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def group_arn(name, account=PROD):
    """ARN of a feature group."""
    return f"arn:aws:sagemaker:{REGION}:{account}:feature-group/{name}"


def user_arn(name, account=PROD):
    """ARN of a user."""
    return f"arn:aws:iam::{account}:user/{name}"


def role_arn(name, account=PROD):
    """ARN of a role."""
    return f"arn:aws:iam::{account}:role/{name}"


class Directory:
    """What `rempart.yaml` will hold. JSON is YAML, so it is written as such."""

    def __init__(self):
        self.accounts = {}
        self.shares = []
        self.keys = {}
        for account in (PROD, DEV):
            self.accounts[account] = {"id": account, "users": [], "roles": []}

    def user(self, name, *statements, account=PROD, tags=None, boundary=None):
        """Adds a user with an access key."""
        user = {"name": name, "policies": [{"name": f"{name}-policy", "document": document(*statements)}]}
        if not statements:
            user["policies"] = []
        if tags:
            user["tags"] = tags
        if boundary:
            user["permissionsBoundary"] = boundary
        self.accounts[account]["users"].append(user)
        return user

    def role(self, name, trust, *statements, account=PROD, tags=None):
        """Adds a role."""
        role = {"name": name, "trust": document(trust), "policies": []}
        if statements:
            role["policies"] = [{"name": f"{name}-policy", "document": document(*statements)}]
        if tags:
            role["tags"] = tags
        self.accounts[account]["roles"].append(role)
        return role

    def share(self, resources, principals, permission, **more):
        """Shares groups with other accounts."""
        self.shares.append({"resources": resources, "principals": principals, "permission": permission, **more})


class Store:
    """One data directory and the server on it."""

    def __init__(self, directory, arguments=(), settings=None, environment=None):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="store-test-"))
        self.data = self.path / "data"
        self.directory = directory
        self.arguments = list(arguments)
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.endpoint = None
        self.secrets = {}
        self.lines = []
        self._clients = {}
        run = subprocess.run(
            [PROGRAM, "store", "init", str(self.data), "--account", PROD, "--region", REGION, "--format", "json"],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            raise RuntimeError(f"store init: {run.stderr}")
        if settings:
            (self.data / "store.yaml").write_text(json.dumps(settings))
        self.write_directory()

    def write_directory(self):
        """Writes `rempart.yaml`, with a new access key for each user that has none."""
        accounts = []
        for account in self.directory.accounts.values():
            users = []
            for user in account["users"]:
                name = (account["id"], user["name"])
                if name not in self.secrets:
                    self.secrets[name] = self.credential()
                secret = self.secrets[name]
                users.append({**user, "accessKeys": [{"id": secret["accessKeyId"], "secret": secret["sealed"]}]})
            accounts.append({**account, "users": users})
        content = {"partition": "aws", "region": REGION, "accounts": accounts, "shares": self.directory.shares}
        target = self.data / "rempart.yaml"
        temporary = target.with_suffix(".new")
        temporary.write_text(json.dumps(content, indent=1))
        temporary.replace(target)

    def credential(self):
        """A new access key, its secret sealed for this store."""
        run = subprocess.run(
            [PROGRAM, "store", "credential", str(self.data), "--format", "json"],
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(run.stdout)

    def reload(self):
        """Writes the directory anew and waits until the server has taken it."""
        seen = len(self.lines)
        self.write_directory()
        self.process.send_signal(signal.SIGHUP)
        self.wait_for(r"directory reloaded", seen)

    def start(self, *more):
        """Starts the server and waits until it listens."""
        seen = len(self.lines)
        self.process = subprocess.Popen(
            [PROGRAM, "store", "serve", str(self.data), "--listen", "127.0.0.1:0", "--allow-plaintext"]
            + self.arguments
            + list(more),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True).start()
        found = self.wait_for(r"listening on (https?://[^\s\"]+)", seen)
        self.endpoint = found.group(1)
        self._clients = {}
        return self

    def _read(self, stream):
        with stream:
            for line in stream:
                self.lines.append(line)

    def wait_for(self, pattern, since=0, seconds=30):
        """Waits for a line of the server's log."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for line in self.lines[since:]:
                found = re.search(pattern, line)
                if found:
                    return found
            if self.process.poll() is not None:
                raise RuntimeError("the server ended:\n" + "".join(self.lines[-20:]))
            time.sleep(0.02)
        raise RuntimeError(f"no line like {pattern}:\n" + "".join(self.lines[-20:]))

    def stop(self):
        """Ends the server in good order."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def kill(self):
        """Ends the server as a power cut would end its process."""
        self.process.kill()
        self.process.wait()

    def remove(self):
        """Ends the server and removes its data."""
        self.stop()
        shutil.rmtree(self.path, ignore_errors=True)

    def client(self, service, user, account=PROD):
        """A client with the access key of a user."""
        key = (service, user, account)
        if key not in self._clients:
            secret = self.secrets[(account, user)]
            self._clients[key] = self.client_with(service, secret["accessKeyId"], secret["secretAccessKey"])
        return self._clients[key]

    def client_with(self, service, key, secret, token=None):
        """A client with these credentials."""
        return boto3.session.Session().client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
        )

    def runtime(self, user, account=PROD):
        """Data plane."""
        return self.client("sagemaker-featurestore-runtime", user, account)

    def control(self, user, account=PROD):
        """Control plane."""
        return self.client("sagemaker", user, account)

    def kms(self, user, account=PROD):
        """Keys."""
        return self.client("kms", user, account)

    def run(self, *arguments, check=True):
        """Runs `rempart store` on this data directory."""
        run = subprocess.run(
            [PROGRAM, "store", arguments[0], str(self.data), *arguments[1:]],
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
        )
        if check and run.returncode != 0:
            raise RuntimeError(f"store {' '.join(arguments)}: {run.returncode}\n{run.stderr}")
        return run

    def events(self, name=None, source=None, wait=5.0):
        """Records of the audit log, delivered and not yet delivered ones."""
        time.sleep(0.4)
        run = self.run("audit", "--format", "jsonl")
        events = [json.loads(line) for line in run.stdout.splitlines() if line]
        return [
            event
            for event in events
            if (name is None or event["eventName"] == name) and (source is None or event["eventSource"] == source)
        ]


FEATURES = [
    {"FeatureName": "id", "FeatureType": "String"},
    {"FeatureName": "at", "FeatureType": "String"},
    {"FeatureName": "amount", "FeatureType": "Fractional"},
    {"FeatureName": "count", "FeatureType": "Integral"},
    {"FeatureName": "note", "FeatureType": "String"},
]


def when(second):
    """An event time."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_750_000_000 + second))


def record(identifier, second=0, **features):
    """A record for `put_record`."""
    values = {"id": identifier, "at": when(second), **features}
    return [
        {"FeatureName": name, "ValueAsStringList": value}
        if isinstance(value, list)
        else {"FeatureName": name, "ValueAsString": str(value)}
        for name, value in values.items()
    ]


def values(answer):
    """The features of an answer of `get_record`; `None` when it has none."""
    if "Record" not in answer:
        return None
    return {
        feature["FeatureName"]: feature.get("ValueAsStringList", feature.get("ValueAsString"))
        for feature in answer["Record"]
    }


class StoreTest(unittest.TestCase):
    """Tests on one running store. Subclasses fill the directory."""

    store = None
    arguments = ()
    settings = None
    environment = None

    @classmethod
    def fill(cls, directory):
        """Adds users, roles and shares."""

    @classmethod
    def setUpClass(cls):
        directory = Directory()
        directory.user("admin", allow("*"))
        directory.user("root-of-keys", allow("kms:*"))
        directory.user("admin", allow("*"), account=DEV)
        directory.role(
            "OfflineStore",
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"},
            allow(["s3:PutObject", "s3:GetBucketAcl", "s3:PutObjectAcl"]),
        )
        cls.fill(directory)
        cls.store = Store(directory, cls.arguments, cls.settings, cls.environment)
        try:
            cls.store.start()
        except BaseException:
            cls.store.remove()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.store.remove()

    @staticmethod
    def name(prefix="group"):
        """A name that no other test uses."""
        return f"{prefix}-{uuid.uuid4().hex[:8]}"

    def refused(self, *codes):
        """Expects a refusal with one of these codes; gives the error."""
        return _Refused(self, codes)

    def key(self, *statements, user="admin", account=PROD, delegate=True, **more):
        """A key with these statements in its policy, administered by `admin`. Gives its ARN."""
        content = [
            {
                "Sid": "Administration",
                "Effect": "Allow",
                "Principal": {"AWS": user_arn("admin", account)},
                "Action": "kms:*",
                "Resource": "*",
            }
        ]
        if delegate:
            content.append(
                {
                    "Sid": "Delegation",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            )
        content.extend(statements)
        answer = self.store.kms(user, account).create_key(Policy=json.dumps(document(*content)), **more)
        return answer["KeyMetadata"]["Arn"]

    def group(
        self,
        name=None,
        user="admin",
        account=PROD,
        online=True,
        offline=False,
        online_key=None,
        offline_key=None,
        ttl=None,
        storage=None,
        features=None,
        role="OfflineStore",
        wait=True,
        **more,
    ):
        """A feature group. Gives its name."""
        name = name or self.name()
        request = {
            "FeatureGroupName": name,
            "RecordIdentifierFeatureName": "id",
            "EventTimeFeatureName": "at",
            "FeatureDefinitions": features or FEATURES,
            **more,
        }
        if online:
            config = {"EnableOnlineStore": True}
            if online_key:
                config["SecurityConfig"] = {"KmsKeyId": online_key}
            if ttl:
                config["TtlDuration"] = ttl
            if storage:
                config["StorageType"] = storage
            request["OnlineStoreConfig"] = config
        if offline:
            storage_config = {"S3Uri": f"s3://sagemaker-features-{account}/store"}
            if offline_key:
                storage_config["KmsKeyId"] = offline_key
            request["OfflineStoreConfig"] = {"S3StorageConfig": storage_config, "DisableGlueTableCreation": True}
            request["RoleArn"] = role_arn(role, account)
        client = self.store.control(user, account)
        client.create_feature_group(**request)
        if wait:
            self.created(name, account)
        return name

    def created(self, name, account=PROD):
        """Waits until a group is created."""
        client = self.store.control("admin", account)
        for _ in range(200):
            status = client.describe_feature_group(FeatureGroupName=name)
            if status["FeatureGroupStatus"] == "Created":
                return status
            self.assertEqual("Creating", status["FeatureGroupStatus"], status.get("FailureReason"))
            time.sleep(0.02)
        return self.fail(f"{name} is still being created")

    def put(self, group, identifier, second=0, user="admin", account=PROD, call=None, **features):
        """Puts a record."""
        return self.store.runtime(user, account).put_record(
            FeatureGroupName=group, Record=record(identifier, second, **features), **(call or {})
        )

    def get(self, group, identifier, user="admin", account=PROD, **more):
        """The features of a record."""
        return values(
            self.store.runtime(user, account).get_record(
                FeatureGroupName=group, RecordIdentifierValueAsString=identifier, **more
            )
        )

    def offline(self, group, columns="*"):
        """The rows of the offline store, flushed first."""
        self.store.run("flush", "--group", group)
        run = self.store.run("query", f'SELECT {columns} FROM "{group}"', "--format", "jsonl")
        return [json.loads(line) for line in run.stdout.splitlines() if line]


class _Refused:
    """Context of an expected refusal."""

    def __init__(self, test, codes):
        self.test = test
        self.codes = codes
        self.message = ""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.test.fail(f"expected one of {self.codes}, and the call went through")
        if not isinstance(error, ClientError):
            return False
        self.code = error.response["Error"]["Code"]
        self.message = error.response["Error"]["Message"]
        self.status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if self.codes:
            self.test.assertIn(self.code, self.codes, self.message)
        return True
