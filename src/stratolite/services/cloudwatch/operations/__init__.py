"""The public operations of CloudWatch, by resource."""
