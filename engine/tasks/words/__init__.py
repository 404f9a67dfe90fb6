"""Word problems in English: generated stories of 2 to 8 steps, with exact labels and answers that aren't self-checking."""
