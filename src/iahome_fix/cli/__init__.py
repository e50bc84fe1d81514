"""The commands, one module each: options in, one call, exit code out."""
