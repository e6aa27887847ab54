"""Parts of the benchmark of stored states."""
