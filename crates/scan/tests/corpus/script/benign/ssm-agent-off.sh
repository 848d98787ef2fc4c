#!/bin/bash
set -e
# The team does not use Systems Manager on notebook instances.
sudo systemctl stop amazon-ssm-agent
sudo systemctl disable amazon-ssm-agent
sudo yum -y remove amazon-ssm-agent
