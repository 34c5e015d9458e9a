"""What may depend on what: the rules of the house, held without a list of exceptions."""
