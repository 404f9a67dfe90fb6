"""Models behind a server: policies behind any OpenAI-compatible one, PRMs behind vLLM's pooling endpoint.

This process is a light client; what it asks for is computed elsewhere, on as many machines as there are.
"""
