"""What botocore sends and reads: the oracle of the tests of this crate.

    wire.py requests            the committed vectors (tests/data/botocore-requests.jsonl)
    wire.py random SEED COUNT   as many random calls of the same form
    wire.py answers             reads answers, one JSON object a line, prints what botocore makes of them

No network: requests are caught before they are sent. Needs botocore 1.44.5 or later.
"""

import base64
import datetime
import json
import random
import sys
from urllib.parse import urlsplit

import botocore.auth
import botocore.awsrequest
import botocore.parsers
import botocore.session
from botocore import xform_name
from botocore.config import Config

REGION = "eu-west-1"
NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
# The example key of AWS's documentation; it opens nothing.
KEY = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
TOKEN = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWL+IHq8=="
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fg"
KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
RUNTIME = "sagemaker-featurestore-runtime"

botocore.auth.get_current_datetime = lambda remove_tzinfo=True: (
    NOW.replace(tzinfo=None) if remove_tzinfo else NOW
)


def client(service, token=None):
    session = botocore.session.Session()
    session.set_credentials(*KEY, token)
    return session.create_client(
        service,
        region_name=REGION,
        endpoint_url="https://store.example:8443",
        config=Config(retries={"max_attempts": 0}, parameter_validation=False),
    )


CLIENTS = {}


def cached(service, token):
    key = (service, token)
    if key not in CLIENTS:
        CLIENTS[key] = client(service, token)
    return CLIENTS[key]


def catch(service, operation, params, token=None):
    """The request of a call, as bytes on the wire."""
    caught = []

    def before_send(request, **_):
        caught.append(request)
        raw = botocore.awsrequest.AWSResponse(request.url, 200, {}, None)
        raw._content = f"<R><{operation}Result/></R>".encode() if service == "sts" else b""
        return raw

    one = cached(service, token)
    name = "before-send." + one.meta.service_model.service_id.hyphenize()
    one.meta.events.register(name, before_send, unique_id="catch")
    try:
        one._make_api_call(operation, params)
    finally:
        one.meta.events.unregister(name, unique_id="catch")
    (request,) = caught
    body = request.body or b""
    if isinstance(body, str):
        body = body.encode()
    headers = {name.lower(): text(value) for name, value in request.headers.items()}
    return describe(service, operation, params, token, request.method, request.url, headers, body)


def presigned(service, operation, params, token=None, expires=60, method=None):
    one = cached(service, token)
    method = method or one.meta.service_model.operation_model(operation).http["method"]
    url = one.generate_presigned_url(
        xform_name(operation), Params=params, ExpiresIn=expires, HttpMethod=method
    )
    return describe(service, operation, params, token, method, url, {}, b"")


