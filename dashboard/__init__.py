"""Questions to the built tables, and their answers as charts, words and files."""
