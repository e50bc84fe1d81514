"""`doctor --report`: a report as one page to send to support, as HTML or Markdown."""
