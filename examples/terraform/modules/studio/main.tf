terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "vpc_id" { type = string }
variable "subnet_ids" { type = list(string) }
variable "security_group_ids" { type = list(string) }
variable "execution_role_arn" { type = string }
variable "kms_key_id" { type = string }
variable "users" { type = set(string) }

resource "aws_sagemaker_domain" "this" {
  domain_name             = "research"
  auth_mode               = "IAM"
  vpc_id                  = var.vpc_id
  subnet_ids              = var.subnet_ids
  app_network_access_type = "VpcOnly"
  kms_key_id              = var.kms_key_id
  default_user_settings {
    execution_role  = var.execution_role_arn
    security_groups = var.security_group_ids
  }
}

resource "aws_sagemaker_user_profile" "user" {
  for_each          = var.users
  domain_id         = aws_sagemaker_domain.this.id
  user_profile_name = each.key
}

resource "aws_sagemaker_space" "shared" {
  domain_id  = aws_sagemaker_domain.this.id
  space_name = "shared"
}
