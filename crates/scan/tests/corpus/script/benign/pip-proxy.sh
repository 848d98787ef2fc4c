#!/bin/bash
set -e
PROXY_HOST=proxy.corp.example.com
PROXY_PORT=3128
su - ec2-user -c "mkdir -p /home/ec2-user/.ipython/profile_default/startup/ && touch /home/ec2-user/.ipython/profile_default/startup/00-startup.py"

echo "export http_proxy='http://$PROXY_HOST:$PROXY_PORT'" | tee -a /home/ec2-user/.profile >/dev/null
echo "export https_proxy='http://$PROXY_HOST:$PROXY_PORT'" | tee -a /home/ec2-user/.profile >/dev/null
echo "export no_proxy='s3.amazonaws.com,127.0.0.1,localhost,169.254.169.254'" | tee -a /home/ec2-user/.profile >/dev/null

echo "import sys,os,os.path" | tee -a /home/ec2-user/.ipython/profile_default/startup/00-startup.py >/dev/null
echo "os.environ['HTTP_PROXY']=\"http://$PROXY_HOST:$PROXY_PORT\"" | tee -a /home/ec2-user/.ipython/profile_default/startup/00-startup.py >/dev/null
echo "os.environ['HTTPS_PROXY']=\"http://$PROXY_HOST:$PROXY_PORT\"" | tee -a /home/ec2-user/.ipython/profile_default/startup/00-startup.py >/dev/null

pip config set global.proxy "http://$PROXY_HOST:$PROXY_PORT"
restart jupyter-server
