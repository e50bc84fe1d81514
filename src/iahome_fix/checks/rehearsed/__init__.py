"""Sales that are made and taken back, and what they say."""
