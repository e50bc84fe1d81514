"""The outside world, one module per system. Nothing here judges or prints."""