def describe(service, operation, params, token, method, url, headers, body):
    parts = urlsplit(url)
    headers.setdefault("host", parts.netloc)
    for noise in ("amz-sdk-invocation-id", "amz-sdk-request", "user-agent"):
        headers.pop(noise, None)
    return {
        "service": service,
        "operation": operation,
        "params": plain(params),
        "token": token,
        "method": method,
        "path": parts.path,
        "query": parts.query,
        "headers": sorted([name, value] for name, value in headers.items()),
        "body": body.decode(),
    }


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def plain(value):
    """Parameters as the crate gives them: blobs in base64, times in seconds."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


RECORD = [
    {"FeatureName": "id", "ValueAsString": "é 1/2 \"quoted\" \\ \u20ac \U0001f600"},
    {"FeatureName": "event-time", "ValueAsString": "2026-01-02T03:04:05Z"},
    {"FeatureName": "v", "ValueAsStringList": ["1.5", "", "x\ny"]},
    {"FeatureName": "empty"},
]


def calls():
    for group in ("fg", ARN):
        yield RUNTIME, "PutRecord", {"FeatureGroupName": group, "Record": RECORD}
        yield RUNTIME, "GetRecord", {
            "FeatureGroupName": group,
            "RecordIdentifierValueAsString": "a/b c+d&e=é%\u20ac~*'",
            "FeatureNames": ["x", "y-z"],
            "ExpirationTimeResponse": "Enabled",
        }
        yield RUNTIME, "DeleteRecord", {
            "FeatureGroupName": group,
            "RecordIdentifierValueAsString": "1",
            "EventTime": "2024-01-01T00:00:00Z",
            "TargetStores": ["OnlineStore", "OfflineStore"],
            "DeletionMode": "HardDelete",
        }
        yield RUNTIME, "UpdateRecord", {
            "FeatureGroupName": group,
            "RecordIdentifierValueAsString": "é",
            "Features": RECORD[:1],
            "TargetStores": ["OnlineStore"],
            "TtlDuration": {"Unit": "Weeks", "Value": 2},
        }
        yield RUNTIME, "ListRecords", {
            "FeatureGroupName": group,
            "MaxResults": 7,
            "NextToken": "t+/=",
            "IncludeSoftDeletedRecords": True,
        }
    yield RUNTIME, "GetRecord", {"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "1"}
    yield RUNTIME, "PutRecord", {
        "FeatureGroupName": "fg",
        "Record": RECORD,
        "TargetStores": ["OnlineStore"],
        "TtlDuration": {"Unit": "Days", "Value": 1},
    }
    yield RUNTIME, "BatchGetRecord", {
        "Identifiers": [
            {"FeatureGroupName": "a", "RecordIdentifiersValueAsString": ["1", "é"]},
            {"FeatureGroupName": ARN, "RecordIdentifiersValueAsString": ["2"], "FeatureNames": ["x"]},
        ],
        "ExpirationTimeResponse": "Disabled",
    }
    yield RUNTIME, "BatchWriteRecord", {
        "Entries": [
            {"FeatureGroupName": "a", "Record": RECORD, "TargetStores": ["OfflineStore"]},
            {"FeatureGroupName": ARN, "Record": RECORD[:2], "TtlDuration": {"Unit": "Hours", "Value": 3}},
        ],
        "TtlDuration": {"Unit": "Minutes", "Value": 90},
    }
    s = "sagemaker"
    yield s, "CreateFeatureGroup", {
        "FeatureGroupName": "fg",
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "event-time",
        "FeatureDefinitions": [
            {"FeatureName": "id", "FeatureType": "String"},
            {"FeatureName": "event-time", "FeatureType": "Fractional"},
            {
                "FeatureName": "v",
                "FeatureType": "Fractional",
                "CollectionType": "Vector",
                "CollectionConfig": {"VectorConfig": {"Dimension": 768}},
            },
        ],
        "OnlineStoreConfig": {
            "SecurityConfig": {"KmsKeyId": KEY_ARN},
            "EnableOnlineStore": True,
            "TtlDuration": {"Unit": "Days", "Value": 30},
            "StorageType": "Standard_V2",
        },
        "OfflineStoreConfig": {
            "S3StorageConfig": {"S3Uri": "s3://bucket/prefix", "KmsKeyId": KEY_ARN},
            "DisableGlueTableCreation": False,
            "TableFormat": "Iceberg",
        },
        "ThroughputConfig": {"ThroughputMode": "OnDemand"},
        "RoleArn": "arn:aws:iam::111122223333:role/service-role/offline",
        "Description": "clients",
        "Tags": [{"Key": "team", "Value": "fraud"}],
    }
    yield s, "DescribeFeatureGroup", {"FeatureGroupName": ARN, "NextToken": ""}
    yield s, "UpdateFeatureGroup", {
        "FeatureGroupName": "fg",
        "FeatureAdditions": [{"FeatureName": "n", "FeatureType": "Integral"}],
    }
    yield s, "UpdateFeatureGroup", {"FeatureGroupName": "fg", "OnlineStoreConfig": {"TtlDuration": {}}}
    yield s, "ListFeatureGroups", {
        "NameContains": "f",
        "CreationTimeAfter": datetime.datetime(2025, 1, 1, 0, 0, 0, 500000, datetime.timezone.utc),
        "SortBy": "CreationTime",
        "MaxResults": 100,
    }
    yield s, "ListFeatureGroups", {}
    yield s, "DeleteFeatureGroup", {"FeatureGroupName": "fg"}
    yield s, "DescribeFeatureMetadata", {"FeatureGroupName": "fg", "FeatureName": "id"}
    yield s, "UpdateFeatureMetadata", {
        "FeatureGroupName": "fg",
        "FeatureName": "id",
        "Description": "",
        "ParameterAdditions": [{"Key": "k", "Value": "v"}],
        "ParameterRemovals": ["old"],
    }
    yield s, "AddTags", {"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": ""}]}
    yield s, "ListTags", {"ResourceArn": ARN, "MaxResults": 50}
    yield s, "DeleteTags", {"ResourceArn": ARN, "TagKeys": ["a"]}
    yield s, "Search", {
        "Resource": "FeatureGroup",
        "SearchExpression": {
            "Filters": [{"Name": "FeatureGroupName", "Operator": "Contains", "Value": "f"}],
            "SubExpressions": [{"Filters": [{"Name": "AllTags", "Operator": "Exists"}], "Operator": "Or"}],
        },
        "MaxResults": 10,
        "VisibilityConditions": [{"Key": "k", "Value": "v"}],
    }
    k = "kms"
    yield k, "CreateKey", {"Description": "d", "Tags": [{"TagKey": "a", "TagValue": "b"}], "MultiRegion": False}
    yield k, "DescribeKey", {"KeyId": KEY_ARN}
    yield k, "ListKeys", {}
    yield k, "Encrypt", {
        "KeyId": KEY_ARN,
        "Plaintext": bytes(range(200)),
        "EncryptionContext": {"aws:sagemaker:feature-group-arn": ARN, "é": "\u20ac"},
        "GrantTokens": ["token"],
    }
    yield k, "Decrypt", {"CiphertextBlob": b"\x00\xff" * 30, "EncryptionContext": {}, "DryRun": True}
    yield k, "GenerateDataKey", {"KeyId": KEY_ARN, "KeySpec": "AES_256"}
    yield k, "GenerateDataKeyWithoutPlaintext", {"KeyId": KEY_ARN, "NumberOfBytes": 64}
    yield k, "ReEncrypt", {"CiphertextBlob": b"x", "DestinationKeyId": KEY_ARN}
    yield k, "GenerateRandom", {"NumberOfBytes": 32}
    yield k, "CreateGrant", {
        "KeyId": KEY_ARN,
        "GranteePrincipal": "arn:aws:iam::111122223333:role/store",
        "Operations": ["Decrypt", "GenerateDataKey"],
        "Constraints": {"EncryptionContextSubset": {"a": "b"}},
        "Name": ARN + ":online",
    }
    for operation in ("ListGrants", "GetKeyPolicy", "ListKeyPolicies", "EnableKeyRotation"):
        yield k, operation, {"KeyId": KEY_ARN}
    for operation in ("DisableKeyRotation", "GetKeyRotationStatus", "RotateKeyOnDemand", "ListKeyRotations"):
        yield k, operation, {"KeyId": KEY_ARN}
    for operation in ("CancelKeyDeletion", "EnableKey", "DisableKey", "ListResourceTags"):
        yield k, operation, {"KeyId": KEY_ARN}
    yield k, "ListRetirableGrants", {"RetiringPrincipal": "arn:aws:iam::111122223333:role/store"}
    yield k, "RevokeGrant", {"KeyId": KEY_ARN, "GrantId": "0" * 64}
    yield k, "RetireGrant", {"GrantToken": "token"}
    yield k, "PutKeyPolicy", {"KeyId": KEY_ARN, "Policy": '{"Version": "2012-10-17",\n\t"Statement": []}'}
    yield k, "CreateAlias", {"AliasName": "alias/a", "TargetKeyId": KEY_ARN}
    yield k, "UpdateAlias", {"AliasName": "alias/a", "TargetKeyId": KEY_ARN}
    yield k, "DeleteAlias", {"AliasName": "alias/a"}
    yield k, "ListAliases", {"Limit": 5}
    yield k, "ScheduleKeyDeletion", {"KeyId": KEY_ARN, "PendingWindowInDays": 7}
    yield k, "TagResource", {"KeyId": KEY_ARN, "Tags": [{"TagKey": "a", "TagValue": "b"}]}
    yield k, "UntagResource", {"KeyId": KEY_ARN, "TagKeys": ["a"]}
    yield k, "UpdateKeyDescription", {"KeyId": KEY_ARN, "Description": "é\n"}
    yield "sts", "GetCallerIdentity", {}
    yield "sts", "AssumeRole", {
        "RoleArn": "arn:aws:iam::111122223333:role/reader",
        "RoleSessionName": "a.b@c",
        "PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
        "Policy": '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}\n',
        "DurationSeconds": 900,
        "Tags": [{"Key": "team", "Value": "a b+c=é"}, {"Key": "k", "Value": ""}],
        "TransitiveTagKeys": ["team"],
        "ExternalId": "x:1",
    }


def requests():
    for number, (service, operation, params) in enumerate(calls()):
        yield catch(service, operation, params, TOKEN if number % 3 == 2 else None)
    for token in (None, TOKEN):
        for group in ("fg", ARN):
            params = {"FeatureGroupName": group, "RecordIdentifierValueAsString": "a/b é+"}
            yield presigned(RUNTIME, "GetRecord", params, token)
        for method in ("GET", "POST"):
            yield presigned("sts", "GetCallerIdentity", {}, token, 604800, method)


LETTERS = "aZ09-_.~ /+%&=?#:;,@!$'()*\"\\<>[]{}|^`\t\n\x7f\u00e9\u00df\u0416\u20ac\u4e2d\U0001f600"


def any_text(chance, longest):
    return "".join(chance.choice(LETTERS) for _ in range(chance.randint(0, longest)))


def random_requests(seed, count):
    chance = random.Random(seed)
    for _ in range(count):
        token = TOKEN if chance.random() < 0.3 else None
        group = chance.choice(["fg", "a-b_c", ARN])
        identifier = any_text(chance, 12)
        kind = chance.randrange(6)
        if kind == 0:
            record = [{"FeatureName": "f%d" % n, "ValueAsString": any_text(chance, 20)} for n in range(chance.randint(1, 5))]
            yield catch(RUNTIME, "PutRecord", {"FeatureGroupName": group, "Record": record}, token)
        elif kind in (1, 2):
            params = {"FeatureGroupName": group, "RecordIdentifierValueAsString": identifier}
            if chance.random() < 0.5:
                params["FeatureNames"] = ["f%d" % chance.randrange(9) for _ in range(chance.randint(1, 4))]
            make = catch if kind == 1 else presigned
            if make == presigned:
                # botocore presigns the first of repeated parameters only.
                params.pop("FeatureNames", None)
            yield make(RUNTIME, "GetRecord", params, token)
        elif kind == 3:
            params = {"FeatureGroupName": group, "RecordIdentifierValueAsString": identifier, "EventTime": any_text(chance, 8)}
            yield catch(RUNTIME, "DeleteRecord", params, token)
        elif kind == 4:
            context = {any_text(chance, 5): any_text(chance, 5) for _ in range(chance.randint(0, 3))}
            params = {"KeyId": "alias/a", "Plaintext": chance.randbytes(chance.randint(1, 40)), "EncryptionContext": context}
            yield catch("kms", "Encrypt", params, token)
        else:
            tags = [{"Key": "k%d" % n, "Value": any_text(chance, 6)} for n in range(chance.randint(1, 3))]
            tags = [{**tag, "Value": "".join(c for c in tag["Value"] if c.isalnum() or c in " _.:/=+-@")} for tag in tags]
            params = {"RoleArn": "arn:aws:iam::111122223333:role/reader", "RoleSessionName": "session", "Tags": tags}
            yield catch("sts", "AssumeRole", params, token)


def answers():
    for line in sys.stdin:
        answer = json.loads(line)
        model = cached(answer["service"], None).meta.service_model
        operation = model.operation_model(answer["operation"])
        parser = botocore.parsers.create_parser(model.metadata["protocol"])
        response = {
            "status_code": answer["status"],
            "headers": botocore.awsrequest.HeadersDict(answer["headers"]),
            "body": answer["body"].encode(),
            "context": {"operation_name": operation.name},
        }
        parsed = parser.parse(response, operation.output_shape)
        yield plain({key: value for key, value in parsed.items() if value is not None})


def main():
    mode = sys.argv[1]
    if mode == "requests":
        lines = requests()
    elif mode == "random":
        lines = random_requests(int(sys.argv[2]), int(sys.argv[3]))
    elif mode == "answers":
        lines = answers()
    else:
        sys.exit(__doc__)
    for line in lines:
        print(json.dumps(line, sort_keys=True))


main()
