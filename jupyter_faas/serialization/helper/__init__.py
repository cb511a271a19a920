"""The helper process that converts models beside the kernel, and the protocol to it."""
