"""Published files in, Parquet tables out."""
