"""The assets, one file per kind. Importing this package defines nothing."""
