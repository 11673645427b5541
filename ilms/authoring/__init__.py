"""For those who write declarations and documents: what they start from, what is checked, what is drawn."""
