#!/bin/bash
set -e
# Publishes memory and disk use of the instance.
INSTANCE=$(jq -r '.ResourceName' /opt/ml/metadata/resource-metadata.json)
wget -q https://amazoncloudwatch-agent.s3.amazonaws.com/amazon_linux/amd64/latest/amazon-cloudwatch-agent.rpm -O /tmp/agent.rpm
rpm -U /tmp/agent.rpm
cat > /tmp/agent.json <<EOF
{
  "metrics": {
    "append_dimensions": {"NotebookInstance": "$INSTANCE"},
    "metrics_collected": {"mem": {"measurement": ["mem_used_percent"]}, "disk": {"resources": ["*"]}}
  }
}
EOF
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/tmp/agent.json
