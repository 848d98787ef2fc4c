#!/bin/bash
set -e
VERSION=4.16.1
mkdir -p /home/ec2-user/SageMaker/.cs
curl -fL "https://github.com/coder/code-server/releases/download/v$VERSION/code-server-$VERSION-linux-amd64.tar.gz" | tar -C /home/ec2-user/SageMaker/.cs -xz
cat >>/home/ec2-user/.jupyter/jupyter_notebook_config.py <<'EOF'
c.ServerProxy.servers = {
  'vscode': {
      'launcher_entry': {'enabled': True, 'title': 'Code editor'},
      'command': ['/home/ec2-user/SageMaker/.cs/bin/code-server', '--auth', 'none', '--socket', '{unix_socket}'],
      'timeout': 30,
      'unix_socket': True
  }
}
EOF
curl -sL https://rpm.nodesource.com/setup_18.x | sudo bash -
sudo yum install -y nodejs
