#!/bin/bash
set -e
sudo -u ec2-user -i <<'EOF'
source activate R
conda install --yes -c conda-forge r-irkernel=1.3.2 r-tidyverse=2.0.0
Rscript -e 'install.packages(c("forecast", "prophet"), repos="https://cran.r-project.org")'
Rscript -e 'IRkernel::installspec(name = "ir43", displayname = "R 4.3", user = TRUE)'
conda deactivate
EOF
