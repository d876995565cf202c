"""The recipe of the demo families: rendered parts, six sizes of one small residual network, exported to ONNX.

Needs the extra `train` (torch); the product never imports this package.
"""
