#!/bin/bash
set -e
# Installs a pinned environment that survives a stop of the instance.
sudo -u ec2-user -i <<'EOF'
unset SUDO_UID
WORKING_DIR=/home/ec2-user/SageMaker/custom-miniconda
mkdir -p "$WORKING_DIR"
wget https://repo.anaconda.com/miniconda/Miniconda3-py310_23.1.0-1-Linux-x86_64.sh -O "$WORKING_DIR/miniconda.sh"
bash "$WORKING_DIR/miniconda.sh" -b -u -p "$WORKING_DIR/miniconda"
rm -rf "$WORKING_DIR/miniconda.sh"
source "$WORKING_DIR/miniconda/bin/activate"
KERNEL_NAME="forecast"
PYTHON="3.10"
conda create --yes --name "$KERNEL_NAME" python="$PYTHON"
conda activate "$KERNEL_NAME"
pip install --quiet ipykernel==6.29.0 pandas==2.2.1 "numpy<2"
conda install -y -c conda-forge lightgbm=4.3.0
EOF
