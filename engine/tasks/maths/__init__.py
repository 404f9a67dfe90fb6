"""Questions with one answer: GSM8K, MATH, AIME, and any file with questions and answers."""
