"""A story of CSMs and of what people said to messages, and what the two reports make of it."""
