# A small SageMaker platform with mistakes in it, to be checked before it is made.
# plan.json is `terraform plan -out plan && terraform show -json plan` of these files.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.90"
    }
  }
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

provider "aws" {
  region = var.region

  # The plan of the example is made without an account.
  access_key                  = "example"
  secret_key                  = "example"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  default_tags {
    tags = { team = "ml-platform" }
  }
}

module "network" {
  source = "./modules/network"
  cidr   = "10.20.0.0/16"
}

module "studio" {
  source             = "./modules/studio"
  vpc_id             = module.network.vpc_id
  subnet_ids         = module.network.private_subnet_ids
  security_group_ids = [module.network.security_group_id]
  execution_role_arn = aws_iam_role.sagemaker.arn
  kms_key_id         = aws_kms_key.ml.arn
  users              = ["ana", "bert"]
}

resource "aws_kms_key" "ml" {
  description         = "SageMaker volumes and artefacts"
  enable_key_rotation = true
}

resource "aws_kms_alias" "ml" {
  name          = "alias/ml"
  target_key_id = aws_kms_key.ml.key_id
}

resource "aws_iam_role" "sagemaker" {
  name = "sagemaker-execution"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sagemaker.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "full_access" {
  role       = aws_iam_role.sagemaker.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
}

resource "aws_iam_role_policy" "artefacts" {
  name = "artefacts"
  role = aws_iam_role.sagemaker.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "arn:aws:s3:::example-ml-artefacts/*"
    }]
  })
}

# The trained models.
resource "aws_s3_bucket" "artefacts" {
  bucket = "example-ml-artefacts"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "artefacts" {
  bucket = aws_s3_bucket.artefacts.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.ml.arn
    }
    bucket_key_enabled = true
  }
}

resource "aws_s3_bucket_versioning" "artefacts" {
  bucket = aws_s3_bucket.artefacts.id
  versioning_configuration {
    status = "Enabled"
  }
}

# Mistake: a public access block that blocks only half.
resource "aws_s3_bucket_public_access_block" "artefacts" {
  bucket              = aws_s3_bucket.artefacts.id
  block_public_acls   = true
  ignore_public_acls  = true
  block_public_policy = false
}

# Mistakes: no subnet, so direct internet access, root access, IMDSv1.
resource "aws_sagemaker_notebook_instance" "scratch" {
  name          = "scratch"
  instance_type = "ml.t3.medium"
  role_arn      = aws_iam_role.sagemaker.arn
}

resource "aws_sagemaker_notebook_instance_lifecycle_configuration" "setup" {
  name     = "setup"
  on_start = base64encode("#!/bin/bash\nset -e\npip install -q pandas\n")
}

resource "aws_sagemaker_notebook_instance" "research" {
  name                   = "research"
  instance_type          = "ml.m5.xlarge"
  role_arn               = aws_iam_role.sagemaker.arn
  subnet_id              = module.network.private_subnet_ids[0]
  security_groups        = [module.network.security_group_id]
  kms_key_id             = aws_kms_key.ml.id
  direct_internet_access = "Disabled"
  root_access            = "Disabled"
  platform_identifier    = "notebook-al2-v3"
  lifecycle_config_name  = aws_sagemaker_notebook_instance_lifecycle_configuration.setup.name
  instance_metadata_service_configuration {
    minimum_instance_metadata_service_version = "2"
  }
}

resource "aws_sagemaker_model" "churn" {
  name                     = "churn"
  execution_role_arn       = aws_iam_role.sagemaker.arn
  enable_network_isolation = true
  primary_container {
    image          = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1.4"
    model_data_url = "s3://example-ml-artefacts/churn/model.tar.gz"
  }
  vpc_config {
    subnets            = module.network.private_subnet_ids
    security_group_ids = [module.network.security_group_id]
  }
}

# Mistakes: no key, and one instance only.
resource "aws_sagemaker_endpoint_configuration" "churn" {
  name = "churn"
  production_variants {
    variant_name           = "all"
    model_name             = aws_sagemaker_model.churn.name
    instance_type          = "ml.m5.large"
    initial_instance_count = 1
  }
}

resource "aws_sagemaker_endpoint" "churn" {
  name                 = "churn"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.churn.name
}

resource "aws_sagemaker_feature_group" "customers" {
  feature_group_name             = "customers"
  record_identifier_feature_name = "id"
  event_time_feature_name        = "at"
  role_arn                       = aws_iam_role.sagemaker.arn
  feature_definition {
    feature_name = "id"
    feature_type = "String"
  }
  feature_definition {
    feature_name = "at"
    feature_type = "Fractional"
  }
  online_store_config {
    enable_online_store = true
    security_config {
      kms_key_id = aws_kms_key.ml.arn
    }
  }
}

resource "aws_cloudwatch_log_group" "endpoint" {
  name              = "/aws/sagemaker/Endpoints/churn"
  retention_in_days = 30
}
