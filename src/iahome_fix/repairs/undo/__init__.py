"""Takes back what one run wrote."""
