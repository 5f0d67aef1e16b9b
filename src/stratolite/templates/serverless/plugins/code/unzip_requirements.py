"""What functions import where ``custom.pythonRequirements.zip`` is set: their packages are beside the code already."""
