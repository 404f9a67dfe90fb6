"""Countdown: the task the built-in models are trained for."""
