"""What can be said of the tables: rows, counts and sentences for screens and sheets alike."""
