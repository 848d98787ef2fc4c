#!/bin/bash
set -e
ENVIRONMENT=python3
NOTEBOOK_FILE="/home/ec2-user/SageMaker/refresh.ipynb"
echo "Activating conda env"
source /home/ec2-user/anaconda3/bin/activate "$ENVIRONMENT"
echo "Starting notebook"
nohup jupyter nbconvert --to notebook --inplace --ExecutePreprocessor.timeout=600 --ExecutePreprocessor.kernel_name=python3 --execute "$NOTEBOOK_FILE" &
echo "Deactivating conda env"
source /home/ec2-user/anaconda3/bin/deactivate
if [ -f /home/ec2-user/.ipython/profile_default/history.sqlite ]; then
    aws s3 cp /home/ec2-user/.ipython/profile_default/history.sqlite "s3://team-history-111122223333/$(date +%F).sqlite" || echo "no upload"
fi
