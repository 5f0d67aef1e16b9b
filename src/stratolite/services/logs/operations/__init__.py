"""The public operations of CloudWatch Logs, by resource."""
