"""Pages: load within the reader's scope, parse, one call, render."""
