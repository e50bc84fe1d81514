"""A result in, text out. Nothing here asks, decides or looks anything up."""
