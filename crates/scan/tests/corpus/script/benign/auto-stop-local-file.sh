#!/bin/bash
set -ex
umask 022
cat > /usr/local/bin/idle-check.py <<'EOF'
import json
from datetime import datetime
import urllib.request
import boto3

with open('/opt/ml/metadata/resource-metadata.json') as handle:
    name = json.load(handle)['ResourceName']

with urllib.request.urlopen('https://localhost:8443/api/sessions') as answer:
    sessions = json.loads(answer.read())

idle = all(s['kernel']['execution_state'] == 'idle' for s in sessions)
if idle:
    print('idle, stopping', name, datetime.now())
    boto3.client('sagemaker').stop_notebook_instance(NotebookInstanceName=name)
EOF
chmod +x /usr/local/bin/idle-check.py
echo "*/10 * * * * root /usr/bin/python3 /usr/local/bin/idle-check.py >> /var/log/idle.log 2>&1" > /etc/cron.d/idle-check
