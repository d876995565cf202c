"""The appliance: everything between the pixels, the models and the people of a plant."""

import os

# ONNX Runtime reports its use to its makers unless told not to, before it is loaded. Nothing leaves a node.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
