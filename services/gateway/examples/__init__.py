"""Examples of the OpenAPI document: a test sends each request and compares what comes back."""
