"""The public operations of Lambda, by resource."""
