"""Writing over the Data API, where no SQL can be run."""
