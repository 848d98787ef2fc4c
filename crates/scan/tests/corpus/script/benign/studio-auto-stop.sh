#!/bin/bash
# Studio space: stops JupyterLab after an idle hour.
set -eux
VERSION=0.3.1
IDLE_TIME_IN_SECONDS=3600
sudo apt-get update -y
sudo sh -c 'printf "#!/bin/sh\nexit 0" > /usr/sbin/policy-rc.d'
sudo apt-get install -y cron
curl -LO --output-dir /var/tmp/ https://github.com/aws-samples/sagemaker-studio-apps-lifecycle-config-examples/releases/download/v$VERSION/auto_stop_idle-$VERSION.tar.gz
pip install -U -t /var/tmp/auto-stop-idle/ /var/tmp/auto_stop_idle-$VERSION.tar.gz
CONTAINER_URI=$AWS_DEFAULT_REGION
sudo service cron start
echo "*/2 * * * * /bin/bash -ic '/opt/conda/bin/python /var/tmp/auto-stop-idle/auto_stop_idle.py --idle-time $IDLE_TIME_IN_SECONDS --region $CONTAINER_URI >> /var/log/apps/idle.log'" | sudo crontab -
