"""Files that run in the process of the clean-room test, which may lack jupyter_faas."""
