#!/bin/bash
set -e
# Installs lab extensions; takes longer than five minutes, so it runs behind.
nohup sudo -u ec2-user -i <<'EOF' > /home/ec2-user/extension.log 2>&1 &
source /home/ec2-user/anaconda3/bin/activate JupyterSystemEnv
pip install jupyterlab-git==0.41.0 jupyterlab-lsp==4.2.0
jupyter labextension install @jupyterlab/toc@5.0.0 --no-build
jupyter lab build --dev-build=False --minimize=False
source /home/ec2-user/anaconda3/bin/deactivate
EOF
sudo systemctl restart jupyter-server
