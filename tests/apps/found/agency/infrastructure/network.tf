resource "aws_vpc" "agency" {
  cidr_block = "10.1.0.0/16"
}
