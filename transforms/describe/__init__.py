"""What a producer's files contain: columns, labels and values, and what each column appears to be."""
