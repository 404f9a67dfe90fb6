"""Models behind a server: policies behind any OpenAI-compatible one, PRMs behind vLLM's pooling endpoint.

This process is a light client; what it asks for is computed elsewhere, on as many machines as there are.
"""

CONCURRENT = 32
"""Requests that one server gets at the same time."""
TIMEOUT = 600.0
"""Seconds without a word that are too many."""
