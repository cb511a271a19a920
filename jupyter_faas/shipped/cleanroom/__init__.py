"""Files that run in the clean-room test's process, without jupyter_faas."""
