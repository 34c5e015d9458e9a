"""One vendor per file. Siblings never import each other; what they share stands in
`nudge_senders.destination`."""
