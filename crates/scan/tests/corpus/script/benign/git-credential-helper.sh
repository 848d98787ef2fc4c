#!/bin/bash
set -e
# Uses the secret of the team for its repositories.
sudo -u ec2-user -i <<'EOF'
git config --global user.name "Data Science"
git config --global user.email "data-science@example.com"
git config --global credential.helper '!aws codecommit credential-helper $@'
git config --global credential.UseHttpPath true
git config --global core.editor "nano"
cat > /home/ec2-user/.gitignore_global <<'INNER'
.ipynb_checkpoints/
*.pyc
INNER
git config --global core.excludesfile /home/ec2-user/.gitignore_global
EOF
