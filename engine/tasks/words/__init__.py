"""Word problems in English: generated stories of 2 to 8 steps, with exact labels. No answer checks itself."""
