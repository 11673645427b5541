"""What a producer's files hold: their columns, labels and values, and what each column looks like."""
