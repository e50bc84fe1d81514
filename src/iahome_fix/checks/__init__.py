"""The checks, one module per link. A check neither writes nor prints."""
