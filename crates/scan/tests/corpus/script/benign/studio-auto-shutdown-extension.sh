#!/bin/bash
# Studio: installs the idle shutdown extension for the JupyterServer app.
set -eux
export TIMEOUT_IN_MINS=120
cd /home/sagemaker-user
mkdir -p .auto-shutdown
cat > .auto-shutdown/set-time-interval.sh << EOF
#!/opt/conda/bin/python
import json
import requests
TIMEOUT=${TIMEOUT_IN_MINS}
session = requests.Session()
response = session.get("http://localhost:8888/jupyter/default/tree")
xsrf = response.cookies["_xsrf"]
print("status code", response.status_code)
if response.status_code == 200:
    body = {"idle_time": TIMEOUT, "keep_terminals": False}
    print(json.dumps(body))
EOF
chmod +x .auto-shutdown/set-time-interval.sh
wget -q https://github.com/aws-samples/sagemaker-studio-auto-shutdown-extension/raw/main/sagemaker_studio_autoshutdown-0.1.5.tar.gz
pip install sagemaker_studio_autoshutdown-0.1.5.tar.gz
jlpm config set cache-folder /tmp/yarncache
jupyter lab build --debug --minimize=False
nohup supervisorctl -c /etc/supervisor/conf.d/supervisord.conf restart jupyterlabserver
