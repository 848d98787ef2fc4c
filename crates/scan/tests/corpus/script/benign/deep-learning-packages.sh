#!/bin/bash
set -eux
eval "$(conda shell.bash hook)"
conda activate base
pip install torch==2.2.0 --index-url https://download.pytorch.org/whl/cu118
pip install git+https://github.com/huggingface/transformers@v4.40.0
pip install --extra-index-url=https://pip.repos.neuron.amazonaws.com neuronx-cc==2.13
for attempt in $(seq 1 30); do nc -z localhost 8888 && break; sleep 1; done
