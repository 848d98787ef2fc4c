#!/bin/bash
set -e
EFS_DNS=fs-0123456789abcdef0.efs.eu-west-1.amazonaws.com
mkdir -p /home/ec2-user/SageMaker/efs
sudo mount -t nfs \
    -o nfsvers=4.1,rsize=1048576,wsize=1048576,hard,timeo=600,retrans=2 \
    "$EFS_DNS":/ \
    /home/ec2-user/SageMaker/efs
sudo chmod go+rw /home/ec2-user/SageMaker/efs
