d# Where logs go.
resource "aws_s3_bucket" "logs" {
  bucket = "acme-logs"
  tags = { a = var.x }
}
resource "aws_sqs_queue" "jobs" {
  name = "jobs-${var.env}"
}
variable "env" {
  type        = string
  description = "Stage of the system"
}
locals {
  prefix = "acme"
}
module "vpc" { source = "./vpc" }
resource "aws_dynamodb_table" "users" { name = "Users" }
