"""The helper process that converts the kernel's models, and the protocol between the two."""
