#!/bin/bash
set -e
FSX_DNS_NAME=fs-0123456789abcdef0.fsx.us-east-1.amazonaws.com
FSX_MOUNT_NAME=fsx
sudo amazon-linux-extras install -y lustre
mkdir -p /fsx
if ! mountpoint -q /fsx; then
    mount -t lustre -o noatime,flock "${FSX_DNS_NAME}@tcp:/${FSX_MOUNT_NAME}" /fsx
fi
chmod 0775 /fsx
chown ec2-user:ec2-user /fsx
