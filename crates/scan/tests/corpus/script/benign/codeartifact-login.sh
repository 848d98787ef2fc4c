#!/bin/bash
set -e
DOMAIN=research
OWNER=111122223333
REPOSITORY=python-packages
REGION=$(curl -s http://169.254.169.254/latest/meta-data/placement/region)
sudo -u ec2-user -i <<EOF
aws codeartifact login --tool pip --domain "$DOMAIN" --domain-owner "$OWNER" --repository "$REPOSITORY" --region "$REGION"
pip config set global.extra-index-url https://pypi.org/simple/
EOF
# The token lives for twelve hours, so it is renewed by cron.
echo "0 */11 * * * ec2-user aws codeartifact login --tool pip --domain $DOMAIN --domain-owner $OWNER --repository $REPOSITORY" > /etc/cron.d/codeartifact
