"""What `tests/gpu_acceptance.py` is made of."""
