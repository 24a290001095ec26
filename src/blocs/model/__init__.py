"""The model: families, membership and number of types, with their E-step and M-step."""
