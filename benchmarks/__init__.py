"""How fast the tool is, against what it replaces. Not part of the tests."""
