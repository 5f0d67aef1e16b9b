"""The operations of CloudFormation, one module a resource noun."""
