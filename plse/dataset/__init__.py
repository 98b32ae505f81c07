"""Rows of the dataset, and the files that hold them."""
